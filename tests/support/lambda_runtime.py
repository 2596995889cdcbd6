"""A Lambda Runtime API: runs a built function under the real runtime client, seeing only its own.

The process is a bare interpreter without site-packages: what is not in the function's folder, the
layer or the runtime client cannot be imported, as on AWS.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

_PREFIX = "/2018-06-01/runtime/"


class FunctionError(AssertionError):
    """The function did not start, or raised; the text ends with its log."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event.

    Attributes:
        result: What the handler returned.
        seconds: How long it took.
    """

    result: Any
    seconds: float


class LambdaRuntime(AbstractContextManager["LambdaRuntime"]):
    """One warm function.

    Args:
        folders: Where it may import from, in order: its own folder, the layer's, the client's.
        handler: As the template names it.
        environment: Its environment; nothing of the caller's gets in.
        timeout: Seconds that it has for an event.
        python_options: For the interpreter, such as ``-X importtime``.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        handler: str,
        environment: Mapping[str, str],
        *,
        timeout: float = 30,
        python_options: Sequence[str] = (),
    ) -> None:
        self._folders = folders
        self._handler = handler
        self._environment = environment
        self._timeout = timeout
        self._python_options = python_options
        self._events: queue.Queue[tuple[str, bytes] | None] = queue.Queue()
        self._outcomes: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._ready = threading.Event()
        self._log: list[str] = []
        self.init_seconds = 0.0

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _handler_class(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        host, port = self._server.server_address[:2]
        started = time.perf_counter()
        self._process = subprocess.Popen(
            # -S: no site-packages; -s and -P: neither the user's nor the current folder's modules.
            [sys.executable, "-S", "-s", "-P", *self._python_options,
             "-m", "awslambdaric", self._handler],
            cwd=self._folders[0],
            env={
                "PATH": os.environ["PATH"],
                "LANG": "C.UTF-8",
                "PYTHONPATH": os.pathsep.join(map(str, self._folders)),
                "AWS_LAMBDA_RUNTIME_API": f"{host!s}:{port}",
                "LAMBDA_TASK_ROOT": str(self._folders[0]),
                "AWS_LAMBDA_FUNCTION_NAME": "under-test",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
                "AWS_REGION": "us-east-1",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                **self._environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        while not self._ready.wait(0.005):
            if self._process.poll() is not None:
                self._reader.join()
                raise FunctionError(f"it did not start: {self.log}")
        self.init_seconds = time.perf_counter() - started
        return self

    def __exit__(self, *_: object) -> None:
        self._events.put(None)
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()
        self._server.shutdown()
        self._server.server_close()

    def stop(self) -> None:
        """Ends the function; its log is complete then."""
        self._events.put(None)
        self._process.terminate()
        self._process.wait()
        self._reader.join()

    @property
    def log(self) -> str:
        """What it printed."""
        return "".join(self._log)

    def invoke(self, event: Any) -> Outcome:
        """Runs one event.

        Args:
            event: The event.

        Returns:
            What came of it.

        Raises:
            FunctionError: The handler raised, or ended its process.
        """
        started = time.perf_counter()
        self._events.put((str(uuid.uuid4()), json.dumps(event).encode()))
        kind, result = self._next_outcome(started + self._timeout)
        if kind == "error":
            raise FunctionError(f"{result}: {self.log}")
        return Outcome(result, time.perf_counter() - started)

    def _next_outcome(self, deadline: float) -> tuple[str, Any]:
        while time.perf_counter() < deadline and self._process.poll() is None:
            try:
                return self._outcomes.get(timeout=0.05)
            except queue.Empty:
                continue
        raise FunctionError(f"no answer: {self.log}")

    def _read_log(self) -> None:
        if self._process.stdout:
            for line in self._process.stdout:
                self._log.append(line)

    def next_event(self) -> tuple[str, bytes] | None:
        """Waits for the next event, as the runtime client asks for it; None at the end."""
        self._ready.set()
        return self._events.get()

    def finish(self, kind: str, body: bytes) -> None:
        """Takes what the runtime client says became of an event."""
        self._outcomes.put((kind, json.loads(body or b"null")))

    @property
    def deadline_ms(self) -> int:
        """When an event that starts now has to be done."""
        return int((time.time() + self._timeout) * 1000)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Says nothing: a function that is stopped hangs up."""


def _handler_class(runtime: LambdaRuntime) -> type[BaseHTTPRequestHandler]:
    class RuntimeApi(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            event = runtime.next_event()
            if event is None:
                self.close_connection = True
                return
            request_id, body = event
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Lambda-Runtime-Aws-Request-Id", request_id)
            self.send_header("Lambda-Runtime-Deadline-Ms", str(runtime.deadline_ms))
            self.send_header(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:us-east-1:123456789012:function:under-test",
            )
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith(f"{_PREFIX}invocation/"):
                runtime.finish(self.path.rsplit("/", 1)[-1], body)
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing: the function's own log is what matters."""

    return RuntimeApi
