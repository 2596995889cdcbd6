"""Processes of the one-machine stack: start them, see that they live, leave none behind."""

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from localstack.settings import ROOT, LocalStackError

STOP_SECONDS = 8.0
"""How long a process gets to end in order before it is killed."""

_LARGE_LOG_BYTES = 10 * 1024 * 1024
_OURS = (
    "localstack.emulator",
    "localstack.offline_model",
    "function_host.py",
    "postgres",
    "initdb",
    "samcli",
)
"""What the command lines of our processes name, besides the data directory."""


class Child:
    """A process that we started, in a session of its own: a Ctrl-C is ours to pass on."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
    ) -> None:
        """Starts the process.

        Args:
            name: What to call it towards the user.
            command: Program and arguments.
            log: Where its output goes.
            environment: All of its variables.
        """
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > _LARGE_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            # Its standard input ends when we do, which it takes as the sign to end as well.
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def exit_status(self) -> int | None:
        """How the process ended; None while it lives."""
        return self.process.poll()

    def stop(self) -> None:
        """Asks the process to end, and ends it where it does not."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        # What it may have left in its session.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()

    def log_tail(self) -> str:
        """Returns the last lines that the process wrote."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return text[-1500:].strip()


class Children:
    """All children of one supervisor; none can be started once they are being stopped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: list[Child] = []
        self._stopping = False

    def start(
        self, name: str, command: Sequence[str], *, log: Path, environment: Mapping[str, str]
    ) -> Child:
        """Starts a child. See `Child` for the arguments.

        Raises:
            LocalStackError: The stack is being stopped.
        """
        with self._lock:
            if self._stopping:
                raise LocalStackError("stopped while starting")
            child = Child(name, command, log=log, environment=environment)
            self._children.append(child)
            return child

    def forget(self, child: Child) -> None:
        """Takes a child that has ended off the list."""
        with self._lock:
            self._children.remove(child)

    def ended(self) -> Child | None:
        """Returns a child that has ended though nobody asked it to."""
        with self._lock:
            return next((c for c in self._children if c.exit_status is not None), None)

    def stop(self) -> None:
        """Stops all of them, side by side."""
        with self._lock:
            self._stopping = True
            stopping = [threading.Thread(target=child.stop) for child in self._children]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()


@contextlib.contextmanager
def hold_lock(file: Path) -> Iterator[None]:
    """Makes sure that one supervisor runs on a data directory.

    Args:
        file: The lock's file.

    Raises:
        LocalStackError: Another one runs.
    """
    with file.open("a") as held:
        if not _try_lock(held):
            raise LocalStackError(f"a stack already runs on {file.parent}: stop it first")
        yield


def is_locked(file: Path) -> bool:
    """Tells whether a supervisor runs on a data directory."""
    if not file.exists():
        return False
    with file.open("a") as held:
        return not _try_lock(held)


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def stop_left_behind(data_dir: Path, *, but: int | None = None) -> int:
    """Ends what a stack that was killed has left running on a data directory.

    Args:
        data_dir: The data directory; it is in the command line of each of our processes.
        but: A process that is to be left alone.

    Returns:
        How many there were.
    """
    found = [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid not in (os.getpid(), but) and _is_ours(process.info["cmdline"], data_dir)
    ]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            # Postgres takes SIGTERM as the wish to wait for its clients.
            is_postgres = Path(process.info["cmdline"][0]).name == "postgres"
            process.send_signal(signal.SIGINT if is_postgres else signal.SIGTERM)
    _, alive = psutil.wait_procs(found, timeout=STOP_SECONDS)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=STOP_SECONDS)
    return len(found)


def _is_ours(command: list[str] | None, data_dir: Path) -> bool:
    if not command:
        return False
    below = f"{data_dir}{os.sep}"
    return any(
        part == str(data_dir) or part.startswith(below) or f"={below}" in part for part in command
    ) and any(name in part for part in command[:5] for name in _OURS)


def is_alive(pid: int | None) -> bool:
    """Tells whether a process runs; a dead one whose parent has not looked yet does not."""
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class MakeWatch:
    """Watches the ``make`` that we run under: killed, it cannot tell us to stop."""

    def __init__(self) -> None:
        ancestors = psutil.Process().parents()[:3]
        self._make = next((p for p in ancestors if p.name() in ("make", "gmake")), None)

    @property
    def is_gone(self) -> bool:
        """True where there was one and it is no more."""
        return self._make is not None and not (
            self._make.is_running() and self._make.status() != psutil.STATUS_ZOMBIE
        )


def wait_until(
    condition: Callable[[], bool], seconds: float, what: str, child: Child | None = None
) -> None:
    """Waits for a condition to become true.

    Args:
        condition: Called until it returns true; an `OSError` counts as false.
        seconds: How long to wait at most.
        what: What is waited for, for the user.
        child: The process it depends on; waiting ends with it.

    Raises:
        LocalStackError: It did not become true in time, or the process ended.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if condition():
                return
        if child is not None and child.exit_status is not None:
            raise LocalStackError(f"{child.name} ended while starting: {_last_line(child)}")
        time.sleep(0.02)
    raise LocalStackError(
        f"{what} was not ready within {seconds:.0f} s" + (f"; see {child.log}" if child else "")
    )


def _last_line(child: Child) -> str:
    lines = child.log_tail().splitlines()
    return lines[-1] if lines else f"exit status {child.exit_status}"
