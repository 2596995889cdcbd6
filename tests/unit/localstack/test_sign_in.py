import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest

from localstack import oidc, sign_in
from localstack.commands import ADMIN_EMAIL, STAFF_EMAIL
from localstack.gateway import Answer, Request
from localstack.sign_in import SignIn

HOST = "127.0.0.1:3000"
REDIRECT = f"http://{HOST}/console/"
VERIFIER = "a-verifier-that-only-the-page-knows"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
ASKED = {
    "response_type": "code",
    "client_id": oidc.AUDIENCE,
    "redirect_uri": REDIRECT,
    "state": "state-1",
    "nonce": "nonce-1",
    "code_challenge": CHALLENGE.decode(),
    "code_challenge_method": "S256",
}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(tmp_path: Path) -> oidc.Issuer:
    return oidc.Issuer.open(tmp_path, f"http://{HOST}/oidc")


@pytest.fixture
def signing_in(issuer: oidc.Issuer, clock: Clock) -> SignIn:
    return SignIn(issuer, clock)


def ask(signing_in: SignIn, path: str, **asked: str) -> Answer:
    request = Request("GET", path, urlencode(asked), {"host": HOST}, b"", "127.0.0.1")
    answer = signing_in.answer(request)
    assert answer is not None
    return answer


def choose(signing_in: SignIn, email: str) -> str:
    """Chooses somebody; returns the code that the page gets."""
    answer = ask(signing_in, "/oidc/choose", **ASKED, email=email)
    assert answer.status == 302
    target = urlsplit(str(answer.headers["location"]))
    query = parse_qs(target.query)
    assert f"http://{target.netloc}{target.path}" == REDIRECT
    assert query["state"] == ["state-1"]
    return query["code"][0]


def redeem(signing_in: SignIn, code: str, **changed: str) -> Answer:
    form = {
        "grant_type": "authorization_code",
        "client_id": oidc.AUDIENCE,
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": REDIRECT,
    } | changed
    body = urlencode(form).encode()
    answer = signing_in.answer(
        Request("POST", "/oidc/token", "", {"host": HOST}, body, "127.0.0.1")
    )
    assert answer is not None
    return answer


def claims_of(answer: Answer) -> dict[str, object]:
    assert answer.status == 200
    token = json.loads(answer.body)["id_token"]
    claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.mark.parametrize(
    ("email", "groups"),
    [
        ("john.smith@techstartup.com", None),
        ("somebody@example.com", None),
        (STAFF_EMAIL, ["support"]),
        (ADMIN_EMAIL, ["support", "admin"]),
    ],
)
def test_whoever_is_chosen_is_signed_in(
    signing_in: SignIn, email: str, groups: list[str] | None
) -> None:
    page = ask(signing_in, "/oidc/authorize", **ASKED)
    assert b"John Smith" in page.body

    claims = claims_of(redeem(signing_in, choose(signing_in, email)))

    assert (claims["email"], claims["nonce"]) == (email, "nonce-1")
    assert claims.get(oidc.GROUPS_CLAIM) == groups


def test_a_code_is_good_once(signing_in: SignIn) -> None:
    code = choose(signing_in, "john.smith@techstartup.com")

    assert redeem(signing_in, code).status == 200
    assert redeem(signing_in, code).status == 400


def test_a_code_ends(signing_in: SignIn, clock: Clock) -> None:
    code = choose(signing_in, "john.smith@techstartup.com")

    clock.now += sign_in.CODE_SECONDS + 1

    assert redeem(signing_in, code).status == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "another"},
        {"redirect_uri": f"http://{HOST}/"},
        {"client_id": "another"},
        {"grant_type": "password"},
    ],
)
def test_a_code_is_of_no_use_to_others(signing_in: SignIn, changed: dict[str, str]) -> None:
    code = choose(signing_in, "john.smith@techstartup.com")

    assert redeem(signing_in, code, **changed).status == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "http://elsewhere.example/console/"},
        {"redirect_uri": f"https://{HOST}/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"client_id": "another"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
    ],
)
@pytest.mark.parametrize("path", ["/oidc/authorize", "/oidc/choose"])
def test_a_faulty_request_leads_nowhere(
    signing_in: SignIn, path: str, changed: dict[str, str]
) -> None:
    answer = ask(signing_in, path, **(ASKED | {"email": "a@example.com"} | changed))

    assert answer.status == 400
    assert "location" not in answer.headers


def test_what_was_sent_along_stays_text(signing_in: SignIn) -> None:
    answer = ask(
        signing_in, "/oidc/authorize", **(ASKED | {"state": '"><script>alert(1)</script>'})
    )

    assert b"<script" not in answer.body


def test_what_is_no_address_is_asked_again(signing_in: SignIn) -> None:
    answer = ask(signing_in, "/oidc/choose", **ASKED, email="nobody")

    assert answer.status == 400
    assert b"no e-mail address" in answer.body


def test_codes_that_nobody_redeems_do_not_pile_up(
    signing_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "MOST_CODES", 2)
    codes = [choose(signing_in, "john.smith@techstartup.com") for _ in range(3)]

    assert [redeem(signing_in, code).status for code in codes] == [400, 200, 200]


@pytest.mark.parametrize("path", ["/oidc/.well-known/openid-configuration", "/oidc/jwks.json"])
def test_the_issuers_documents_are_served(signing_in: SignIn, path: str) -> None:
    assert ask(signing_in, path).status == 200


def test_anything_else_is_somebody_elses(signing_in: SignIn) -> None:
    assert signing_in.answer(Request("GET", "/oidc/x", "", {}, b"", "127.0.0.1")) is None
