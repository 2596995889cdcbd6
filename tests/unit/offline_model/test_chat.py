import json
from typing import Any

import pytest

from localstack.offline_model.chat import BadRequestError, ChatModel
from localstack.offline_model.completion import Completion, Reply
from localstack.offline_model.requests import ChatRequest
from tests.support.offline_model import (
    ACCOUNT_TOOLS,
    ROUTE_FORMAT,
    SEARCH,
    TICKET,
    FakeEmbedder,
    a_classifier,
    a_system,
    a_tool,
    a_user,
    tool_round,
)

REFUNDS = {
    "number": 2,
    "title": "Refund policy",
    "section": "",
    "content": "A refund is possible within 7 days.",
}
PLAN = '{"subscription": {"plan": "professional", "status": "active"}}'


def a_request(*messages: dict[str, Any], **options: Any) -> ChatRequest:
    return ChatRequest.model_validate({"model": "any", "messages": list(messages)} | options)


def ask(*messages: dict[str, Any], **options: Any) -> Reply:
    embedder = FakeEmbedder()
    return ChatModel(a_classifier(embedder), embedder).reply(a_request(*messages, **options))


def text_of(*messages: dict[str, Any], **options: Any) -> str:
    reply = ask(*messages, **options)
    assert reply.text is not None
    return reply.text


def test_a_route_is_answered_as_the_schema_says() -> None:
    filled = json.loads(text_of(a_user("show my invoices"), response_format=ROUTE_FORMAT))

    assert list(filled) == ["reasoning", "agent", "confidence"]
    assert filled["agent"] == "order"
    assert 0 < filled["confidence"] <= 1


class PoorReader(FakeEmbedder):
    """Has no token for any word."""

    def count_tokens(self, text: str) -> int:
        return 2


def test_a_misspelt_question_is_read_over() -> None:
    # given a model that has a token for no word but those of its examples
    embedder = PoorReader()
    model = ChatModel(a_classifier(embedder), embedder)

    # when a route is asked for of a question with slips
    reply = model.reply(a_request(a_user("shwo invocies"), response_format=ROUTE_FORMAT))

    # then it is that of the question as it was meant
    assert "show my invoices" in json.loads(reply.text or "")["reasoning"]
    assert json.loads(reply.text or "")["agent"] == "order"


def test_a_word_of_a_passage_is_no_slip() -> None:
    # given a product whose name is nearly a word of the examples
    class Reader(FakeEmbedder):
        def count_tokens(self, text: str) -> int:
            return 1 if text == "show" else 2

    embedder = Reader()
    model = ChatModel(a_classifier(embedder), embedder)
    passage = {"number": 1, "title": "Shaw", "section": "", "content": "Shaw is an app."}
    found = tool_round(("search_knowledge_base", json.dumps({"passages": [passage]})))
    # when it is asked for
    reply = model.reply(a_request(a_system(), a_user("what is shaw"), *found))
    # then it is not taken for that word
    assert reply.text == "Shaw is an app. [1]"


