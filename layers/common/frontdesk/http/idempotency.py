"""The Idempotency-Key of a request, and what makes two requests the same."""

import hashlib
import json
import re
from typing import Any

from frontdesk.domain.errors import InvalidInputError

HEADER = "idempotency-key"

MAX_KEY_LENGTH = 255
"""More than any generator of keys makes."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GUESSABLE_UUIDS = frozenset(
    {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"}
)


def read_key(header: str | None, *, is_anonymous: bool) -> str | None:
    """Reads the key that a caller sent.

    Args:
        header: The header's value; quotes around it, as the IETF's draft has them, are dropped.
        is_anonymous: True for a caller without a credential. All such callers share one space
            of keys, and a replay returns a guest's token: their keys must not be guessable.

    Returns:
        The key, or None where there is none.

    Raises:
        InvalidInputError: It cannot be a key, or is not a UUID where it has to be.
    """
    if header is None:
        return None
    key = header.strip()
    if len(key) > 1 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise InvalidInputError.of(
            "Idempotency-Key", f"Input should be 1 to {MAX_KEY_LENGTH} visible ASCII characters"
        )
    if not is_anonymous:
        return key
    lowered = key.lower()
    if not _UUID.fullmatch(lowered) or lowered in _GUESSABLE_UUIDS:
        raise InvalidInputError.of(
            "Idempotency-Key", "Input should be a random UUID from a caller without a credential"
        )
    return lowered


def body_hash(body: dict[str, Any]) -> str:
    """Digests a body, so that the same key with another body is noticed.

    Args:
        body: The JSON object that was sent.

    Returns:
        64 hexadecimal digits: the same for the same fields in any order and spacing.
    """
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
