"""Cursors: where a listing goes on, signed, so that callers can only give back what they got."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable

from frontdesk.domain.errors import InvalidInputError
from frontdesk.domain.listing import Position

DEFAULT_LIMIT = 20
"""A screenful, where the caller does not say how many."""

MAX_LIMIT = 100
"""A page that is still answered in well under a second, and far from Lambda's 6 MB."""

_SIGNATURE_BYTES = 12
"""96 bits: nobody guesses them, and the cursor stays short enough for a URL."""


class Cursors:
    """Makes cursors of positions, and positions of cursors.

    Args:
        key: Gives the signing key; called when the first cursor is made or read.
    """

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._read_key = key
        self._key: bytes | None = None

    def encode(self, listing: str, position: Position) -> str:
        """Makes the cursor of a listing's next page.

        Args:
            listing: Which listing, with its filters; a cursor is good for no other.
            position: Where the page ended.

        Returns:
            An opaque text that is safe in a URL.
        """
        payload = json.dumps(position, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._sign(listing, payload) + payload).decode().rstrip("=")

    def decode(self, listing: str, cursor: str) -> Position:
        """Reads a cursor that a caller sent.

        Args:
            listing: Which listing it is used on, with its filters.
            cursor: What the caller sent.

        Returns:
            Where the page before ended.

        Raises:
            InvalidInputError: It is not one of ours, or another listing's.
        """
        try:
            content = base64.b64decode(
                cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True
            )
        except (binascii.Error, ValueError):
            raise _bad_cursor() from None
        signature, payload = content[:_SIGNATURE_BYTES], content[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(listing, payload)):
            raise _bad_cursor()
        return tuple(json.loads(payload))

    def _sign(self, listing: str, payload: bytes) -> bytes:
        if self._key is None:
            self._key = self._read_key()
        signed = listing.encode() + b"\0" + payload
        return hmac.new(self._key, signed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _bad_cursor() -> InvalidInputError:
    return InvalidInputError.of("cursor", "is not a cursor of this listing; leave it out to start")
