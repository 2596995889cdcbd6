"""``POST /api/chat/sync``: the same, and the answer with it where there is one in time."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from chat_ingest import app
from frontdesk.domain.task import Task, TaskStatus
from tests.support.chat import JOHN, a_result
from tests.support.http_events import assert_problem, body_of
from tests.support.ingest import Desk

HELLO = {"message": "Hello"}


def answer_all(desk: Desk, status: TaskStatus = TaskStatus.COMPLETED) -> None:
    for sent in desk.queue.sent:
        result = a_result(status=status)
        desk.tasks.publish(sent.task_id, sent.conversation_id, result)


@pytest.fixture
def answered_while_waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Answers everything at the second look; keeps how long each request was to wait."""
    waits: list[float] = []

    def wait(look: Callable[[], Task], seconds: float) -> Task:
        waits.append(seconds)
        assert not look().status.is_terminal
        answer_all(desk)
        return look()

    monkeypatch.setattr(app, "wait_until_ended", wait)
    return waits


@pytest.fixture
def never_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "wait_until_ended", lambda look, seconds: look())


@pytest.mark.parametrize("path", ["/api/chat/sync", "/api/chat/sync/"])
def test_an_answer_in_time_is_returned(
    desk: Desk, answered_while_waiting: list[float], path: str
) -> None:
    response = desk.post(HELLO, path=path)
    assert response["statusCode"] == 200
    content = body_of(response)
    assert content["status"] == "completed"
    assert content["response"] == "Open the settings [1]."
    assert content["usage"]["cost_usd"] == "0.000000"
    assert desk.guest(content["guest_token"]) == desk.queue.sent[0].principal
    assert 24 < answered_while_waiting[0] <= 25


def test_a_signed_in_caller_gets_the_task_alone(
    desk: Desk, answered_while_waiting: list[float]
) -> None:
    content = body_of(desk.post(HELLO, JOHN, path="/api/chat/sync"))
    assert set(content) == set(Task.model_fields)


def test_the_wait_counts_from_when_the_gateway_got_the_request(
    desk: Desk, answered_while_waiting: list[float]
) -> None:
    desk.post(HELLO, JOHN, path="/api/chat/sync", received_at=time.time() - 10)
    assert 14 < answered_while_waiting[0] <= 15


@pytest.mark.usefixtures("never_answered")
def test_no_answer_in_time_is_the_202(desk: Desk) -> None:
    response = desk.post(HELLO, path="/api/chat/sync")
    assert response["statusCode"] == 202
    content = body_of(response)
    assert content["status"] == "queued"
    assert content["guest_token"]
    assert response["headers"]["location"] == content["status_url"]
    assert response["headers"]["retry-after"]


def test_a_message_is_accepted_though_its_task_cannot_be_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(look: Callable[[], Task], seconds: float) -> Any:
        desk.tasks.is_down = True
        return look()

    monkeypatch.setattr(app, "wait_until_ended", wait)
    assert desk.post(HELLO, path="/api/chat/sync")["statusCode"] == 202


@pytest.mark.parametrize("status", [TaskStatus.FAILED, TaskStatus.HANDED_OFF])
@pytest.mark.usefixtures("never_answered")
def test_every_end_is_an_answer(desk: Desk, status: TaskStatus) -> None:
    key = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    first = desk.accepted(HELLO, key=key)
    answer_all(desk, status)
    # The retry of an asynchronous request may be a synchronous one.
    response = desk.post(HELLO, path="/api/chat/sync", key=key)
    content = body_of(response)
    assert (response["statusCode"], content["status"]) == (200, status)
    assert content["guest_token"] == first["guest_token"]


def test_bad_input_is_refused_at_once(desk: Desk, answered_while_waiting: list[float]) -> None:
    assert_problem(desk.post({}, path="/api/chat/sync"), 422, "invalid-input")
    assert answered_while_waiting == []
