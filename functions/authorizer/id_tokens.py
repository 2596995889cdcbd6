"""OIDC ID tokens: verified, and read as a customer or as staff (OpenID Connect Core 1.0, 3.1.3.7).

Only ID tokens: an access token is made for somebody else's API, and says less about who holds it.
"""

import unicodedata
from collections.abc import Callable
from typing import Any, Protocol

import jwt

from authorizer.credentials import CredentialError
from authorizer.issuer_keys import SigningKey
from frontdesk.principal import Principal, PrincipalKind

LEEWAY_SECONDS = 60
"""How far the issuer's clock may be from ours."""

REQUIRED_CLAIMS = ("iss", "sub", "aud", "exp", "iat")

MAX_NAME_LENGTH = 200
"""Of a person's name, which only labels what the person does."""

MAX_SUBJECT_LENGTH = 255
"""As OpenID Connect limits ``sub``."""

MAX_EMAIL_LENGTH = 254
"""As SMTP limits an address."""


class KeyFinder(Protocol):
    """Finds an issuer's key by the id in a token's header."""

    def __call__(self, key_id: str | None, /) -> SigningKey | None:
        """Returns the key, or None where the issuer has no such key."""
        ...


class IdTokenVerifier:
    """Verifies ID tokens of one issuer.

    Args:
        issuer: What ``iss`` has to be; with '' every token is refused.
        audience: What ``aud`` has to be.
        find_key: Finds the issuer's keys.
        groups_claim: The claim that lists a person's groups.
        support_group: The group of staff.
        admin_group: The group of administrators among staff.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        find_key: KeyFinder | Callable[[str | None], SigningKey | None],
        groups_claim: str,
        support_group: str,
        admin_group: str,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._find_key = find_key
        self._groups_claim = groups_claim
        self._support_group = support_group
        self._admin_group = admin_group

    def verify(self, token: str) -> Principal:
        """Verifies a token.

        Args:
            token: What was sent as bearer token.

        Returns:
            Staff where the person is in the support group, else a customer.

        Raises:
            CredentialError: The token is refused.
            InfrastructureError: The issuer's keys cannot be read.
        """
        if not self._issuer or not self._audience:
            raise CredentialError("no issuer is set")
        return self._to_principal(self._verified_claims(token))

    def _verified_claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            signing_key = self._find_key(header.get("kid"))
            if signing_key is None:
                raise CredentialError("unknown signing key")
            claims = jwt.decode(
                token,
                signing_key.key,
                # By the key's type, never by what the token's header asks for.
                algorithms=[signing_key.algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": list(REQUIRED_CLAIMS)},
            )
        except jwt.PyJWTError as error:
            # Not chained: the library's texts may quote the token's claims.
            raise CredentialError(f"ID token: {type(error).__name__}") from None
        self._check_purpose(header, claims)
        return claims

    def _check_purpose(self, header: dict[str, Any], claims: dict[str, Any]) -> None:
        is_access_token = str(header.get("typ", "")).lower().endswith("at+jwt")
        if is_access_token or claims.get("token_use", "id") != "id":
            raise CredentialError("not an ID token")
        audience = claims["aud"]
        is_shared = isinstance(audience, list) and len(audience) > 1
        if is_shared and claims.get("azp") != self._audience:
            raise CredentialError("issued to another client")

    def _to_principal(self, claims: dict[str, Any]) -> Principal:
        subject, email = claims["sub"], _verified_email(claims)
        if not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
            raise CredentialError("malformed subject")
        groups = _read_groups(claims.get(self._groups_claim))
        is_staff = self._support_group in groups
        if not is_staff and email is None:
            raise CredentialError("no verified e-mail")
        return Principal(
            kind=PrincipalKind.STAFF if is_staff else PrincipalKind.CUSTOMER,
            subject=f"{self._issuer}|{subject}",
            email=email,
            name=_read_name(claims.get("name")),
            admin=is_staff and self._admin_group in groups,
        )


def _verified_email(claims: dict[str, Any]) -> str | None:
    email = claims.get("email")
    # Only a true that is true: "false" is a true string.
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    local, at, domain = email.strip().lower().rpartition("@")
    is_plausible = bool(local and at and domain) and len(email) <= MAX_EMAIL_LENGTH
    return f"{local}@{domain}" if is_plausible else None


def _read_groups(claim: Any) -> frozenset[str]:
    groups = [claim] if isinstance(claim, str) else claim
    if not isinstance(groups, list):
        return frozenset()
    return frozenset(group for group in groups if isinstance(group, str))


def _read_name(claim: Any) -> str | None:
    if not isinstance(claim, str):
        return None
    visible = "".join(c for c in claim if unicodedata.category(c)[0] != "C")
    return visible.strip()[:MAX_NAME_LENGTH] or None
