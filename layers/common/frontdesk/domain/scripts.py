"""Words and numbers that are written in several ways, made searchable in all of them."""

import re

# Han with its extensions, Hiragana, Katakana; Thai, Lao, Myanmar and Khmer.
_UNSPACED = re.compile(
    "[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ec6\u1000-\u109f\u1780-\u17d3]+"
)

# «SSO/SAML», «read/write»: Postgres takes it for the name of a file, and for one word. What is a
# path or an address stays whole: its parts are in too many of them.
_JOINED = re.compile(r"(?<![\w/.:@#?=&%~-])[^\W\d_]+(?:/[^\W\d_]+){1,2}(?![\w/:@#?=&%~-]|\.\w)")

_NUMBER_BEGINS = r"(?<![\w.,/:@#?=&%~-])"

# «50GB» is what others write «50 GB». Other letters after a number are a name («2FA», «3D»).
_MEASURED = re.compile(
    _NUMBER_BEGINS + r"(\d+(?:\.\d+)?)"
    r"([kKMGTP]i?[Bb]|[kKMGT]?bps|[kMGT]?Hz|ms|secs?|mins?|hrs?|px|kg|km|cm|mm|USD|EUR|GBP|CHF)\b"
)
_THOUSANDS = re.compile(_NUMBER_BEGINS + r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,])")


def spaced(text: str) -> str:
    """Puts spaces between words where there are none, so that they can be looked up.

    A run of a script without spaces becomes its overlapping pairs: most words of Chinese have two
    characters, and a longer one is found by all of its pairs. Two or three words with a slash
    between them become words of their own, and so do a number and its unit. Where commas part
    thousands, the number stands beside as it is written without them.

    Args:
        text: Any text.

    Returns:
        The text, unchanged where its words stand apart.
    """
    text = _UNSPACED.sub(lambda run: f" {_pairs(run[0])} ", text)
    text = _JOINED.sub(lambda words: words[0].replace("/", " / "), text)
    text = _MEASURED.sub(r"\1 \2", text)
    return _THOUSANDS.sub(lambda number: f"{number[0]} {_in_one(number[0])}", text)


def _in_one(number: str) -> str:
    return number.partition(".")[0].replace(",", "")


def _pairs(run: str) -> str:
    if len(run) == 1:
        return run
    return " ".join(run[place : place + 2] for place in range(len(run) - 1))
