"""Credentials that look like an administrator's, a service's or a guest's, and are not."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localstack.oidc import Issuer
from localstack.places import Places
from tests.support.stack import Stack

AN_HOUR = 3600


def bad_credentials(stack: Stack) -> dict[str, dict[str, str]]:
    """Makes one of each.

    Args:
        stack: The stack that has to refuse them.

    Returns:
        Headers, by what is wrong with them.
    """
    good = stack.credential(ADMIN="1")
    key_id = jwt.get_unverified_header(good)["kid"]
    claims: dict[str, Any] = jwt.decode(good, options={"verify_signature": False})
    issuer = Issuer.open(Places(stack.data_dir).issuer, "")
    ours, theirs = issuer._key, rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = int(time.time())

    def signed(key: rsa.RSAPrivateKey = ours, **changes: Any) -> str:
        return jwt.encode(claims | changes, key, "RS256", headers={"kid": key_id})

    tokens = {
        "expired": signed(iat=now - 2 * AN_HOUR, exp=now - AN_HOUR),
        "forged signature": signed(theirs),
        "alg none": f"{_part({'alg': 'none', 'typ': 'JWT', 'kid': key_id})}.{_part(claims)}.",
        "signed with the public key": _with_public_key(ours, key_id, claims),
        "wrong audience": signed(aud="another-client"),
        "wrong issuer": signed(iss="https://issuer.example"),
        "changed claims": _with_changed_claims(stack.credential(STAFF="1"), claims),
        "forged guest token": _forged_guest_token(stack),
        "no token at all": "Bearer",
    }
    headers = {name: {"authorization": f"Bearer {token}"} for name, token in tokens.items()}
    # The same as it is really made: the test would be worth nothing if that were refused too.
    url, header = f"{stack.url}/api/audit", {"authorization": f"Bearer {signed()}"}
    assert httpx.get(url, headers=header, timeout=60).is_success
    return headers | {"unknown service key": {"x-api-key": "fdk_" + "0" * 43}}


def _with_public_key(key: rsa.RSAPrivateKey, key_id: str, claims: dict[str, Any]) -> str:
    """Signs with what everybody has, in the hope that it is taken for a shared secret."""
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    content = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': key_id})}.{_part(claims)}"
    signature = hmac.digest(public, content.encode(), hashlib.sha256)
    return f"{content}.{_base64url(signature)}"


def _with_changed_claims(token: str, claims: dict[str, Any]) -> str:
    """Puts an administrator's claims between another token's header and signature."""
    header, _, signature = token.split(".")
    return f"{header}.{_part(claims)}.{signature}"


def _forged_guest_token(stack: Stack) -> str:
    name, issued_at, signature = stack.guest_token().split(".")
    other = "0" if name[-1] != "0" else "1"
    return f"{name[:-1]}{other}.{issued_at}.{signature}"


def _part(content: dict[str, Any]) -> str:
    return _base64url(json.dumps(content).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
