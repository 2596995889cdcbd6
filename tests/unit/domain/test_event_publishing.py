"""Publishing: what is taken is settled, what is refused waits, and nobody hears of failures."""

import pytest

from frontdesk.event_publishing import BATCH, EventPublisher
from tests.support.events import FakeBus, FakeOutbox, an_event


@pytest.fixture
def bus() -> FakeBus:
    return FakeBus()


def test_what_the_bus_takes_is_settled(bus: FakeBus) -> None:
    outbox = FakeOutbox(an_event("evt_1"), an_event("evt_2"))

    assert EventPublisher(outbox, bus).publish() == 2

    assert bus.taken == outbox.settled == ["evt_1", "evt_2"]


def test_nothing_is_sent_where_there_is_nothing(bus: FakeBus) -> None:
    bus.is_down = True

    assert EventPublisher(FakeOutbox(), bus).publish() == 0


def test_a_batch_is_what_the_bus_takes_at_once(bus: FakeBus) -> None:
    outbox = FakeOutbox(*(an_event(f"evt_{number}") for number in range(BATCH + 1)))

    assert EventPublisher(outbox, bus).publish() == BATCH
    assert [event.event_id for event in outbox.waiting] == [f"evt_{BATCH}"]


def test_what_is_refused_is_published_by_the_next(bus: FakeBus) -> None:
    outbox = FakeOutbox(an_event("evt_1"), an_event("evt_2"))
    bus.refused = {"evt_1"}

    assert EventPublisher(outbox, bus).publish() is None
    assert outbox.settled == ["evt_2"]

    bus.refused = set()
    assert EventPublisher(outbox, bus).publish() == 1
    assert outbox.settled == ["evt_2", "evt_1"]


def test_a_change_stands_whatever_becomes_of_its_event(bus: FakeBus) -> None:
    outbox = FakeOutbox(an_event())
    bus.is_down = True
    assert EventPublisher(outbox, bus).publish() is None

    outbox.is_down = True
    assert EventPublisher(outbox, bus).publish() is None
    assert outbox.settled == []
