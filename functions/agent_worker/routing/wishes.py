"""Several wishes in one message: it is taken apart into its clauses, without asking a model.

«Which plan am I on, and how do I upgrade?» has two wishes; «I was charged twice and want to know
why» has one, and tells a story before it. Only what asks or demands something counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.domain.task import RouteLabel

MAX_WISHES = 3
"""Who asks for more gets an answer to these; each costs look-ups, and room in the answer."""

MIN_CLAUSE_WORDS = 2

_STARTER = (
    r"(?:how|what|what's|when|where|which|who|why|can|could|do|does|did|is|are|am|was|were|will"
    r"|would|should|show|send|give|tell|list|explain|check|cancel|change|update|upgrade|downgrade"
    r"|refund|connect|transfer|please|i (?:want|need|would like)|i'd like|i have a question|let me"
    r"|get me|wie|was|wann|wo|welche\w*|warum|kann|können|gibt|zeig\w*|bitte"
    r"|ich (?:möchte|will|brauche)|verbinden|comment|combien|quand|où|quel\w*|pourquoi|puis-je"
    r"|pouvez|montre\w*|est-ce|je (?:veux|voudrais|souhaite)|cómo|cuánto|cuándo|dónde|qué|cuál"
    r"|puedo|puede|quiero|necesito|muéstr\w*|quanto|quando|onde|qual|posso|pode|quero|preciso"
    r"|mostr\w*|come|dove|quale|può|voglio|vorrei)"
)
_BETWEEN = re.compile(
    r"(?<=[.?!;])\s+|\n+"
    r"|\s*[,;]?\s+(?:and then|and also|and|also|plus|as well as|besides|und außerdem|und auch|und"
    r"|außerdem|et aussi|et|aussi|y también|y|también|e também|e anche|e|também|anche|inoltre)\s+"
    rf"(?={_STARTER}\b)|,\s+(?={_STARTER}\b)",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|dear \w+|good (?:morning|afternoon|evening)|hallo|guten tag|bonjour"
    r"|hola|olá|ciao|ok|okay|thanks|thank you|also|and|so|by the way|btw|first|second|then)"
    r"\b[\s,.!:-]*)+",
    re.IGNORECASE,
)
_REQUEST = re.compile(rf"^\W*{_STARTER}\b", re.IGNORECASE)
_LEANING = re.compile(
    r"\b(?:it|its|that|this|them|they|one|ones|es|das|davon|dies\w*|ça|cela|lo|eso|isso|questo)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One of several wishes of a message.

    Attributes:
        label: Whose business it is.
        text: The customer's words.
    """

    label: RouteLabel
    text: str


def requests(text: str) -> list[str]:
    """Finds what a message asks or demands.

    Args:
        text: The message.

    Returns:
        Clauses in order; none where the message is a single clause.
    """
    clauses = [_GREETING.sub("", part).strip() for part in _BETWEEN.split(text)]
    clauses = [clause for clause in clauses if len(clause.split()) >= MIN_CLAUSE_WORDS]
    if len(clauses) < 2:
        return []
    return [one for one in clauses if one.endswith("?") or _REQUEST.match(one)][:MAX_WISHES]


def without_account(wishes: Sequence[Wish]) -> tuple[Wish, ...]:
    """Leaves the account out of what is looked up in both places.

    Args:
        wishes: The wishes of a sender who has no account to look into.

    Returns:
        The wishes; those that can only be about an account as they are.
    """
    general = {wish.text for wish in wishes if wish.label is RouteLabel.FAQ}
    return tuple(
        wish for wish in wishes if wish.label is RouteLabel.FAQ or wish.text not in general
    )


def query_of(wish: Wish, message: str) -> str:
    """Says what to search for a wish.

    Args:
        wish: The wish.
        message: The whole message.

    Returns:
        Its own words; all of the message where they lean on the others («and share it?»).
    """
    return message if _LEANING.search(wish.text) else wish.text
