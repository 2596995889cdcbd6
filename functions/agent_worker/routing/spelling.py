"""Messages as they were meant: slips are put right before a route is read off the words.

«i wnat to tlak to a humen» has no words that call for a person, none that the classifier learned,
and an embedding far from what it says. A word is taken for a slip where it is none of those that
people are known to write, and one of those is a single letter away.
"""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from agent_worker.languages import detect, language, languages
from agent_worker.routing.examples import examples
from frontdesk.domain.spelling import MOST_LETTERS, respelling, swapped

FILE = Path(__file__).with_name("words.txt")
"""Everyday English: words that customers of a company write, an empty line, and other words.
A word that is here is right, so what it lacks costs more than what it has too much."""

LEAST_LETTERS = 4
"""Of shorter words, too many are one letter apart; but «hwo» is «how»."""

MOST_CHARACTERS = 1_000
"""What is longer says enough beside its slips."""

MOST_UNKNOWN = 10
"""Words that are looked at: somebody's pasted log has hundreds, and each slip takes time."""

SWAPPED = 5
"""How much likelier letters in each other's place are than another slip: «wnat» is «want», though
«what» is written more often."""

ENGLISH = "en"

_WORD = re.compile(
    rf"(?<![\w@./'’-])[A-Za-z]{{{LEAST_LETTERS - 1},{MOST_LETTERS}}}(?![\w@/'’-]|\.\w)"
)
"""No part of an address, a file's name or a number; with apostrophe or hyphen, words are many."""

_ENDING = re.compile(r"(?<=\w{3})(?:ies|ied|(?<=[hosxz])es|s|(?<=e)d|(?<!e)(?:ed|er|ing)|ly)$")
_DOUBLING = ("ed", "er", "ing")


class Vocabulary:
    """Words that are known, and what an unknown one was meant to be.

    Args:
        counts: The words, in lower case, and how common each is.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        # Two words that are one letter apart are alike when each, or one of them, lacks a letter.
        self._shorter = {form for word in counts for form in (word, *_without_a_letter(word))}

    def __contains__(self, word: str) -> bool:
        """Whether a word is known, or an inflected form of one that is."""
        return word in self._counts or any(stem in self._counts for stem in _stems(word))

    def nearest(self, word: str) -> str | None:
        """Finds what an unknown word was meant to be.

        Args:
            word: In lower case.

        Returns:
            The known word that is one letter away, the likeliest where there are several; None
            where there is none, or both are short and have other letters.
        """
        # Most unknown words are near to none, which this tells in a hundredth of the time.
        if word not in self._shorter and self._shorter.isdisjoint(_without_a_letter(word)):
            return None
        reordered = swapped(word) & self._counts.keys()
        weighed = {other: SWAPPED * self._counts[other] for other in reordered}
        near = respelling(word, {**self._counts, **weighed})
        if near is None or " " in near:
            return None
        is_short = max(len(word), len(near)) < LEAST_LETTERS
        return None if is_short and near not in reordered else near


@cache
def vocabulary() -> Vocabulary:
    """Reads the words that are known; how common each is, the router's examples tell as well."""
    counts: Counter[str] = Counter()
    blocks = FILE.read_text(encoding="utf-8").split("\n\n")
    for commonness, block in enumerate(reversed(blocks)):
        counts.update(dict.fromkeys(block.split(), commonness))
    for one in languages():
        counts.update(dict.fromkeys(one.words, 0))
    for example in examples():
        # Some examples have slips: what only they have is not known.
        counts.update(word for word in _WORD.findall(example.text.lower()) if word in counts)
    return Vocabulary(counts)


def as_meant(text: str) -> str:
    """Puts the slips of a message right.

    Args:
        text: The message.

    Returns:
        The message with each word that seems a slip as the word that it was meant to be; as it is
        where that is none, where most unknown words are near to nothing, as in another language,
        and where it is very long.
    """
    if len(text) > MOST_CHARACTERS:
        return text
    known = vocabulary()
    unknown = [
        found
        for found in _WORD.finditer(text)
        if found[0].lower() not in known and not _is_name(found)
    ][:MOST_UNKNOWN]
    meant = [(found, near) for found in unknown if (near := known.nearest(found[0].lower()))]
    if not meant or 2 * len(meant) < len(unknown):
        return text
    if detect(text) not in (None, language(ENGLISH)):
        return text
    for found, near in reversed(meant):
        text = text[: found.start()] + near + text[found.end() :]
    return text


def _is_name(found: re.Match[str]) -> bool:
    """Whether a word has capitals within a message that is not all in capitals."""
    return found.start() > 0 and not found[0].islower() and not found.string.isupper()


def _without_a_letter(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _stems(word: str) -> tuple[str, ...]:
    ending = _ENDING.search(word)
    if ending is None:
        return ()
    stem = word[: ending.start()]
    # «stopped»: but «currenttly» has a letter too many.
    doubled = stem[-1] == stem[-2] and ending[0] in _DOUBLING
    # «blocks», «changing», «queries».
    return stem, stem + "e", stem + "y", stem[:-1] if doubled else stem
