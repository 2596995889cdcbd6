"""Holding a request until its task ends."""

import itertools
from collections.abc import Callable

import pytest

from frontdesk.domain.task import Task, TaskStatus
from frontdesk.waiting import wait_until_ended
from tests.support.chat import NOW, a_result

RUNNING = Task(
    task_id="task_1",
    conversation_id="conv_1",
    correlation_id="c",
    created_at=NOW,
    status=TaskStatus.PROCESSING,
)


class Time:
    """A clock that only pauses move."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []

    def now(self) -> float:
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds


def ends_at(time: Time, seconds: float) -> Callable[[], Task]:
    return lambda: RUNNING.ended(a_result()) if time.seconds >= seconds else RUNNING


def test_an_ended_task_is_not_waited_for() -> None:
    time = Time()
    task = wait_until_ended(ends_at(time, 0), 20, pause=time.pause, now=time.now)
    assert task.status is TaskStatus.COMPLETED
    assert time.pauses == []


def test_no_time_is_one_look() -> None:
    time = Time()
    looks = itertools.count()

    def look() -> Task:
        next(looks)
        return RUNNING

    assert wait_until_ended(look, 0, pause=time.pause, now=time.now) == RUNNING
    assert next(looks) == 1


def test_what_was_read_just_now_is_not_read_again_at_once() -> None:
    time = Time()
    looked_at: list[float] = []

    def look() -> Task:
        looked_at.append(time.seconds)
        return RUNNING.ended(a_result())

    task = wait_until_ended(look, 20, seen=RUNNING, pause=time.pause, now=time.now)

    assert task.status is TaskStatus.COMPLETED
    assert looked_at == time.pauses
    assert time.pauses[0] > 0


@pytest.mark.parametrize("end", [0.05, 0.3, 1.0, 4.0, 19.0])
def test_an_end_is_seen_soon(end: float) -> None:
    time = Time()
    task = wait_until_ended(ends_at(time, end), 20, pause=time.pause, now=time.now)
    assert task.status is TaskStatus.COMPLETED
    assert time.seconds - end <= min(max(0.1, 0.1 * time.seconds), 0.5) + 1e-9


def test_waiting_ends_in_time_with_a_last_look() -> None:
    time = Time()
    task = wait_until_ended(ends_at(time, 20.0), 20, pause=time.pause, now=time.now)
    assert time.seconds == pytest.approx(20)
    assert task.status is TaskStatus.COMPLETED


def test_pauses_grow_from_a_tenth_to_half_a_second() -> None:
    time = Time()
    wait_until_ended(ends_at(time, 99), 20, pause=time.pause, now=time.now)
    assert time.pauses[0] == pytest.approx(0.1)
    assert max(time.pauses) == pytest.approx(0.5)
    assert time.pauses[:-1] == sorted(time.pauses[:-1])
    assert len(time.pauses) < 75
