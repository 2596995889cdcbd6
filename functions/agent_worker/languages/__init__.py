"""The languages that are spoken here: our own sentences, and words to listen for, one file each."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent_worker.prefilter import PrefilteredPattern

FOLDER = Path(__file__).parent
CODES = ("en", "de", "fr", "es", "pt", "it")
"""English first: what is said where a language is not known."""

SURE_WORDS = 2
"""One common word alone may be a name, or a word of another language."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# Letters and signs that only one of these languages has.
_TELLING = {
    "de": re.compile(r"[ßäöü]"),
    "es": re.compile(r"[ñ¿¡]"),
    "pt": re.compile(r"[ãõ]"),
    "fr": re.compile(r"[œêî]|\b[cdjlmnqst]['’]"),
    "it": re.compile(r"[ìò]|\bc['’]è\b"),
}


@dataclass(frozen=True)
class Language:
    """A language.

    Attributes:
        code: Its BCP 47 tag.
        name: Its name in English.
        words: Its commonest words.
        phrases: Our own sentences, by name.
        titles: What a proposed action is called, by its kind; likewise the next.
        effects: What a proposed action does.
        contact: Words for contact details, by their fields.
        refusals: Why a change is not made, by `RefusalReason`.
        answers: What confirms (``yes``) and drops (``no``) a proposed action, and the
            ``courtesy`` around it; what says that an answer was of no use (``in_vain``).
        small_talk: A whole message of greetings, thanks and the like, or that asks who answers.
        reaching_us: How it is asked where support can be reached, and when.
        cues: What makes a message a matter for a person, by what it is.
        changes: How a change of one's own account is demanded (``demand``), what makes that a
            ``question`` after all, and the words of each kind of change, all of which it has.
        promises: What only somebody can say who did it, by what is promised.
        lures: What no reply may ask of a customer: what it asks to ``tell`` and to ``pay``, to what
            ``payee``, and what makes it a warning (``never``).
        offers: What makes a sentence an offer rather than a promise.
    """

    code: str
    name: str
    words: frozenset[str]
    phrases: Mapping[str, str]
    titles: Mapping[str, str]
    effects: Mapping[str, str]
    contact: Mapping[str, str]
    refusals: Mapping[str, str]
    answers: Mapping[str, re.Pattern[str]]
    small_talk: re.Pattern[str]
    reaching_us: re.Pattern[str]
    cues: Mapping[str, re.Pattern[str]]
    changes: Mapping[str, tuple[re.Pattern[str], ...]]
    promises: Mapping[str, PrefilteredPattern]
    lures: Mapping[str, PrefilteredPattern]
    offers: re.Pattern[str]


@cache
def language(code: str) -> Language:
    """Reads a language.

    Args:
        code: One of `CODES`.

    Returns:
        The language.
    """
    content = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    return Language(
        code=code,
        name=content["name"],
        words=frozenset(content["words"].split()),
        phrases=content["phrases"],
        titles=content["titles"],
        effects=content["effects"],
        contact=content["contact"],
        refusals=content["refusals"],
        answers={name: _any_of(patterns) for name, patterns in content["answers"].items()},
        small_talk=_nothing_but(**content["small_talk"]),
        reaching_us=_any_of(content["reaching_us"]["asks"]),
        cues={name: _any_of(patterns) for name, patterns in content["cues"].items()},
        changes={name: _each_of(patterns) for name, patterns in content["changes"].items()},
        promises={name: _filtered(patterns) for name, patterns in content["promises"].items()},
        lures={name: _filtered(patterns) for name, patterns in content["lures"].items()},
        offers=_any_of(content["offers"]["patterns"]),
    )


def languages() -> tuple[Language, ...]:
    """Returns all languages, English first."""
    return tuple(language(code) for code in CODES)


def known(tag: str | None) -> Language | None:
    """Finds the language of a tag.

    Args:
        tag: A BCP 47 tag such as ``de-AT``; None where nobody named one.

    Returns:
        The language; None where it is not one of ours.
    """
    code = (tag or "").lower().replace("_", "-").partition("-")[0]
    return language(code) if code in CODES else None


def detect(text: str) -> Language | None:
    """Tells the language of a message.

    Args:
        text: The message; a few words are enough.

    Returns:
        The language; None where the message says too little, or in several of them as much.
    """
    lowered = text.lower()
    words = Counter(_WORD.findall(lowered))
    scores = {
        one.code: sum(count for word, count in words.items() if word in one.words)
        + (SURE_WORDS if one.code in _TELLING and _TELLING[one.code].search(lowered) else 0)
        for one in languages()
    }
    (best, score), (_, second) = Counter(scores).most_common(2)
    return language(best) if score >= SURE_WORDS and score > second else None


def spoken_in(tag: str | None, texts: Iterable[str]) -> Language | None:
    """Tells the language to answer in, where it is one of ours.

    Args:
        tag: The BCP 47 tag that the request names, if it does.
        texts: What the customer wrote, the latest first.

    Returns:
        The language that is named, else the one that was written last; None where it is unknown.
    """
    if tag is not None:
        return known(tag)
    return next((found for text in texts if (found := detect(text))), None)


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def _nothing_but(says: list[str], around: list[str]) -> re.Pattern[str]:
    """Matches texts that are made of this, with or without that around it."""
    said, beside = (f"(?:{'|'.join(patterns)})(?!\\w)\\W*" for patterns in (says, around))
    return re.compile(rf"\W*(?:{beside})*{said}(?:{said}|{beside})*", re.IGNORECASE)


def _filtered(patterns: list[str]) -> PrefilteredPattern:
    return PrefilteredPattern.of(_any_of(patterns))


def _each_of(patterns: str | list[str]) -> tuple[re.Pattern[str], ...]:
    each = [patterns] if isinstance(patterns, str) else patterns
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in each)
