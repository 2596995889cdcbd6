"""Keys of backend services: named, hashed, and rotated without a moment in which none is valid.

A service keeps its name through a rotation, and with it what it owns and what the audit log calls
it.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from frontdesk.domain.errors import ConflictError, NotFoundError

MAX_VALID = 2
"""The new one, and the one before it until the service uses the new one."""

RESERVED = frozenset({"housekeeping"})
"""What the audit log calls people on call."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A key, as far as it is kept.

    Attributes:
        name: The service's.
        key_hash: The key's SHA-256.
        expires_at: Until when it is valid; None for ever.
    """

    name: str
    key_hash: str
    created_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of all services; those that expired are dropped with the next change.

    Attributes:
        version: Moves with every change.
    """

    keys: tuple[KeptKey, ...] = ()
    version: int = 0

    def valid(self, now: datetime) -> tuple[KeptKey, ...]:
        """Returns the keys that are valid at a moment."""
        return tuple(key for key in self.keys if key.expires_at is None or key.expires_at > now)

    def created(self, name: str, key_hash: str, now: datetime) -> "Keyring":
        """Adds a new service's key.

        Args:
            name: Lower-case letters, digits and hyphens.
            key_hash: The key's SHA-256.
            now: The time.

        Returns:
            The keyring.

        Raises:
            ConflictError: There is a service of this name, or there can be none.
        """
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise ConflictError(f"{name!r} cannot be a service's name")
        if any(key.name == name for key in self.valid(now)):
            raise ConflictError(f"{name!r} has a key; rotate it")
        return self._with(_checked(name, key_hash, now), self.valid(now))

    def rotated(self, name: str, key_hash: str, now: datetime, overlap: timedelta) -> "Keyring":
        """Adds a key to a service's; the latest before it stays valid for a while, others do not.

        Args:
            name: The service's name.
            key_hash: The new key's SHA-256.
            now: The time.
            overlap: How long the former key stays valid.

        Returns:
            The keyring.

        Raises:
            NotFoundError: There is no such service.
        """
        own = [key for key in self.valid(now) if key.name == name]
        if not own:
            raise NotFoundError(f"there is no key of {name!r}")
        latest = max(own, key=lambda key: (key.created_at, key.expires_at is None))
        until = now + overlap
        if latest.expires_at is not None:
            until = min(until, latest.expires_at)
        others = tuple(key for key in self.valid(now) if key.name != name)
        return self._with(
            _checked(name, key_hash, now), (*others, replace(latest, expires_at=until))
        )

    def revoked(self, name: str, now: datetime) -> "Keyring":
        """Takes all keys of a service away.

        Args:
            name: The service's name.
            now: The time.

        Returns:
            The keyring.

        Raises:
            NotFoundError: There is no such service.
        """
        left = tuple(key for key in self.valid(now) if key.name != name)
        if len(left) == len(self.valid(now)):
            raise NotFoundError(f"there is no key of {name!r}")
        return Keyring(left, self.version + 1)

    def _with(self, key: KeptKey, others: tuple[KeptKey, ...]) -> "Keyring":
        return Keyring((*others, key), self.version + 1)


def _checked(name: str, key_hash: str, now: datetime) -> KeptKey:
    if not _HASH.fullmatch(key_hash):
        raise ConflictError("the key's hash is not a SHA-256")
    return KeptKey(name, key_hash, now)
