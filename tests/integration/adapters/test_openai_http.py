"""A call to the model ends in time, whatever is sent meanwhile; a new key is used at once."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from frontdesk.adapters.openai_chat import OpenAIChatModel
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.model import PromptMessage, Role

EMBEDDED = {"data": [{"index": 0, "object": "embedding", "embedding": [1.0]}], "model": "m"}
QUESTION = [PromptMessage(role=Role.USER, content="Hello?")]


class Server:
    """Answers each request, or sends a byte now and then until it is told to stop."""

    def __init__(self) -> None:
        self.drips = False
        self.stopped = threading.Event()
        self.keys: list[str] = []
        self.left = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def close(self) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                server.keys.append(self.headers["authorization"])
                body = json.dumps(EMBEDDED).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                if not server.drips:
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    return
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                try:
                    while not server.stopped.wait(0.05):
                        self.wfile.write(b"1\r\n\n\r\n")
                except OSError:
                    server.left.set()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def test_an_answer_of_the_model_that_only_drips_is_cut(server: Server) -> None:
    server.drips = True
    model = OpenAIChatModel(lambda: "key", model="m", temperature=0, base_url=server.url)

    with pytest.raises(ModelUnavailableError):
        model.complete(QUESTION, timeout=0.3)

    # Its connection is closed, so that nobody reads the rest of it.
    assert server.left.wait(10)


def test_embeddings_that_only_drip_are_cut(server: Server) -> None:
    server.drips = True

    with pytest.raises(ModelUnavailableError):
        OpenAIEmbeddings(lambda: "key", base_url=server.url)("m").embed(["a"], timeout=0.3)

    assert server.left.wait(10)


def test_a_rotated_key_is_used_from_the_next_call_on(server: Server) -> None:
    keys = iter(["old", "new"])
    embedder = OpenAIEmbeddings(lambda: next(keys), base_url=server.url)("m")

    assert [embedder.embed(["a"]) for _ in range(2)] == [[[1.0]], [[1.0]]]
    assert server.keys == ["Bearer old", "Bearer new"]
