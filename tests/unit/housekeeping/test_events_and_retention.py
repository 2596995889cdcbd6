"""Publishing what was left, and deleting what is over: in shares, again and again."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta

from frontdesk.event_publishing import BATCH, EventPublisher
from housekeeping.events import EventSweep
from housekeeping.retention import SHARE, Periods, Retention, RetentionReport
from tests.support.chat import NOW
from tests.support.events import FakeBus, FakeOutbox, an_event
from tests.support.housekeeping import RecordingTelemetry

DAY = timedelta(days=1)
ALL = Periods(conversations=730 * DAY, audit=1095 * DAY, events=7 * DAY)


def always() -> bool:
    return True


def a_sweep(
    outbox: FakeOutbox, bus: FakeBus, oldest: datetime | None = None
) -> tuple[EventSweep, RecordingTelemetry]:
    telemetry = RecordingTelemetry()
    sweep = EventSweep(EventPublisher(outbox, bus), lambda: oldest, telemetry, lambda: NOW)
    return sweep, telemetry


def test_all_that_was_left_is_published() -> None:
    outbox, bus = FakeOutbox(*(an_event(f"evt_{n}") for n in range(2 * BATCH + 1))), FakeBus()
    sweep, telemetry = a_sweep(outbox, bus)

    report = sweep.run(always)

    assert (report.published, report.failed) == (2 * BATCH + 1, False)
    assert len(bus.taken) == 2 * BATCH + 1
    assert telemetry.counted == {"EventsSwept": 2 * BATCH + 1}
    assert telemetry.measured == {"OldestUnpublishedEvent": 0}


def test_a_bus_that_is_down_is_asked_once_and_the_backlog_is_seen() -> None:
    outbox, bus = FakeOutbox(an_event()), FakeBus()
    bus.is_down = True
    sweep, telemetry = a_sweep(outbox, bus, oldest=NOW - timedelta(hours=1))

    report = sweep.run(always)

    assert (report.published, report.failed, report.oldest_seconds) == (0, True, 3600)
    assert telemetry.measured == {"OldestUnpublishedEvent": 3600}


def test_a_run_ends_when_its_time_is_over() -> None:
    outbox, bus = FakeOutbox(*(an_event(f"evt_{n}") for n in range(3 * BATCH))), FakeBus()
    left = iter([True, False])
    sweep, _ = a_sweep(outbox, bus)

    assert sweep.run(lambda: next(left)).published == BATCH


class FakeExpiry:
    """Implements Expiry: so many of each are left to delete."""

    def __init__(self, conversations: int = 0, tickets: int = 0, audit: int = 0, events: int = 0):
        self.left = {
            "conversations": conversations,
            "tickets": tickets,
            "audit": audit,
            "events": events,
        }
        self.before: dict[str, datetime] = {}

    def conversations(
        self, before: datetime, limit: int, *, forget: Callable[[list[str]], Collection[str]]
    ) -> int:
        share = self._expire("conversations", before, limit)
        expired = len(forget([f"conv_{number}" for number in range(share)]))
        self.left["conversations"] += share - expired
        return expired

    def tickets(self, before: datetime, limit: int) -> int:
        return self._expire("tickets", before, limit)

    def audit(self, before: datetime, limit: int) -> int:
        return self._expire("audit", before, limit)

    def events(self, before: datetime, limit: int) -> int:
        return self._expire("events", before, limit)

    def _expire(self, kind: str, before: datetime, limit: int) -> int:
        self.before[kind] = before
        share = min(self.left[kind], limit)
        self.left[kind] -= share
        return share


class FakeProjections:
    """Implements Projections."""

    def __init__(self, unanswered: Collection[str] = ()) -> None:
        self.unanswered = unanswered
        self.forgotten: list[str] = []

    def forget_resting(self, conversation_ids: Collection[str]) -> list[str]:
        resting = [each for each in conversation_ids if each not in self.unanswered]
        self.forgotten += resting
        return resting


def a_retention(
    expiry: FakeExpiry, periods: Periods = ALL, unanswered: Collection[str] = ()
) -> tuple[Retention, RecordingTelemetry]:
    telemetry = RecordingTelemetry()
    projections = FakeProjections(unanswered)
    return Retention(expiry, projections, telemetry, lambda: NOW, periods), telemetry


def test_each_kind_is_deleted_after_its_own_time_and_counted() -> None:
    expiry = FakeExpiry(conversations=SHARE + 1, tickets=2, audit=3, events=2 * SHARE)
    retention, telemetry = a_retention(expiry)

    report = retention.run(always)

    assert report == RetentionReport(SHARE + 1, 2, 3, 2 * SHARE)
    assert set(expiry.left.values()) == {0}
    assert expiry.before == {
        "conversations": NOW - 730 * DAY,
        "tickets": NOW - 730 * DAY,
        "audit": NOW - 1095 * DAY,
        "events": NOW - 7 * DAY,
    }
    assert telemetry.counted == {
        "ExpiredConversations": SHARE + 1,
        "ExpiredTickets": 2,
        "ExpiredAuditEntries": 3,
        "ExpiredEvents": 2 * SHARE,
    }
    assert isinstance(retention.projections, FakeProjections)
    assert len(retention.projections.forgotten) == SHARE + 1
    assert retention.run(always) == RetentionReport()


def test_one_that_just_got_a_message_stays_and_holds_nothing_up() -> None:
    expiry = FakeExpiry(conversations=2 * SHARE)
    retention, telemetry = a_retention(expiry, unanswered={"conv_0"})

    assert retention.run(always).conversations == 2 * SHARE - 1
    assert expiry.left["conversations"] == 1
    assert telemetry.counted["ExpiredConversations"] == 2 * SHARE - 1


def test_what_is_to_be_kept_for_good_is_not_asked_for() -> None:
    expiry = FakeExpiry(1, 1, 1, 1)
    retention, _ = a_retention(expiry, Periods(conversations=None, audit=None, events=DAY))

    assert retention.run(always) == RetentionReport(events=1)
    assert set(expiry.before) == {"events"}


def test_a_share_is_not_begun_without_time() -> None:
    expiry = FakeExpiry(conversations=3 * SHARE)
    retention, _ = a_retention(expiry)
    answers: Iterator[bool] = iter([True, *[False] * 9])

    assert retention.run(lambda: next(answers)).conversations == SHARE
    assert expiry.left["conversations"] == 2 * SHARE
