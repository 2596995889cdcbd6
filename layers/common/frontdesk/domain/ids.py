"""Identifiers: opaque, and derivable where an effect must have the same one on every try."""

import hashlib
import uuid

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U, so that a number can be read over the phone (Crockford)."""

TICKET_NUMBER_LENGTH = 5
"""32⁵ numbers: 33 million, and short enough to say; collisions are retried with a salt."""


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
