"""Questions as they are typed in a hurry: a slip in the word that says the most."""

import random
import re

LEAST_LETTERS = 5
"""Of shorter words, a slip often makes another word."""

_WORD = re.compile(rf"[^\W\d_]{{{LEAST_LETTERS},}}")
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
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = max(words, key=lambda found: len(found[0]))
    chance = random.Random(text)
    return text[: word.start()] + _with_slip(word[0], chance) + text[word.end() :]


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
