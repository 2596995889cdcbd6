"""CPU time by role: of real processes, and shared among messages."""

import os
import subprocess
import sys

import pytest

from benchmarks.processes import FUNCTION, FUNCTIONS, cpu_seconds, per_message
from tests.support.polling import eventually

BUSY = "while True: pass"
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {BUSY!r}], env={{{FUNCTION!r}: "stack-status"}})
"""


def test_processes_are_told_apart() -> None:
    # given a busy function below a process
    parent = subprocess.Popen([sys.executable, "-c", PARENT], start_new_session=True)
    try:
        # then what it uses is the function's
        eventually(
            lambda: cpu_seconds(parent.pid, prefix="stack-").get("status", 0) > 0.05,
            seconds=30,
            what="CPU time of the function",
        )
        used = cpu_seconds(parent.pid, prefix="stack-")
        assert set(used) == {"status", "supervisor"}
    finally:
        os.killpg(parent.pid, 9)
        parent.wait()


def test_what_was_used_is_shared_among_messages() -> None:
    before = {"status": 1.0, "postgres": 2.0, "supervisor": 1.0}
    after = {"status": 1.1, "agent_worker": 0.3, "postgres": 2.5, "supervisor": 1.0}
    assert per_message(before, after, 10) == {
        FUNCTIONS: 40.0,
        "postgres": 50.0,
        "agent_worker": 30.0,
        "status": pytest.approx(10.0),
    }
