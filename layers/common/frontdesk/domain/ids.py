"""Identifiers: opaque, and derivable where an effect must have the same one on every try."""

import hashlib
import re
import uuid

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U, so that a number can be read over the phone (Crockford)."""

TICKET_NUMBER_LENGTH = 5
"""32⁵ numbers: 33 million, and short enough to say; collisions are retried with a salt."""

_ID = re.compile(r"^[a-z]{2,8}_[0-9a-f]{32}$")


def new_id(prefix: str) -> str:
    """Makes a random identifier.

    Args:
        prefix: What the thing is, in a few lower-case letters (``task``, ``conv``).

    Returns:
        The prefix, an underscore and 32 hexadecimal digits.
    """
    return f"{prefix}_{uuid.uuid4().hex}"


def derived_id(prefix: str, *parts: str) -> str:
    """Makes the identifier that the same parts always give.

    An effect of a task is named after the task, so that doing it twice is doing it once.

    Args:
        prefix: What the thing is.
        *parts: What it is derived from, such as the task and the effect's name.

    Returns:
        An identifier of the same form as `new_id`'s.
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{prefix}_{digest[:32]}"


def is_id(value: str, prefix: str) -> bool:
    """Tells whether a value has the form of our identifiers.

    Args:
        value: What a caller sent.
        prefix: The kind it must be.

    Returns:
        True where it may exist; a False needs no look-up to be unknown.
    """
    return value.startswith(f"{prefix}_") and _ID.match(value) is not None


def ticket_number(ticket_id: str, attempt: int = 0) -> str:
    """Makes the short number that people use for a ticket.

    Args:
        ticket_id: The ticket's identifier.
        attempt: Raised where the number of the attempt before is taken.

    Returns:
        A number such as ``FD-7K2M9``.
    """
    digest = hashlib.sha256(f"{ticket_id}\x1f{attempt}".encode()).digest()
    value = int.from_bytes(digest[:8])
    characters = []
    for _ in range(TICKET_NUMBER_LENGTH):
        value, remainder = divmod(value, len(CROCKFORD))
        characters.append(CROCKFORD[remainder])
    return "FD-" + "".join(characters)
