"""Counters of limits in memory; tests/contract holds them to the promises of the real ones."""

import threading
from collections import Counter as Counts
from collections.abc import Callable, Sequence
from datetime import datetime

from frontdesk.clock import utc_now
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.limits import Counter


class FakeCounters:
    """Implements UsageCounters. Set `is_down` to make every call fail."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self.counts: Counts[Counter] = Counts()
        self.is_down = False
        self._now = now
        self._lock = threading.Lock()

    def add(self, counter: Counter, amount: int) -> int:
        self._reach()
        with self._lock:
            self.counts[counter] += amount
            return self.counts[counter]

    def read(self, counters: Sequence[Counter]) -> list[int]:
        self._reach()
        now = self._now().timestamp()
        return [self.counts[counter] if counter.ends_at > now else 0 for counter in counters]

    def _reach(self) -> None:
        if self.is_down:
            raise InfrastructureError("the counters are out of reach")
