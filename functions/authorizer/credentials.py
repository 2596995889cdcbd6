"""Which credential a request carries, and whose it is."""

from collections.abc import Callable, Mapping
from typing import Protocol

from frontdesk.domain.errors import FrontdeskError
from frontdesk.principal import Principal, PrincipalKind

GUEST_TOKEN_PREFIX = "fdg_"  # noqa: S105 - what a token begins with, not a token

MAX_CREDENTIAL_LENGTH = 8192
"""As much as an HTTP API takes in headers; nothing longer is worth the work of a digest."""


class CredentialError(FrontdeskError):
    """The credential is refused; the text says why without quoting it."""


class ServiceIdentity(Protocol):
    """A backend service that may call the API."""

    @property
    def key_id(self) -> str:
        """Names the key without giving it away."""
        ...

    @property
    def name(self) -> str:
        """What to call the service."""
        ...


class Authenticator:
    """Turns a request's headers into the principal that is calling.

    Args:
        verify_guest_token: Returns a guest's subject, or raises `CredentialError`.
        verify_id_token: Returns a customer's or staff's principal, or raises `CredentialError`.
        find_service: Returns whose a service key is; None where it is nobody's.
    """

    def __init__(
        self,
        *,
        verify_guest_token: Callable[[str], str],
        verify_id_token: Callable[[str], Principal],
        find_service: Callable[[str], ServiceIdentity | None],
    ) -> None:
        self._verify_guest_token = verify_guest_token
        self._verify_id_token = verify_id_token
        self._find_service = find_service

    def authenticate(self, headers: Mapping[str, str]) -> Principal:
        """Finds out who is calling.

        Args:
            headers: The request's headers, by lower-case name.

        Returns:
            The principal; the anonymous guest where there is no credential.

        Raises:
            CredentialError: There is one, and it is refused. Nobody with a bad credential
                becomes a guest: who thinks to be signed in must not learn otherwise later.
            InfrastructureError: It cannot be verified at the moment.
        """
        service_key, authorization = headers.get("x-api-key"), headers.get("authorization")
        if service_key is not None and authorization is not None:
            raise CredentialError("two credentials at once")
        if service_key is not None:
            return self._service(service_key)
        if authorization is not None:
            return self._bearer(authorization)
        return Principal.anonymous()

    def _service(self, key: str) -> Principal:
        if not 0 < len(key) <= MAX_CREDENTIAL_LENGTH:
            raise CredentialError("malformed service key")
        service = self._find_service(key)
        if service is None:
            raise CredentialError("unknown service key")
        return Principal(
            kind=PrincipalKind.SERVICE, subject=f"service:{service.key_id}", name=service.name
        )

    def _bearer(self, authorization: str) -> Principal:
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not 0 < len(token) <= MAX_CREDENTIAL_LENGTH:
            raise CredentialError("malformed authorization header")
        if token.startswith(GUEST_TOKEN_PREFIX):
            return Principal(kind=PrincipalKind.GUEST, subject=self._verify_guest_token(token))
        return self._verify_id_token(token)
