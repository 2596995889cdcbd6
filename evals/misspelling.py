"""Questions and messages as they are typed in a hurry."""

import random
import re
from collections.abc import Iterable

LEAST_LETTERS = 5
"""Of shorter words, a slip often makes another word."""

LEAST_LETTERS_OF_ANY = 4
"""In a hurry, people mistype short words as well."""

SLIPS = 2
"""Words of a message that are mistyped."""

_LONG_WORD = re.compile(rf"[^\W\d_]{{{LEAST_LETTERS},}}")
_WORD = re.compile(rf"[^\W\d_]{{{LEAST_LETTERS_OF_ANY},}}")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    for row in _KEYS
    for place, key in enumerate(row)
}


def misspelt(text: str) -> str:
    """Makes one slip in the longest word of a text, behind its first letter.

    Args:
        text: A question.

    Returns:
        The same text with a letter left out, doubled, hit beside its key or changed in place with
        the next one; the same slip every time. Unchanged where all words are short.
    """
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return text
    return _with_slips(text, [max(words, key=lambda found: len(found[0]))], random.Random(text))


def hurried(text: str) -> str:
    """Makes a slip each in two words of a text, whichever these are.

    Args:
        text: A message.

    Returns:
        The same text with such slips as `misspelt` makes, the same ones every time; with one slip
        where a single word has enough letters, and unchanged where none has.
    """
    words = list(_WORD.finditer(text))
    chance = random.Random(text)
    return _with_slips(text, chance.sample(words, min(SLIPS, len(words))), chance)


def _with_slips(text: str, words: Iterable[re.Match[str]], chance: random.Random) -> str:
    for word in sorted(words, key=lambda found: found.start(), reverse=True):
        text = text[: word.start()] + _with_slip(word[0], chance) + text[word.end() :]
    return text


def _with_slip(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    head, letter, tail = word[:place], word[place], word[place + 1 :]
    beside = chance.choice(_BESIDE.get(letter.lower(), letter))
    slips = (
        head + tail,
        head + 2 * letter + tail,
        head + beside + tail,
        head + tail[0] + letter + tail[1:],
    )
    return chance.choice([slip for slip in slips if slip != word])
