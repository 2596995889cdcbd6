"""Which credential a request carries."""

from typing import NamedTuple

import pytest

from authorizer.credentials import MAX_CREDENTIAL_LENGTH, Authenticator, CredentialError
from frontdesk.principal import Principal, PrincipalKind
from tests.support.chat import JOHN


class Service(NamedTuple):
    key_id: str
    name: str


def refuse(token: str) -> Principal:
    raise CredentialError("refused")


def authenticator() -> Authenticator:
    def verify_guest_token(token: str) -> str:
        if token != "fdg_good":
            raise CredentialError("forged")
        return "guest:1"

    return Authenticator(
        verify_guest_token=verify_guest_token,
        verify_id_token=lambda token: JOHN if token == "id-token" else refuse(token),
        find_service=lambda key: Service("k1", "billing") if key == "good-key" else None,
    )


def test_no_credential_is_the_anonymous_guest() -> None:
    assert authenticator().authenticate({"host": "x"}) == Principal.anonymous()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_token_is_a_guests_or_an_id_token(scheme: str) -> None:
    guest = authenticator().authenticate({"authorization": f"{scheme} fdg_good"})
    assert guest == Principal(kind=PrincipalKind.GUEST, subject="guest:1")
    assert authenticator().authenticate({"authorization": f"{scheme}  id-token "}) == JOHN


def test_a_service_key_is_a_services() -> None:
    service = authenticator().authenticate({"x-api-key": "good-key"})
    assert service == Principal(kind=PrincipalKind.SERVICE, subject="service:k1", name="billing")


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "id-token"},
        {"authorization": "Basic am9objpwdw=="},
        {"authorization": "Bearer fdg_forged"},
        {"authorization": "Bearer fdg_"},
        {"authorization": "Bearer FDG_good"},
        {"authorization": "Bearer id-token, Bearer id-token"},
        {"authorization": "Bearer " + "x" * (MAX_CREDENTIAL_LENGTH + 1)},
        {"x-api-key": ""},
        {"x-api-key": "bad-key"},
        {"x-api-key": "x" * (MAX_CREDENTIAL_LENGTH + 1)},
        {"x-api-key": "good-key", "authorization": "Bearer id-token"},
        {"x-api-key": "good-key", "authorization": ""},
    ],
)
def test_a_bad_credential_makes_nobody_a_guest(headers: dict[str, str]) -> None:
    with pytest.raises(CredentialError):
        authenticator().authenticate(headers)
