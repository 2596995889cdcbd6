"""The time, in one place, so that everything that needs it can be handed another.

Nothing else asks the system for the time or waits by itself where a turn depends on it: whoever
replaces what this module stands on has simulated time everywhere.
"""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Returns the time now, in UTC and aware of it; a `frontdesk.ports.Clock`."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Returns seconds on a clock that never goes back."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Waits.

    Args:
        seconds: How long.
    """
    time.sleep(seconds)
