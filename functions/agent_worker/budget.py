"""How long a turn may take, and how much of that may be spent on the model."""

from collections.abc import Callable

from frontdesk import clock

MAX_TURN_SECONDS = 45.0
"""A customer waits no longer; the rest of the function's 60 s is for committing."""

COMMIT_RESERVE_SECONDS = 8.0
"""Kept back of the function's remaining time: commit, publish, and one reconnect to each."""

MODEL_SECONDS = 20.0
"""All model calls of a turn together; a caller of the sync route waits 25 s."""

CALL_SECONDS = 8.0
"""One model call; an answer of some hundred tokens takes two to five seconds."""

MIN_CALL_SECONDS = 1.0
"""With less left than this, no call is begun: it could only be cut off."""

MAX_MODEL_CALLS = 6
"""Attempts in a turn, retries included: a router, a tool or two, an answer, and some slack."""

type Monotonic = Callable[[], float]


class TurnBudget:
    """What is left of a turn's time and of its model calls.

    Args:
        function_seconds: What is left of the function's own time.
        monotonic: A clock that never goes back, in seconds.
    """

    def __init__(self, function_seconds: float, *, monotonic: Monotonic = clock.monotonic) -> None:
        self._monotonic = monotonic
        seconds = min(MAX_TURN_SECONDS, function_seconds - COMMIT_RESERVE_SECONDS)
        self._deadline = monotonic() + seconds
        self._model_seconds = MODEL_SECONDS
        self._calls_left = MAX_MODEL_CALLS

    @property
    def calls_left(self) -> int:
        """How many more model calls may be made."""
        return self._calls_left

    def call_timeout(self) -> float | None:
        """Returns how long the next model call may take.

        Returns:
            Seconds, or None where no call may be made any more.
        """
        seconds = min(CALL_SECONDS, self._left())
        return seconds if self._calls_left > 0 and seconds >= MIN_CALL_SECONDS else None

    def allows_wait(self, seconds: float) -> bool:
        """Tells whether a wait leaves time for another call.

        Args:
            seconds: How long the wait is.

        Returns:
            True where a call can be made after it.
        """
        return self._calls_left > 0 and self._left() - seconds >= MIN_CALL_SECONDS

    def spend_call(self, seconds: float) -> None:
        """Takes off a call that was made, whether it succeeded or not.

        Args:
            seconds: How long it took.
        """
        self._calls_left -= 1
        self._model_seconds -= seconds

    def spend_wait(self, seconds: float) -> None:
        """Takes off the wait before a retry.

        Args:
            seconds: How long it was.
        """
        self._model_seconds -= seconds

    def _left(self) -> float:
        return min(self._model_seconds, self._deadline - self._monotonic())
