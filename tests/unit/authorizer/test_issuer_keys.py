"""The issuer's keys are kept, read again when that may help, and never believed too long."""

import io
import urllib.error
import urllib.request
from typing import Any

import pytest

from authorizer.issuer_keys import (
    KEPT_SECONDS,
    REFETCH_PAUSE,
    STALE_SECONDS,
    IssuerKeys,
    fetch_json,
)
from frontdesk.domain.errors import InfrastructureError
from tests.support.oidc_issuer import URL, FakeIssuer, rsa_key, to_jwk

KEY, NEW_KEY = rsa_key(), rsa_key()
READS_A_REFRESH = 2
"""Discovery, then the keys."""


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer() -> FakeIssuer:
    return FakeIssuer({"k1": KEY})


@pytest.fixture
def keys(issuer: FakeIssuer, clock: Clock) -> IssuerKeys:
    return IssuerKeys(URL, fetch=issuer.fetch, now=clock)


def test_keys_are_read_once(keys: IssuerKeys, issuer: FakeIssuer) -> None:
    assert issuer.fetched == []
    for _ in range(3):
        assert keys.find("k1") is not None
    assert len(issuer.fetched) == READS_A_REFRESH


def test_a_lone_key_needs_no_name(keys: IssuerKeys) -> None:
    assert keys.find(None) is not None


def test_a_new_key_is_found_when_a_token_names_it(
    keys: IssuerKeys, issuer: FakeIssuer, clock: Clock
) -> None:
    # Given keys that were read, and an issuer that has changed its key since
    keys.find("k1")
    issuer.jwks = [to_jwk(NEW_KEY, "k2")]
    clock.seconds += REFETCH_PAUSE
    # When, then
    assert keys.find("k2") is not None
    assert keys.find("k1") is None


def test_unknown_names_cannot_make_us_flood_the_issuer(
    keys: IssuerKeys, issuer: FakeIssuer, clock: Clock
) -> None:
    for number in range(50):
        assert keys.find(f"unknown-{number}") is None
    assert len(issuer.fetched) == READS_A_REFRESH
    clock.seconds += REFETCH_PAUSE
    for number in range(50):
        assert keys.find(f"unknown-{number}") is None
    assert len(issuer.fetched) == 2 * READS_A_REFRESH


def test_a_withdrawn_key_is_forgotten(keys: IssuerKeys, issuer: FakeIssuer, clock: Clock) -> None:
    keys.find("k1")
    issuer.jwks = []
    clock.seconds += KEPT_SECONDS + 1
    assert keys.find("k1") is None


def test_known_keys_outlive_an_outage_of_the_issuer_but_not_forever(
    keys: IssuerKeys, issuer: FakeIssuer, clock: Clock
) -> None:
    keys.find("k1")
    issuer.is_down = True
    clock.seconds += STALE_SECONDS
    assert keys.find("k1") is not None
    clock.seconds += 1
    with pytest.raises(InfrastructureError):
        keys.find("k1")


def test_an_outage_is_no_verdict_on_an_unknown_key(
    keys: IssuerKeys, issuer: FakeIssuer, clock: Clock
) -> None:
    # Given an outage after the keys were read
    keys.find("k1")
    issuer.is_down = True
    clock.seconds += REFETCH_PAUSE
    # When, then: not even while the issuer is not asked again
    for _ in range(2):
        with pytest.raises(InfrastructureError):
            keys.find("k2")
    assert len(issuer.fetched) == READS_A_REFRESH + 1
    # And when it is back
    issuer.is_down = False
    clock.seconds += REFETCH_PAUSE
    assert keys.find("k2") is None


@pytest.mark.parametrize(
    "discovery",
    [
        {},
        {"issuer": "https://evil.example", "jwks_uri": f"{URL}/jwks.json"},
        {"issuer": URL},
        {"issuer": URL, "jwks_uri": "http://id.example/jwks.json"},
        {"issuer": URL, "jwks_uri": "file:///etc/passwd"},
        [],
    ],
)
def test_a_strange_discovery_document_gives_no_keys(
    keys: IssuerKeys, issuer: FakeIssuer, discovery: Any
) -> None:
    issuer.discovery = discovery
    with pytest.raises(InfrastructureError):
        keys.find("k1")


@pytest.mark.parametrize("content", [None, [], {}, {"keys": "k1"}])
def test_a_strange_key_set_gives_no_keys(clock: Clock, content: Any) -> None:
    def fetch(url: str) -> Any:
        is_keys = url.endswith("jwks.json")
        return content if is_keys else {"issuer": URL, "jwks_uri": f"{URL}/jwks.json"}

    with pytest.raises(InfrastructureError):
        IssuerKeys(URL, fetch=fetch, now=clock).find("k1")


class TestFetching:
    def opened(self, monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        def urlopen(request: urllib.request.Request, timeout: float) -> io.BytesIO:
            seen.update(url=request.full_url, timeout=timeout)
            if isinstance(answer, Exception):
                raise answer
            return io.BytesIO(answer)

        monkeypatch.setattr(urllib.request, "urlopen", urlopen)
        return seen

    def test_a_document_is_read_with_a_time_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen = self.opened(monkeypatch, b'{"keys": []}')
        assert fetch_json("https://id.example/jwks.json") == {"keys": []}
        assert seen["timeout"] <= 3

    @pytest.mark.parametrize(
        "answer",
        [
            b"<html>",
            b"\xff",
            b'{"a": "' + b"x" * 600_000 + b'"}',
            TimeoutError(),
            urllib.error.URLError("unreachable"),
            ConnectionResetError(),
        ],
        ids=["html", "binary", "huge", "late", "unreachable", "reset"],
    )
    def test_what_cannot_be_read_is_an_outage(
        self, monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception
    ) -> None:
        self.opened(monkeypatch, answer)
        with pytest.raises(InfrastructureError):
            fetch_json("https://id.example/jwks.json")

    @pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://id.example/x", ""])
    def test_only_the_web_is_read(self, url: str) -> None:
        with pytest.raises(InfrastructureError):
            fetch_json(url)
