"""Deletes what has been kept for as long as it may be; doing it twice is doing it once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from frontdesk.ports import Clock
from housekeeping.ports import Expiry, Projections
from housekeeping.telemetry import Telemetry

SHARE = 500
"""What is deleted in one transaction: well within a statement's time, locks and all."""


@dataclass(frozen=True, slots=True)
class Periods:
    """How long things are kept; None keeps them for good.

    Attributes:
        conversations: Conversations that nobody has touched, with messages, turns and tickets,
            and settled tickets without a conversation.
        audit: Entries of the audit log.
        events: Domain events that were published.
    """

    conversations: timedelta | None
    audit: timedelta | None
    events: timedelta


@dataclass
class RetentionReport:
    """How many of each were deleted."""

    conversations: int = 0
    tickets: int = 0
    audit_entries: int = 0
    events: int = 0


@dataclass(frozen=True)
class Retention:
    """Applies the periods.

    Attributes:
        expiry: Deletes what is old in Postgres.
        projections: What the tasks table knows of conversations.
        telemetry: Where all of it is seen.
        clock: Tells the time.
        periods: How long things are kept.
    """

    expiry: Expiry
    projections: Projections
    telemetry: Telemetry
    clock: Clock
    periods: Periods

    def run(self, has_time: Callable[[], bool]) -> RetentionReport:
        """Deletes what is over, share by share, as far as time allows.

        Args:
            has_time: Tells whether another share may be begun.

        Returns:
            How many of each were deleted.

        Raises:
            InfrastructureError: A store is out of reach; what was deleted stays so.
        """
        now, report, periods = self.clock(), RetentionReport(), self.periods
        if periods.conversations is not None:
            before = now - periods.conversations
            report.conversations = _share_by_share(self._expire_conversations, before, has_time)
            report.tickets = _share_by_share(self.expiry.tickets, before, has_time)
        if periods.audit is not None:
            report.audit_entries = _share_by_share(self.expiry.audit, now - periods.audit, has_time)
        report.events = _share_by_share(self.expiry.events, now - periods.events, has_time)
        for name, number in (
            ("ExpiredConversations", report.conversations),
            ("ExpiredTickets", report.tickets),
            ("ExpiredAuditEntries", report.audit_entries),
            ("ExpiredEvents", report.events),
        ):
            self.telemetry.count(name, number)
        return report

    def _expire_conversations(self, before: datetime, limit: int) -> int:
        return self.expiry.conversations(before, limit, forget=self.projections.forget_resting)


def _share_by_share(
    expire: Callable[[datetime, int], int], before: datetime, has_time: Callable[[], bool]
) -> int:
    deleted = 0
    while has_time():
        # A share may be smaller without being the last one: what got a message just now stays.
        share = expire(before, SHARE)
        deleted += share
        if share == 0:
            break
    return deleted
