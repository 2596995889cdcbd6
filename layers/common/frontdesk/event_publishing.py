"""Publishes what was committed: by whoever committed it, and by housekeeping what was left.

::

    written in the change's transaction ─► claimed for a minute ─► on the bus ─► settled
                                             │ refused ─► released ─► claimed again
                                             └ claimant died ─► claimed again after the minute

An event is on the bus at least once. That it is not there yet is nobody's failure who made a
change: publishing never raises.
"""

from dataclasses import dataclass

from frontdesk.observability import get_logger
from frontdesk.ports import EventBus, EventOutbox

BATCH = 10
"""What EventBridge takes in one request."""


@dataclass(frozen=True, slots=True)
class EventPublisher:
    """Brings events from the outbox to the bus.

    Attributes:
        outbox: Where the database wrote them.
        bus: Where they are published.
    """

    outbox: EventOutbox
    bus: EventBus

    def publish(self) -> int | None:
        """Publishes a batch of events, the oldest first.

        Returns:
            How many there were to publish; None where a store or the bus failed, and somebody
            has to try again.
        """
        try:
            events = self.outbox.claim(BATCH)
            if not events:
                return 0
            published = self.bus.put(events)
            self.outbox.settle(published)
            refused = {event.event_id for event in events} - set(published)
            if refused:
                self.outbox.release(sorted(refused))
                get_logger().warning("events refused", events=sorted(refused))
                return None
        except Exception as error:  # noqa: BLE001 - what was committed stands, whatever this is
            get_logger().warning("events not published", error=type(error).__name__)
            return None
        return len(events)
