"""Runs the functions: each in processes of its own, on a clean interpreter and environment.

Stands in for the emulator's own worker processes, which import from the emulator's packages,
inherit its environment, unpack their code anew for every process and wait 50 ms for log lines
after every invocation.
"""

import collections
import contextlib
import hashlib
import io
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOST_SCRIPT = Path(__file__).with_name("function_host.py")

FOLDER_POINTER = "localstack-folder.txt"
"""The only file of an archive that stands for a built folder on this machine (see deploy.py)."""

INIT_SECONDS = 60.0
"""How long importing a handler may take; generous, since machines that build are busy."""

PATIENCE_SECONDS = (0.1, 0.5)
"""How long an event waits for a busy process before another one is started for it, at least and
at most: starting one takes longer, and slows down everything else on this machine."""

PATIENCE_SHARE = 0.25
"""Which part of the time that starting another one takes is waited first."""

STARTS_AT_ONCE = 2
"""How many processes of one function may be starting at a time."""

_RESERVED = frozenset(
    {
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "LAMBDA_TASK_ROOT",
    }
)
"""What a function may not set for itself, as on AWS."""


class FunctionError(Exception):
    """An invocation that did not answer; ``type_name`` is AWS Lambda's name for why."""

    def __init__(self, type_name: str, message: str) -> None:
        super().__init__(message)
        self.type_name = type_name


class CodeStore:
    """Turns code archives into folders, each archive once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Path] = {}
        self._lock = threading.Lock()

    def folder_of(self, archive: bytes, digest: str | None = None) -> Path:
        """Returns the folder that holds an archive's files.

        Args:
            archive: A zip file, or one that only points to a folder of this machine.
            digest: A name for the content, where the caller knows one.
        """
        key = digest or hashlib.sha256(archive).hexdigest()
        with self._lock:
            folder = self._known.get(key)
            if folder is None:
                folder = self._known[key] = self._unpack(archive, key)
            return folder

    def _unpack(self, archive: bytes, key: str) -> Path:
        with zipfile.ZipFile(io.BytesIO(archive)) as content:
            if content.namelist() == [FOLDER_POINTER]:
                return Path(content.read(FOLDER_POINTER).decode())
            name = hashlib.sha256(key.encode()).hexdigest()[:32]
            folder = self._folder / name
            if not folder.exists():
                partial = self._folder / f"{name}.partial-{os.getpid()}"
                content.extractall(partial)
                partial.rename(folder)
            return folder


CredentialsIssuer = Callable[[dict[str, Any]], dict[str, str]]
"""Gives a function, by the emulator's configuration record of it, what it signs requests with."""


class FunctionEnvironment:
    """What every function's process shares: where code and logs are, how to reach the emulator."""

    def __init__(
        self, *, data_dir: Path, logs: Path, endpoint_url: str, credentials: CredentialsIssuer
    ) -> None:
        self.data_dir = data_dir
        self._credentials = credentials
        self.code = CodeStore(data_dir / "emulator" / "code")
        self.logs = logs
        self.endpoint_url = endpoint_url

    def variables(self, config: dict[str, Any], task_root: Path) -> dict[str, str]:
        """Builds the environment of a function, from nothing, as AWS Lambda would.

        Args:
            config: The emulator's configuration record of the function.
            task_root: The function's folder.
        """
        arn_parts = config["FunctionArn"].split(":")
        own = (config.get("Environment") or {}).get("Variables") or {}
        return {
            "LANG": "en_US.UTF-8",
            "PATH": os.environ.get("PATH", os.defpath),
            "TZ": ":UTC",
            # There is no X-Ray daemon here, and Powertools would look for one.
            "POWERTOOLS_TRACE_DISABLED": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.endpoint_url,
            **{key: str(value) for key, value in own.items() if key not in _RESERVED},
            **self._credentials(config),
            "AWS_DEFAULT_REGION": arn_parts[3],
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', '')}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
            "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{config['FunctionName']}",
            "AWS_REGION": arn_parts[3],
            "LAMBDA_TASK_ROOT": str(task_root),
            "_HANDLER": config.get("Handler", ""),
        }


