"""A specialist hands a message over to another, twice at most and never back."""

from collections.abc import Callable
from typing import Any

from agent_worker.agents.hand_over import HAND_OVER
from agent_worker.budget import MAX_MODEL_CALLS
from agent_worker.tools.arguments import SEARCH, TICKET
from frontdesk.domain.model import Completion
from frontdesk.domain.task import AgentName, RouteLabel
from tests.support.fake_conversations import FakeConversationStore
from tests.support.fake_model import Asked, route, text, tools
from tests.support.worker import JOHN
from tests.unit.agent_worker.test_answering import COMPLAINT, a_desk

QUESTION = "How much is left?"


def to(agent: str) -> dict[str, Any]:
    return {"to": agent, "reason": "Not mine."}


def test_a_colleague_answers_what_was_routed_wrongly() -> None:
    desk, model = a_desk(
        route("faq"),
        tools((HAND_OVER, to("order"))),
        tools(("get_subscription_details", {})),
        text("You are on **professional**."),
    )

    task = desk.ask(QUESTION, JOHN)

    model.verify()
    assert task.agent is AgentName.ORDER
    assert task.route is not None
    assert task.route.agent is RouteLabel.FAQ
    assert task.response == "You are on **professional**."
    assert task.usage.llm_calls == 4
    assert model.asked[2].system.startswith("You are the Order agent")
    assert isinstance(desk.store, FakeConversationStore)
    assert desk.store.turns[task.task_id][0].trace["hand_overs"] == [
        {"from": "faq", "to": "order", "reason": "Not mine."}
    ]


def test_there_are_two_hand_overs_at_most_and_none_back() -> None:
    named: list[list[str]] = []

    def sees(agent: str) -> Callable[[Asked], Completion]:
        def answer(asked: Asked) -> Completion:
            offered = {tool.name: tool for tool in asked.tools}
            if HAND_OVER in offered:
                named.append(offered[HAND_OVER].parameters["properties"]["to"]["enum"])
            return tools((HAND_OVER, to(agent)))

        return answer

    desk, model = a_desk(
        route("faq"),
        sees("order"),
        sees("escalation"),
        sees("faq"),
        text("I'm sorry."),
    )

    task = desk.ask(QUESTION, JOHN)

    model.verify()
    assert named == [["order", "escalation"], ["escalation"]]
    assert task.agent is AgentName.ESCALATION
    assert "There is no tool 'hand_over'." in model.asked[-1].messages[-1].content
    # Who is escalated has a ticket, however that came about.
    assert task.ticket is not None


def test_a_ticket_that_was_asked_for_is_not_lost_on_the_way() -> None:
    desk, _ = a_desk(
        route("order"),
        tools((TICKET, COMPLAINT), (HAND_OVER, to("escalation"))),
        text("I'm sorry."),
    )

    task = desk.ask(QUESTION, JOHN)

    assert isinstance(desk.store, FakeConversationStore)
    assert len(desk.store.records.tickets) == 1
    assert task.agent is AgentName.ESCALATION


def test_whoever_is_not_named_rightly_takes_nothing_over() -> None:
    desk, model = a_desk(
        route("faq"),
        tools((HAND_OVER, to("faq")), (HAND_OVER, {"to": "root"}), (HAND_OVER, None)),
        text("Click it [1]."),
    )

    task = desk.ask(QUESTION, JOHN)

    model.verify()
    assert task.agent is AgentName.FAQ


def test_the_calls_of_a_turn_are_counted_across_hand_overs() -> None:
    again = tools((SEARCH, {"query": "again"}))
    desk, model = a_desk(
        route("faq"),
        again,
        tools((HAND_OVER, to("order"))),
        again,
        again,
        text("You are on **professional**."),
    )

    task = desk.ask("Which plan am I on?", JOHN)

    model.verify()
    assert task.usage.llm_calls == MAX_MODEL_CALLS
    assert model.asked[-1].offered == set()
    assert task.response == "You are on **professional**."
