"""Vectors, as far as comparing embeddings takes."""

import math
from collections.abc import Sequence


def unit(vector: Sequence[float]) -> list[float]:
    """Brings a vector to length one; nothing stays nothing.

    Args:
        vector: The vector.

    Returns:
        The vector of the same direction.
    """
    length = math.hypot(*vector) or 1.0
    return [value / length for value in vector]


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Tells how near two texts are in meaning.

    Args:
        one: What a model made of one text.
        other: What it made of the other.

    Returns:
        -1 to 1.
    """
    return math.sumprod(one, other) / ((math.hypot(*one) * math.hypot(*other)) or 1.0)