LayerResolver = Callable[[Any], bytes | None]


class FunctionProcess:
    """One execution environment of a function. Has the attributes that the emulator's pool uses."""

    environment: FunctionEnvironment
    """Set once by the launcher."""

    layer_archive: LayerResolver
    """Set once by the launcher: the emulator's way from a layer's ARN to its archive."""

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        self.func_name = func_name
        self.config = config
        self.code_zip = code_zip
        self.in_use = False
        self.last_used = time.time()
        self.cold = True
        self.start_seconds = 0.0
        self._lock = threading.Lock()
        self._proc: subprocess.Popen[bytes] | None = None
        self._buffer = b""

    def invoke(self, event: object, request_id: str, arn: str, trace_id: str | None) -> Any:
        """Runs one event.

        Args:
            event: The event, as JSON can hold it.
            request_id: The invocation's id.
            arn: The function's ARN as it was invoked.
            trace_id: The X-Ray header, or None where the function is not traced.

        Returns:
            ``{"result": …}`` or ``{"error": {…}}``, as the function's process answered.

        Raises:
            FunctionError: The process ended or took longer than its timeout; the next
                invocation starts a new one.
        """
        timeout = float(self.config.get("Timeout", 3))
        with self._lock:
            self._start_if_needed()
            deadline = time.time() + timeout
            message = {
                "event": event,
                "request_id": request_id,
                "arn": arn,
                "trace_id": trace_id,
                "deadline_ms": int(deadline * 1000),
            }
            try:
                self._send(message)
                return self._receive(timeout)
            except TimeoutError as error:
                self._end()
                text = f"Task timed out after {timeout:.2f} seconds"
                raise FunctionError("Sandbox.Timedout", text) from error
            except (BrokenPipeError, EOFError) as error:
                code = self._end()
                text = f"RequestId: {request_id} Error: Runtime exited with status {code}"
                raise FunctionError("Runtime.ExitError", text) from error

    def start(self) -> None:
        """Starts the process, unless it runs, and waits until the handler is imported.

        Raises:
            FunctionError: The handler could not be imported.
        """
        with self._lock:
            self._start_if_needed()

    def _start_if_needed(self) -> None:
        if self._proc is None or self._proc.poll() is not None:
            self._spawn()

    def _spawn(self) -> None:
        started = time.monotonic()
        shared = self.environment
        task_root = shared.code.folder_of(self.code_zip, self.config.get("CodeSha256"))
        layers = [
            str(shared.code.folder_of(archive))
            for layer in self.config.get("Layers") or []
            if (archive := type(self).layer_archive(layer))
        ]
        shared.logs.mkdir(parents=True, exist_ok=True)
        with (shared.logs / f"{self.func_name}.log").open("ab") as log:
            self._proc = subprocess.Popen(
                [sys.executable, "-I", "-S", str(HOST_SCRIPT), str(shared.data_dir)],
                cwd=task_root,
                env=shared.variables(self.config, task_root),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                start_new_session=True,
            )
        self._buffer = b""
        try:
            self._send(
                {"task_root": str(task_root), "layers": layers, "handler": self.config["Handler"]}
            )
            reply = self._receive(INIT_SECONDS)
        except (TimeoutError, BrokenPipeError, EOFError) as error:
            self._end()
            raise FunctionError("Runtime.InitError", f"{self.func_name} did not start") from error
        if "error" in reply:
            self._end()
            raise FunctionError(reply["error"]["errorType"], reply["error"]["errorMessage"])
        self.cold = False
        self.start_seconds = time.monotonic() - started
        print(f"started {self.func_name} in {self.start_seconds:.2f} s", flush=True)

    def _send(self, message: dict[str, Any]) -> None:
        channel = self._pipe("stdin")
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(channel, data) :]

    def _receive(self, timeout: float) -> Any:
        output = self._pipe("stdout")
        deadline = time.monotonic() + timeout
        poll = select.poll()
        poll.register(output, select.POLLIN | select.POLLHUP)
        parts: list[bytes] = []
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise TimeoutError
            data = os.read(output, 1 << 18)
            if not data:
                raise EOFError
            parts.append(data)
            if data.endswith(b"\n"):
                return json.loads(b"".join(parts))

    def _pipe(self, name: str) -> int:
        pipe = getattr(self._proc, name, None)
        if pipe is None or pipe.closed:
            raise EOFError
        number: int = pipe.fileno()
        return number

    def _end(self) -> int | None:
        """Kills the process, if it still runs, and returns its exit status."""
        process, self._proc = self._proc, None
        if process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        return process.wait()

    def ask_to_end(self) -> None:
        """Closes the process's input: it ends when it has nothing more to do."""
        process = self._proc
        if process is not None and process.stdin is not None:
            process.stdin.close()

    def wait(self, seconds: float) -> None:
        """Waits for the process to end, at most so many seconds."""
        process = self._proc
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, seconds))

    def _discard_tmpdir(self) -> None:
        """Does nothing: code folders are shared. The emulator's pool calls it."""

    def kill(self) -> None:
        """Ends the process now."""
        self._end()


