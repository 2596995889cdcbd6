import json
from typing import Any

import pytest

from localstack.offline_model.conversation import read
from localstack.offline_model.requests import Message, ToolSpec
from localstack.offline_model.routing import Route
from localstack.offline_model.tool_choice import WantedCall, priority, wanted_calls
from tests.support.offline_model import (
    ACCOUNT_TOOLS,
    SEARCH,
    TICKET,
    FakeEmbedder,
    a_system,
    a_tool,
    a_user,
    an_assistant,
    tool_round,
)


def calls(
    *messages: dict[str, Any],
    tools: list[dict[str, Any]],
    label: str = "order",
) -> list[WantedCall]:
    specs = [ToolSpec.model_validate(tool) for tool in tools]
    conversation = read([Message.model_validate(message) for message in messages], specs)
    route = Route(label, 0.9, "", {label: 0.9})
    return wanted_calls(conversation, [spec.function for spec in specs], route, FakeEmbedder())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Can you check my subscription status?", ["get_subscription_details"]),
        ("which plan am I on", ["get_subscription_details"]),
        ("when does my trial end", ["get_subscription_details"]),
        ("show me my invoices", ["get_invoices"]),
        ("how much do I owe you", ["get_invoices"]),
        ("was I charged twice?", ["get_invoices"]),
        ("what email address do you have on file", ["get_customer_info"]),
        ("show my invoices and my plan", ["get_subscription_details", "get_invoices"]),
        ("why is my account suspended", ["get_subscription_details", "get_invoices"]),
    ],
)
def test_account_tools_are_chosen_by_meaning(question: str, expected: list[str]) -> None:
    wanted = calls(a_system("Order"), a_user(question), tools=ACCOUNT_TOOLS)

    assert [call.name for call in wanted] == expected


def test_some_account_tool_is_always_asked() -> None:
    assert len(calls(a_system("Order"), a_user("hmm well"), tools=ACCOUNT_TOOLS)) == 1


@pytest.mark.parametrize(
    "question", ["has anyone looked at my ticket yet?", "what about FD-7K2M9", "show my tickets"]
)
def test_no_record_is_told_where_a_ticket_is_asked_for(question: str) -> None:
    wanted = calls(a_system("Order"), a_user(question), tools=[*ACCOUNT_TOOLS, SEARCH])

    assert [call.name for call in wanted] == ["search_knowledge_base"]


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("show my overdue invoices", {"status": "overdue"}),
        ("my last 3 paid invoices", {"status": "paid", "limit": 3}),
        ("did I pay invoice INV-2024-001? is it paid", {}),
        ("is my invoice paid", {}),
        ("show my invoices", {}),
    ],
)
def test_invoices_are_narrowed_only_where_the_customer_does(
    question: str, arguments: dict[str, Any]
) -> None:
    (call,) = calls(a_system("Order"), a_user(question), tools=ACCOUNT_TOOLS)

    assert call.arguments == arguments


def test_optional_parameters_of_a_strict_tool_are_null() -> None:
    # Given a strict tool: all is required, what is optional may be null
    tool = a_tool(
        "get_invoices",
        "List invoices.",
        {
            "status": {"type": ["string", "null"], "enum": ["paid", "overdue", None]},
            "limit": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        },
    )

    (call,) = calls(a_user("show my invoices"), tools=[tool])

    assert call.arguments == {"status": None, "limit": None}


def test_the_question_is_searched_for_as_it_is() -> None:
    (call,) = calls(a_system(), a_user("What is your refund policy?"), tools=[SEARCH], label="faq")

    assert (call.name, call.arguments) == (
        "search_knowledge_base",
        {"query": "What is your refund policy?"},
    )


def test_a_follow_up_is_searched_for_with_its_question() -> None:
    (call,) = calls(
        a_user("What does the starter plan cost?"),
        an_assistant("19."),
        a_user("and for a year?"),
        tools=[SEARCH],
        label="faq",
    )

    assert call.arguments["query"] == "What does the starter plan cost? and for a year?"


def test_what_the_agent_searched_for_is_not_searched_again() -> None:
    searched = tool_round(("search_knowledge_base", '{"passages": []}'))

    assert calls(a_user("Refunds?"), *searched, tools=[SEARCH], label="faq") == []


def test_passages_in_the_prompt_are_not_searched_for() -> None:
    prompt = a_system(extra='{"passages": [{"number": 1, "title": "T", "content": "C"}]}')

    assert calls(prompt, a_user("Refunds?"), tools=[SEARCH], label="faq") == []


@pytest.mark.parametrize("text", ["hello", "thanks!"])
def test_pleasantries_need_no_tool(text: str) -> None:
    assert calls(a_system(), a_user(text), tools=[SEARCH, *ACCOUNT_TOOLS], label="faq") == []


