"""Runs one function's handler, as the runtime of AWS Lambda does, one event at a time.

Started with ``python -I -S``: nothing can be imported but the standard library, the function's
built folder and its layers. Standard library only, since it shares that interpreter.

Protocol, one JSON object a line: first ``{"task_root", "layers", "handler"}`` comes in and
``{"ready": true}`` or ``{"error": {…}}`` goes out; then ``{"event", "request_id",
"deadline_ms", "arn", "trace_id"}`` comes in and ``{"result": …}`` or ``{"error": {…}}`` goes out.
The handler's own standard output and error are its log.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

Handler = Callable[[Any, "Context"], Any]


class Context:
    """The context object that a handler gets, with the attributes of AWS Lambda's."""

    client_context = None
    identity = None

    def __init__(self, request_id: str, arn: str, deadline_ms: int) -> None:
        self.aws_request_id = request_id
        self.invoked_function_arn = arn
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", "")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self._deadline_ms = deadline_ms

    def get_remaining_time_in_millis(self) -> int:
        """Tells how long the invocation may still take, in milliseconds."""
        return max(0, self._deadline_ms - int(time.time() * 1000))


def describe(error: BaseException) -> dict[str, Any]:
    """Puts an exception into the shape in which AWS Lambda reports it."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def import_paths(task_root: str, layers: list[str]) -> list[str]:
    """Lists where a function may import from, in the order of AWS Lambda: itself, its layers."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    paths = [Path(task_root)]
    for layer in layers:
        paths.append(Path(layer, "python", "lib", version, "site-packages"))
        paths.append(Path(layer, "python"))
    return [str(path) for path in paths if path.is_dir()]


def load(task_root: str, layers: list[str], handler: str) -> Handler:
    """Imports a handler, given as AWS Lambda names it (``chat_ingest.app.handler``)."""
    sys.path[0:0] = import_paths(task_root, layers)
    module_name, _, function_name = handler.rpartition(".")
    module = importlib.import_module(module_name.replace("/", "."))
    function: Handler = getattr(module, function_name)
    return function


def invoke(handler: Handler, message: dict[str, Any]) -> str:
    """Runs one event and returns the line to answer with."""
    trace_id = message.get("trace_id")
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    context = Context(message["request_id"], message["arn"], message["deadline_ms"])
    try:
        return json.dumps({"result": handler(message["event"], context)})
    except Exception as error:  # noqa: BLE001 -- the runtime's job: whatever it is, report it.
        traceback.print_exc()
        return json.dumps({"error": describe(error)})


def answer(line: str, channel: IO[str]) -> None:
    """Sends a line."""
    channel.write(line + "\n")
    channel.flush()


def main() -> None:
    """Takes over standard input and output for the protocol, then serves until input ends."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]

    start = json.loads(requests.readline())
    try:
        handler = load(start["task_root"], start["layers"], start["handler"])
    except Exception as error:
        traceback.print_exc()
        answer(json.dumps({"error": describe(error)}), answers)
        raise SystemExit(1) from error
    answer(json.dumps({"ready": True}), answers)
    for line in requests:
        answer(invoke(handler, json.loads(line)), answers)


if __name__ == "__main__":
    main()
