"""Telling whether two passages about the same thing say the same, without a language model.

Sentences are compared that share most of their words: where the numbers in them differ, or one
of them denies what the other states, a person should look. Sentences that share few words are
compared where they measure the same, in days or dollars, and differ in how much; whether they
mean the same is then for their embeddings to say. It finds candidates, not proofs.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from frontdesk.domain.preview import Difference

SAME_SUBJECT = 0.5
"""Share of words (numbers aside) in common from which two sentences speak of the same."""

SAME_WORDS = 0.8
"""Share of words in common from which two passages repeat each other."""

MIN_WORDS = 3
"""What shorter sentences have in common says little."""

MIN_STEMMED = 3
"""Letters from which an s at the end is taken for a plural."""

MAX_SENTENCES = 60
"""Of a passage; a passage of prose has ten, a table's rows are sentences here too."""

MEASURED_BY = 2
"""Words after a number, one of which says what it counts: «500 API requests»."""

_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_AMOUNT = re.compile(
    rf"([$€£¥])?\s?({_NUMBER.pattern})(?:\s?([%$€£¥]))?((?:\s+[^\W\d_]+){{0,{MEASURED_BY + 1}}})"
)
_NUMERALS = {
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
}
_NUMERAL = re.compile(rf"\b(?:{'|'.join(_NUMERALS)})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# Words that turn a statement round, in the languages that the agents speak.
_NEGATION = re.compile(
    r"no|not|never|without|cannot|none|nor|\w+n['’]t"
    r"|nicht|kein|keine|keinen|nie|niemals|ohne"
    r"|ne|pas|jamais|sans|aucun|aucune"
    r"|nunca|sin|ningún|ninguna|jamás|não|sem|nenhum|nenhuma"
    r"|non|mai|senza|nessun|nessuna"
)
_STOP_WORD = re.compile(
    r"a|an|the|is|are|was|were|be|been|to|of|in|on|at|for|and|or|with|by|from|as|it|its|this|that"
    r"|you|your|we|our|they|their|can|may|will|must|should|do|does|if|then|than"
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, and what it is compared by.

    Attributes:
        amounts: What is measured, with each number of it.
    """

    text: str
    words: frozenset[str]
    numbers: frozenset[str]
    amounts: frozenset[tuple[str, str]]
    is_negated: bool


def differences_between(published: str, proposed: str) -> tuple[Difference, ...]:
    """Finds sentences about the same that state different numbers, or deny each other.

    Args:
        published: A passage that exists.
        proposed: A passage that is to be published.

    Returns:
        Pairs of sentences, in the order of the proposed passage.
    """
    existing = list(_sentences(published))
    found = []
    for sentence in _sentences(proposed):
        nearest = max(
            existing, key=lambda other: _shared(other.words, sentence.words), default=None
        )
        if nearest is not None and _differ(nearest, sentence):
            shared = _shared(nearest.words, sentence.words)
            found.append(Difference(nearest.text, sentence.text, nearness=shared))
    return tuple(found)


def amounts_that_differ(published: str, proposed: str) -> Iterator[Difference]:
    """Finds sentences of few words in common that measure the same and differ in how much.

    Args:
        published: A passage that exists.
        proposed: A passage that is to be published.

    Yields:
        Pairs of sentences that contradict each other if they mean the same.
    """
    existing = [sentence for sentence in _sentences(published) if sentence.amounts]
    for sentence in _sentences(proposed):
        for other in existing:
            if _shared(other.words, sentence.words) < SAME_SUBJECT and _measure_apart(
                other.amounts, sentence.amounts
            ):
                yield Difference(other.text, sentence.text)


def repeats(published: str, proposed: str) -> bool:
    """Tells whether two passages say the same in the same words.

    Args:
        published: A passage that exists.
        proposed: A passage that is to be published.

    Returns:
        True where they share most of their words.
    """
    return _shared(_words(published), _words(proposed)) >= SAME_WORDS


def _sentences(text: str) -> Iterator[_Sentence]:
    parts = (part.strip(" \t-*•|#>") for part in _SENTENCE_END.split(text))
    for part in [part for part in parts if part][:MAX_SENTENCES]:
        words = _words(part)
        negations = frozenset(filter(_NEGATION.fullmatch, words))
        if len(words - negations) < MIN_WORDS:
            continue
        yield _Sentence(
            text=part,
            words=words - negations,
            numbers=frozenset(_plain(number) for number in _NUMBER.findall(part)),
            amounts=frozenset(_amounts(part)),
            is_negated=bool(negations),
        )


def _amounts(sentence: str) -> Iterator[tuple[str, str]]:
    written = _NUMERAL.sub(lambda word: _NUMERALS[word[0].casefold()], sentence)
    for before, number, after, words in _AMOUNT.findall(written):
        if sign := before or after:
            yield sign, _plain(number)
        else:
            units = list(_stems(_WORD.findall(words.casefold())))
            for unit in units[:MEASURED_BY]:
                yield unit, _plain(number)


def _measure_apart(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    units = {unit for unit, _ in one} & {unit for unit, _ in other}
    return any(
        {number for name, number in one if name == unit}.isdisjoint(
            number for name, number in other if name == unit
        )
        for unit in units
    )


def _differ(one: _Sentence, other: _Sentence) -> bool:
    if _shared(one.words, other.words) < SAME_SUBJECT:
        return False
    if one.numbers and other.numbers and not _is_part(one.numbers, other.numbers):
        return True
    return one.is_negated != other.is_negated and one.numbers == other.numbers


def _is_part(one: frozenset[str], other: frozenset[str]) -> bool:
    # A sentence that says more than the other does not contradict it.
    return one <= other or other <= one


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _words(text: str) -> frozenset[str]:
    return frozenset(_stems(_WORD.findall(text.casefold())))


def _stems(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if not _STOP_WORD.fullmatch(word):
            # "day" and "days" are the same subject; "pas" is no plural.
            yield word.removesuffix("s") if len(word) > MIN_STEMMED else word


def _plain(number: str) -> str:
    """Writes 1,500.00 and 1500 alike."""
    whole = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", number)
    return re.sub(r"[.,]0+$", "", whole)
