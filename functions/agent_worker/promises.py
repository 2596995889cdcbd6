"""What a reply promises or says was done: allowed only with the ticket or the record behind it.

A model never does anything but look up, ask for a ticket and propose a change that the customer has
to confirm, so a reply of its own that says «I have refunded you» is never true.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from agent_worker.languages import Language, languages
from agent_worker.prefilter import PrefilteredPattern

TICKET_KINDS = frozenset({"contact", "ticket"})
"""A person will see to it, and the customer can hold us to that: there is a ticket."""

POLICY_KINDS = frozenset({"contact", "outcome"})
"""What a document may say of everybody: «you will receive the refund within ten days»."""

QUOTED_FROM = 0.8
"""Share of a sentence's words from which it is taken to be a passage's own."""

MIN_WORD_LETTERS = 3

_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\d|\w)[^.!?\n]*)*[.!?]*")
_WORD = re.compile(r"[^\W_]+")
# What is said to be done already is no offer, whatever stands around it.
_DONE = re.compile(
    r"\b(?:have|has been|have been|habe|haben|wurden?|ai|avons|a été|he|hemos|ha sido|foi|ho"
    r"|abbiamo|è stat[oa])\b|['’]ve\b",
    re.IGNORECASE,
)
_TICKET = re.compile(r"\btickets?\b|\bchamado\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence that promises something, or says that it was done.

    Attributes:
        kind: What is promised, by the name of its patterns in the languages' files.
    """

    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Backing:
    """What may stand behind a promise.

    Attributes:
        has_ticket: Tells whether the turn makes a ticket, or one is open.
        is_cancelled: True where the subscription is, or will end by its record.
        passages: Texts of the knowledge base that the reply may quote.
    """

    has_ticket: Callable[[], bool]
    is_cancelled: bool
    passages: tuple[str, ...] = ()


def sentences(reply: str) -> Iterator[str]:
    """Splits a reply.

    Args:
        reply: Markdown.

    Yields:
        Its sentences with what ends them; a line of a list is one or more.
    """
    for found in _SENTENCE.finditer(reply):
        sentence = found[0].strip(" \t>*-#")
        if sentence:
            yield sentence


def empty_promises(reply: str, backing: Backing) -> list[Promise]:
    """Finds the promises of a reply that nothing stands behind.

    Args:
        reply: The reply, as it would be sent.
        backing: What there is.

    Returns:
        The promises, in order.
    """
    found: list[Promise] = []
    # Typographic apostrophes are written as often as plain ones.
    whole = reply.replace("’", "'")
    likely = [
        (kind, pattern, one)
        for one in languages()
        for kind, pattern in one.promises.items()
        if pattern.may_match(whole)
    ]
    for sentence in sentences(reply) if likely else ():
        said = sentence.replace("’", "'")
        kinds = {kind for kind, pattern, one in likely if _promises(said, pattern, one)}
        found += [
            Promise(kind, sentence)
            for kind in sorted(kinds)
            if not _is_backed(kind, sentence, backing)
        ][:1]
    return found


def _promises(sentence: str, pattern: PrefilteredPattern, one: Language) -> bool:
    match = pattern.search(sentence)
    return match is not None and (not _offers(sentence, one) or _states(sentence, match[0]))


def _offers(sentence: str, one: Language) -> bool:
    return sentence.endswith("?") or one.offers.search(sentence) is not None


def _states(sentence: str, promised: str) -> bool:
    return not sentence.endswith("?") and _DONE.search(promised) is not None


def _is_backed(kind: str, sentence: str, backing: Backing) -> bool:
    if (kind in TICKET_KINDS or _TICKET.search(sentence)) and backing.has_ticket():
        return True
    if kind == "cancel" and backing.is_cancelled:
        return True
    return kind in POLICY_KINDS and _is_quoted(sentence, backing.passages)


def _is_quoted(sentence: str, passages: Collection[str]) -> bool:
    said = _words(sentence)
    return any(len(said & _words(passage)) >= QUOTED_FROM * len(said) for passage in passages)


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.lower()) if len(word) >= MIN_WORD_LETTERS}
