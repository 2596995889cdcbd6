"""Simulated time: ordinary blocking code runs as greenlets, one at a time, in the order of a clock.

Whatever sleeps gives way to whoever is due next, so that hours pass as fast as they can be
computed, and the same seed gives the same run.
"""

import heapq
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet

EPOCH = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
"""When every simulation begins."""


class Simulation:
    """A clock, and what is due when.

    Attributes:
        now: Seconds since the simulation began.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._hub = getcurrent()

    def utc_now(self) -> datetime:
        """Returns the simulated moment."""
        return EPOCH + timedelta(seconds=self.now)

    def at(self, moment: float, call: Callable[[], object]) -> None:
        """Calls something when its time has come; it must not sleep."""
        heapq.heappush(self._due, (max(moment, self.now), next(self._order), call))

    def spawn(self, run: Callable[[], object], *, after: float = 0.0) -> None:
        """Starts something that may sleep."""
        self.at(self.now + after, greenlet(run, parent=self._hub).switch)

    def sleep(self, seconds: float) -> None:
        """Lets time pass for whoever calls."""
        current = getcurrent()
        if current is self._hub:
            self.now += max(0.0, seconds)
            return
        self.at(self.now + max(0.0, seconds), current.switch)
        self._hub.switch()

    def run(self, *, until: float, unless: Callable[[], bool] = lambda: False) -> None:
        """Lets everything happen that is due.

        Args:
            until: Seconds since the beginning at which to stop.
            unless: Stops before, as soon as this is true.
        """
        while self._due and self._due[0][0] <= until and not unless():
            moment, _, call = heapq.heappop(self._due)
            self.now = max(self.now, moment)
            call()
        if not unless():
            self.now = max(self.now, until)


@contextmanager
def invoking(invocation: object) -> Iterator[None]:
    """Makes everything in a block part of a function's run."""
    current = getcurrent()
    current.invocation = invocation
    try:
        yield
    finally:
        current.invocation = None


def current_invocation() -> Any:
    """Returns the function's run that is going on; None outside of any."""
    return getattr(getcurrent(), "invocation", None)


def pass_point(place: str) -> None:
    """Passes a point at which the process that is running may be found dead.

    Args:
        place: What it is about to do, or has just done.
    """
    invocation = current_invocation()
    if invocation is not None:
        invocation.point(place)
