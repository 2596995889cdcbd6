"""Questions about the sender's own plan and invoices, known by their words.

In English the classifier knows them by their meaning; an embedding model of one language takes the
same question in another for one about something else altogether.
"""

import re

PLAN_WORDS = r"abos?|abonnements?|tarife?|forfait|suscripci[oó]n|assinatura|plano|abbonamento|piano"
INVOICE_WORDS = r"rechnung(?:en)?|factures?|facturas?|faturas?|fatture?"

_OWN = (
    r"mein(?:e[nmrs]?)?|unser(?:e[nmrs]?)?|mon|ma|mes|notre|nos|mis?|nuestr[oa]s?|meus?|minhas?"
    r"|noss[oa]s?|mi[oae]|miei|nostr[oaie]"
)
_HAVE = r"habe ich|haben wir|ai-je|j['’]ai|avons-nous|tengo|tenemos|tenho|temos|ho|abbiamo"
_ABOUT = re.compile(
    rf"\b(?:{_OWN}) (?:\w+ ){{0,2}}?(?:{PLAN_WORDS}|plan|{INVOICE_WORDS})\b"
    rf"|\b(?:{PLAN_WORDS}|plan|{INVOICE_WORDS})\b[^.?!]{{0,20}}\b(?:{_HAVE})\b",
    re.IGNORECASE,
)
_ASKS_HOW = re.compile(
    r"\b(?:wie (?:kann|kündig|änder|wechs|bezahl|lad|bekomm)\w*|comment|c[oó]mo|come)\b",
    re.IGNORECASE,
)


def asks_for_own_records(text: str) -> bool:
    """Tells whether a message asks for the sender's own plan or invoices, not in English.

    Args:
        text: The message.

    Returns:
        True where it plainly does, and does not ask how something is done.
    """
    return _ABOUT.search(text) is not None and _ASKS_HOW.search(text) is None
