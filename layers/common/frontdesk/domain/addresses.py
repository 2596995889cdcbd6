"""E-mail addresses as people type them."""

import re

MAX_EMAIL_LENGTH = 254
"""The longest address that mail can be sent to (RFC 5321's path without its brackets)."""

# Somebody at a domain with a dot. Whether mail arrives there, only mail can tell.
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]\x00-\x20]+@[^\s@.]+(\.[^\s@.]+)+")


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
