"""Questions about the sender's own plan, invoices and profile, known by their words.

In English the classifier knows them by their meaning; an embedding model of one language takes the
same question in another for one about something else altogether.
"""

import re

PLAN_WORDS = r"abos?|abonnements?|tarife?|forfait|suscripci[oó]n|assinatura|plano|abbonamento|piano"
INVOICE_WORDS = r"rechnung(?:en)?|factures?|facturas?|faturas?|fatture?"

NEXT_PAYMENT_WORDS = (
    r"next (?:payment|bill|charge|invoice)|(?:pay|charged?|billed?) (?:\w+ )?(?:again|next)"
    r"|nächste[nrs]? (?:zahlung|rechnung|abbuchung)"
    r"|prochaine?s? (?:paiement|facture|prélèvement|échéance)"
    r"|próxim[oa] (?:pago|factura|cobro|pagamento|fatura|cobrança)"
    r"|prossim[oa] (?:pagamento|fattura|addebito)"
)
"""Of what is due next only the subscription tells when: there is no invoice of it yet."""
_PROFILE = (
    r"profile?|profilo|perfil|e-?mail(?:[- ]?ad(?:d?ress[eo]?))?|ad(?:d?ress[eo]?)|telefonnummer"
    r"|firma|kontaktdaten|(?:numéro de )?téléphone|entreprise|coordonnées|adresse"
    r"|correo(?: electrónico)?|(?:número de )?tel[eé]fono|empresa|dirección"
    r"|(?:número de )?telefone|endereço|indirizzo(?: e-?mail)?|(?:numero di )?telefono|azienda"
)
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
_ASKS_WHAT = (
    r"wie (?:ist|lautet)|was ist|welche\w*|zeig\w*|quel(?:le)?s? (?:est|sont)|montre\w*|cuál es"
    r"|muéstr\w*|qual [eéè]|mostr\w*"
)
_DETAIL = (
    r"(?:profile|name|e-?mail(?: address)?|(?:phone|telephone|mobile)(?: number)?|address"
    r"|contact (?:details|data)|company(?: name)?)"
)
_OWN_PROFILE = re.compile(
    r"^\W*(?:(?:hi|hello|hey|please|and|can you|could you)\b\W*)*"
    r"(?:what(?:['’]?s| is| are)?|which|show me|tell me|do you (?:have|know)|is)\b"
    r"(?: (?:is|are|of|about|exactly|currently))* (?:my|our)"
    rf" (?:(?:own|registered|current|contact|account|billing|stored) )*{_DETAIL}"
    r"(?: (?:address|on file|in (?:your|the) \w+|(?:that )?you have(?: on file| for me)?|stored"
    r"|registered|correct|right))*\W*$"
    rf"|\b(?:what|which) {_DETAIL}\b[^.?!]{{0,40}}\b(?:you have|on file"
    r"|in your (?:system|data|records)|according to (?:you|your)"
    r"|(?:am i|are we) (?:registered|signed up|signed in|known))\b"
    rf"|^\W*(?:{_ASKS_WHAT})\b[^.?!]{{0,20}}\b(?:{_OWN}) (?:\w+ )?(?:{_PROFILE})\b"
    r"[^.?!]{0,40}\W*$",
    re.IGNORECASE,
)
_ASKS_HOW = re.compile(
    r"\b(?:wie (?:kann|kündig|änder|wechs|bezahl|lad|bekomm)\w*|comment|c[oó]mo|come)\b",
    re.IGNORECASE,
)


def asks_for_own_profile(text: str) -> bool:
    """Tells whether a message asks what is known of the sender.

    Args:
        text: The message.

    Returns:
        True where it plainly does: for a name, an address, a telephone number or a company.
    """
    return _OWN_PROFILE.search(text) is not None and _ASKS_HOW.search(text) is None


def asks_for_own_records(text: str) -> bool:
    """Tells whether a message asks for the sender's own plan or invoices, not in English.

    Args:
        text: The message.

    Returns:
        True where it plainly does, and does not ask how something is done.
    """
    return _ABOUT.search(text) is not None and _ASKS_HOW.search(text) is None
