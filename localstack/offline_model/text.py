"""Words, sentences and stems of English text."""

import re

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_SENTENCE_END = re.compile(r"[.!?][\"')\]*_]*(?=\s+[\"'(\[*_]*[A-Z0-9])")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|approx|no|mr|mrs|dr|inc|ltd)\.$", re.IGNORECASE)
# What customers say, and what documents call it.
_SYNONYMS = (
    (re.compile(r"\b(get )?(my )?money back\b|\breimburs\w+", re.IGNORECASE), "refund"),
    (re.compile(r"\b(sign|log)(ging)?[ -]?in(to)?\b", re.IGNORECASE), "login"),
    (re.compile(r"\bcosts?\b|\bpric(es?|ing)\b", re.IGNORECASE), "price"),
)
_SUFFIXES = ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ers", "es", "ed")
MIN_STEM = 4
"""Letters that a word keeps; what is shorter is a word by itself."""

STOP_WORDS = frozenset(
    """a about also am an and any anyone are as at be been between but by can can't cannot cant
    could d did difference differences do does doing don't dont exactly for from get go got had
    has have having hello here hey hi how how's hows i i'd i'll i'm i've if im in into is it
    it's its just know let like ll many me more much my need of on one or our out please pls re
    s should so some someone such t tell than that that's thats the their them then there
    there's these they this those to u up us ve want wants was we were what what's whats when
    where where's wheres which while who whos why will with would ya you your""".split()  # noqa: SIM905 - a word a line is no better to read
)

_FOREIGN = re.compile(
    # Letters that English has not: accented ones, and all from Greek on.
    "[ßäöüñ¿¡ãõœêîçáéíóúàèìòù\u0370-\u1dff\u2c80-\ua6ff\ua800-\ud7ff\uf900-\ufaff]"
    r"|\b(?:ich|mein|meine|nicht|und|wie|wann|habe|kann|bitte|je|mes|avec|quel|quelle|puedo|quiero"
    r"|como|tengo|minha|meu|posso|quero|tenho|uma|mio|mia|sono|voglio|vorrei)\b",
    re.IGNORECASE,
)
_SURELY_ENGLISH = 2
"""Stop words from which on a text is English, whatever else stands in it: «a café»."""


def is_foreign(text: str) -> bool:
    """Tells whether a text is plainly in a language other than English."""
    english = sum(word in STOP_WORDS and len(word) > 1 for word in words(text))
    return english < _SURELY_ENGLISH and _FOREIGN.search(text) is not None


def words(text: str) -> list[str]:
    """Returns the words of a text in lower case."""
    return _WORD.findall(text.lower().replace("’", "'"))


def stem(word: str) -> str:
    """Cuts the commonest endings off, so that "invoices" meets "invoice"."""
    word = word.removesuffix("'s")
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= MIN_STEM - 1:
            word = word[: -len(suffix)]
            break
    else:
        if word.endswith("s") and not word.endswith("ss") and len(word) >= MIN_STEM:
            word = word[:-1]
    word = word.rstrip("ey") if len(word) > MIN_STEM else word
    return word[:-1] if len(word) >= MIN_STEM and word[-1] == word[-2] else word


def content_stems(text: str) -> set[str]:
    """Returns the stems of the words that carry meaning."""
    for said, written in _SYNONYMS:
        text = said.sub(written, text)
    return {stem(word) for word in words(text) if word not in STOP_WORDS}


def sentences(text: str) -> list[str]:
    """Splits a paragraph into sentences."""
    found: list[str] = []
    start = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
        piece = text[start:end].strip()
        if piece and not (_ABBREVIATION.search(piece) and end < len(text)):
            found.append(piece)
            start = end
    return found


def shorten(text: str, limit: int) -> str:
    """Cuts a text at a word's end.

    Args:
        text: Any text.
        limit: Characters to keep at most, the ellipsis included.
    """
    plain = " ".join(text.split())
    if len(plain) <= limit:
        return plain
    return plain[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:.-") + "…"
