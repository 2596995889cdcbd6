"""Pages of a listing: how many, after which, and narrowed to what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from frontdesk.domain.conversation import ConversationStatus, Handler, WaitingFor
from frontdesk.domain.knowledge import DocumentStatus
from frontdesk.domain.records import TicketStatus
from frontdesk.domain.task import AgentName

type Position = tuple[str, ...]
"""Where a page ended: the sort key of its last item, as texts that its store understands."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How much of a listing is wanted.

    Attributes:
        limit: How many items at most.
        after: Where the page before ended; None for the first page.
    """

    limit: int
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Page[T]:
    """A page of a listing.

    Attributes:
        next_position: Where the next page goes on; None where this is the last one.
    """

    items: Sequence[T] = ()
    next_position: Position | None = None


class ConversationOrder(StrEnum):
    """How conversations are listed."""

    NEWEST = "newest"
    WAITING_SINCE = "waiting_since"


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """Which conversations are wanted; None means whichever.

    Attributes:
        text: What the subject contains, whatever its case.
    """

    status: ConversationStatus | None = None
    handler: Handler | None = None
    waiting_for: WaitingFor | None = None
    agent: AgentName | None = None
    assigned_to: str | None = None
    customer_id: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets are wanted; None means whichever."""

    status: TicketStatus | None = None
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents are wanted; None means whichever.

    Attributes:
        review_by: Those that somebody has to look at again by then; archived ones only where they
            are asked for.
    """

    status: DocumentStatus | None = None
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records of accounts are wanted; None means whichever."""

    status: str | None = None
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries of the audit log are wanted; None means whichever.

    Attributes:
        actor: The subject of who did it.
        since: The first moment.
        until: The first moment that is not wanted any more.
    """

    customer_id: str | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