class FunctionPool:
    """Leases out execution environments. Grows more slowly than AWS does: this is one machine."""

    def __init__(self, processes: dict[str, list[FunctionProcess]], lock: threading.Lock) -> None:
        """Shares the emulator's own books, from which it drops what is outdated.

        Args:
            processes: The processes of each function, by a key of the function.
            lock: What guards them.
        """
        self._processes = processes
        self._lock = lock
        self._queues: dict[str, collections.deque[queue.SimpleQueue[None]]] = {}
        self._least_patience, self._most_patience = PATIENCE_SECONDS

    def lease(
        self, key: str, func_name: str, config: dict[str, Any], code_zip: bytes
    ) -> FunctionProcess:
        """Takes a free process, or waits for one for a moment, or starts one.

        Args:
            key: What tells one function's processes from another's.
            func_name: The function's name.
            config: The emulator's configuration record of the function.
            code_zip: The function's code.

        Returns:
            A process that nobody else uses until it is released.
        """
        woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        queued = patient = False
        while True:
            with self._lock:
                line = self._queues.setdefault(key, collections.deque())
                pool = self._processes.setdefault(key, [])
                free = next((p for p in pool if not p.in_use), None)
                starting = sum(p.in_use and p.cold for p in pool)
                # The first one starts alone: beside it, a second would only make it slower.
                may_start = 1 if starting == len(pool) else STARTS_AT_ONCE
                first = not line or line[0] is woken
                if free is None and (not pool or (patient and starting < may_start)):
                    free = FunctionProcess(func_name, config, code_zip)
                    pool.append(free)
                if free is not None and (first or free.cold):
                    free.in_use = True
                    free.last_used = time.time()
                    if queued:
                        line.remove(woken)
                    if line and any(not p.in_use for p in pool):
                        line[0].put(None)
                    return free
                if not queued:
                    line.append(woken)
                    queued = True
                patience = self._patience(pool)
            try:
                woken.get(timeout=patience)
            except queue.Empty:
                patient = True

    def _patience(self, pool: list[FunctionProcess]) -> float:
        """Tells how long to wait before another process is started, in seconds."""
        known = max((process.start_seconds for process in pool), default=0.0)
        share = known * PATIENCE_SHARE or self._most_patience
        return min(max(share, self._least_patience), self._most_patience)

    def release(self, key: str, process: FunctionProcess) -> None:
        """Gives a process back, for whoever waits longest."""
        with self._lock:
            process.in_use = False
            line = self._queues.get(key)
            if line:
                line[0].put(None)
