"""A stack that is stopped leaves nothing running, and started again has everything it had."""

from pathlib import Path

import psutil

from tests.support.stack import Caller, Stack

STOP_SECONDS = 15
SECOND_START_SECONDS = 30
"""Fifteen on a machine that does nothing else, as tests do not have it."""


def _processes_of(data_dir: Path) -> list[str]:
    """Finds processes that have the stack's folder on their command line or as their own."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if str(data_dir) in line:
            found.append(line)
    return found


def test_restart_keeps_everything(stack: Stack, john: Caller, staff: Caller) -> None:
    # given conversations of a guest and of John, with their answers
    asker = Caller(stack.url)
    of_guest = asker.ask("How do I reset my password?")
    of_john = john.ask("Can you check my subscription status?")
    documents = staff.get("/api/knowledge", limit=100).json()["items"]

    # when the stack is stopped
    stopped = stack.stop()

    # then nothing of it is left running
    assert stopped <= STOP_SECONDS
    assert _processes_of(stack.data_dir) == []

    # when it is started again
    started = stack.start()

    # then the tokens of before are good, for the conversations of before
    assert started <= SECOND_START_SECONDS
    for caller, task in ((asker, of_guest), (john, of_john)):
        assert caller.get(f"/api/chat/status/{task['task_id']}").json() == task
        messages = caller.get(f"/api/conversations/{task['conversation_id']}/messages").json()
        assert [m["content"] for m in messages["items"]][1] == task["response"]
    again = asker.ask("And my plan?", conversation_id=of_guest["conversation_id"])
    assert again["status"] == "completed"
    # and the documents are there, once
    assert staff.get("/api/knowledge", limit=100).json()["items"] == documents
    asker.http.close()
