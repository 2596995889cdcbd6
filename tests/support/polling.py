"""Waiting on state: what a test does instead of sleeping."""

import time
from collections.abc import Callable

POLL_SECONDS = 0.1


def eventually[T](look: Callable[[], T], *, seconds: float, what: str) -> T:
    """Looks until there is something.

    Args:
        look: Returns what is waited for; whatever is falsy is not there yet.
        seconds: How long to look at most.
        what: What is waited for, for the failure's text.

    Returns:
        What was found.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:g} s still no {what}; last seen: {found!r}")
        time.sleep(POLL_SECONDS)
