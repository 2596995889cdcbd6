import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstack import processes
from localstack.processes import Child, Children
from localstack.settings import ROOT, LocalStackError

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEP

Spawn = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Starts processes that print a line when they are up; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*command: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def child(tmp_path: Path, code: str) -> Child:
    """Starts a child and waits until it is up."""
    made = Child("the sleeper", [sys.executable, "-c", code], log=tmp_path / "log", environment={})
    processes.wait_until(lambda: "up" in made.log_tail(), 20, "the sleeper", made)
    return made


def test_a_child_is_asked_to_end(tmp_path: Path) -> None:
    sleeper = child(tmp_path, SLEEP)

    sleeper.stop()

    assert sleeper.exit_status == -signal.SIGTERM


def test_a_child_that_does_not_listen_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    sleeper = child(tmp_path, DEAF)

    sleeper.stop()

    assert sleeper.exit_status == -signal.SIGKILL


def test_what_a_child_has_started_ends_with_it(tmp_path: Path) -> None:
    code = (
        f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]);"
        "print(child.pid, flush=True); child.wait()"
    )
    parent = child(tmp_path, code)
    grandchild = int(next(line for line in parent.log_tail().splitlines() if line != "up"))

    parent.stop()

    processes.wait_until(lambda: not processes.is_alive(grandchild), 20, "the end")


def test_nothing_starts_once_everything_is_being_stopped(tmp_path: Path) -> None:
    children = Children()
    children.stop()

    with pytest.raises(LocalStackError):
        children.start("late", ["true"], log=tmp_path / "log", environment={})


def test_a_child_that_ended_by_itself_is_noticed(tmp_path: Path) -> None:
    children = Children()
    quick = children.start(
        "quick", [sys.executable, "-c", "raise SystemExit(3)"], log=tmp_path / "l", environment={}
    )
    quick.process.wait()

    assert children.ended() is quick
    assert quick.exit_status == 3
    children.stop()


def test_waiting_ends_with_the_process_that_is_waited_for(tmp_path: Path) -> None:
    failing = Child(
        "the failing one",
        [sys.executable, "-c", "raise SystemExit('the reason')"],
        log=tmp_path / "log",
        environment={},
    )

    with pytest.raises(LocalStackError, match="the failing one ended while starting: the reason"):
        processes.wait_until(lambda: False, 20, "it", failing)
    failing.stop()


def test_only_one_supervisor_runs_on_a_data_directory(tmp_path: Path) -> None:
    lock = tmp_path / "lock"

    assert not processes.is_locked(lock)
    with processes.hold_lock(lock):
        assert processes.is_locked(lock)
        with pytest.raises(LocalStackError), processes.hold_lock(lock):
            pass
    assert not processes.is_locked(lock)


def test_what_a_killed_stack_left_behind_is_ended_and_nothing_else(
    tmp_path: Path, spawn: Spawn
) -> None:
    script = tmp_path / "function_host.py"
    script.write_text(SLEEP)
    ours = spawn(sys.executable, str(script), str(tmp_path / "data"))
    anothers = spawn(sys.executable, str(script), str(tmp_path / "data-2"))
    editor = spawn(sys.executable, "-c", SLEEP, str(tmp_path / "data" / "env"))

    count = processes.stop_left_behind(tmp_path / "data")

    assert count == 1
    assert ours.poll() is not None
    assert anothers.poll() is None
    assert editor.poll() is None


def test_the_end_of_make_is_a_reason_to_stop(tmp_path: Path) -> None:
    code = (
        "import time\n"
        "from localstack.supervisor import Stopped, stop_on_signals\n"
        "try:\n"
        "    with stop_on_signals():\n"
        "        print('up', flush=True)\n"
        "        time.sleep(60)\n"
        "except Stopped:\n"
        "    print('stopped', flush=True)\n"
    )
    (tmp_path / "run.py").write_text(code)
    (tmp_path / "Makefile").write_text(f"run:\n\t@{sys.executable} run.py\n")
    make = subprocess.Popen(
        ["make", "-f", "Makefile", "run"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert make.stdout is not None
    assert make.stdout.readline() == "up\n"

    make.kill()  # It cannot pass this on.

    assert make.stdout.readline() == "stopped\n"
    make.stdout.close()
    make.wait()
