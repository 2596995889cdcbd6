from pathlib import Path

import jwt
import pytest

from localstack import oidc
from localstack.oidc import Issuer

URL = "http://127.0.0.1:3000/oidc"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "oidc"


def verified(issuer: Issuer, token: str) -> dict[str, object]:
    key = jwt.PyJWKSet.from_dict(issuer.jwks())[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, object] = jwt.decode(
        token, key, algorithms=["RS256"], audience=oidc.AUDIENCE, issuer=issuer.url
    )
    return claims


def test_a_customers_token_verifies_with_the_published_key(folder: Path) -> None:
    issuer = Issuer.open(folder, URL)

    claims = verified(issuer, issuer.token("john@example.com"))

    assert claims["email"] == "john@example.com"
    assert claims["email_verified"] is True
    assert oidc.GROUPS_CLAIM not in claims


def test_groups_are_where_the_template_is_told_to_look_for_them(folder: Path) -> None:
    issuer = Issuer.open(folder, URL)

    claims = verified(issuer, issuer.token("a@example.com", groups=("support", "admin")))

    assert claims["cognito:groups"] == ["support", "admin"]


def test_the_same_person_has_the_same_subject_every_time(folder: Path) -> None:
    issuer = Issuer.open(folder, URL)

    subjects = {
        str(verified(issuer, issuer.token(email))["sub"])
        for email in ("john@example.com", "John@Example.com")
    }

    assert len(subjects) == 1
    assert verified(issuer, issuer.token("other@example.com"))["sub"] not in subjects


def test_a_token_of_before_still_verifies_after_a_restart(folder: Path) -> None:
    token = Issuer.open(folder, URL).token("john@example.com")

    restarted = Issuer.open(folder, "http://127.0.0.1:3999/oidc")

    assert restarted.url == URL
    assert verified(restarted, token)["email"] == "john@example.com"


def test_a_token_of_another_data_directory_does_not_verify(folder: Path, tmp_path: Path) -> None:
    token = Issuer.open(tmp_path / "another", URL).token("john@example.com")
    issuer = Issuer.open(folder, URL)

    with pytest.raises(KeyError):
        verified(issuer, token)


def test_an_expired_token_does_not_verify(folder: Path) -> None:
    issuer = Issuer.open(folder, URL)

    with pytest.raises(jwt.ExpiredSignatureError):
        verified(issuer, issuer.token("john@example.com", lifetime=-60))


def test_discovery_names_the_issuer_and_its_keys(folder: Path) -> None:
    document = Issuer.open(folder, URL).discovery()

    assert document["issuer"] == URL
    assert document["jwks_uri"] == f"{URL}/jwks.json"


def test_the_key_is_nobody_elses_to_read(folder: Path) -> None:
    Issuer.open(folder, URL)

    assert (folder / "key.pem").stat().st_mode & 0o077 == 0
