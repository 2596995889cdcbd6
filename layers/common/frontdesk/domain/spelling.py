"""Words that nobody wrote, taken for the nearest that somebody did.

A slip is one letter too many, too few, wrong or in its neighbour's place, which most misspelt words
are, or a space left out.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

LEAST_LETTERS = 5
"""Of shorter words, too many are one letter apart."""

LEAST_LETTERS_SWAPPED = 4
"""Of words of so few letters, few are the same letters in another order."""

MOST_LETTERS = 30
"""What is longer is no word, and would have thousands of neighbours."""

_LEAST_PART = 3
"""Letters of what stands before or after a space that was left out."""

_ALPHABETS = ("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюяё")


def _accented() -> dict[str, str]:
    forms: defaultdict[str, str] = defaultdict(str)
    for letter in "àáâãäåāăąçćčďèéêëēęěìíîïīłñńňòóôõöøőřśşšťùúûüūůűýźżž":
        forms[unicodedata.normalize("NFD", letter)[0]] += letter
    return dict(forms)


_ACCENTED = _accented()


def neighbours(word: str) -> list[str]:
    """Lists what a word may have been meant to be, and the parts of two that it may be.

    Args:
        word: In lower case.

    Returns:
        Words to look up; most of them are none.
    """
    parts = (part for pair in _parted(word) for part in pair)
    return list({*_one_slip_away(word), *parts})


def respelling(word: str, known: Mapping[str, int]) -> str | None:
    """Chooses what a word was meant to be.

    Args:
        word: In lower case.
        known: Those of its `neighbours` that somebody wrote, and how often.

    Returns:
        The nearest word, or two with a space; None where nothing is near.
    """
    near = [other for other in _one_slip_away(word) if other in known]
    if near:
        # The first letter is rarely the wrong one.
        return max(near, key=lambda other: (other[0] == word[0], known[other], other))
    parted = [pair for pair in _parted(word) if all(part in known for part in pair)]
    if parted:
        return " ".join(max(parted, key=lambda pair: min(known[part] for part in pair)))
    return None


def swapped(word: str) -> set[str]:
    """Lists what a word is with two letters in each other's place.

    Args:
        word: The word.

    Returns:
        Words that may be meant, if there are such; never the word itself.
    """
    places = range(len(word) - 1)
    return {
        word[:place] + word[place + 1] + word[place] + word[place + 2 :] for place in places
    } - {word}


def _one_slip_away(word: str) -> set[str]:
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    letters = next((known for known in _ALPHABETS if not set(known).isdisjoint(word)), "")
    without = {head + tail[1:] for head, tail in cuts if tail}
    replaced = {
        head + letter + tail[1:]
        for head, tail in cuts
        if tail
        for letter in letters + _ACCENTED.get(tail[0], "")
    }
    inserted = {head + letter + tail for head, tail in cuts for letter in letters}
    return (without | swapped(word) | replaced | inserted) - {word}


def _parted(word: str) -> Iterator[tuple[str, str]]:
    for place in range(_LEAST_PART, len(word) - _LEAST_PART + 1):
        yield word[:place], word[place:]
