"""What a follow-up question is about: it is searched, and read, with what was asked before it.

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

MAX_FOLLOW_UP_WORDS = 8
"""What is longer names what it is about, whatever else it points at."""

_JOINING = re.compile(
    r"^\W*(?:and|or|but|what about|how about"
    r"|(?:how|what|when|where|why|which|who)(?: much| many| long| often| about| so| exactly)*\W*$"
    r"|und|oder|aber|was ist mit|(?:wie|was|wann|wo|warum)(?: viel| lange| oft| genau)*\W*$"
    r"|et|ou|mais|y|o|pero|e|ma|mas|(?:combien|quand|cuánto|cuándo|quanto|quando)\W*$)(?!\w)",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"^\W*(?:if|in|for|with|without|on|at|per|wenn|bei|für|mit|ohne|pro|si|pour|avec|sans|para|con"
    r"|sin|por|per|senza|se|com|sem)\b",
    re.IGNORECASE,
)
# Says that something is, and points nowhere: «Is there an API?».
_THERE_IS = re.compile(r"\b(?:there (?:is|are)|(?:is|are) there)\b", re.IGNORECASE)
_MANNERS = re.compile(
    r"\W*(?:(?:hi|hello|hey|there|good|morning|yes|yeah|no|nope|ok|okay|sure|please|do|thanks?|thank"
    r"|you|great|perfect|hallo|ja|nein|danke|bitte|bonjour|oui|non|merci|hola|s[ií]|gracias|ciao"
    r"|grazie|ol[aá]|sim|n[aã]o|obrigad[oa])\b\W*)+",
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


def stands_alone(question: str) -> bool:
    """Tells whether somebody who reads nothing but a question knows what it is about.

    Narrower than `leans`: a search takes along what may matter, a reader is shown what has to be
    known. «Refund policy?» and «Is there an API?» say enough.

    Args:
        question: What the customer wrote.

    Returns:
        False for a short question that points at what was said, or goes on with it.
    """
    words = len(question.split())
    if words > MAX_FOLLOW_UP_WORDS:
        return True
    if words <= SHORT_WORDS and _PLACED.match(question):
        return False
    pointing = _LEANING.search(_THERE_IS.sub(" ", question))
    return pointing is None and _JOINING.match(question) is None


def followed(question: str, earlier: Sequence[str]) -> str | None:
    """Finds the question that one is a follow-up to.

    Args:
        question: What the customer wrote.
        earlier: What the same customer asked before, oldest first.

    Returns:
        The latest of those before that says what it is about, or else the latest; None where the
        question stands alone, or nothing was asked before.
    """
    if stands_alone(question):
        return None
    asked = [text for text in reversed(earlier) if not _MANNERS.fullmatch(text)]
    return next((text for text in asked if stands_alone(text)), asked[0] if asked else None)


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
