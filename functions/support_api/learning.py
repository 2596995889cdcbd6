"""A person's answer to a question that the agents left to one, kept as a draft article.

The draft is written with the reply, in one transaction. It is for review: nothing of it is found by
search until staff publish it. It names nobody: who asked, addresses, phone numbers and greetings
are taken out of it.
"""

import re
from collections.abc import Iterable

from frontdesk.domain.conversation import Message, WaitingFor
from frontdesk.domain.handover import Material, packet_of
from frontdesk.domain.knowledge import Category, DocumentDraft, Visibility
from frontdesk.domain.records import Customer
from frontdesk.knowledge.writing import make_written_draft

MIN_CHARACTERS = 60
"""What is shorter («I will look into it.») teaches nobody anything."""

MAX_TITLE_CHARACTERS = 120
"""One line of a list."""

REMOVED = "[…]"

_PERSONAL = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"\b[A-Z]{2,6}-(?=[0-9A-Z-]*\d)[0-9A-Z]{3,}(?:-[0-9A-Z]+)*\b"),
    re.compile(r"\b(?:act|conv|cus|inv|sub|task|tic|tkt)_\w+"),
    re.compile(r"\+?\(?\d[\d ()./-]{6,}\d"),
)
_GREETING = re.compile(
    r"^\s*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b"
    r"(?: +[\w'-]+\.?){0,3} *[,!:\n]\s*",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"\n\s*(?:(?:best|kind|warm) regards|regards|best(?: wishes)?|cheers|thanks|thank you"
    r"|sincerely|yours)\b[^\n]{0,40}(?:\n[^\n]{0,60}){0,3}\s*$",
    re.IGNORECASE,
)


def article_of(material: Material, reply: Message) -> DocumentDraft | None:
    """Makes a draft article of a person's reply.

    Args:
        material: The conversation as it was before the reply.
        reply: The reply.

    Returns:
        The draft; None where no question was left to a person, or the reply answers none.
    """
    asked = packet_of(material).wanted
    if material.conversation.waiting_for is not WaitingFor.STAFF or not asked:
        return None
    content = without_persons(reply.content, material.customer)
    if len(content) < MIN_CHARACTERS or content.endswith("?"):
        return None
    # The longest says most of what the matter is; others are «hello?» and «please hurry».
    question = without_persons(max(asked, key=len), material.customer)
    title = " ".join(question.split())
    if len(title) > MAX_TITLE_CHARACTERS:
        title = f"{title[: MAX_TITLE_CHARACTERS - 1]}…"
    return make_written_draft(
        title=title or "Answer to a customer",
        content=content,
        category=Category.FAQ,
        visibility=Visibility.INTERNAL,
        # Where staff see what it comes from; no address of the company's, so never a customer's.
        source_url=f"/api/conversations/{material.conversation.id}",
    )


def without_persons(text: str, customer: Customer | None) -> str:
    """Takes out of a text what tells who it was written to.

    Args:
        text: A person's words.
        customer: Whom they were written to, where that is known.

    Returns:
        The text without greeting, farewell, names, addresses, numbers and identifiers.
    """
    told = _FAREWELL.sub("", _GREETING.sub("", text))
    for pattern in _PERSONAL:
        told = pattern.sub(REMOVED, told)
    for name in _names(customer):
        told = re.sub(rf"\b{re.escape(name)}\b", REMOVED, told, flags=re.IGNORECASE)
    return told.strip()


def _names(customer: Customer | None) -> Iterable[str]:
    if customer is None:
        return ()
    names = {customer.name, customer.company_name, customer.first_name, customer.last_name}
    # The longest first, so that nothing is left of a whole name.
    return sorted((name for name in names if name), key=len, reverse=True)
