"""Words that no space parts, made searchable: by pairs of characters, and beside a slash."""

import re

# Han with its extensions, Hiragana, Katakana; Thai, Lao, Myanmar and Khmer.
_UNSPACED = re.compile(
    "[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ec6\u1000-\u109f\u1780-\u17d3]+"
)

# «SSO/SAML», «read/write»: Postgres takes it for the name of a file, and for one word. What is a
# path or an address stays whole: its parts are in too many of them.
_JOINED = re.compile(r"(?<![\w/.:@#?=&%~-])[^\W\d_]+(?:/[^\W\d_]+){1,2}(?![\w/:@#?=&%~-]|\.\w)")


def spaced(text: str) -> str:
    """Puts spaces between words where there are none, so that they can be looked up.

    A run of a script without spaces becomes its overlapping pairs: most words of Chinese have two
    characters, and a longer one is found by all of its pairs. Two or three words with a slash
    between them become words of their own.

    Args:
        text: Any text.

    Returns:
        The text, unchanged where its words stand apart.
    """
    text = _UNSPACED.sub(lambda run: f" {_pairs(run[0])} ", text)
    return _JOINED.sub(lambda words: words[0].replace("/", " / "), text)


def _pairs(run: str) -> str:
    if len(run) == 1:
        return run
    return " ".join(run[place : place + 2] for place in range(len(run) - 1))