def test_what_is_out_of_scope_needs_no_tool() -> None:
    prompt = a_system(extra="Route: out_of_scope")

    assert calls(prompt, a_user("a joke"), tools=[SEARCH], label="out_of_scope") == []


def test_records_and_knowledge_are_asked_for_where_something_is_to_be_changed() -> None:
    wanted = calls(
        a_system("Order"), a_user("cancel my subscription"), tools=[*ACCOUNT_TOOLS, SEARCH]
    )

    assert [call.name for call in wanted] == ["get_subscription_details", "search_knowledge_base"]


def test_an_escalation_makes_one_ticket_of_the_customers_own_words() -> None:
    # Given
    text = "Hi! I've been charged twice and I'm very frustrated. I need to speak to someone now."

    # When
    (call,) = calls(a_system("Escalation"), a_user(text), tools=[TICKET], label="escalation")

    # Then
    assert call.arguments == {
        "subject": "I've been charged twice and I'm very frustrated",
        "description": text,
        "category": "billing",
        "priority": "high",
    }


def test_how_a_ticket_stands_is_no_answer_to_anything_else() -> None:
    tickets = a_tool("get_support_tickets", "Reads the sender's own support tickets.")

    (call,) = calls(a_user("Why was my card declined?"), tools=[tickets, *ACCOUNT_TOOLS])

    assert call.name != "get_support_tickets"


@pytest.mark.parametrize(
    ("before", "question", "wanted"),
    [
        ("What is my subscription?", "cancel it", True),
        ("What is my subscription?", "ok, please cancel that", True),
        ("How do I create a project?", "cancel it", False),
        ("", "I want to cancel", True),
    ],
)
def test_it_is_cancelled_where_the_subscription_was_spoken_of(
    before: str, question: str, wanted: bool
) -> None:
    cancels = a_tool("propose_renewal_cancellation", "Proposes to end the subscription.")
    said = [a_user(before), an_assistant("Here you are.")] if before else []

    made = calls(a_system("Order"), *said, a_user(question), tools=[cancels])

    assert ([call.name for call in made] == ["propose_renewal_cancellation"]) is wanted


def test_a_wrong_charge_is_pressing_though_it_is_said_calmly() -> None:
    assert priority("I was charged twice this month", []) == "high"
    assert priority("I was charged this month", []) == "medium"


def test_a_ticket_is_not_made_twice() -> None:
    made = tool_round(("create_support_ticket", '{"ticket": {"number": "FD-1"}}'))

    assert (
        calls(a_system("Escalation"), a_user("A human!"), *made, tools=[TICKET], label="escalation")
        == []
    )


def test_a_ticket_is_made_after_other_tools_have_answered() -> None:
    looked_up = tool_round(("get_invoices", '{"invoices": []}'))

    wanted = calls(
        a_system("Escalation"), a_user("Charged twice!"), *looked_up, tools=[TICKET], label="order"
    )

    assert [call.name for call in wanted] == ["create_support_ticket"]


def test_no_ticket_is_made_of_an_ordinary_question() -> None:
    wanted = calls(
        a_system(), a_user("What is your refund policy?"), tools=[SEARCH, TICKET], label="faq"
    )

    assert [call.name for call in wanted] == ["search_knowledge_base"]


def test_an_accepted_offer_makes_a_ticket_of_the_question_before() -> None:
    (call,) = calls(
        a_user("Do you fly to Mars?"),
        an_assistant("I don't know. Would you like me to open a ticket?"),
        a_user("yes please"),
        tools=[SEARCH, TICKET],
        label="escalation",
    )

    assert call.name == "create_support_ticket"
    assert call.arguments["description"] == "Do you fly to Mars?"


def test_a_ticket_about_what_was_tried_in_vain_is_about_what_was_asked() -> None:
    [call] = calls(
        a_system("Escalation"),
        a_user("My board does not sync"),
        an_assistant("Clear the cache. [1]"),
        a_user("Still not working!"),
        tools=[TICKET],
    )

    assert call.arguments["subject"] == "My board does not sync"


def test_nobody_is_handed_over_to() -> None:
    hand_over = a_tool("hand_over", "Give the conversation to another agent.")

    wanted = calls(a_user("show my invoices"), tools=[hand_over, *ACCOUNT_TOOLS])

    assert [call.name for call in wanted] == ["get_invoices"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("our production is down, urgent", "urgent"),
        ("my account was hacked", "urgent"),
        ("I am furious", "high"),
        ("please call me today", "high"),
        ("I will talk to my lawyer", "high"),
        ("WHY DOES NOBODY ANSWER ME", "high"),
        ("can someone look at my import", "medium"),
        ("an idea for a new feature", "low"),
    ],
)
def test_priority_follows_the_customers_tone(text: str, expected: str) -> None:
    assert priority(text, ["low", "medium", "high", "urgent"]) == expected


