"""A scripted OpenAI-compatible server: it fails the test on a request it does not expect.

::

    openai_server.will(routes("faq"), says("Click it [1]."))   # two chat requests, in this order
    openai_server.embeds = True                                # any number of embeddings

Requests that were not expected, and steps that were not used, fail the test at its end.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

EMBEDDING_DIMENSIONS = 256

type Check = Callable[[dict[str, Any]], None]


@dataclass
class Step:
    """One answer of the script.

    Attributes:
        body: JSON, or text that is sent as it is.
        check: Looks at the request; what it raises fails the test.
        hangs: True to answer nothing until the server is closed.
        drops: True to close the connection without an answer.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    check: Check | None = None
    hangs: bool = False
    drops: bool = False

    def checked(self, check: Check) -> "Step":
        """The same step, with a look at the request."""
        self.check = check
        return self


def says(text: str, *, tokens: tuple[int, int] = (100, 20), finish: str = "stop") -> Step:
    """An answer in words."""
    return Step(_completion({"role": "assistant", "content": text}, finish, tokens))


def routes(agent: str, confidence: float = 0.95, reasoning: str = "Because.") -> Step:
    """A router's answer."""
    return says(json.dumps({"agent": agent, "confidence": confidence, "reasoning": reasoning}))


def calls(*wanted: tuple[str, Any], text: str | None = None) -> Step:
    """Tool calls, as pairs of a name and arguments; text for arguments is sent as it is."""
    tool_calls = [
        {
            "id": f"call_{position}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
            },
        }
        for position, (name, arguments) in enumerate(wanted)
    ]
    message = {"role": "assistant", "content": text, "tool_calls": tool_calls}
    return Step(_completion(message, "tool_calls", (100, 20)))


def refuses(text: str = "I can't help with that.") -> Step:
    """A refusal."""
    return Step(
        _completion({"role": "assistant", "content": None, "refusal": text}, "stop", (100, 5))
    )


def fails(status: int, *, code: str | None = None, headers: dict[str, str] | None = None) -> Step:
    """An error of the provider's."""
    error = {"message": "The provider says no.", "type": "error", "param": None, "code": code}
    return Step({"error": error}, status=status, headers=headers or {})


def hangs() -> Step:
    """No answer at all, for longer than anybody waits."""
    return Step(hangs=True)


def drops() -> Step:
    """A connection that is closed without an answer."""
    return Step(drops=True)


class ScriptedOpenAI:
    """The server and its script."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.embedded: list[str] = []
        self.embeds = False
        self._steps: list[Step] = []
        self._faults: list[str] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One write an answer: two would wait for each other's acknowledgement.
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                script._answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    @property
    def base_url(self) -> str:
        """What ``OPENAI_BASE_URL`` has to be."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def will(self, *steps: Step) -> None:
        """Adds steps for chat requests to the script."""
        self._steps += steps

    def close(self) -> None:
        """Stops the server."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def verify(self) -> None:
        """Fails where something happened that was not in the script, or did not that was."""
        assert not self._faults, self._faults
        assert not self._steps, f"{len(self._steps)} steps were not used"

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("content-length", 0))
        request = json.loads(handler.rfile.read(length))
        step = self._next(handler.path, request)
        if step.hangs:
            self._closing.wait(30)
        if step.hangs or step.drops:
            handler.close_connection = True
            return
        text = step.body if isinstance(step.body, str) else json.dumps(step.body)
        content = text.encode()
        handler.send_response(step.status)
        for name, value in {"content-type": "application/json", **step.headers}.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
        handler.wfile.flush()

    def _next(self, path: str, request: dict[str, Any]) -> Step:
        with self._lock:
            if path.endswith("/embeddings"):
                return self._embed(request)
            self.requests.append(request)
            if not path.endswith("/chat/completions") or not self._steps:
                self._faults.append(f"unexpected request to {path}")
                return fails(400)
            step = self._steps.pop(0)
            try:
                if step.check is not None:
                    step.check(request)
            except Exception as error:
                self._faults.append(f"{type(error).__name__}: {error}")
            return step

    def _embed(self, request: dict[str, Any]) -> Step:
        texts = [request["input"]] if isinstance(request["input"], str) else request["input"]
        self.embedded += texts
        if not self.embeds:
            return fails(503)
        data = [
            {"object": "embedding", "index": index, "embedding": embedding_of(text)}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        return Step({"object": "list", "model": request["model"], "data": data, "usage": usage})


def embedding_of(text: str) -> list[float]:
    """A vector that points the same way for texts with the same words."""
    vector = [0.0] * EMBEDDING_DIMENSIONS
    for word in text.lower().split():
        digest = hashlib.sha256(word.strip(".,?!").encode()).digest()
        vector[digest[0]] += 1.0
    return vector


def _completion(message: dict[str, Any], finish: str, tokens: tuple[int, int]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4.1-mini-2025-04-14",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
        },
    }


@pytest.fixture
def openai_server() -> Iterator[ScriptedOpenAI]:
    """A scripted server, held to its script at the test's end."""
    server = ScriptedOpenAI()
    yield server
    server.close()
    server.verify()
