"""What our stack is compared with by the side of it: counting, looking and summing up."""

import json
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest

from benchmarks import instant_model
from benchmarks.answers import QUESTIONS
from benchmarks.rebuilt import (
    OURS,
    OURS_ASKING,
    Asked,
    Measured,
    Round,
    passages,
    polled,
    summary,
    tree_seconds,
)
from frontdesk.waiting import SHORTEST_PAUSE
from tests.support.polling import eventually

BUSY = "while True: pass"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])"
ANSWERED = {"status": "completed", "agent": "faq", "response": "So [1]."}


def test_a_process_is_counted_with_those_below_it() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], start_new_session=True)
    try:
        # The parent itself only waits.
        eventually(lambda: tree_seconds(parent.pid) > 0.5, seconds=30, what="the child's time")
    finally:
        os.killpg(parent.pid, 9)
        parent.wait()


def test_a_round_shares_what_was_used_in_its_turns() -> None:
    # given a stack that had used 3 s before, uses 20 ms a question, and looks once more each time
    used = {"celery": 3.0}
    questions: list[str] = []

    def ask(question: str) -> Asked:
        questions.append(question)
        used["celery"] += 0.02
        return Asked(status_requests=len(questions))

    way = Measured(ask, lambda: dict(used))
    # when it has two turns, and uses something between them
    way.take_turn(2)
    used["celery"] += 5
    way.take_turn(2)
    way.end_round()
    (measured,) = way.rounds
    assert questions == list(QUESTIONS[:4])
    assert measured.total == pytest.approx(20)
    assert (measured.status_requests, measured.model_calls) == (2.5, 3)
    # then the next round begins anew
    way.take_turn(1)
    way.end_round()
    assert questions[4:] == [QUESTIONS[0]]
    assert way.rounds[1].total == pytest.approx(20)


def test_only_those_who_answer_are_counted() -> None:
    used = {"agent_worker": 20.0, "status": 5.0, "authorizer": 1.0, "postgres": 9.0}
    assert Round(used, 1, 1).total == 25


def test_each_round_is_compared_with_itself() -> None:
    # given a machine that is half as fast in the second round
    def rounds(name: str, *milliseconds: float) -> list[Round]:
        return [Round({name: one}, 1, 1) for one in milliseconds]

    found = summary(
        {
            OURS: rounds("agent_worker", 20, 40, 20),
            OURS_ASKING: rounds("agent_worker", 30, 60, 30),
            "rebuilt": rounds("celery", 25, 50, 40),
        }
    )
    assert found["ratios"] == {OURS: {"rebuilt": 0.8}, OURS_ASKING: {"rebuilt": 1.2}}
    assert found["rebuilt"]["cpu_ms"] == 40
    assert found["rebuilt"]["rounds"] == [25, 50, 40]
    assert found["rebuilt"]["processes"] == {"celery": 40}


def test_a_task_is_looked_at_at_once_and_then_as_our_status_function_does() -> None:
    tasks = iter([{"status": "queued"}, {"status": "processing"}, ANSWERED])
    pauses: list[float] = []
    with _client(lambda: next(tasks)) as client:
        assert polled(client, "/status", pause=pauses.append) == 3
    assert pauses == [SHORTEST_PAUSE] * 2


@pytest.mark.parametrize(
    "answer", [ANSWERED | {"agent": "order"}, ANSWERED | {"response": "I do not know."}]
)
def test_another_answer_is_not_measured(answer: dict[str, Any]) -> None:
    with _client(lambda: answer) as client, pytest.raises(RuntimeError, match="another answer"):
        polled(client, "/status")


def test_no_answer_is_not_waited_for_without_end() -> None:
    with (
        _client(lambda: {"status": "queued"}) as client,
        pytest.raises(RuntimeError, match="not answered"),
    ):
        polled(client, "/status", pause=lambda _: None)


def test_dozens_of_passages_are_searched() -> None:
    found = passages()
    assert len(found) > 30
    assert all(one["title"] and one["content"] for one in found)
    assert not any(one["content"].startswith("---") for one in found)


def test_a_question_takes_three_model_calls() -> None:
    # given what a router, and then a specialist with the search, ask
    question = {"role": "user", "content": "How do I create a new project?"}
    body: dict[str, Any] = {"model": instant_model.SEARCHING, "messages": [question]}
    routed = _message(body | {"response_format": {"type": "json_schema"}})
    assert json.loads(routed["content"])["agent"] == "faq"
    # then the search is called for with the question
    searching = body | {"tools": [{"function": {"name": instant_model.SEARCH_TOOL}}]}
    (call,) = _message(searching)["tool_calls"]
    assert call["function"]["name"] == instant_model.SEARCH_TOOL
    assert json.loads(call["function"]["arguments"]) == {"query": question["content"]}
    # and its result is answered from
    found = [{"role": "assistant", "tool_calls": [call]}, {"role": "tool", "content": "[]"}]
    assert "[1]" in _message(searching | {"messages": [question, *found]})["content"]


def _client(task: Any) -> httpx.Client:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=task())

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://rebuilt")


def _message(body: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = instant_model.completed(body)["choices"][0]["message"]
    return message
