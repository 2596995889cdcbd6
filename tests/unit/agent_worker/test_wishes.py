"""A message with several wishes is taken apart, and each of them is looked up for."""

from dataclasses import dataclass, replace

import pytest

from agent_worker.agents.first_calls import first_calls
from agent_worker.agents.roster import ESCALATION, FAQ, ORDER, with_wishes
from agent_worker.memory import Window
from agent_worker.model_session import ModelSession
from agent_worker.routing.router import Decision, RouteSource
from agent_worker.routing.wishes import Wish, requests, without_account
from frontdesk.domain.task import AgentName, Route, RouteLabel
from frontdesk.principal import Principal
from tests.support.fake_conversations import FakeConversationStore, FakeRecords, a_customer
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.fake_model import ScriptedModel, text
from tests.support.worker import GUEST, JOHN, Desk, a_hit, make_team


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


IN_DOUBT = (
    Wish(RouteLabel.FAQ, "What is a year of Professional"),
    Wish(RouteLabel.ORDER, "What is a year of Professional"),
    Wish(RouteLabel.FAQ, "how do I share a project?"),
)
OWN = Wish(RouteLabel.ORDER, "which plan do I have?")


def test_without_an_account_what_is_in_doubt_is_no_question_about_it() -> None:
    assert without_account((*IN_DOUBT, OWN)) == (IN_DOUBT[0], IN_DOUBT[2], OWN)


@dataclass(frozen=True)
class Routed:
    """A router that has found these wishes."""

    wishes: tuple[Wish, ...]

    def decide(self, window: Window, session: ModelSession) -> Decision:
        route = Route(agent=RouteLabel.ORDER, confidence=0.9, reasoning="Several wishes.")
        return Decision(route, RouteSource.EMBEDDING, wishes=self.wishes)


@pytest.mark.parametrize(
    ("by", "wishes", "agent"),
    [
        (GUEST, IN_DOUBT, AgentName.FAQ),
        (GUEST, (*IN_DOUBT, OWN), AgentName.ORDER),
        (JOHN, IN_DOUBT, AgentName.ORDER),
    ],
    ids=["nothing of an account", "an account that nobody has", "an account"],
)
def test_a_guest_is_not_told_to_sign_in_for_what_everybody_may_know(
    by: Principal, wishes: tuple[Wish, ...], agent: AgentName
) -> None:
    # Given
    records = FakeRecords(customers=[a_customer(JOHN.email or "", "John Smith")])
    desk = Desk(
        ScriptedModel(text("So.")),
        store=FakeConversationStore(records),
        knowledge=FakeKnowledgeSearch((a_hit("Click it."),)),
    )
    team = replace(make_team(desk.telemetry), router=Routed(wishes))
    message = desk.accept("What is a year of Professional, and how do I share a project?", by)
    # When
    assert desk.deliver(message, team=team)
    # Then
    assert desk.task(message).agent is agent
