import asyncio
from typing import Any

import pytest

from localstack import gateway
from localstack.gateway import Answer, Gateway, Request


class Page:
    """Something that the gateway serves itself, at one address."""

    def answer(self, request: Request) -> Answer | None:
        return Answer(200, {}, b"page") if request.raw_path == "/page" else None


class Api:
    """An API that remembers what it was asked."""

    def __init__(self, answer: Answer | None = None, *, seconds: float = 0) -> None:
        self.requests: list[Request] = []
        self._answer = answer or Answer(200, {"X-Kept": "yes"}, b"answer")
        self._seconds = seconds

    async def __call__(self, request: Request) -> Answer:
        self.requests.append(request)
        await asyncio.sleep(self._seconds)
        return self._answer


def ask(
    api: Api,
    path: str = "/api/health",
    *,
    method: str = "GET",
    query: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
    chunks: tuple[bytes, ...] = (b"",),
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Sends one request through a gateway and returns status, headers and body."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": headers or [(b"host", b"127.0.0.1:3000")],
        "client": ("192.0.2.7", 51000),
    }
    messages = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks) - 1}
        for number, chunk in enumerate(chunks)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Gateway(api, Page())(scope, receive, send))
    return sent[0]["status"], sent[0]["headers"], sent[1]["body"]


def test_a_request_reaches_the_api_as_it_came() -> None:
    api = Api()

    ask(
        api,
        "/api/caf%C3%A9/",
        method="POST",
        query=b"a=1&a=%202",
        headers=[(b"host", b"h"), (b"X-A", b"1"), (b"x-a", b"2"), (b"cookie", b"c")],
        chunks=(b"one ", b"two"),
    )

    assert api.requests == [
        Request(
            method="POST",
            raw_path="/api/caf%C3%A9/",
            raw_query="a=1&a=%202",
            headers={"host": "h", "x-a": "1,2", "cookie": "c"},
            body=b"one two",
            client="192.0.2.7",
        )
    ]


def test_the_answer_is_the_apis_own_with_its_length() -> None:
    status, headers, body = ask(Api())

    assert (status, body) == (200, b"answer")
    assert headers == [(b"x-kept", b"yes"), (b"content-length", b"6")]


def test_an_answer_without_content_has_no_length() -> None:
    _, headers, _ = ask(Api(Answer(204, {}, b"")))

    assert headers == []


def test_what_is_served_here_does_not_reach_the_api() -> None:
    api = Api()

    assert ask(api, "/page")[2] == b"page"
    assert not api.requests


def test_what_is_larger_than_the_gateway_takes_does_not_reach_the_api(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gateway, "MAX_BODY_BYTES", 10)
    api = Api()

    status, _, _ = ask(api, method="POST", chunks=(b"12345678", b"90123"))

    assert status == 413
    assert not api.requests


def test_a_function_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "INTEGRATION_SECONDS", 0.01)

    status, _, body = ask(Api(seconds=0.2))

    assert status == 503
    assert b"Service Unavailable" in body
