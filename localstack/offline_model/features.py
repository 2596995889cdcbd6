"""What a message looks like to the classifier besides its meaning: its words and plain cues.

Pure Python, with no vector library, so that other classifiers can use the same features.
"""

import math
import re
import zlib
from collections.abc import Iterable
from itertools import pairwise

CHARACTER_BUCKETS = 1_024
WORD_BUCKETS = 1_024
CHARACTER_WEIGHT = 0.4
WORD_WEIGHT = 0.4
CUE_WEIGHT = 0.3
"""Weights beside an embedding of length one; measured by cross-validation on the examples."""

_SHOUTING_MIN_LETTERS = 8

PERSON = re.compile(
    r"\b(human|person|operator|agent|representative|rep|supervisor|manager|advis[oe]r|somebody"
    r"|someone|anybody|employee|staff|assistant|colleague|boss)s?\b"
)
CONTACT = re.compile(
    r"\b(talk|speak|spoke|chat|connect|reach|contact|get hold|escalat\w*"
    r"|(transfer|put|direct|call) me)"
)
COMPLAINT = re.compile(r"complain|grievance|reclamation|\bclaims?\b|escalat|dispute")
LEGAL = re.compile(
    r"lawyer|attorney|\b(sue|suing)\b|\bcourt\b|ombudsman|\bpolice\b|fraud|scam|thie[fv]|\blegal"
)
ANGER = re.compile(
    r"fuck|\bshit|\bdamn|bloody|\bhell\b|\bwtf\b|bullshit|\bsucks?\b|useless|ridiculous"
    r"|unacceptable|outrag|furious|\bangry|livid|\bupset|fed up|sick of|tired of|terrible|awful"
    r"|\bworst\b|disappoint|incompetent|unhappy|dissatisf|disgust|frustrat|appalling|a joke\b"
    r"|how dare|asham|shameful|unbelievable|my patience"
)
MONEY_TAKEN = re.compile(
    r"\b(charged?|billed|paid|debited|invoiced)\b[^.?!]{0,30}\b(twice|(two|three|2|3) times|double"
    r"|too much|wrong\w*|by mistake|after (i|we) cancel\w*)"
    r"|\b(double|twice|over|mis|wrongly)[ -]?(charged?|billed|payment|billing|debited)\b"
    r"|\b(wrong|incorrect|unknown|unexpected|unauthori[sz]ed|duplicate|strange) "
    r"(charge|amount|payment|invoice|bill|transaction)s?\b|\bsecond charge\b"
    r"|\b(charge|amount|payment|invoice|bill)s? (is|are|was|were|looks?|seems?)"
    r" (wrong|incorrect|not right|too high|false)\b|\balready paid\b"
    r"|\b(didn'?t|did not|never|don'?t|do not)"
    r" (made?|authori[sz]ed?|recogni[sz]ed?|order(ed)?|agreed? to)\b"
    r"[^.?!]{0,20}\b(charge|payment|invoice|purchase|bill)"
)
_NUMBER = re.compile(r"\d{4,}|#\d+")
_OWN_RECORD = re.compile(
    r"\bmy ((last|latest|recent|next|current|new|previous) )?(order|invoice|bill|payment|transfer"
    r"|refund|package|parcel|purchase|balance|account|statement|plan|subscription|transaction"
    r"|delivery|card)"
)
_OWN = re.compile(r"\bmy\b")
_WAITING = re.compile(
    r"\b(pending|still|hasn'?t|haven'?t|not (showing|arrived)|didn'?t|yet|already)\b"
)
_GENERAL_QUESTION = re.compile(
    r"^(how (do|can|to)|what('s| is| are) (the|your)|do you|can i|is there|are there|which"
    r"|where (do|can))"
)
_ADDRESSED = re.compile(r"\b(you|your|ur|u)\b")
_BUSINESS = re.compile(
    r"order|purchase|invoice|bill|payment|pay|account|card|refund|deliver|ship|plan|subscri"
    r"|password|pin|transfer|balance|charge|fee|money|cash|currenc|deposit|statement"
)
_CUE_PATTERNS = (
    PERSON,
    CONTACT,
    COMPLAINT,
    LEGAL,
    ANGER,
    _NUMBER,
    _OWN_RECORD,
    _OWN,
    _WAITING,
    _GENERAL_QUESTION,
    _ADDRESSED,
    _BUSINESS,
)

FEATURE_COUNT = CHARACTER_BUCKETS + WORD_BUCKETS + len(_CUE_PATTERNS) + 2


def sparse_features(text: str) -> dict[int, float]:
    """Describes a text by its characters, its words and its cues.

    Args:
        text: A customer's message.

    Returns:
        Weight by feature number, below `FEATURE_COUNT`; what is absent is zero.
    """
    lowered = text.lower()
    features = _hashed(_character_grams(lowered), CHARACTER_BUCKETS, 0, CHARACTER_WEIGHT)
    features |= _hashed(_word_grams(lowered), WORD_BUCKETS, CHARACTER_BUCKETS, WORD_WEIGHT)
    first_cue = CHARACTER_BUCKETS + WORD_BUCKETS
    for number, strength in enumerate(_cues(text, lowered)):
        if strength:
            features[first_cue + number] = CUE_WEIGHT * strength
    return features


def is_shouting(text: str) -> bool:
    """Tells whether most letters are capitals."""
    letters = [character for character in text if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    return len(letters) > _SHOUTING_MIN_LETTERS and capitals > len(letters) / 2


def _cues(text: str, lowered: str) -> Iterable[float]:
    for pattern in _CUE_PATTERNS:
        yield float(pattern.search(lowered) is not None)
    yield float(is_shouting(text))
    yield min(2, text.count("!")) / 2


def _character_grams(lowered: str) -> Iterable[str]:
    # Numbers of orders and the like differ in every message: they count as one.
    plain = re.sub(r"\d+", "0", re.sub(r"[^a-z0-9!?]+", " ", lowered))
    padded = f" {plain} "
    for size in (3, 4):
        for start in range(len(padded) - size + 1):
            yield padded[start : start + size]


def _word_grams(lowered: str) -> Iterable[str]:
    words = ["^", *re.findall(r"[a-z0']+|[!?]", re.sub(r"\d+", "0", lowered))]
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


def _hashed(grams: Iterable[str], buckets: int, offset: int, weight: float) -> dict[int, float]:
    counts: dict[int, int] = {}
    for gram in grams:
        # Python's own hash differs from process to process.
        bucket = zlib.crc32(gram.encode()) % buckets
        counts[bucket] = counts.get(bucket, 0) + 1
    length = math.sqrt(sum(counts.values()))
    return {offset + bucket: weight * math.sqrt(count) / length for bucket, count in counts.items()}
