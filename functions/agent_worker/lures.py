"""What no reply may ask of a customer, whatever a document says: secrets to tell, money to send.

A published page is a receipt for what it states, so one that was tampered with could speak
through an agent. No company asks for a password, a card number or a one-time code in a chat, or
for money to an account that the chat names; a reply that does is not sent. To enter them where
they belong, to reset them and to keep them to oneself may be told.
"""

import re
from collections.abc import Iterator

from agent_worker.languages import Language, languages

SECRETS = "asks for secrets"
PAYMENT = "asks for a payment"

LOOK_BACK_CHARACTERS = 45
"""«Do not, under any circumstances, share …»: as far as a warning stands before what it is of."""

_MARKUP = re.compile(r"[*_`~]+")
_ENDS = re.compile(r"[.!?;](?=\s|$)|\n")
_ITEM = re.compile(r"\s*(?:[-•+]|\d+[.)])\s")
# These look the same in all languages: an IBAN, a wallet, the number of a bank's account.
_ACCOUNT_NUMBER = re.compile(
    r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}|\b(?:bc1|0x)[a-zA-Z0-9]{20,}\b"
    r"|\b(?i:account|konto|compte|cuenta|conta|conto)(?: [^\W\d]+\.?){0,2}:? \d[\d -]{5,}"
)
_DEMAND = "→"
"""Where the demand begins, in what is searched for a warning."""


def lure(reply: str) -> str | None:
    """Finds what a reply may not ask for.

    Args:
        reply: The reply, without invisible characters.

    Returns:
        What it asks for; None where it asks for nothing of the kind.
    """
    text = _MARKUP.sub("", reply).replace("’", "'")
    for one in languages():
        if any(not _is_warned_of(text, found, one) for found in one.lures["tell"].finditer(text)):
            return SECRETS
        if any(not _is_warned_of(text, found, one) for found in _payments(text, one)):
            return PAYMENT
    return None


def _payments(text: str, one: Language) -> Iterator[re.Match[str]]:
    for found in one.lures["pay"].finditer(text):
        start, end = _sentence(text, found)
        sentence = text[start:end]
        if one.lures["payee"].search(sentence) or _ACCOUNT_NUMBER.search(sentence):
            yield found


def _is_warned_of(text: str, found: re.Match[str], one: Language) -> bool:
    start, _ = _sentence(text, found)
    before = text[max(start, found.start() - LOOK_BACK_CHARACTERS) : found.start()]
    said = f"{_lead_in(text, found)}{before}{_DEMAND}{found[0].lstrip()}"
    return one.lures["never"].search(said) is not None


def _sentence(text: str, found: re.Match[str]) -> tuple[int, int]:
    starts = [end.end() for end in _ENDS.finditer(text, 0, found.start())]
    following = _ENDS.search(text, found.end())
    return (starts[-1] if starts else 0), (following.start() if following else len(text))


def _lead_in(text: str, found: re.Match[str]) -> str:
    """The line that introduces a list, for what stands in one of its items: «Never:»."""
    line_start = text.rfind("\n", 0, found.start()) + 1
    if not _ITEM.match(text, line_start):
        return ""
    above = (one for one in reversed(text[:line_start].split("\n")) if one.strip())
    lead = next((one for one in above if not _ITEM.match(one)), "").rstrip()
    return lead if lead.endswith(":") else ""
