"""A small model of an SQS FIFO queue, by the documented rules.

Sources: the SQS developer guide's pages on FIFO delivery logic, exactly-once processing,
visibility time-outs and dead-letter queues, and the API reference. `test_fifo` holds the model to
them. What it leaves out: batches of sends, the 120,000 messages a queue looks at, and throughput.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

DEDUPLICATION_SECONDS = 300
MAX_VISIBILITY_SECONDS = 43_200


class NotInFlightError(Exception):
    """The handle is of no delivery that is still going on."""


@dataclass
class QueuedItem:
    """A message in the queue.

    Attributes:
        receive_count: How often it was received.
        visible_at: When it can be received.
        receipt_handle: That of its latest delivery; '' before the first.
    """

    message_id: str
    body: str
    group_id: str
    deduplication_id: str
    sent_at: float
    attributes: dict[str, str] = field(default_factory=dict)
    receive_count: int = 0
    visible_at: float = 0.0
    receipt_handle: str = ""


class FifoQueue:
    """One queue.

    Args:
        now: Seconds of a clock.
        visibility: Seconds a received message is hidden, if nothing else is said.
        retention: Seconds a message is kept.
        max_receives: Received more often than this, a message goes to ``dead_letters``.
        dead_letters: The dead-letter queue.
        on_delete: Told of every message that its receiver takes out.
    """

    def __init__(
        self,
        now: Callable[[], float],
        *,
        visibility: float = 30,
        retention: float = 345_600,
        max_receives: int | None = None,
        dead_letters: "FifoQueue | None" = None,
        name: str = "queue",
        on_delete: Callable[[QueuedItem], None] = lambda _: None,
    ) -> None:
        self._now = now
        self._visibility = visibility
        self._retention = retention
        self._max_receives = max_receives
        self._dead_letters = dead_letters
        self._name = name
        self._on_delete = on_delete
        self._groups: OrderedDict[str, list[QueuedItem]] = OrderedDict()
        self._in_flight: dict[str, QueuedItem] = {}
        self._seen: dict[tuple[str, str], tuple[float, str]] = {}
        self._number = 0

    def send(
        self,
        body: str,
        *,
        group_id: str,
        deduplication_id: str,
        attributes: dict[str, str] | None = None,
    ) -> str:
        """Puts a message behind the others of its group; a repeat within five minutes is dropped.

        Returns:
            The message's id; for a repeat, that of the first.
        """
        now = self._now()
        seen = self._seen.get((group_id, deduplication_id))
        if seen is not None and now < seen[0] + DEDUPLICATION_SECONDS:
            return seen[1]
        message_id = self._new_name("message")
        self._seen[group_id, deduplication_id] = (now, message_id)
        self._append(
            QueuedItem(message_id, body, group_id, deduplication_id, now, dict(attributes or {}))
        )
        return message_id

    def receive(self, most: int = 1, *, visibility: float | None = None) -> list[QueuedItem]:
        """Receives messages: of each group the first ones, and none while one is in flight."""
        received: list[QueuedItem] = []
        hidden = self._visibility if visibility is None else visibility
        for group_id in list(self._groups):
            if len(received) >= most:
                break
            received += self._receive_group(group_id, most - len(received), hidden)
        return received

    def receive_group(self, group_id: str) -> QueuedItem | None:
        """Receives the first message of a group, if it may be received."""
        return next(iter(self._receive_group(group_id, 1, self._visibility)), None)

    def ready_groups(self) -> list[str]:
        """Names the groups that a message can be received of now."""
        now = self._now()
        return [name for name, items in self._groups.items() if self._is_ready(items, now)]

    def delete(self, receipt_handle: str) -> None:
        """Takes out a message that is in flight.

        Raises:
            NotInFlightError: The delivery is over; in a FIFO queue its handle is worth nothing.
        """
        item = self._held(receipt_handle)
        del self._in_flight[receipt_handle]
        self._remove(item)
        self._on_delete(item)

    def change_visibility(self, receipt_handle: str, seconds: float) -> None:
        """Hides a message that is in flight for so long from now; 0 makes it visible.

        Raises:
            NotInFlightError: The delivery is over.
        """
        if not 0 <= seconds <= MAX_VISIBILITY_SECONDS:
            raise ValueError(f"no visibility time-out: {seconds!r}")
        item = self._held(receipt_handle)
        item.visible_at = self._now() + seconds

    def items(self) -> list[QueuedItem]:
        """Lists everything in the queue, each group in its order."""
        now = self._now()
        for items in list(self._groups.values()):
            self._expire(items, now)
        return [item for items in self._groups.values() for item in items]

    def _receive_group(self, group_id: str, most: int, hidden: float) -> list[QueuedItem]:
        now = self._now()
        items = self._groups.get(group_id, [])
        received: list[QueuedItem] = []
        while items and len(received) < most:
            self._expire(items, now)
            rest = items[len(received) :]
            if not rest or (not received and not self._is_ready(items, now)):
                break
            item = rest[0]
            if self._max_receives is not None and item.receive_count >= self._max_receives:
                self._give_up(item)
                continue
            self._in_flight.pop(item.receipt_handle, None)
            item.receive_count += 1
            item.visible_at = now + hidden
            item.receipt_handle = self._new_name("receipt")
            self._in_flight[item.receipt_handle] = item
            received.append(item)
        return received

    def _is_ready(self, items: list[QueuedItem], now: float) -> bool:
        # A group is locked while any of its messages is in flight, not only the first.
        return bool(items) and all(item.visible_at <= now for item in items)

    def _expire(self, items: list[QueuedItem], now: float) -> None:
        for item in [item for item in items if now >= item.sent_at + self._retention]:
            self._in_flight.pop(item.receipt_handle, None)
            self._remove(item)

    def _give_up(self, item: QueuedItem) -> None:
        self._in_flight.pop(item.receipt_handle, None)
        self._remove(item)
        if self._dead_letters is not None:
            # A FIFO queue's dead letters begin a new life: their age counts from here.
            moved = QueuedItem(
                item.message_id,
                item.body,
                item.group_id,
                item.deduplication_id,
                self._now(),
                item.attributes,
            )
            self._dead_letters._append(moved)

    def _append(self, item: QueuedItem) -> None:
        self._groups.setdefault(item.group_id, []).append(item)

    def _remove(self, item: QueuedItem) -> None:
        items = self._groups[item.group_id]
        items.remove(item)
        if not items:
            del self._groups[item.group_id]

    def _held(self, receipt_handle: str) -> QueuedItem:
        item = self._in_flight.get(receipt_handle)
        now = self._now()
        if item is None or item.visible_at <= now or now >= item.sent_at + self._retention:
            raise NotInFlightError(receipt_handle)
        return item

    def _new_name(self, kind: str) -> str:
        self._number += 1
        return f"{self._name}-{kind}-{self._number}"
