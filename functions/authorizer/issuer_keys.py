"""The issuer's signing keys: found by discovery, kept, and looked up by key id.

Keys are read again when they are old, and when a token names a key that is not among them, which
is how an issuer changes keys. The latter is rate-limited: key ids come from whoever calls.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jwt

from frontdesk.domain.errors import InfrastructureError

FETCH_TIMEOUT = 3.0
"""Seconds an issuer may take for each of its two documents: the gateway waits ten for us."""

KEPT_SECONDS = 3600.0
"""How long a key that the issuer has withdrawn may still be believed."""

STALE_SECONDS = 24 * 3600.0
"""How long keys are believed while the issuer cannot be reached: its outage is not ours."""

REFETCH_PAUSE = 30.0
"""Seconds between two readings that callers can bring about."""

MAX_DOCUMENT_BYTES = 512 * 1024
"""No key set is as large; protects memory from an issuer gone wrong."""

ALGORITHMS: Mapping[tuple[str, str | None], str] = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
}
"""The one algorithm a key of each type is used with, whatever a token's header asks for."""

type FetchJson = Callable[[str], Any]


class SigningKey(NamedTuple):
    """A public key, and the one algorithm that it verifies."""

    key: jwt.PyJWK
    algorithm: str


class IssuerKeys:
    """Looks up an issuer's keys.

    Args:
        issuer: The issuer's address.
        fetch: Reads a JSON document; raises `InfrastructureError` where it cannot.
        now: A clock that never goes back, in seconds.
    """

    def __init__(
        self,
        issuer: str,
        *,
        fetch: FetchJson | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._fetch = fetch or fetch_json
        self._now = now
        self._keys: dict[str | None, SigningKey] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._failure: str | None = None

    def find(self, key_id: str | None) -> SigningKey | None:
        """Finds a key.

        Args:
            key_id: The ``kid`` of a token's header; None where it names none.

        Returns:
            The key, or None where the issuer has no such key. Without a key id, the issuer's
            only key.

        Raises:
            InfrastructureError: The issuer cannot be reached, and its keys are not known well
                enough to tell.
        """
        is_old = self._read_at is None or self._now() - self._read_at > KEPT_SECONDS
        if is_old or self._look_up(key_id) is None:
            self._refresh()
        found = self._look_up(key_id) if self._is_believable() else None
        if found is None and self._failure is not None:
            raise InfrastructureError(self._failure)
        return found

    def _look_up(self, key_id: str | None) -> SigningKey | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    def _is_believable(self) -> bool:
        return self._read_at is not None and self._now() - self._read_at <= STALE_SECONDS

    def _refresh(self) -> None:
        now = self._now()
        if self._tried_at is not None and now - self._tried_at < REFETCH_PAUSE:
            return
        self._tried_at = now
        try:
            self._keys = self._read_keys()
        except InfrastructureError as error:
            self._failure = str(error)
        else:
            self._failure, self._read_at = None, now

    def _read_keys(self) -> dict[str | None, SigningKey]:
        base = self._issuer.rstrip("/")
        discovered = self._fetch(f"{base}/.well-known/openid-configuration")
        if not isinstance(discovered, dict) or discovered.get("issuer") != self._issuer:
            raise InfrastructureError("the issuer's discovery document names another issuer")
        jwks_uri = discovered.get("jwks_uri")
        if not isinstance(jwks_uri, str) or not _is_as_safe(jwks_uri, self._issuer):
            raise InfrastructureError("the issuer's discovery document names no usable key set")
        key_set = self._fetch(jwks_uri)
        entries = key_set.get("keys") if isinstance(key_set, dict) else None
        if not isinstance(entries, list):
            raise InfrastructureError("the issuer's key set is malformed")
        keys = (_read_key(entry) for entry in entries if isinstance(entry, dict))
        return {key.key.key_id: key for key in keys if key is not None}


def fetch_json(url: str) -> Any:
    """Reads a JSON document over HTTP.

    Args:
        url: Where it is.

    Returns:
        What it says.

    Raises:
        InfrastructureError: It cannot be read.
    """
    if not url.startswith(("https://", "http://")):
        raise InfrastructureError("the issuer's address is not one of the web")
    request = urllib.request.Request(url, headers={"accept": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=FETCH_TIMEOUT) as response:  # noqa: S310
            return json.loads(response.read(MAX_DOCUMENT_BYTES))
    except (OSError, ValueError) as error:
        raise InfrastructureError("the issuer cannot be reached") from error


def _read_key(entry: dict[str, Any]) -> SigningKey | None:
    """Reads one key; None for one that does not verify our tokens."""
    algorithm = ALGORITHMS.get((str(entry.get("kty")), entry.get("crv")))
    if algorithm is None or entry.get("use", "sig") != "sig":
        return None
    if entry.get("alg", algorithm) != algorithm:
        return None
    try:
        return SigningKey(jwt.PyJWK(entry, algorithm), algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None


def _is_as_safe(url: str, issuer: str) -> bool:
    return url.startswith("https://") or (
        url.startswith("http://") and issuer.startswith("http://")
    )
