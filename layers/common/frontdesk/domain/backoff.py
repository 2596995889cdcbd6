"""How long to wait before another try of what failed."""

_MOST_DOUBLINGS = 30
"""What is longer was cut off long before; the power of a large number takes time of its own."""


def backoff(failures: int, *, first: float, longest: float) -> float:
    """Doubles a wait with each failure.

    Args:
        failures: How many there were, 1 for the first.
        first: Seconds after the first.
        longest: Seconds at most.

    Returns:
        Seconds to wait.
    """
    return min(longest, first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))
