"""How likely it is that the knowledge base answers a question, told from what search found."""

import math
from collections.abc import Sequence
from statistics import fmean

from frontdesk.domain.knowledge import SearchHit
from frontdesk.knowledge import language
from frontdesk.knowledge.scale import Scale

LOOKED_AT = 3
"""How many of the best passages are looked at for words."""

# Logistic regression, at odds of two to one: real questions about two sets of documents and about
# dozens of them, once with the documents that answer them and once with those taken out
# (docs/decisions/0012).
_INTERCEPT, _BY_NEARNESS, _BY_PROMINENCE = -6.3, 4.6, 13.2


def confidence_of(question: str, hits: Sequence[SearchHit], scale: Scale | None) -> float | None:
    """Tells how likely a question is answered by what was found for it.

    Args:
        question: What was asked.
        hits: What was found, best first.
        scale: What the embedding model's similarities mean; None where that is not known.

    Returns:
        0 to 1; None where that cannot be told: words alone were searched, what similarities mean
        is not known, or the question is in another language than what was found, so that its
        words say nothing.
    """
    similarities = [hit.similarity for hit in hits if hit.similarity is not None]
    if not similarities or scale is None:
        return None if hits else 0.0
    if language.detect(question) not in {hit.language for hit in hits}:
        return None
    nearness = scale.nearness(max(similarities))
    evidence = _INTERCEPT + _BY_NEARNESS * nearness + _BY_PROMINENCE * _prominence(hits)
    return 1 / (1 + math.exp(-evidence))


def _prominence(hits: Sequence[SearchHit]) -> float:
    """A small help centre says a thing once; of many passages, one is often a coincidence."""
    prominences = [hit.prominence for hit in hits[:LOOKED_AT]]
    return (max(prominences) + fmean(prominences)) / 2
