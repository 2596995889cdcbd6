"""When work that somebody waits for has to have ended."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a clock that only goes forward.

    Attributes:
        at: The moment, in the clock's seconds.
        clock: Tells the time.
    """

    at: float
    clock: Callable[[], float]

    @property
    def seconds_left(self) -> float:
        """Seconds until then; negative once it is over."""
        return self.at - self.clock()

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return self.seconds_left <= 0
