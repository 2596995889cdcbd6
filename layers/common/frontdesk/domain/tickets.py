"""The life of a ticket: its states, when it is answered, and what is said on it.

::

    open ⇄ in_progress ⇄ waiting          work goes on; back and forth as it comes
      └────────┴───────────┴──► resolved ──► closed
      ▲                            │            │
      └────────── reopened ────────┴────────────┘
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from frontdesk.domain.conversation import MessageRole
from frontdesk.domain.errors import ConflictError
from frontdesk.domain.records import Ticket, TicketStatus
from frontdesk.domain.ticket_policy import TicketPolicy

TRANSITIONS: dict[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.OPEN: frozenset(
        {
            TicketStatus.IN_PROGRESS,
            TicketStatus.WAITING,
            TicketStatus.RESOLVED,
            TicketStatus.CLOSED,
        }
    ),
    TicketStatus.IN_PROGRESS: frozenset(
        {TicketStatus.OPEN, TicketStatus.WAITING, TicketStatus.RESOLVED, TicketStatus.CLOSED}
    ),
    TicketStatus.WAITING: frozenset(
        {TicketStatus.OPEN, TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED, TicketStatus.CLOSED}
    ),
    TicketStatus.RESOLVED: frozenset({TicketStatus.OPEN, TicketStatus.CLOSED}),
    TicketStatus.CLOSED: frozenset({TicketStatus.OPEN}),
}
"""What a ticket may become, by what it is; done with, it has to be opened again first."""

_REOPENED_BY_ITS_OWNER = frozenset({TicketStatus.WAITING, TicketStatus.RESOLVED})

type TicketChange = Callable[[Ticket], Ticket]
"""Makes the ticket that is to be of the one that is."""


class TicketComment(BaseModel):
    """Something that was said on a ticket; ``internal`` ones are notes that only staff see."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    role: MessageRole
    content: str
    internal: bool = False
    created_at: datetime


USUAL = TicketPolicy()
"""Around the clock, and nobody gets a ticket by itself."""


def changed(
    ticket: Ticket, at: datetime, changes: Mapping[str, Any], policy: TicketPolicy = USUAL
) -> Ticket:
    """Changes a ticket.

    Args:
        ticket: The ticket.
        at: When it happens.
        changes: New values by field, of those that change.
        policy: By when tickets are answered.

    Returns:
        The ticket; when it is answered follows its priority, unless that is changed besides.

    Raises:
        ConflictError: It cannot go to the wanted status from the one it has.
    """
    wanted: dict[str, Any] = dict(changes)
    status = wanted.get("status", ticket.status)
    priority = wanted.get("priority", ticket.priority)
    if status != ticket.status:
        _require_transition(ticket.status, status)
    if "expected_response_at" not in wanted:
        if status != ticket.status and _is_reopening(ticket.status, status):
            wanted["expected_response_at"] = policy.expected_response_at(priority, at)
        elif priority != ticket.priority:
            wanted["expected_response_at"] = policy.expected_response_at(
                priority, ticket.created_at
            )
    return _touched(ticket, at, wanted)


def commented(
    ticket: Ticket, at: datetime, *, by: MessageRole, policy: TicketPolicy = USUAL
) -> Ticket:
    """Counts a comment that the customer can see.

    Args:
        ticket: The ticket.
        at: When it was said.
        by: Who said it. A customer's word puts the ticket back on the staff's desk.
        policy: By when tickets are answered.

    Returns:
        The ticket.

    Raises:
        ConflictError: It is closed.
    """
    if ticket.status is TicketStatus.CLOSED:
        raise ConflictError("The ticket is closed.")
    if by is MessageRole.CUSTOMER and ticket.status in _REOPENED_BY_ITS_OWNER:
        return changed(ticket, at, {"status": TicketStatus.OPEN}, policy)
    return ticket.model_copy(update={"version": ticket.version + 1, "updated_at": at})


def _require_transition(present: TicketStatus, wanted: TicketStatus) -> None:
    if wanted not in TRANSITIONS[present]:
        possible = ", ".join(sorted(TRANSITIONS[present]))
        raise ConflictError(f"A ticket that is {present} cannot become {wanted}, only: {possible}.")


def _is_reopening(present: TicketStatus, wanted: TicketStatus) -> bool:
    return present in {TicketStatus.RESOLVED, TicketStatus.CLOSED} and wanted is TicketStatus.OPEN


def _touched(ticket: Ticket, at: datetime, changes: Mapping[str, Any]) -> Ticket:
    new = ticket.model_copy(update=dict(changes))
    if new == ticket:
        return ticket
    return new.model_copy(update={"version": ticket.version + 1, "updated_at": at})
