"""The front door on ``PORT``: the HTTP API at its own address, the local issuer, the pages.

Runs inside the emulator's process, so that a request takes no second hop.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

INTEGRATION_SECONDS = 30.0
"""How long an HTTP API waits for a function."""

MAX_BODY_BYTES = 10 * 1024 * 1024
"""How large a request an HTTP API takes."""


class Answer(NamedTuple):
    """An HTTP response: status, headers (a list where a name repeats), body."""

    status: int
    headers: dict[str, str | list[str]]
    body: bytes


class Request(NamedTuple):
    """An HTTP request as it came in; ``headers`` have lower-case names, repeated ones joined."""

    method: str
    raw_path: str
    raw_query: str
    headers: dict[str, str]
    body: bytes
    client: str


class Api(Protocol):
    """The HTTP API behind the gateway."""

    async def __call__(self, request: Request) -> Answer:
        """Answers one request."""
        ...


class Own(Protocol):
    """Something that is served here, in front of the API."""

    def answer(self, request: Request) -> Answer | None:
        """Answers a request; None for one that is not its own."""
        ...


def error(status: int, message: str) -> Answer:
    """Makes an answer in the gateway's own words, as API Gateway words its own."""
    return json_answer({"message": message}, status)


def json_answer(document: object, status: int = 200) -> Answer:
    """Makes an answer of a JSON document."""
    return Answer(status, {"content-type": "application/json"}, json.dumps(document).encode())


class Gateway:
    """An ASGI application that answers everything on ``PORT``.

    Args:
        api: What answers everything that nobody else does.
        *own: What is asked before it, in this order.
    """

    def __init__(self, api: Api, *own: Own) -> None:
        self._api = api
        self._served_here = own
        self._unfinished: set[asyncio.Task[Answer]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection's request."""
        if scope["type"] != "http":
            return
        body = await read_body(receive)
        if body is None:
            answer = error(413, "Request Entity Too Large")
        else:
            request = to_request(scope, body)
            answer = self._own(request) or await self._from_api(request)
        await send_answer(send, answer)

    def _own(self, request: Request) -> Answer | None:
        answers = (served.answer(request) for served in self._served_here)
        return next((answer for answer in answers if answer is not None), None)

    async def _from_api(self, request: Request) -> Answer:
        # Not wait_for: a function cannot be cancelled, and goes on as it would on AWS.
        task = asyncio.ensure_future(self._api(request))
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        done, _ = await asyncio.wait([task], timeout=INTEGRATION_SECONDS)
        return task.result() if done else error(503, "Service Unavailable")


class EmulatedApi:
    """The HTTP API that the template made in the emulator, called without its front end."""

    def __init__(self) -> None:
        self.api_id: str | None = None
        """Which API to serve; None until one is deployed."""

    async def __call__(self, request: Request) -> Answer:
        """Answers one request from the deployed API."""
        from ministack.services import apigateway

        from localstack.emulator.patches import source_ip

        if self.api_id is None:
            return error(503, "The API is not deployed yet")
        source_ip.set(request.client)
        status, headers, body = await apigateway.handle_execute(
            self.api_id,
            "$default",
            apigateway.decode_http_api_path(request.raw_path),
            request.method,
            request.headers,
            request.body,
            parse_qs(request.raw_query, keep_blank_values=True),
            raw_query_string=request.raw_query,
        )
        # The emulator leaves out refusals of the authorizer, which pages have to see as well.
        cors = apigateway._cors_response_headers(  # noqa: SLF001
            self._cors_configuration(), request.headers.get("origin", "")
        )
        return Answer(status, {**headers, **cors}, body)

    def _cors_configuration(self) -> dict[str, Any]:
        from ministack.services import apigateway

        # Whatever account and region it belongs to: its id is known.
        for key, api in list(apigateway._apis._data.items()):  # noqa: SLF001
            if key[-1] == self.api_id:
                return api.get("corsConfiguration") or {}
        return {}


async def read_body(receive: Receive) -> bytes | None:
    """Reads a request's body; None where it is larger than the API takes."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def to_request(scope: Scope, body: bytes) -> Request:
    """Turns an ASGI scope into a request, with headers as API Gateway hands them on."""
    client = scope.get("client")
    raw_path = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=scope["method"],
        raw_path=raw_path.decode("latin-1").partition("?")[0],
        raw_query=scope.get("query_string", b"").decode("latin-1"),
        headers=join_headers(scope["headers"]),
        body=body,
        client=client[0] if client else "127.0.0.1",
    )


def join_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Joins repeated headers with commas, cookies with semicolons."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in headers:
            value = headers[name] + ("; " if name == "cookie" else ",") + value
        headers[name] = value
    return headers


async def send_answer(send: Send, answer: Answer) -> None:
    """Sends an answer, with its length, as one ASGI response."""
    headers: list[tuple[bytes, bytes]] = []
    for name, value in answer.headers.items():
        if name.lower() == "content-length":
            continue
        headers.extend(
            (name.lower().encode("latin-1"), str(one).encode("latin-1", "replace"))
            for one in (value if isinstance(value, list) else [value])
        )
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
