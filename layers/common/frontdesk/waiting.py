"""Holding a request until its task ends, or as long as it may be held."""

import time
from collections.abc import Callable

from frontdesk.domain.task import Task

SHORTEST_PAUSE = 0.1
"""Seconds between two looks at first: what an answer may be late by without being felt."""

LONGEST_PAUSE = 0.5
"""Seconds between two looks at most: beyond it, fewer reads save nothing worth the delay."""

PAUSE_SHARE = 0.1
"""A pause is a tenth of what was waited so far, so that looking adds at most a tenth to it."""


def wait_until_ended(
    look: Callable[[], Task],
    seconds: float,
    *,
    seen: Task | None = None,
    pause: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Task:
    """Looks at a task until it has ended.

    Args:
        look: Reads the task.
        seconds: How long to go on; 0 looks once.
        seen: The task as it was read just now; None where it was not.
        pause: Waits for a number of seconds.
        now: A clock that never goes back, in seconds.

    Returns:
        The task as it was seen last.
    """
    started = now()
    task = seen or look()
    while not task.status.is_terminal:
        waited = now() - started
        if waited >= seconds:
            break
        next_pause = min(max(waited * PAUSE_SHARE, SHORTEST_PAUSE), LONGEST_PAUSE)
        pause(min(next_pause, seconds - waited))
        task = look()
    return task
