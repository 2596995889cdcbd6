"""Guests' tokens: derived from the task that first needed one, so that a replay returns it again.

::

    fdg_<guest id>.<issued at>.<signature>
        │            │           └ base64url HMAC-SHA256 of the two before it
        │            └ seconds since the epoch: the task's acceptance
        └ 32 hexadecimal digits, HMAC-SHA256 of the task's id

Nothing is stored. Whoever holds the token is the guest, until it expires.
"""

import base64
import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from frontdesk.clock import utc_now
from frontdesk.config import SettingsError
from frontdesk.domain.errors import FrontdeskError

PREFIX = "fdg_"

SUBJECT_PREFIX = "guest:"

MIN_KEY_BYTES = 16
"""Below 128 bits a key could be searched for."""

_TOKEN = re.compile(r"fdg_(?P<guest_id>[0-9a-f]{32})\.(?P<issued_at>[0-9]{1,11})\.[\w-]{43}")
_GUEST_ID_DIGITS = 32


class GuestTokenError(FrontdeskError):
    """The token is not one of ours, or has expired."""


class GuestTokens:
    """Issues and verifies guests' tokens.

    Args:
        read_key: Returns the signing key; called every time, so that it may be read lazily and
            renewed.
        days: How long a token is good for.
        now: Tells the time.
    """

    def __init__(
        self,
        read_key: Callable[[], bytes],
        *,
        days: int,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._read_key = read_key
        self._lifetime = timedelta(days=days)
        self._now = now

    def subject(self, task_id: str) -> str:
        """Returns the subject of the guest whose first message is a task.

        Args:
            task_id: The task.

        Returns:
            The subject, which owns the task and its conversation.
        """
        return SUBJECT_PREFIX + self._guest_id(task_id)

    def issue(self, task_id: str, issued_at: datetime) -> str:
        """Makes the token of the guest whose first message is a task.

        Args:
            task_id: The task.
            issued_at: When the task was accepted; its lifetime counts from here.

        Returns:
            The token: always the same one for the same task and time.
        """
        guest_id, issued = self._guest_id(task_id), str(int(issued_at.timestamp()))
        return f"{PREFIX}{guest_id}.{issued}.{self._sign(guest_id, issued)}"

    def verify(self, token: str) -> str:
        """Checks a token.

        Args:
            token: What a caller sent.

        Returns:
            The guest's subject.

        Raises:
            GuestTokenError: It is malformed, forged or expired.
        """
        parts = _TOKEN.fullmatch(token)
        if parts is None or not token.isascii():
            raise GuestTokenError("malformed")
        guest_id, issued = parts["guest_id"], parts["issued_at"]
        expected = f"{PREFIX}{guest_id}.{issued}.{self._sign(guest_id, issued)}"
        # Texts are compared, not bytes: base64 can spell the same bytes in several ways.
        if not hmac.compare_digest(expected, token):
            raise GuestTokenError("forged")
        if int(issued) + self._lifetime.total_seconds() <= self._now().timestamp():
            raise GuestTokenError("expired")
        return SUBJECT_PREFIX + guest_id

    def _guest_id(self, task_id: str) -> str:
        return self._digest(f"guest-id:{task_id}").hex()[:_GUEST_ID_DIGITS]

    def _sign(self, guest_id: str, issued_at: str) -> str:
        digest = self._digest(f"guest-token:{guest_id}.{issued_at}")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _digest(self, text: str) -> bytes:
        key = self._read_key()
        if len(key) < MIN_KEY_BYTES:
            raise SettingsError(f"the guest token key is shorter than {MIN_KEY_BYTES} bytes")
        return hmac.digest(key, text.encode(), "sha256")