def test_priority_keeps_to_what_the_tool_allows() -> None:
    assert priority("urgent!", ["normal", "high"]) == "high"
    assert priority("hello", ["normal", "high"]) == "normal"
    assert priority("hello", ["p1", "p2"]) == "p1"


PROPOSALS = [
    a_tool(
        "propose_plan_change",
        properties={
            "plan": {"type": "string", "enum": ["free", "starter", "professional", "enterprise"]}
        },
    ),
    a_tool("propose_renewal_cancellation"),
    a_tool("propose_refund_request", properties={"invoice_number": {"type": "string"}}),
    a_tool(
        "propose_contact_update",
        properties={
            name: {"type": "string"}
            for name in ("phone", "company_name", "first_name", "last_name")
        },
    ),
]


@pytest.mark.parametrize(
    ("question", "tool", "arguments"),
    [
        ("please cancel my renewal", "propose_renewal_cancellation", {}),
        ("I want to cancel my subscription.", "propose_renewal_cancellation", {}),
        ("Don't renew my plan", "propose_renewal_cancellation", {}),
        ("downgrade me to starter", "propose_plan_change", {"plan": "starter"}),
        ("Switch me to the Enterprise plan, please", "propose_plan_change", {"plan": "enterprise"}),
        (
            "Please cancel my renewal and tell me how long my data is kept.",
            "propose_renewal_cancellation",
            {},
        ),
        ("Can I get a refund? Please cancel my renewal.", "propose_renewal_cancellation", {}),
        (
            "I want a refund for INV-2024-002",
            "propose_refund_request",
            {"invoice_number": "INV-2024-002"},
        ),
        (
            "change my phone number to +1 555 0199",
            "propose_contact_update",
            {"phone": "+1 555 0199"},
        ),
        (
            "Please update my company name to Acme Ltd",
            "propose_contact_update",
            {"company_name": "Acme Ltd"},
        ),
        ("Bitte kündigen Sie mein Abonnement", "propose_renewal_cancellation", {}),
        (
            "Ich möchte von Professional auf Starter wechseln",
            "propose_plan_change",
            {"plan": "starter"},
        ),
        ("Je voudrais résilier mon abonnement", "propose_renewal_cancellation", {}),
        (
            "Quiero un reembolso de la factura INV-2024-002",
            "propose_refund_request",
            {"invoice_number": "INV-2024-002"},
        ),
        ("Gostaria de mudar para o plano Free", "propose_plan_change", {"plan": "free"}),
        (
            "Vorrei cambiare il mio numero di telefono in +39 06 1234567",
            "propose_contact_update",
            {"phone": "+39 06 1234567"},
        ),
    ],
)
def test_a_plainly_wanted_change_is_proposed(
    question: str, tool: str, arguments: dict[str, str]
) -> None:
    (wanted,) = calls(a_system("Order"), a_user(question), tools=[*ACCOUNT_TOOLS, *PROPOSALS])

    assert (wanted.name, wanted.arguments) == (tool, arguments)


@pytest.mark.parametrize(
    "question",
    [
        "how do I cancel my subscription?",
        "can I get a refund?",
        "what happens if I cancel my plan",
        "which plan am I on",
        "change my plan",
        "how do I cancel my subscription and get a refund for INV-2024-002?",
        "when does my trial end and what does the professional plan cost?",
        "has my subscription been cancelled and my plan refunded?",
        "Wie kündige ich mein Abonnement?",
        "¿Cuánto cuesta cambiar al plan Starter?",
    ],
)
def test_a_question_is_no_wish_for_a_change(question: str) -> None:
    wanted = calls(a_system("Order"), a_user(question), tools=[*ACCOUNT_TOOLS, *PROPOSALS])

    assert not [call for call in wanted if call.name.startswith("propose_")]


def test_the_latest_paid_invoice_is_the_one_to_refund() -> None:
    invoices = [
        {"invoice_number": "INV-9", "status": "open"},
        {"invoice_number": "INV-8", "status": "paid"},
        {"invoice_number": "INV-7", "status": "paid"},
    ]

    (wanted,) = calls(
        a_system("Order"),
        a_user("please refund my last payment"),
        *tool_round(("get_invoices", json.dumps({"invoices": invoices}))),
        tools=[*ACCOUNT_TOOLS, *PROPOSALS],
    )

    assert wanted.arguments == {"invoice_number": "INV-8"}


def test_nothing_is_proposed_twice() -> None:
    proposed = json.dumps({"proposed_action": {"title": "Cancel the renewal"}})

    assert not calls(
        a_system("Order"),
        a_user("please cancel my renewal"),
        *tool_round(("propose_renewal_cancellation", proposed)),
        tools=[*ACCOUNT_TOOLS, *PROPOSALS],
    )
