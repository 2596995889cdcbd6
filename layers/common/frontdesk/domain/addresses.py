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
    found = set()
    for candidate in _IN_TEXT.findall(text):
        try:
            found.add(check_email(candidate.removeprefix("mailto").strip(".'*_`")))
        except ValueError:
            continue
    return found.pop() if len(found) == 1 else None


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
