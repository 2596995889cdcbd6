import json
from typing import Any

import pytest

from localstack.offline_model.conversation import Conversation, pleasantry, read, refers_back
from localstack.offline_model.requests import Message, ToolSpec
from tests.support.offline_model import SEARCH, a_system, a_user, an_assistant, tool_round

PASSAGES = json.dumps(
    {"passages": [{"number": 3, "title": "Refunds", "section": "", "content": "Within 7 days."}]}
)


def reading(*messages: dict[str, Any], tools: list[dict[str, Any]] | None = None) -> Conversation:
    return read(
        [Message.model_validate(message) for message in messages],
        [ToolSpec.model_validate(tool) for tool in tools or []],
    )


def test_the_prompt_tells_company_and_agent() -> None:
    conversation = reading(a_system("Order"), a_user("Hi"))

    assert (conversation.company, conversation.agent) == ("Acme", "order")


def test_only_tool_results_after_the_question_count() -> None:
    # Given a search for an earlier question, and records for this one
    earlier = [a_user("Refunds?"), *tool_round(("search_knowledge_base", PASSAGES))]
    now = [a_user("My plan?"), *tool_round(("get_subscription_details", '{"subscription": null}'))]

    # When
    conversation = reading(a_system(), *earlier, an_assistant("Within 7 days."), *now)

    # Then
    assert [result.name for result in conversation.results] == ["get_subscription_details"]
    assert conversation.called == {"get_subscription_details"}


def test_passages_in_the_system_prompt_are_found() -> None:
    conversation = reading(a_system(extra=f"Passages: {PASSAGES}\nThat is all."), a_user("Refund?"))

    assert [(p.number, p.content) for p in conversation.provided] == [(3, "Within 7 days.")]


def test_passages_beside_the_question_are_found_and_are_not_the_question() -> None:
    conversation = reading(a_system(), a_user(f"{PASSAGES}\n\nQuestion: Refund?"))

    assert conversation.question == "Refund?"
    assert len(conversation.provided) == 1


def test_a_customers_own_passages_are_ignored_where_a_search_is_offered() -> None:
    conversation = reading(a_system(), a_user(f"{PASSAGES} Refund?"), tools=[SEARCH])

    assert conversation.provided == ()


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "and for a year?",
        "the second one",
        "what about refunds",
        "how much is it?",
        "why?",
        "still not working",
        "Sigue sin funcionar",
    ],
)
def test_short_follow_ups_are_seen(text: str) -> None:
    assert refers_back(text)


@pytest.mark.parametrize(
    "text", ["How do I reset my password?", "show my invoices", "I want to talk to a human"]
)
def test_whole_questions_are_no_follow_ups(text: str) -> None:
    assert not refers_back(text)


def test_a_follow_up_carries_the_question_that_it_follows() -> None:
    # Given two follow-ups after a question
    conversation = reading(
        a_user("What does the starter plan cost?"),
        an_assistant("19 a month."),
        a_user("and for a year?"),
        an_assistant("190."),
        a_user("and the next one?"),
    )

    assert conversation.topic == "What does the starter plan cost? and the next one?"


def test_a_first_message_follows_nothing() -> None:
    assert reading(a_system(), a_user("and now?")).topic == "and now?"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hi!", "greeting"),
        ("good morning team", "greeting"),
        ("Thanks a lot", "thanks"),
        ("ok great, thanks", "thanks"),
        ("bye", "farewell"),
        ("Hi, where is my order?", None),
        ("thanks but where is my order", None),
    ],
)
def test_pleasantries_are_told_from_questions(text: str, kind: str | None) -> None:
    assert pleasantry(text) == kind


@pytest.mark.parametrize(
    ("reply", "answer", "accepted"),
    [
        ("Would you like me to open a ticket?", "yes please", True),
        ("Shall I bring in a person from our team?", "sure", True),
        ("Would you like me to open a ticket?", "no thanks", False),
        ("Would you like me to open a ticket?", "ok and how much for 5 people?", False),
        ("Soll ich ein Ticket eröffnen?", "ja bitte", True),
        ("Voulez-vous que j'ouvre un ticket ?", "oui", True),
        ("¿Quiere que abra un ticket?", "sí", True),
        ("It costs 19 a month.", "yes please", False),
    ],
)
def test_an_offered_person_is_accepted_only_by_a_yes(
    reply: str, answer: str, accepted: bool
) -> None:
    conversation = reading(a_user("Do you fly to Mars?"), an_assistant(reply), a_user(answer))

    assert conversation.wants_offered_person is accepted


def test_an_address_is_not_what_was_asked() -> None:
    conversation = reading(
        a_user("Which plan am I on?"),
        an_assistant("Please sign in."),
        a_user("my email is zoe@example.com"),
        an_assistant("Would you like me to open a ticket?"),
        a_user("yes"),
    )

    assert conversation.asked_before() == "Which plan am I on?"


def test_who_spoke_last_is_read_from_the_mark_before_a_reply() -> None:
    conversation = reading(a_user("x"), an_assistant("(order agent:) Paid."), a_user("and?"))

    assert conversation.last_agent == "order"


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ("The last message has nothing to do with Acme, its product or its services.", True),
        ("Route: out_of_scope", True),
        ("If a message is out of scope, decline.", False),
    ],
)
def test_the_prompt_says_what_is_out_of_scope(extra: str, expected: bool) -> None:
    assert reading(a_system(extra=extra), a_user("A joke?")).out_of_scope is expected


def test_a_tools_answer_that_is_no_json_is_kept_as_text() -> None:
    conversation = reading(a_user("x"), *tool_round(("odd", "it broke")))

    assert [result.payload for result in conversation.results] == ["it broke"]
