"""Publishes the domain events that nobody has published: whoever committed them has died."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from frontdesk.event_publishing import EventPublisher
from frontdesk.ports import Clock
from housekeeping.telemetry import Telemetry

MAX_BATCHES = 100
"""A run's share: a thousand events; the rest waits for the next run."""


@dataclass
class EventReport:
    """What a run did.

    Attributes:
        published: How many events were brought to the bus.
        failed: True where a store or the bus failed; the next run tries again.
        oldest_seconds: The age of the oldest event that is not on the bus yet, 0 where all are.
    """

    published: int = 0
    failed: bool = False
    oldest_seconds: float = 0.0


@dataclass(frozen=True)
class EventSweep:
    """Publishes until nothing is left.

    Attributes:
        publisher: Brings events to the bus.
        oldest: Reads when the oldest unpublished event happened.
        telemetry: Where all of it is seen.
        clock: Tells the time.
    """

    publisher: EventPublisher
    oldest: Callable[[], datetime | None]
    telemetry: Telemetry
    clock: Clock

    def run(self, has_time: Callable[[], bool]) -> EventReport:
        """Publishes what is left, as far as time allows.

        Args:
            has_time: Tells whether another batch may be begun.

        Returns:
            What was done.

        Raises:
            InfrastructureError: Postgres is out of reach.
        """
        report = EventReport()
        for _ in range(MAX_BATCHES):
            if not has_time():
                break
            published = self.publisher.publish()
            if published is None:
                report.failed = True
                break
            if published == 0:
                break
            report.published += published
        oldest = self.oldest()
        if oldest is not None:
            report.oldest_seconds = (self.clock() - oldest).total_seconds()
        self.telemetry.count("EventsSwept", report.published)
        self.telemetry.seconds("OldestUnpublishedEvent", report.oldest_seconds)
        return report
