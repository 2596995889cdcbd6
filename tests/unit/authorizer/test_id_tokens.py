"""ID tokens are believed only when everything about them is right."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from authorizer.credentials import CredentialError
from authorizer.id_tokens import LEEWAY_SECONDS, IdTokenVerifier
from authorizer.issuer_keys import IssuerKeys
from frontdesk.domain.errors import InfrastructureError
from frontdesk.principal import Principal, PrincipalKind
from tests.support.oidc_issuer import (
    AUDIENCE,
    GROUPS_CLAIM,
    URL,
    FakeIssuer,
    a_customers_claims,
    ec_key,
    public_pem,
    rsa_key,
    to_jwk,
)

RSA_KEY, OTHER_RSA_KEY, EC_KEY = rsa_key(), rsa_key(), ec_key()


@pytest.fixture
def issuer() -> FakeIssuer:
    return FakeIssuer({"k1": RSA_KEY, "e1": EC_KEY})


def verifier(fake: FakeIssuer, /, **changes: Any) -> IdTokenVerifier:
    settings: dict[str, Any] = {
        "issuer": URL,
        "audience": AUDIENCE,
        "find_key": IssuerKeys(URL, fetch=fake.fetch).find,
        "groups_claim": GROUPS_CLAIM,
        "support_group": "support",
        "admin_group": "admin",
    }
    return IdTokenVerifier(**(settings | changes))


def hand_made(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """Signs with HMAC (or not at all), as a forger would; the library refuses to."""

    def encode(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    signed = f"{encode(json.dumps(header).encode())}.{encode(json.dumps(claims).encode())}"
    signature = b"" if secret is None else hmac.digest(secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{encode(signature)}"


class TestBelieved:
    def test_a_customer(self, issuer: FakeIssuer) -> None:
        assert verifier(issuer).verify(issuer.token()) == Principal(
            kind=PrincipalKind.CUSTOMER,
            subject="https://id.example|john",
            email="john@example.com",
            name="John Doe",
        )

    def test_a_key_on_a_curve(self, issuer: FakeIssuer) -> None:
        token = issuer.token("e1", algorithm="ES256")
        assert verifier(issuer).verify(token).kind is PrincipalKind.CUSTOMER

    @pytest.mark.parametrize(
        ("groups", "kind", "admin"),
        [
            (["support"], PrincipalKind.STAFF, False),
            (["x", "support", "admin"], PrincipalKind.STAFF, True),
            ("support", PrincipalKind.STAFF, False),
            (["admin"], PrincipalKind.CUSTOMER, False),
            ([], PrincipalKind.CUSTOMER, False),
            (["Support"], PrincipalKind.CUSTOMER, False),
            ("support admin", PrincipalKind.CUSTOMER, False),
            ({"support": True}, PrincipalKind.CUSTOMER, False),
            ([["support"]], PrincipalKind.CUSTOMER, False),
            (None, PrincipalKind.CUSTOMER, False),
        ],
    )
    def test_groups_make_staff_and_administrators(
        self, issuer: FakeIssuer, groups: object, kind: PrincipalKind, admin: bool
    ) -> None:
        principal = verifier(issuer).verify(issuer.token(groups=groups))
        assert (principal.kind, principal.admin) == (kind, admin)

    def test_groups_are_read_from_the_claim_that_is_set(self, issuer: FakeIssuer) -> None:
        token = issuer.token(groups=["support"], roles=[])
        principal = verifier(issuer, groups_claim="roles").verify(token)
        assert principal.kind is PrincipalKind.CUSTOMER

    def test_staff_need_no_email_but_get_none_that_is_unverified(self, issuer: FakeIssuer) -> None:
        token = issuer.token(email_verified=False, groups=["support"])
        principal = verifier(issuer).verify(token)
        assert (principal.kind, principal.email) == (PrincipalKind.STAFF, None)

    def test_clocks_may_differ_a_little(self, issuer: FakeIssuer) -> None:
        now = int(time.time())
        late = issuer.token(exp=now - LEEWAY_SECONDS + 10)
        early = issuer.token(iat=now + LEEWAY_SECONDS - 10, nbf=now + LEEWAY_SECONDS - 10)
        assert verifier(issuer).verify(late) == verifier(issuer).verify(early)

    def test_one_of_several_audiences_that_is_authorized(self, issuer: FakeIssuer) -> None:
        token = issuer.token(aud=[AUDIENCE, "other"], azp=AUDIENCE)
        assert verifier(issuer).verify(token).kind is PrincipalKind.CUSTOMER

    @pytest.mark.parametrize("name", [None, 7, "", " \u200b\u202e ", "x\u0000y" + "z" * 500])
    def test_a_strange_name_harms_nothing(self, issuer: FakeIssuer, name: object) -> None:
        principal = verifier(issuer).verify(issuer.token(name=name))
        assert principal.name is None or (
            len(principal.name) <= 200 and principal.name.isprintable()
        )


class TestRefused:
    def refused(self, issuer: FakeIssuer, token: str) -> str:
        with pytest.raises(CredentialError) as caught:
            verifier(issuer).verify(token)
        return str(caught.value)

    def test_expired(self, issuer: FakeIssuer) -> None:
        past = int(time.time()) - LEEWAY_SECONDS - 5
        assert "Expired" in self.refused(issuer, issuer.token(exp=past))

    @pytest.mark.parametrize("claim", ["iat", "nbf"])
    def test_of_the_future(self, issuer: FakeIssuer, claim: str) -> None:
        changes: Any = {claim: int(time.time()) + LEEWAY_SECONDS + 30}
        assert "Immature" in self.refused(issuer, issuer.token(**changes))

    def test_forged_with_another_key(self, issuer: FakeIssuer) -> None:
        forger = FakeIssuer({"k1": OTHER_RSA_KEY})
        assert "InvalidSignature" in self.refused(issuer, forger.token())

    def test_a_changed_claim(self, issuer: FakeIssuer) -> None:
        header, _, signature = issuer.token().split(".")
        claims = json.dumps(a_customers_claims() | {"sub": "david"}).encode()
        payload = base64.urlsafe_b64encode(claims).rstrip(b"=").decode()
        assert "InvalidSignature" in self.refused(issuer, f"{header}.{payload}.{signature}")

    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
    def test_not_signed(self, issuer: FakeIssuer, algorithm: str) -> None:
        header = {"alg": algorithm, "typ": "JWT", "kid": "k1"}
        self.refused(issuer, hand_made(header, a_customers_claims(), None))

    def test_signed_with_the_public_key_as_a_secret(self, issuer: FakeIssuer) -> None:
        header = {"alg": "HS256", "typ": "JWT", "kid": "k1"}
        secrets = [
            public_pem(RSA_KEY),
            public_pem(RSA_KEY).strip(),
            json.dumps(issuer.jwks[0]).encode(),
        ]
        for secret in secrets:
            token = hand_made(header, a_customers_claims(), secret)
            assert "Algorithm" in self.refused(issuer, token)

    @pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
    def test_an_algorithm_that_its_key_is_not_for(self, issuer: FakeIssuer, algorithm: str) -> None:
        assert "Algorithm" in self.refused(issuer, issuer.token(algorithm=algorithm))

    def test_another_keys_algorithm(self, issuer: FakeIssuer) -> None:
        token = issuer.token("e1", algorithm="ES256", headers={"kid": "k1"})
        assert "Algorithm" in self.refused(issuer, token)

    def test_a_key_that_the_token_brings_along(self, issuer: FakeIssuer) -> None:
        forger = FakeIssuer({"k1": OTHER_RSA_KEY})
        brought = {"jwk": to_jwk(OTHER_RSA_KEY, "k1"), "jku": "https://evil.example/jwks.json"}
        self.refused(issuer, forger.token(headers=brought))
        assert not [url for url in issuer.fetched if "evil" in url]

    @pytest.mark.parametrize("audience", ["other", ["other"], [], "", ["frontdesk2", "x"]])
    def test_another_audience(self, issuer: FakeIssuer, audience: object) -> None:
        self.refused(issuer, issuer.token(aud=audience))

    @pytest.mark.parametrize("azp", [None, "other"])
    def test_shared_with_an_audience_that_it_was_issued_to(
        self, issuer: FakeIssuer, azp: str | None
    ) -> None:
        self.refused(issuer, issuer.token(aud=[AUDIENCE, "other"], azp=azp))

    @pytest.mark.parametrize("url", ["https://evil.example", f"{URL}/", "http://id.example"])
    def test_another_issuer(self, issuer: FakeIssuer, url: str) -> None:
        assert "Issuer" in self.refused(issuer, issuer.token(iss=url))

    @pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat"])
    def test_a_missing_claim(self, issuer: FakeIssuer, claim: str) -> None:
        self.refused(issuer, issuer.token(without=(claim,)))

    @pytest.mark.parametrize("claim", ["email", "email_verified"])
    def test_no_verified_email(self, issuer: FakeIssuer, claim: str) -> None:
        assert "e-mail" in self.refused(issuer, issuer.token(without=(claim,)))

    @pytest.mark.parametrize("verified", [False, None, "true", "false", 1, [True]])
    def test_an_email_that_is_not_truly_verified(
        self, issuer: FakeIssuer, verified: object
    ) -> None:
        assert "e-mail" in self.refused(issuer, issuer.token(email_verified=verified))

    @pytest.mark.parametrize("email", ["", "john", "@example.com", "john@", 7, "x" * 300 + "@y.z"])
    def test_an_email_that_is_none(self, issuer: FakeIssuer, email: object) -> None:
        self.refused(issuer, issuer.token(email=email))

    @pytest.mark.parametrize("subject", ["", "x" * 256])
    def test_a_malformed_subject(self, issuer: FakeIssuer, subject: object) -> None:
        self.refused(issuer, issuer.token(sub=subject))

    def test_an_access_token(self, issuer: FakeIssuer) -> None:
        self.refused(issuer, issuer.token(token_use="access"))
        self.refused(issuer, issuer.token(headers={"typ": "at+jwt"}))
        self.refused(issuer, issuer.token(headers={"typ": "application/at+jwt"}))

    def test_an_unknown_key(self, issuer: FakeIssuer) -> None:
        token = issuer.token(headers={"kid": "unknown"})
        assert "unknown signing key" in self.refused(issuer, token)

    def test_no_key_id_where_there_are_several_keys(self, issuer: FakeIssuer) -> None:
        assert "unknown signing key" in self.refused(issuer, issuer.token(None))

    @pytest.mark.parametrize("setting", ["issuer", "audience"])
    def test_all_where_no_issuer_is_set(self, issuer: FakeIssuer, setting: str) -> None:
        with pytest.raises(CredentialError):
            verifier(issuer, **{setting: ""}).verify(issuer.token())
        assert issuer.fetched == []

    @given(text=st.text(max_size=200))
    def test_any_other_text(self, text: str) -> None:
        self.refused(FakeIssuer({"k1": RSA_KEY}), text)

    @given(parts=st.lists(st.binary(max_size=60), min_size=3, max_size=5))
    def test_anything_in_the_form_of_a_token(self, parts: list[bytes]) -> None:
        token = ".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts)
        self.refused(FakeIssuer({"k1": RSA_KEY}), token)

    def test_the_reason_quotes_nothing_of_the_token(self, issuer: FakeIssuer) -> None:
        reason = self.refused(issuer, issuer.token(aud="john@example.com", sub="secret-sub"))
        assert "john" not in reason
        assert "secret" not in reason


def test_an_issuer_out_of_reach_refuses_nobody_and_lets_nobody_in(issuer: FakeIssuer) -> None:
    issuer.is_down = True
    with pytest.raises(InfrastructureError):
        verifier(issuer).verify(issuer.token())


@pytest.mark.parametrize("key_id", ["k1", "e1"])
def test_the_key_decides_the_algorithm(issuer: FakeIssuer, key_id: str) -> None:
    found = IssuerKeys(URL, fetch=issuer.fetch).find(key_id)
    assert found is not None
    assert found.algorithm == {"k1": "RS256", "e1": "ES256"}[key_id]


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "kid": "bad", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"},
        to_jwk(ec_key(ec.SECP384R1()), "bad"),
        to_jwk(RSA_KEY, "bad", use="enc"),
        to_jwk(RSA_KEY, "bad", alg="RS512"),
        {"kty": "RSA", "kid": "bad", "n": "!!", "e": 7},
        {"kty": "RSA", "kid": "bad"},
        {"kid": "bad"},
    ],
    ids=["symmetric", "other-curve", "encryption", "other-algorithm", "broken", "empty", "bare"],
)
def test_a_key_that_cannot_verify_our_tokens_is_left_out(
    issuer: FakeIssuer, entry: dict[str, Any]
) -> None:
    issuer.jwks.append(entry)
    keys = IssuerKeys(URL, fetch=issuer.fetch)
    assert keys.find("bad") is None
    assert keys.find("k1") is not None
