"""The probe tells a provider that answers from one that does not, and does not ask all the time."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from frontdesk.adapters.openai_probe import REMEMBERED_SECONDS, OpenAIProbe
from frontdesk.config import SettingsError


class Provider(HTTPServer):
    """A server that answers every request with one status."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self.server.requests.append((self.path, self.headers.get("authorization")))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "up"), [(200, True), (404, True), (401, False), (429, False), (500, False)]
)
def test_up_is_who_takes_the_key(provider: Provider, status: int, up: bool) -> None:
    provider.status = status
    assert OpenAIProbe(provider.url + "/", lambda: "key")() is up
    assert provider.requests == [("/v1/models", "Bearer key")]


def test_nobody_there_is_down() -> None:
    assert OpenAIProbe("http://127.0.0.1:1/v1", lambda: "key")() is False


def test_no_key_is_down(provider: Provider) -> None:
    def no_key() -> str:
        raise SettingsError("no key")

    assert OpenAIProbe(provider.url, no_key)() is False
    assert provider.requests == []


def test_answer_is_remembered_for_a_while(provider: Provider) -> None:
    now = 0.0
    probe = OpenAIProbe(provider.url, lambda: "key", now=lambda: now)
    assert probe()
    provider.status = 500
    assert probe()
    assert len(provider.requests) == 1
    now = REMEMBERED_SECONDS + 1
    assert not probe()
