"""Who has a conversation, and who waits for whom, whatever people do to it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from frontdesk.domain.conversation import (
    Conversation,
    ConversationStatus,
    Handler,
    MessageRole,
    WaitingFor,
    waits_after,
)
from frontdesk.domain.conversation_changes import (
    answered_by_person,
    closed,
    filed,
    released,
    taken_over,
)
from frontdesk.domain.errors import ConflictError
from frontdesk.domain.task import TaskResult, TaskStatus, TicketSummary
from tests.support.desk_samples import a_conversation, moment

NOW = moment(10)
STAFF, CUSTOMER = WaitingFor.STAFF, WaitingFor.CUSTOMER


def with_person(**fields: Any) -> Conversation:
    return a_conversation("alice", handler="human", version=5, **fields)


def waiting(conversation: Conversation) -> tuple[WaitingFor | None, datetime | None]:
    return conversation.waiting_for, conversation.waiting_since


def test_taking_over_leaves_the_next_word_to_the_person() -> None:
    taken = taken_over(a_conversation("alice", version=5), NOW)

    assert taken.handler is Handler.HUMAN
    assert waiting(taken) == (STAFF, NOW)
    assert (taken.version, taken.updated_at) == (6, NOW)


def test_who_waited_already_waits_since_then() -> None:
    waited = a_conversation("alice", waiting_for="staff", waiting_since=moment(3))
    assert waiting(taken_over(waited, NOW)) == (STAFF, moment(3))


def test_taking_over_twice_changes_nothing() -> None:
    taken = with_person(waiting_for="customer", waiting_since=moment(3))
    assert taken_over(taken, NOW) == taken


def test_a_reply_takes_over_and_leaves_the_next_word_to_the_customer() -> None:
    replied = answered_by_person(a_conversation("alice", message_count=1, version=1), NOW)

    assert replied.handler is Handler.HUMAN
    assert waiting(replied) == (CUSTOMER, NOW)
    assert (replied.message_count, replied.version) == (2, 2)


def test_a_second_reply_does_not_make_the_customer_wait_anew() -> None:
    replied = with_person(waiting_for="customer", waiting_since=moment(3))
    assert waiting(answered_by_person(replied, NOW)) == (CUSTOMER, moment(3))


@pytest.mark.parametrize(
    ("last_role", "expected"),
    [
        (MessageRole.STAFF, (None, None)),
        (MessageRole.ASSISTANT, (None, None)),
        (None, (None, None)),
        # Nobody answers what was left to a person.
        (MessageRole.CUSTOMER, (STAFF, moment(3))),
    ],
)
def test_nobody_waits_after_a_release_but_who_has_no_answer(
    last_role: MessageRole | None, expected: tuple[WaitingFor | None, datetime | None]
) -> None:
    given_back = released(
        with_person(waiting_for="staff", waiting_since=moment(3)), NOW, last_role=last_role
    )

    assert given_back.handler is Handler.AI
    assert waiting(given_back) == expected
    assert given_back.version == 6


def test_releasing_what_the_agents_have_changes_nothing() -> None:
    conversation = a_conversation("alice", waiting_for="staff", waiting_since=moment(3))
    assert released(conversation, NOW, last_role=None) == conversation


def test_closing_ends_the_waiting_once() -> None:
    done = closed(with_person(waiting_for="staff", waiting_since=moment(3)), NOW)

    assert done.status is ConversationStatus.CLOSED
    assert waiting(done) == (None, None)
    assert (done.closed_at, done.version) == (NOW, 6)
    assert closed(done, moment(20)) == done


@pytest.mark.parametrize(
    "change", [taken_over, partial(released, last_role=None), answered_by_person]
)
def test_a_closed_conversation_stays_as_it_is(
    change: Callable[[Conversation, datetime], Conversation],
) -> None:
    done = a_conversation("alice", status="closed", handler="human")
    with pytest.raises(ConflictError):
        change(done, NOW)


def test_filing_does_not_disturb_a_turn() -> None:
    conversation = a_conversation("alice", version=5, tags=("old",))

    changed = filed(conversation, NOW, {"assigned_to": "kim", "tags": ("vip",)})

    assert (changed.assigned_to, changed.tags, changed.updated_at) == ("kim", ("vip",), NOW)
    assert changed.version == 5
    assert filed(changed, moment(20), {"tags": ("vip",)}) == changed


def result_of(status: TaskStatus, *, response: str | None = None, ticket: bool = False) -> Any:
    summary = TicketSummary(
        id="t", number="FD-1", priority="high", status="open", expected_response_at=NOW
    )
    return TaskResult(
        status=status, completed_at=NOW, response=response, ticket=summary if ticket else None
    )


ANSWER = result_of(TaskStatus.COMPLETED, response="Like this.")
HANDED_OFF = result_of(TaskStatus.HANDED_OFF)


@pytest.mark.parametrize(
    ("fields", "result", "has_open_ticket", "expected"),
    [
        ({}, ANSWER, False, None),
        ({}, result_of(TaskStatus.COMPLETED, response="Done.", ticket=True), True, STAFF),
        # A person is still wanted because of the ticket ...
        ({"waiting_for": "staff"}, ANSWER, True, STAFF),
        # ... and not because of what was answered meanwhile.
        ({"waiting_for": "staff"}, ANSWER, False, None),
        ({}, HANDED_OFF, False, STAFF),
        # The person answered while the turn was being committed.
        ({"handler": "human", "waiting_for": "customer"}, HANDED_OFF, False, CUSTOMER),
        ({"waiting_for": "staff"}, result_of(TaskStatus.FAILED), False, STAFF),
    ],
)
def test_who_waits_after_a_turn(
    fields: dict[str, Any],
    result: TaskResult,
    has_open_ticket: bool,
    expected: WaitingFor | None,
) -> None:
    conversation = a_conversation("alice", **fields)
    assert waits_after(conversation, result, has_open_ticket=has_open_ticket) is expected
