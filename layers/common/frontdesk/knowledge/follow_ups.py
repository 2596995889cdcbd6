"""What a follow-up question is about: it is searched with what was asked before it.

No model is asked. An earlier question counts as much as it resembles the new one, so a change of
subject leaves it behind; a message that leans on what was said («and the yearly one?») says too
little to resemble anything, and takes along what came before it in any case.
"""

import re
from collections.abc import Sequence

from frontdesk.domain.vectors import cosine, unit
from frontdesk.knowledge.scale import Scale

MAX_EARLIER = 2
"""Questions before the new one; a third changed no measured ranking."""

FADING = 0.7
"""What a question counts for beside the one that came after it."""

NEAR_WEIGHT = 0.65
"""What a question counts for that is as near to the new one as an answer is to its question."""

LEANING_WEIGHT = 0.5
"""The least that the question before a leaning message counts for."""

SHORT_WORDS = 3
"""«The regular one» and «If in Spain»: so few words stand alone only by chance."""

_LEANING = re.compile(
    r"\b(?:it|its|that|this|they|them|their|those|these|there|ones?|he|she|his|hers?|same|others?"
    r"|else|another|such|then|so|also|too|instead"
    r"|the (?:first|second|third|last|next|former|latter)"
    r"|es|das|dies\w*|davon|dafür|damit|dort|auch|andere\w*"
    r"|ça|cela|celui|celle|ceux|aussi|autre|eso|esto|ese|esa|también|otr[oa]s?"
    r"|questo|quello|anche|altr[oi]|isso|isto|esse|essa|também|outr[oa]s?)\b",
    re.IGNORECASE,
)


def leans(question: str) -> bool:
    """Tells whether a question says too little by itself.

    Args:
        question: What the customer wrote.

    Returns:
        True where it is very short or points at what was said.
    """
    return len(question.split()) <= SHORT_WORDS or _LEANING.search(question) is not None


def weights(
    question: str,
    vector: Sequence[float] | None,
    earlier: Sequence[Sequence[float] | None],
    scale: Scale | None,
) -> list[float]:
    """Weighs earlier questions by how much a new one is about the same.

    Args:
        question: The new question.
        vector: Its vector; None where embeddings are out of reach.
        earlier: The earlier questions' vectors, the latest first.
        scale: What the model's similarities mean; None where that is not known.

    Returns:
        One weight for each, 0 to 1.
    """
    least = LEANING_WEIGHT if leans(question) else 0.0
    return [
        FADING**age * max(least, _likeness(vector, former, scale))
        for age, former in enumerate(earlier)
    ]


def blend(
    vector: Sequence[float], earlier: Sequence[Sequence[float]], weighing: Sequence[float]
) -> list[float]:
    """Moves a question's vector towards what was asked before.

    Args:
        vector: The question's vector.
        earlier: The earlier questions' vectors.
        weighing: What each counts for, where the question counts one.

    Returns:
        The sum, of length one.
    """
    mixed = unit(vector)
    for former, weight in zip(earlier, weighing, strict=True):
        mixed = [a + weight * b for a, b in zip(mixed, unit(former), strict=True)]
    return unit(mixed)


def _likeness(
    one: Sequence[float] | None, other: Sequence[float] | None, scale: Scale | None
) -> float:
    if one is None or other is None or scale is None or len(one) != len(other):
        return 0.0
    nearness = scale.nearness(cosine(one, other))
    return max(0.0, min(1.0, NEAR_WEIGHT * nearness))
