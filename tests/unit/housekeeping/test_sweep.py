"""Nothing stays unfinished: what a crash left half done is mended, once."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.domain.conversation import MessageRole
from frontdesk.domain.errors import ErasedError, MessageError
from frontdesk.domain.task import QueuedMessage, TaskStatus
from frontdesk.domain.unfinished import Patience, Remedy, UnfinishedTask
from housekeeping.sweep import GIVEN_UP, MAX_FAILURES
from tests.support.chat import NOW, a_message
from tests.support.housekeeping import Countdown, Crash, House

JUST_ACCEPTED = timedelta(minutes=1)
A_WHILE = timedelta(minutes=3)
UNSENT = timedelta(minutes=10, seconds=1)
FORGOTTEN = timedelta(days=4, seconds=1)
SECRET = "what the customer wrote"


def test_a_crash_between_commit_and_publish_is_mended() -> None:
    # Given a worker that committed and then died, and whose message the queue lost
    house = House()
    message = house.accept()
    house.commit(message)
    house.now += A_WHILE
    # When
    report = house.sweep()
    # Then
    assert report.published == 1
    assert house.task(message).status is TaskStatus.COMPLETED
    assert house.task(message).response == "Open the settings [1]."
    assert house.telemetry.counted["TasksPublishedLate"] == 1
    assert house.tasks.conversations[message.conversation_id].unanswered == 0


def test_a_crash_between_record_and_send_is_mended_once() -> None:
    # Given
    house = House()
    message = house.accept(sent=False)
    house.now += UNSENT
    # When
    reports = [house.sweep() for _ in range(3)]
    # Then
    assert [report.sent for report in reports] == [1, 0, 0]
    assert house.queue.sent == [message]
    stored = house.tasks.tasks[message.task_id]
    assert stored.sent_at == house.now
    assert house.task(message).status is TaskStatus.QUEUED


def test_it_is_sent_although_the_queue_remembers_the_first_try() -> None:
    # Given a queue that took the first sending, and still knows its deduplication id
    house = House()
    message = house.accept(sent=False)
    house.queue.send(message)
    house.now += UNSENT
    # When
    house.sweep()
    # Then
    assert house.queue.sent == [message, message]


def test_what_waits_longer_than_the_queue_keeps_it_fails_where_all_see_it() -> None:
    # Given
    house = House()
    message = house.accept(text="Where is my invoice?")
    house.now += FORGOTTEN
    # When
    report = house.sweep()
    # Then the customer sees it
    assert report.given_up == 1
    task = house.task(message)
    assert (task.status, task.error) == (TaskStatus.FAILED, GIVEN_UP)
    assert task.completed_at == house.now
    assert house.tasks.conversations[message.conversation_id].unanswered == 0
    # and staff do
    ((conversation_id, kept),) = house.store.messages
    assert (conversation_id, kept.role) == (message.conversation_id, MessageRole.CUSTOMER)
    assert house.store.turns[message.task_id][1].status is TaskStatus.FAILED
    # and people can try again
    (aside,) = house.queue.aside
    assert QueuedMessage.model_validate_json(aside.body) == message
    assert aside.body.isascii()


def test_a_task_that_is_never_sent_for_days_is_given_up_too() -> None:
    house = House()
    message = house.accept(sent=False)
    house.now += FORGOTTEN
    assert house.sweep().given_up == 1
    assert house.queue.sent == []
    assert house.task(message).status is TaskStatus.FAILED


def test_of_what_was_erased_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    house = House()
    message = house.accept()
    house.now += FORGOTTEN

    def erased(*_: object, **__: object) -> None:
        raise ErasedError("the conversation was erased")

    monkeypatch.setattr(house.store, "take_up", erased)
    # When
    house.sweep()
    # Then
    assert house.queue.aside == []
    assert house.task(message).status is TaskStatus.FAILED


def test_what_nobody_can_take_up_is_given_up_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House()
    message = house.accept()
    house.now += FORGOTTEN

    def refuse(*_: object, **__: object) -> None:
        raise MessageError("the conversation belongs to somebody else")

    monkeypatch.setattr(house.store, "take_up", refuse)
    house.sweep()
    assert len(house.queue.aside) == 1
    assert house.task(message).status is TaskStatus.FAILED


def test_an_answer_that_was_committed_wins_over_giving_up() -> None:
    house = House()
    message = house.accept()
    house.commit(message)
    house.now += FORGOTTEN
    house.sweep()
    assert house.task(message).status is TaskStatus.COMPLETED
    assert house.queue.aside == []


@pytest.mark.parametrize("age", [JUST_ACCEPTED, A_WHILE, UNSENT, timedelta(days=3)])
def test_what_is_on_its_way_is_left_alone(age: timedelta) -> None:
    house = House()
    queued, taken_up = house.accept(), house.accept(sent=False)
    # Sending it was not noted, but a worker has it.
    house.tasks.begin(taken_up.task_id)
    house.now += age
    report = house.sweep()
    assert (report.published, report.sent, report.given_up, report.failures) == (0, 0, 0, 0)
    assert house.queue.sent == []
    assert house.task(queued).status is TaskStatus.QUEUED
    assert house.task(taken_up).status is TaskStatus.PROCESSING


def test_young_tasks_cost_nothing() -> None:
    house = House()
    house.commit(house.accept())
    house.now += JUST_ACCEPTED
    assert house.sweep().looked_at == 0


def test_the_oldest_unfinished_task_is_measured() -> None:
    house = House()
    house.sweep()
    assert house.telemetry.measured["OldestUnfinishedTask"] == 0
    house.accept()
    house.now += timedelta(minutes=7)
    assert house.sweep().oldest_seconds == 420
    assert house.telemetry.measured["OldestUnfinishedTask"] == 420


def test_a_run_has_a_share_and_the_next_goes_on_where_it_ended() -> None:
    # Given 250 tasks that only wait, and behind them one to be mended
    house = House(max_tasks=100)
    for _ in range(250):
        house.accept()
        house.now += timedelta(milliseconds=1)
    behind = house.accept(sent=False)
    house.now += UNSENT
    # When
    reports = [house.sweep() for _ in range(3)]
    # Then
    assert [report.looked_at for report in reports] == [100, 100, 51]
    assert [report.sent for report in reports] == [0, 0, 1]
    assert house.queue.sent == [behind]
    # and a new round begins with the oldest
    assert house.sweep().looked_at == 100


def test_a_run_ends_when_its_time_is_up() -> None:
    house = House()
    for _ in range(5):
        house.accept(sent=False)
    house.now += UNSENT
    # For the oldest, for a page and to read it, and for two tasks of it.
    left = iter([True, True, True, True, True, False, False])
    assert house.sweep(lambda: next(left)).sent == 2


def test_stores_that_are_down_are_not_asked_for_every_task() -> None:
    # Given
    house = House()
    messages = [house.accept(sent=False) for _ in range(20)]
    house.now += UNSENT
    house.store.is_down = True
    # When
    report = house.sweep()
    # Then
    assert (report.looked_at, report.failures) == (MAX_FAILURES, MAX_FAILURES)
    # and everything is mended when they are back
    house.store.is_down = False
    house.sweep()
    house.sweep()
    assert len(house.queue.sent) == len(messages)


@pytest.mark.parametrize(
    "error", [MessageError("the recorded message cannot be read"), ValueError(SECRET)], ids=repr
)
def test_a_task_that_cannot_be_seen_to_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    # Given
    house = House()
    broken, other = house.accept(sent=False), house.accept(sent=False)
    house.now += UNSENT
    read = house.tasks.read

    def fail_for_one(task_id: str) -> UnfinishedTask | None:
        if task_id == broken.task_id:
            raise error
        return read(task_id)

    monkeypatch.setattr(house.tasks, "read", fail_for_one)
    # When
    report = house.sweep()
    # Then
    assert (report.sent, report.failures) == (1, 1)
    assert house.queue.sent == [other]
    assert house.telemetry.counted["TasksNotSeenTo"] == 1
    assert SECRET not in str(vars(house.telemetry))


def test_a_task_that_was_brought_back_counts_from_then() -> None:
    # Given
    house = House()
    message = house.accept()
    house.now += FORGOTTEN
    house.sweep()
    del house.store.turns[message.task_id]
    house.tasks.revive(message, expires_at=house.now + timedelta(days=30))
    # When it is cut off before it is sent
    house.now += A_WHILE
    assert house.sweep().given_up == 0
    house.now += UNSENT
    # Then
    assert house.sweep().sent == 1
    assert house.task(message).status is TaskStatus.QUEUED


def test_nothing_that_is_logged_has_a_customers_words() -> None:
    house = House()
    for age, sent in ((FORGOTTEN, True), (UNSENT, False), (A_WHILE, True)):
        message = house.accept(sent=sent, text="My secret is swordfish")
        if age is A_WHILE:
            house.commit(message)
        house.now += age
    house.sweep()
    assert {name for name, _ in house.telemetry.events} >= {"task.sent", "task.published"}
    assert "swordfish" not in repr(house.telemetry.events)
    assert "john@example.com" not in repr(house.telemetry.events)


@settings(max_examples=150, deadline=None)
@given(
    crash_at=st.integers(0, 40),
    ages=st.lists(st.sampled_from([A_WHILE, UNSENT, FORGOTTEN]), min_size=1, max_size=4),
    states=st.lists(st.sampled_from(["unsent", "sent", "committed"]), min_size=4, max_size=4),
)
def test_a_sweep_may_be_cut_off_anywhere_and_done_again(
    crash_at: int, ages: list[timedelta], states: list[str]
) -> None:
    # Given tasks in all states
    house = House()
    messages = []
    for age, state in zip(ages, states, strict=False):
        message = house.accept(sent=state != "unsent")
        if state == "committed":
            house.commit(message)
        messages.append((message, state))
        house.now += age
    # When a sweep dies at any of its steps, and later ones do not
    house.countdown = Countdown(crash_at)
    with contextlib.suppress(Crash):
        house.sweep()
    house.countdown = Countdown()
    for _ in range(3):
        house.sweep()
        house.now += timedelta(minutes=5)
    # Then each is where it belongs, and no step was done twice
    patience = Patience()
    for message, state in messages:
        task = house.task(message)
        waited = house.now - message.accepted_at
        if state == "committed":
            assert task.status is TaskStatus.COMPLETED
        elif waited > patience.queue + timedelta(minutes=15):
            assert task.status is TaskStatus.FAILED
        sendings = [one for one in house.queue.sent if one.task_id == message.task_id]
        assert len(sendings) <= 1
        copies = [one for one in house.queue.aside if message.task_id in one.body]
        assert len({one.deduplication_id for one in copies}) == (task.status is TaskStatus.FAILED)
    assert len(house.store.turns) == len({*house.store.turns})
    for known in house.tasks.conversations.values():
        open_tasks = sum(
            not stored.task.status.is_terminal
            for stored in house.tasks.tasks.values()
            if stored.task.conversation_id == known.conversation_id
        )
        assert known.unanswered == open_tasks


minutes = st.integers(0, 60 * 24 * 10).map(lambda count: timedelta(minutes=count))


@given(
    age=minutes,
    later=minutes,
    sent_after=st.none() | minutes,
    status=st.sampled_from([TaskStatus.QUEUED, TaskStatus.PROCESSING]),
)
def test_remedies_never_go_back(
    age: timedelta, later: timedelta, sent_after: timedelta | None, status: TaskStatus
) -> None:
    message = a_message()
    sent_at = None if sent_after is None else NOW + sent_after
    task = UnfinishedTask("task_1", "conv_1", status, NOW, sent_at, message)
    order = [Remedy.PATIENCE, Remedy.SEND, Remedy.GIVE_UP]
    patience = Patience()
    first, second = (patience.remedy(task, NOW + moment) for moment in (age, age + later))
    assert order.index(first) <= order.index(second)
    if sent_at is not None or status is TaskStatus.PROCESSING:
        assert Remedy.SEND not in (first, second)
