"""E-mail addresses as people type them."""

import re

MAX_EMAIL_LENGTH = 254
"""The longest address that mail can be sent to (RFC 5321's path without its brackets)."""

# Somebody at a domain with a dot. Whether mail arrives there, only mail can tell.
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]\x00-\x20]+@[^\s@.]+(\.[^\s@.]+)+")


# In running text an address ends before the full stop of its sentence.
_IN_TEXT = re.compile(r"[^\s@<>\"(),:;\\\[\]\x00-\x20]+@[^\s@<>\"(),:;\\\[\]!?]+")


def address_in(text: str) -> str | None:
    """Finds the e-mail address that a text names.

    Args:
        text: What somebody wrote.

    Returns:
        The address; None where the text names none, or more than one.
    """
    found = addresses_in(text)
    return found.pop() if len(found) == 1 else None


def addresses_in(text: str) -> set[str]:
    """Finds the e-mail addresses that a text names.

    Args:
        text: What somebody wrote.

    Returns:
        The addresses.
    """
    found = set()
    for candidate in _IN_TEXT.findall(text):
        try:
            found.add(check_email(candidate.removeprefix("mailto").strip(".'’*_`")))
        except ValueError:
            continue
    return found


# «My mail», «write to me at»; «my colleague's mail» and «he mailed me from» are somebody else's.
_OWN = re.compile(
    r"\b(?:my|our) (?:(?:own|private|personal|work|business|new) )?(?:e-?mail|mail|address)\b"
    r"|\b(?:meine?r?|unsere?r?) (?:e-?mail|mail|adresse)"
    r"|\b(?:mon|notre) (?:adresse|e-?mail|mail|courriel)\b"
    r"|\b(?:mi|nuestro|meu|nosso) (?:correo|e-?mail|mail|endereço)\b"
    r"|\b(?:la mia|il mio|mia|mio) (?:e-?mail|mail|indirizzo)\b"
    r"|\b(?:reach|contact|e-?mail|mail|write(?: to)?|reply to|get back to) (?:me|us)"
    r" (?:at|on|under)\b"
    r"|\b(?:schreib\w*|erreich\w*|kontaktier\w*)(?: sie)? (?:mir|mich|uns) (?:an|unter|auf)\b"
    r"|\b(?:écrivez|répondez|contactez|écris|réponds|contacte)-(?:moi|nous) (?:à|au|sur)\b"
    r"|\b(?:escríb[ae]n?|contáct[ae]n?|respónd[ae]n?)(?:me|nos) (?:a|en)\b"
    r"|\b(?:escreva|responda|contacte)-(?:me|nos) (?:para|em|a)\b"
    r"|\b(?:scrivete|scrivi|rispondete|rispondi|contattate)(?:mi|ci) a\b",
    re.IGNORECASE,
)


def own_address_in(text: str) -> str | None:
    """Finds the e-mail address that somebody says is theirs.

    Args:
        text: What somebody wrote.

    Returns:
        The one address that the text names, where it says that this is the writer's: nobody else
        is to be written to.
    """
    return address_in(text) if _OWN.search(text) else None


# What stands around an address in a message that says nothing else: «here you go: », «ich bin ».
# A yes is not among it: it accepts what was offered.
_AROUND = re.compile(
    r"\b(?:hi|hello|hey|please|thanks?|thank you|it'?s|it is|is|this|that'?s|here"
    r"|you (?:go|are|can)|my|mine|the|e-?mail|mail|address|account|log-?in|user(?: ?name)?"
    r"|i am|i'm|under|at|on|use|try"
    r"|sorry|me|us|hallo|bitte|danke|meine?|ist|lautet|das|hier|die|es|(?:(?:e-?)?mail-?)?adresse"
    r"|konto|ich bin|bonjour|merci|mon|c'est|est|voici|courriel|compte|je suis|la|le|hola|gracias"
    r"|mi|es|aquí|está|correo|electrónico|cuenta|soy|dirección|olá|obrigad[oa]|meu|minha|é|aqui"
    r"|conta|sou|o|a|endereço|ciao|buongiorno|grazie|mia|il|mio|è|ecco|indirizzo|sono)\b",
    re.IGNORECASE,
)


def only_address_in(text: str) -> str | None:
    """Finds the e-mail address of a message that says nothing besides.

    Args:
        text: What somebody wrote.

    Returns:
        The address; None where the text says or asks more, or names none.
    """
    address = address_in(text)
    if address is None or "?" in text:
        return None
    around = text.replace("’", "'").replace(address, " ")
    beside = _AROUND.sub(" ", _OWN.sub(" ", around))
    return None if re.search(r"\w", beside.replace("mailto:", "")) else address


def check_email(value: str) -> str:
    """Reads an e-mail address.

    Args:
        value: What somebody typed.

    Returns:
        The address without white space around it, its letters as they were typed.

    Raises:
        ValueError: It is none.
    """
    email = value.strip()
    if len(email) > MAX_EMAIL_LENGTH or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise ValueError("Input should be an e-mail address")
    return email
