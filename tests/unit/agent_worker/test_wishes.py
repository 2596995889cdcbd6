"""A message with several wishes is taken apart, and each of them is looked up for."""

import pytest

from agent_worker.agents.first_calls import first_calls
from agent_worker.agents.roster import ESCALATION, FAQ, ORDER, with_wishes
from agent_worker.memory import Window
from agent_worker.routing.wishes import Wish, requests
from frontdesk.domain.task import RouteLabel


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Which plan am I on?", []),
        ("I was charged twice and it hurts", []),
        (
            "Which plan am I on and how do I upgrade?",
            ["Which plan am I on", "how do I upgrade?"],
        ),
        ("Hello, show my invoices, and please connect me to a person", None),
        (
            "What does it cost? I like it. Can you tell me my balance?",
            ["What does it cost?", "Can you tell me my balance?"],
        ),
        (
            "Wo ist meine Rechnung und wie kündige ich?",
            ["Wo ist meine Rechnung", "wie kündige ich?"],
        ),
        (
            "¿Cuánto cuesta? ¿Dónde está mi factura?",
            ["¿Cuánto cuesta?", "¿Dónde está mi factura?"],
        ),
        ("I need salt and pepper", []),
    ],
)
def test_only_what_asks_or_demands_is_a_wish(text: str, found: list[str] | None) -> None:
    wanted = ["show my invoices", "please connect me to a person"] if found is None else found

    assert requests(text) == wanted


def test_each_wish_is_looked_up_for_in_its_order_and_nothing_twice() -> None:
    text = "How do I export the board? Show my last invoice. And is my payment through?"
    wishes = (
        Wish(RouteLabel.FAQ, "How do I export the board?"),
        Wish(RouteLabel.ORDER, "Show my last invoice."),
        Wish(RouteLabel.ORDER, "is my payment through?"),
    )

    calls = first_calls(ORDER, Window((), text), wishes)

    assert [(call.name, call.arguments) for call in calls] == [
        ("search_knowledge_base", {"query": "How do I export the board?"}),
        ("get_invoices", {}),
    ]


def test_a_wish_that_leans_on_the_others_is_searched_with_them() -> None:
    text = "How do I create a project and how do I share it?"
    wishes = (
        Wish(RouteLabel.FAQ, "How do I create a project"),
        Wish(RouteLabel.FAQ, "how do I share it?"),
    )

    calls = first_calls(FAQ, Window((), text), wishes)

    assert [call.arguments for call in calls] == [
        {"query": "How do I create a project"},
        {"query": text},
    ]


def test_escalation_looks_up_what_is_asked_besides() -> None:
    wishes = (Wish(RouteLabel.ORDER, "Show my last invoice."),)
    specialist = with_wishes(ESCALATION, wishes)

    assert [call.name for call in first_calls(specialist, Window((), "x"), wishes)] == [
        "get_invoices"
    ]
    assert set(ESCALATION.tools) < set(specialist.tools)
    assert with_wishes(ESCALATION, ()) is ESCALATION
    assert with_wishes(FAQ, wishes) is FAQ
