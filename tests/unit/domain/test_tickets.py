"""A ticket's life: which state follows which, and by when it is answered."""

from datetime import timedelta
from itertools import product

import pytest

from frontdesk.domain.conversation import MessageRole
from frontdesk.domain.errors import ConflictError
from frontdesk.domain.records import EXPECTED_RESPONSE_HOURS, TicketPriority, TicketStatus
from frontdesk.domain.tickets import TRANSITIONS, changed, commented
from tests.support.desk_samples import a_ticket, moment

NOW = moment(600)
FORBIDDEN = {
    ("resolved", "in_progress"),
    ("resolved", "waiting"),
    ("closed", "in_progress"),
    ("closed", "waiting"),
    ("closed", "resolved"),
}


@pytest.mark.parametrize(("present", "wanted"), [*product(TicketStatus, TicketStatus)])
def test_transition(present: TicketStatus, wanted: TicketStatus) -> None:
    ticket = a_ticket("alice", status=present)
    if (present, wanted) in FORBIDDEN:
        with pytest.raises(ConflictError, match="only:"):
            changed(ticket, NOW, {"status": wanted})
    else:
        assert changed(ticket, NOW, {"status": wanted}).status is wanted


def test_every_state_can_be_left() -> None:
    assert set(TRANSITIONS) == set(TicketStatus)
    assert all(TRANSITIONS.values())


@pytest.mark.parametrize("priority", [p for p in TicketPriority if p is not TicketPriority.MEDIUM])
def test_the_time_to_answer_follows_the_priority(priority: TicketPriority) -> None:
    ticket = changed(a_ticket("alice"), NOW, {"priority": priority})

    assert ticket.priority is priority
    hours = EXPECTED_RESPONSE_HOURS[priority]
    assert ticket.expected_response_at == ticket.created_at + timedelta(hours=hours)


def test_a_reopened_ticket_is_answered_as_a_new_one() -> None:
    reopened = changed(a_ticket("alice", status="closed"), NOW, {"status": TicketStatus.OPEN})
    assert reopened.expected_response_at == NOW + timedelta(hours=24)


def test_changing_nothing_moves_nothing() -> None:
    ticket = a_ticket("alice")
    assert changed(ticket, NOW, {"status": ticket.status, "assigned_to": None}) == ticket
    moved = changed(ticket, NOW, {"assigned_to": "kim"})
    assert (moved.version, moved.updated_at) == (ticket.version + 1, NOW)
    assert moved.expected_response_at == ticket.expected_response_at


@pytest.mark.parametrize(
    ("present", "by", "expected"),
    [
        ("open", "customer", "open"),
        ("in_progress", "customer", "in_progress"),
        ("waiting", "customer", "open"),
        ("resolved", "customer", "open"),
        ("waiting", "staff", "waiting"),
        ("resolved", "staff", "resolved"),
    ],
)
def test_a_customers_word_puts_the_ticket_back_on_the_desk(
    present: str, by: str, expected: str
) -> None:
    ticket = commented(a_ticket("alice", status=present), NOW, by=MessageRole(by))
    assert (ticket.status, ticket.version) == (expected, 2)


def test_a_closed_ticket_takes_no_comment() -> None:
    with pytest.raises(ConflictError):
        commented(a_ticket("alice", status="closed"), NOW, by=MessageRole.CUSTOMER)
