"""The embeddings adapter, with the SDK, against a server on this machine."""

import base64
import json
import threading
from array import array
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from frontdesk.adapters.openai_embeddings import BATCH_SIZE, OpenAIEmbeddings
from frontdesk.domain.errors import ModelUnavailableError

type Failure = tuple[int, dict[str, Any], dict[str, str]]


class EmbeddingServer:
    """Embeds a text as its length; fails first where it is told to.

    Attributes:
        failures: Answers to give before the good ones.
        requests: The bodies of the requests, with the key they carried.
        as_floats: True to ignore that base64 was asked for, as some servers do.
    """

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.as_floats = False
        self.hangs = threading.Event()
        self.hangs.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self.hangs.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, body: dict[str, Any]) -> Failure:
        if self.failures:
            return self.failures.pop(0)
        data = [
            {"object": "embedding", "index": index, "embedding": self._vector(text)}
            for index, text in enumerate(body["input"])
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        # In another order than asked for: only the index counts.
        answer = {"object": "list", "model": body["model"], "data": data[::-1], "usage": usage}
        return 200, answer, {}

    def _vector(self, text: str) -> Any:
        vector = [float(len(text)), 0.5]
        if self.as_floats:
            return vector
        return base64.b64encode(array("f", vector).tobytes()).decode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.requests.append((self.headers["Authorization"], body))
                server.hangs.wait(10)
                status, answer, headers = server.answer(body)
                text = json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(text)))
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    started = EmbeddingServer()
    yield started
    started.close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def embeddings(server: EmbeddingServer, waits: list[float]) -> Iterator[OpenAIEmbeddings]:
    made = OpenAIEmbeddings(lambda: "the-key", base_url=server.url, sleep=waits.append)
    yield made
    made.close()


@pytest.mark.parametrize("as_floats", [False, True])
def test_texts_are_embedded_in_order_and_in_batches(
    server: EmbeddingServer, embeddings: OpenAIEmbeddings, as_floats: bool
) -> None:
    # given more texts than a batch holds
    server.as_floats = as_floats
    texts = ["x" * (1 + number) for number in range(BATCH_SIZE + 3)]

    # when they are embedded
    vectors = embeddings("the-model").embed(texts)

    # then each has its own vector, by two calls
    assert vectors == [[float(len(text)), 0.5] for text in texts]
    assert [len(body["input"]) for _, body in server.requests] == [BATCH_SIZE, 3]
    assert {(key, body["model"]) for key, body in server.requests} == {
        ("Bearer the-key", "the-model")
    }


def test_passing_failures_are_tried_again(
    server: EmbeddingServer, embeddings: OpenAIEmbeddings, waits: list[float]
) -> None:
    server.failures = [(500, {}, {}), (429, {}, {"Retry-After": "1.5"})]
    assert embeddings("m").embed(["abc"]) == [[3.0, 0.5]]
    assert waits == [0.25, 1.5]


def test_patience_ends(server: EmbeddingServer, embeddings: OpenAIEmbeddings) -> None:
    server.failures = [(503, {}, {})] * 9
    with pytest.raises(ModelUnavailableError, match="HTTP 503"):
        embeddings("m").embed(["abc"])
    assert len(server.requests) == 3


def test_wait_that_does_not_fit_is_not_made(
    server: EmbeddingServer, embeddings: OpenAIEmbeddings, waits: list[float]
) -> None:
    server.failures = [(429, {}, {"retry-after-ms": "30000"})]
    with pytest.raises(ModelUnavailableError) as raised:
        embeddings("m").embed(["abc"], timeout=2)
    assert (raised.value.retry_after, waits) == (30.0, [])


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"error": {"code": "insufficient_quota", "message": "pay"}}),
        (401, {"error": {"code": "invalid_api_key", "message": "no"}}),
        (404, {"error": {"code": "model_not_found", "message": "no"}}),
        (200, {"object": "list", "data": [], "model": "m"}),
        (200, {"hello": "world"}),
    ],
)
def test_what_no_retry_cures_is_not_retried(
    server: EmbeddingServer, embeddings: OpenAIEmbeddings, status: int, body: dict[str, Any]
) -> None:
    server.failures = [(status, body, {})]
    with pytest.raises(ModelUnavailableError) as raised:
        embeddings("m").embed(["abc"])
    assert not raised.value.retryable
    assert len(server.requests) == 1


def test_slow_server_is_not_waited_for(
    server: EmbeddingServer, embeddings: OpenAIEmbeddings
) -> None:
    server.hangs.clear()
    with pytest.raises(ModelUnavailableError):
        embeddings("m").embed(["abc"], timeout=0.2)
    assert len(server.requests) == 1


def test_nobody_there_is_unavailable() -> None:
    embeddings = OpenAIEmbeddings(
        lambda: "key", base_url="http://127.0.0.1:1/v1", sleep=lambda _: None
    )
    with pytest.raises(ModelUnavailableError, match="APIConnectionError"):
        embeddings("m").embed(["abc"], timeout=5)
    embeddings.close()


def test_nothing_asked_calls_nobody(server: EmbeddingServer, embeddings: OpenAIEmbeddings) -> None:
    assert embeddings("m").embed([]) == []
    assert server.requests == []
