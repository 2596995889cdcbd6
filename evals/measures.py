"""Measures of rankings and of waiting."""

import math
from collections.abc import Collection, Sequence


def recall_at(ranking: Sequence[str], relevant: Collection[str], depth: int) -> float:
    """Tells which share of the relevant documents is among the first.

    Args:
        ranking: Documents, best first.
        relevant: Those that answer the question; at least one.
        depth: How many of the ranking count.

    Returns:
        0 to 1.
    """
    return len(set(ranking[:depth]) & set(relevant)) / len(set(relevant))


def reciprocal_rank(ranking: Sequence[str], relevant: Collection[str], depth: int) -> float:
    """Tells how early the first relevant document comes.

    Args:
        ranking: Documents, best first.
        relevant: Those that answer the question.
        depth: How many of the ranking count.

    Returns:
        One over its rank; 0 where none is among the first.
    """
    for rank, document in enumerate(ranking[:depth], start=1):
        if document in relevant:
            return 1 / rank
    return 0.0


def ndcg_at(ranking: Sequence[str], relevant: Collection[str], depth: int) -> float:
    """Measures a ranking against the best possible one (binary relevance).

    Args:
        ranking: Documents, best first.
        relevant: Those that answer the question; at least one.
        depth: How many of the ranking count.

    Returns:
        0 to 1.
    """
    gain = sum(
        1 / math.log2(rank + 1)
        for rank, document in enumerate(ranking[:depth], start=1)
        if document in relevant
    )
    best = min(depth, len(set(relevant)))
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, best + 1))


def percentile(values: Sequence[float], share: float) -> float:
    """Finds the value that so many are not above (nearest rank).

    Args:
        values: At least one.
        share: 0 to 1.

    Returns:
        One of the values.
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
