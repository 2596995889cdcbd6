"""An OIDC issuer of its own keys, without a network: hands out tokens and its two documents."""

import json
import time
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from frontdesk.domain.errors import InfrastructureError

URL = "https://id.example"
AUDIENCE = "frontdesk"
GROUPS_CLAIM = "cognito:groups"

type PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


def public_pem(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def to_jwk(key: PrivateKey, key_id: str, **members: Any) -> dict[str, Any]:
    public = key.public_key()
    text = (
        RSAAlgorithm.to_jwk(public)
        if isinstance(public, rsa.RSAPublicKey)
        else ECAlgorithm.to_jwk(public)
    )
    return {**json.loads(text), "kid": key_id, "use": "sig", **members}


class FakeIssuer:
    """Serves discovery and keys to `IssuerKeys`; counts and can fail."""

    def __init__(self, keys: Mapping[str, PrivateKey], url: str = URL) -> None:
        self.url = url
        self.keys = dict(keys)
        self.jwks: list[dict[str, Any]] = [to_jwk(key, kid) for kid, key in keys.items()]
        self.discovery: dict[str, Any] = {"issuer": url, "jwks_uri": f"{url}/jwks.json"}
        self.is_down = False
        self.fetched: list[str] = []

    def fetch(self, url: str) -> Any:
        self.fetched.append(url)
        if self.is_down:
            raise InfrastructureError("the issuer cannot be reached")
        documents = {
            f"{self.url}/.well-known/openid-configuration": self.discovery,
            f"{self.url}/jwks.json": {"keys": self.jwks},
        }
        return documents[url]

    def token(
        self,
        key_id: str | None = "k1",
        *,
        algorithm: str = "RS256",
        headers: Mapping[str, Any] | None = None,
        without: tuple[str, ...] = (),
        groups: object = None,
        **claims: Any,
    ) -> str:
        key = self.keys[key_id or "k1"]
        claims = a_customers_claims() | {GROUPS_CLAIM: groups} | claims
        content = {name: value for name, value in claims.items() if name not in without}
        header = {**({"kid": key_id} if key_id else {}), **(headers or {})}
        return jwt.encode(content, key, algorithm, headers=header)


def a_customers_claims() -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": URL,
        "sub": "john",
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 3600,
        "email": "John@Example.com",
        "email_verified": True,
        "name": "John Doe",
    }
