"""The local OIDC issuer: stands in for the company's own, so that people can sign in.

Its key and its address are kept in ``DATA_DIR``: a token of yesterday still works today.
"""

import base64
import hashlib
import time
from pathlib import Path
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "frontdesk-local"
GROUPS_CLAIM = "cognito:groups"
SUPPORT_GROUP = "support"
ADMIN_GROUP = "admin"

TOKEN_SECONDS = 30 * 24 * 3600
"""How long a token lasts: long, since nobody here wants to sign in every hour."""

_KEY_BITS = 2048
_ALGORITHM = "RS256"


class Issuer:
    """Issues ID tokens and publishes the key that they are signed with."""

    def __init__(self, url: str, key: rsa.RSAPrivateKey) -> None:
        self.url = url
        self._key = key
        self._key_id = _key_id(key)

    @classmethod
    def open(cls, folder: Path, default_url: str) -> Self:
        """Opens the issuer of a data directory, or makes one.

        Args:
            folder: Where key and address are kept.
            default_url: The address of a new issuer; one that exists keeps its own.
        """
        folder.mkdir(parents=True, exist_ok=True)
        key_file, url_file = folder / "key.pem", folder / "issuer"
        if not key_file.exists():
            key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
            _write_private(key_file, _to_pem(key))
        if not url_file.exists():
            url_file.write_text(default_url + "\n")
        loaded = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(loaded, rsa.RSAPrivateKey):
            raise TypeError(f"{key_file} holds another kind of key: {type(loaded).__name__}")
        return cls(url_file.read_text().strip(), loaded)

    @classmethod
    def move(cls, folder: Path, url: str) -> Self:
        """Gives the issuer another address, with the same key; tokens of the former one end.

        Args:
            folder: Where key and address are kept.
            url: The new address.
        """
        (folder / "issuer").write_text(url + "\n")
        return cls.open(folder, url)

    def discovery(self) -> dict[str, Any]:
        """Returns the OpenID provider metadata (OpenID Connect Discovery 1.0)."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks.json",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [_ALGORITHM],
            "claims_supported": ["sub", "email", "email_verified", "name", GROUPS_CLAIM],
        }

    def jwks(self) -> dict[str, Any]:
        """Returns the public key as a JSON Web Key Set (RFC 7517)."""
        public = self._key.public_key().public_numbers()
        return {
            "keys": [
                {
                    "kty": "RSA",
                    "use": "sig",
                    "alg": _ALGORITHM,
                    "kid": self._key_id,
                    "n": _base64url(public.n),
                    "e": _base64url(public.e),
                }
            ]
        }

    def token(
        self,
        email: str,
        *,
        groups: tuple[str, ...] = (),
        name: str | None = None,
        nonce: str | None = None,
        lifetime: int = TOKEN_SECONDS,
    ) -> str:
        """Issues an ID token. The same address always is the same person (``sub``).

        Args:
            email: The person's address, vouched for as verified.
            groups: What the person belongs to.
            name: What to call the person.
            nonce: What the page that asks gave along, so that it knows its own token.
            lifetime: Seconds until the token ends.

        Returns:
            The signed token.
        """
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "sub": hashlib.sha256(email.lower().encode()).hexdigest()[:32],
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + lifetime,
            "token_use": "id",
            "email": email,
            "email_verified": True,
        }
        if name:
            claims["name"] = name
        if nonce:
            claims["nonce"] = nonce
        if groups:
            claims[GROUPS_CLAIM] = list(groups)
        return jwt.encode(claims, _to_pem(self._key), _ALGORITHM, headers={"kid": self._key_id})


def _to_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _key_id(key: rsa.RSAPrivateKey) -> str:
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(public).hexdigest()[:16]


def _base64url(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _write_private(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)
