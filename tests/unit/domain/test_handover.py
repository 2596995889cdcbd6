"""What a person is told who takes a conversation over."""

from datetime import timedelta
from typing import Any

import pytest

from frontdesk.clock import utc_now
from frontdesk.domain.actions import ActionKind, ActionStatus, StoredAction
from frontdesk.domain.conversation import Handler, StoredTurn, WaitingFor
from frontdesk.domain.handover import (
    CLIP_CHARACTERS,
    CUE,
    MAX_WANTED,
    HandoverPacket,
    Material,
    Mood,
    Outcome,
    packet_of,
)
from frontdesk.domain.task import (
    Citation,
    RecordReference,
    Route,
    RouteLabel,
    TaskResult,
    TaskStatus,
    TicketSummary,
)
from tests.support.actions import a_subscription
from tests.support.desk_samples import a_conversation, a_message, a_ticket, moment
from tests.support.fake_conversations import a_customer

CITED = Citation(number=1, document_id="doc_1", title="Refund policy", snippet="Within 7 days.")
PLAN = RecordReference(kind="subscription", id="sub_1", label="professional, active")


def turn(minute: float, **changes: Any) -> StoredTurn:
    rest = {name: changes.pop(name) for name in ("trace", "feedback_rating") if name in changes}
    result: dict[str, Any] = {"status": TaskStatus.COMPLETED, "completed_at": moment(minute)}
    return StoredTurn(
        id=f"turn_{minute}",
        task_id=f"task_{minute}",
        conversation_id="conv_1",
        result=TaskResult.model_validate(result | changes),
        created_at=moment(minute),
        **rest,
    )


def packet(owner: str = "https://id.example|john", **material: Any) -> HandoverPacket:
    conversation = material.pop("conversation", {})
    made = a_conversation(owner).model_copy(update=conversation)
    return packet_of(Material(conversation=made, **material))


def test_who_is_a_verified_customer_is_told_by_the_record() -> None:
    who = packet(customer=a_customer("john@startup.example"), subscription=a_subscription()).who

    assert who.verified
    assert (who.name, who.email) == ("John Smith", "john@startup.example")
    assert who.subscription == "professional, active"


def test_a_guest_is_not_verified_whatever_address_it_gave() -> None:
    found = packet("guest:0123", contact_email="john@startup.example")

    assert not found.who.verified
    assert found.who.email is None
    assert found.who.contact_email == "john@startup.example"
    assert "verified" in found.next_step


def test_what_is_wanted_is_what_no_person_has_answered() -> None:
    messages = (
        a_message("How do refunds work?", minute=0),
        a_message("Within 7 days [1].", minute=1, role="assistant"),
        a_message("Let me see.", minute=2, role="staff"),
        a_message("note", minute=3, role="staff", internal=True),
        *(a_message(f"Question {number}", minute=4 + number) for number in range(MAX_WANTED + 1)),
        a_message("x" * 2_000, minute=20),
    )

    wanted = packet(messages=messages).wanted

    assert len(wanted) == MAX_WANTED
    assert wanted[0] == "Question 2"
    assert len(wanted[-1]) == CLIP_CHARACTERS
    assert packet(messages=messages[:4]).wanted == ()


def test_what_was_tried_says_what_came_of_each_message() -> None:
    messages = tuple(
        a_message(f"Question {minute}", minute=minute, task_id=f"task_{minute}")
        for minute in range(5)
    )
    ticket = TicketSummary(
        id="tkt_1",
        number="FD-7K2M9",
        priority="high",
        status="open",
        expected_response_at=utc_now(),
    )
    turns = (
        turn(0, response="Within 7 days [1].", citations=(CITED,), records=(PLAN,)),
        turn(1, response="I don't know.", feedback_rating="down"),
        turn(2, response="A person will look.", ticket=ticket),
        turn(3, status=TaskStatus.HANDED_OFF),
        turn(4, status=TaskStatus.FAILED),
    )

    found = packet(messages=messages, turns=turns)

    assert [one.outcome for one in found.tried] == [
        Outcome.ANSWERED,
        Outcome.UNANSWERED,
        Outcome.ESCALATED,
        Outcome.LEFT_TO_PEOPLE,
        Outcome.FAILED,
    ]
    assert [one.asked for one in found.tried] == [message.content for message in messages]
    assert found.tried[0].documents == ("Refund policy",)
    assert found.tried[1].rating == "down"


def test_evidence_is_listed_once() -> None:
    found = packet(
        turns=tuple(
            turn(n, response="Yes [1].", citations=(CITED,), records=(PLAN,)) for n in (1, 2)
        )
    )

    assert found.evidence == (CITED,)
    assert found.records == (PLAN,)


@pytest.mark.parametrize(
    ("turns", "mood"),
    [
        ((), Mood.CALM),
        ((turn(0, trace={}),), Mood.CALM),
        ((turn(0, feedback_rating="up"),), Mood.CALM),
        ((turn(0, feedback_rating="down"),), Mood.DISSATISFIED),
        ((turn(0, trace={CUE: "a wish for a person"}),), Mood.CALM),
        ((turn(0, trace={CUE: "anger"}), turn(1)), Mood.UPSET),
        ((turn(0, trace={CUE: "anger"}), turn(1, trace={CUE: "a legal matter"})), Mood.GRAVE),
    ],
)
def test_the_mood_is_told_by_words_and_ratings(turns: tuple[StoredTurn, ...], mood: Mood) -> None:
    found = packet(turns=turns).feeling

    assert found.mood is mood
    assert mood is Mood.CALM or found.because


def test_the_reason_is_the_routes() -> None:
    ticket = TicketSummary(
        id="tkt_1", number="FD-1", priority="high", status="open", expected_response_at=utc_now()
    )
    route = Route(agent=RouteLabel.ESCALATION, confidence=0.9, reasoning="By its words: anger.")

    assert packet(turns=(turn(0, ticket=ticket, route=route),)).reason == (
        "Escalated. By its words: anger."
    )
    assert packet(turns=(turn(0, ticket=ticket),)).reason == "Ticket FD-1 was made for it."
    assert "taken it over" in packet(conversation={"handler": Handler.HUMAN}).reason
    assert "left to people" in packet(conversation={"waiting_for": WaitingFor.STAFF}).reason
    assert "agents have it" in packet().reason


def test_the_next_step_names_what_waits() -> None:
    ticket = a_ticket(None, minute=0, conversation_id="conv_1")
    action = StoredAction(
        token="act_1",
        kind=ActionKind.REQUEST_REFUND,
        title="Request a refund of INV-1",
        effect="A person is asked.",
        arguments={"invoice_number": "INV-1"},
        expires_at=utc_now() + timedelta(minutes=1),
        task_id="task_1",
        conversation_id="conv_1",
        owner_subject="https://id.example|john",
        customer_id="cus_1",
        status=ActionStatus.DONE,
        created_at=utc_now(),
    )
    proposed = action.model_copy(update={"status": ActionStatus.PROPOSED})

    assert ticket.number in packet(tickets=(ticket,)).next_step
    assert "Decide on the refund of INV-1" in packet(actions=(action,)).next_step
    assert "asked to confirm" in packet(actions=(proposed,)).next_step
    assert packet(conversation={"waiting_for": WaitingFor.STAFF}).next_step == (
        "Answer the latest message."
    )
    assert "Wait" in packet(conversation={"waiting_for": WaitingFor.CUSTOMER}).next_step
    assert packet().next_step == "Nothing waits to be done."
