"""What a message looks like to the classifier: its embedding, its words, and its cues."""

import math
import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

from agent_worker.routing.cues import CUES, strengths
from frontdesk.domain.vectors import unit

MAX_DIMENSIONS = 512
"""Training takes time by the dimension. Models made to be shortened (OpenAI's are) lose next to
nothing here, and smaller ones are not touched."""

WORD_BUCKETS = 1_024
WORD_WEIGHT = 0.4
CUE_WEIGHT = 0.3
"""Weights beside an embedding of length one; by cross-validation on the examples."""

SPARSE_FEATURES = WORD_BUCKETS + CUES


def shortened(embedding: Sequence[float]) -> list[float]:
    """Brings an embedding to at most `MAX_DIMENSIONS`, and to length one.

    Args:
        embedding: The embedding.

    Returns:
        What the classifier reads of it.
    """
    return unit(embedding[:MAX_DIMENSIONS])


def sparse_features(text: str) -> dict[int, float]:
    """Describes a message by its words, in pairs too, and its cues.

    Args:
        text: The message.

    Returns:
        Weight by feature, below `SPARSE_FEATURES`; what is absent is zero.
    """
    # Numbers of orders and the like differ in every message: they count as one.
    words = ["^", *re.findall(r"[a-z0']+|[!?]", re.sub(r"\d+", "0", text.lower()))]
    counts: dict[int, int] = {}
    for gram in [*words, *(f"{first} {second}" for first, second in pairwise(words))]:
        # Python's own hash differs from process to process.
        bucket = zlib.crc32(gram.encode()) % WORD_BUCKETS
        counts[bucket] = counts.get(bucket, 0) + 1
    length = math.sqrt(sum(counts.values()))
    features = {bucket: WORD_WEIGHT * math.sqrt(count) / length for bucket, count in counts.items()}
    for number, strength in enumerate(strengths(text)):
        if strength:
            features[WORD_BUCKETS + number] = CUE_WEIGHT * strength
    return features