def test_a_route_is_chosen_among_those_allowed() -> None:
    schema = {"type": "object", "properties": {"next": {"enum": ["faq", "escalation"]}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}

    assert json.loads(text_of(a_user("show my invoices"), response_format=wanted))["next"] in {
        "faq",
        "escalation",
    }


def test_a_route_can_be_asked_for_as_a_tool() -> None:
    schema = ROUTE_FORMAT["json_schema"]["schema"]  # type: ignore[index]
    tool = a_tool("route", properties=schema["properties"])
    choice = {"type": "function", "function": {"name": "route"}}

    (call,) = ask(a_user("I want a human"), tools=[tool], tool_choice=choice).calls

    assert call.arguments["agent"] == "escalation"


def test_tools_are_asked_for_in_parallel_unless_forbidden() -> None:
    messages = [a_system("Order"), a_user("my invoices and my plan")]

    assert len(ask(*messages, tools=ACCOUNT_TOOLS).calls) == 2
    assert len(ask(*messages, tools=ACCOUNT_TOOLS, parallel_tool_calls=False).calls) == 1
    assert ask(*messages, tools=ACCOUNT_TOOLS, tool_choice="none").calls == ()


def test_a_required_tool_is_called_even_for_a_greeting() -> None:
    (call,) = ask(a_user("hello"), tools=[SEARCH], tool_choice="required").calls

    assert call.name == "search_knowledge_base"


def test_an_answer_quotes_what_was_found() -> None:
    found = tool_round(("search_knowledge_base", json.dumps({"passages": [REFUNDS]})))

    assert text_of(a_system(), a_user("refund policy?"), *found, tools=[SEARCH]) == (
        "A refund is possible within 7 days. [2]"
    )


def test_all_tools_answers_are_served_in_order() -> None:
    found = tool_round(
        ("get_subscription_details", PLAN),
        ("search_knowledge_base", json.dumps({"passages": [REFUNDS]})),
    )

    text = text_of(a_system("Order"), a_user("my plan, and the refund policy?"), *found)

    assert text.index("professional") < text.index("active") < text.index("7 days. [2]")


def test_it_says_that_it_does_not_know_and_offers_a_person() -> None:
    found = tool_round(("search_knowledge_base", json.dumps({"passages": [REFUNDS]})))

    text = text_of(a_system(), a_user("how do I create a project on Mars"), *found, tools=[SEARCH])

    assert "don't know" in text
    assert "ticket" in text
    assert "[2]" not in text


def test_without_sign_in_nothing_is_said_of_accounts() -> None:
    error = '{"error": "not_signed_in", "message": "…"}'
    found = tool_round(("get_subscription_details", error), ("get_invoices", error))

    text = text_of(a_system("Order"), a_user("my plan and invoices"), *found, tools=ACCOUNT_TOOLS)

    assert text.count("sign in") == 1
    assert "plan" not in text


def test_a_ticket_is_named() -> None:
    made = tool_round(
        ("create_support_ticket", '{"ticket": {"number": "FD-7K2M9", "priority": "high"}}')
    )

    text = text_of(a_system("Escalation"), a_user("I want a human"), *made, tools=[TICKET])

    assert "FD-7K2M9" in text
    assert "sorry" in text


def test_what_is_out_of_scope_is_declined_in_the_companys_name() -> None:
    prompt = a_system(extra="The last message has nothing to do with Acme.")

    text = text_of(prompt, a_user("tell me a joke"))

    assert "outside of what I can help with" in text
    assert "Acme" in text


def test_a_greeting_is_returned() -> None:
    assert "Acme" in text_of(a_system(), a_user("Hello!"), tools=[SEARCH])


@pytest.mark.parametrize(
    ("language", "message", "start"),
    [
        ("the language of the sender's last message", "thanks!", "You are welcome!"),
        ("the language of the sender's last message", "who are you?", "I am an AI assistant"),
        ("German, the language that the sender writes in", "Wer sind Sie?", "Ich bin ein KI-"),
    ],
)
def test_small_talk_is_returned_and_nobody_is_pretended(
    language: str, message: str, start: str
) -> None:
    talk = "The last message greets, thanks or says goodbye, or asks who or what answers here."
    prompt = a_system(extra=f"{talk}\nPlain text in {language}.")

    assert text_of(prompt, a_user(message)).startswith(start)


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        (
            [a_user("x"), {"role": "tool", "tool_call_id": "c", "content": "{}"}],
            "messages.[1].role",
        ),
        ([a_user("x"), tool_round(("t", "{}"))[0]], "messages"),
        ([a_user("x"), tool_round(("t", "{}"))[0], a_user("y")], "messages"),
        ([{"role": "user"}], "messages.[0].content"),
    ],
    ids=["unasked tool message", "unanswered call", "interrupted call", "no content"],
)
def test_messages_out_of_order_are_refused(messages: list[dict[str, Any]], param: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        ask(*messages)

    assert caught.value.param == param


@pytest.mark.parametrize(
    "options",
    [
        {"tool_choice": {"type": "function", "function": {"name": "nope"}}, "tools": [SEARCH]},
        {"tool_choice": "required"},
        {"response_format": {"type": "json_schema"}},
    ],
)
def test_impossible_wishes_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError):
        ask(a_user("hello"), **options)


def test_the_same_request_gets_the_same_answer_and_identifiers() -> None:
    request = a_request(a_user("show my invoices"), tools=ACCOUNT_TOOLS)
    embedder = FakeEmbedder()
    model = ChatModel(a_classifier(embedder), embedder)

    first, second = (Completion(request, model.reply(request), embedder).whole() for _ in range(2))

    assert first["id"] == second["id"]
    assert first["choices"] == second["choices"]
    assert first["choices"][0]["finish_reason"] == "tool_calls"


def test_an_answer_ends_where_the_limit_says() -> None:
    request = a_request(a_user("x"), max_completion_tokens=2)

    whole = Completion(request, Reply(text="one two three"), FakeEmbedder()).whole()

    assert whole["choices"][0]["message"]["content"] == "one two"
    assert whole["choices"][0]["finish_reason"] == "length"
    assert whole["usage"]["completion_tokens"] == 2


def test_a_stream_adds_up_to_the_whole_answer() -> None:
    request = a_request(a_user("x"))
    text = "One.\n\n1. Two\n2. Three [1]"

    events = list(
        Completion(request, Reply(text=text), FakeEmbedder()).streamed(include_usage=True)
    )

    assert events[-1] == "data: [DONE]\n\n"
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert "".join(delta.get("content") or "" for delta in deltas) == text
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["prompt_tokens"] > 0


