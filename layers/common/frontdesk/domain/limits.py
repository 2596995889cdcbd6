"""Limits: how much of something each caller may use within a window of time, and what is left."""

from dataclasses import dataclass
from datetime import datetime

MINUTE = 60
DAY = 24 * 3600

ALL = "all"
"""Who is counted where a limit is everybody's together."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So much within each window; windows begin at whole multiples of their length, in UTC.

    Attributes:
        name: What is counted, as callers read it: ``requests``.
        quota: How much of it each who is counted may use in a window.
        seconds: How long a window is.
    """

    name: str
    quota: int
    seconds: int

    def counter(self, counted_as: str, now: datetime) -> "Counter":
        """Names what counts somebody's use in the present window.

        Args:
            counted_as: Who is counted: a digest, or `ALL`.
            now: The time.

        Returns:
            The counter.
        """
        begin = int(now.timestamp()) // self.seconds * self.seconds
        return Counter(f"{self.name}#{counted_as}#{begin}", begin + self.seconds)

    def standing(self, used: int, now: datetime) -> "Standing":
        """Says what a count means.

        Args:
            used: What was used in the present window.
            now: The time.

        Returns:
            Where the one who is counted stands.
        """
        passed = now.timestamp() % self.seconds
        return Standing(self, used, max(1, round(self.seconds - passed)))


@dataclass(frozen=True, slots=True)
class Counter:
    """A count that nobody needs once its window is over.

    Attributes:
        name: The limit, who is counted, and when the window began.
        ends_at: When the window is over, in seconds since the epoch.
    """

    name: str
    ends_at: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands with a limit.

    Attributes:
        used: What was used in the present window, this time included.
        resets_in: Seconds until the next window.
    """

    limit: Limit
    used: int
    resets_in: int

    @property
    def remaining(self) -> int:
        """What is left of the quota; never below 0."""
        return max(0, self.limit.quota - self.used)