def test_what_is_asked_beside_a_change_is_answered_with_its_proposal() -> None:
    question = "Cancel my renewal and tell me what the refund policy is"
    proposed = json.dumps({"proposed_action": {"title": "Cancel the renewal"}})
    called, *results = tool_round(
        ("search_knowledge_base", json.dumps({"passages": [REFUNDS]})),
        ("propose_renewal_cancellation", proposed),
    )
    search = {"query": "tell me what the refund policy is"}
    called["tool_calls"][0]["function"]["arguments"] = json.dumps(search)

    text = text_of(a_system("Order"), a_user(question), called, *results)

    assert text.startswith("I can do that for you.")
    assert "A refund is possible within 7 days. [2]" in text


@pytest.mark.parametrize(
    ("language", "start"),
    [
        ("German, the language that the sender writes in", "Das weiß ich nicht"),
        ("the language with the tag `es-MX`", "No sé la respuesta"),
        ("the language of the sender's last message", "I don't know"),
    ],
)
def test_what_it_does_not_know_it_says_in_the_language_asked_for(language: str, start: str) -> None:
    text = text_of(
        a_system("FAQ", f"Markdown, in {language}."),
        a_user("Wie setze ich mein Passwort zurück?"),
        *tool_round(("search_knowledge_base", json.dumps({"passages": []}))),
    )

    assert text.startswith(start)


def test_a_proposal_is_announced_and_refused_in_the_language_asked_for() -> None:
    german = a_system("Order", "Markdown, in German, the language that the sender writes in.")
    asked = a_user("Bitte kündigen Sie mein Abonnement")
    proposed = json.dumps({"proposed_action": {"title": "Verlängerung kündigen"}})
    refusal = "Zu Ihrem Konto gibt es kein Abonnement."
    refused = json.dumps({"error": "not_allowed", "message": refusal})

    announced, declined = (
        text_of(german, asked, *tool_round(("propose_renewal_cancellation", result)))
        for result in (proposed, refused)
    )

    assert announced == "Das kann ich für Sie tun."
    assert declined == refusal


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("If you lost your device, contact support.", "right here"),
        ("Support can be reached by phone from 9 am to 5 pm.", "from 9 am to 5 pm. [2]"),
    ],
)
def test_how_support_is_reached_is_quoted_only_where_it_is_said(content: str, said: str) -> None:
    passage = REFUNDS | {"title": "Contact support", "content": content}
    found = tool_round(("search_knowledge_base", json.dumps({"passages": [passage]})))

    answer = text_of(a_system("FAQ"), a_user("How do I contact support by phone?"), *found)

    assert said in answer


def test_an_answer_is_looked_for_with_the_words_that_were_searched_besides() -> None:
    passage = REFUNDS | {"title": "Prices", "content": "Starter costs $19, Free nothing."}
    asks, found = tool_round(("search_knowledge_base", json.dumps({"passages": [passage]})))
    searched = {"query": "which is cheapest? (free, starter)"}
    asks["tool_calls"][0]["function"]["arguments"] = json.dumps(searched)

    answer = text_of(a_system("FAQ"), a_user("which is cheapest?"), asks, found)

    assert "Starter costs $19" in answer


INVOICES = '{"invoices": [{"invoice_number": "INV-1", "total": "53.41", "status": "paid"}]}'


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("I was charged twice this month", True),
        ("why was I billed two times?", True),
        ("there is an unknown charge on my bill", True),
        ("I never agreed to this invoice", True),
        ("my invoice is wrong", True),
        ("I already paid this invoice!", True),
        ("What was I charged this month?", False),
        ("show me my second last invoice", False),
    ],
)
def test_who_says_that_a_charge_is_wrong_is_offered_a_person(question: str, offered: bool) -> None:
    answer = text_of(a_system("Order"), a_user(question), *tool_round(("get_invoices", INVOICES)))

    assert "INV-1" in answer
    assert ("Would you like me to open a ticket?" in answer) is offered


@pytest.mark.parametrize("question", ["What is Acme?", "what does acme do"])
def test_what_the_company_is_stands_in_the_prompt(question: str) -> None:
    found = tool_round(("search_knowledge_base", json.dumps({"passages": [REFUNDS]})))
    prompt = a_system("FAQ", extra="Acme: Acme makes planning software.")

    assert text_of(prompt, a_user(question), *found) == "Acme makes planning software."


def test_which_plan_is_best_for_somebody_is_answered_by_what_each_is() -> None:
    # given a search for which the agent has named the plans
    asked = "What is the best plan for a team of 20 dentists in Berlin?"
    passages = [
        {"number": number, "title": "Plans", "section": name, "content": f"{name} has {seats}."}
        for number, (name, seats) in enumerate((("Free", "1 seat"), ("Starter", "30 seats")), 1)
    ]
    found = tool_round(("search_knowledge_base", json.dumps({"passages": passages})))
    arguments = json.dumps({"query": f"{asked} (free, starter)"})
    found[0]["tool_calls"][0]["function"]["arguments"] = arguments

    # when it is answered
    text = text_of(a_system("FAQ"), a_user(asked), *found, tools=[SEARCH])

    # then all of them are told
    assert set(text.split("\n\n")) == {"Free has 1 seat. [1]", "Starter has 30 seats. [2]"}
