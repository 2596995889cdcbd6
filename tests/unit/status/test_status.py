"""``GET /api/chat/status/{task_id}``: the task, to whom it belongs and to staff."""

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from frontdesk.domain.acceptance import AcceptedTask
from frontdesk.domain.task import Route, RouteLabel, Stage, Task, TaskStatus, Usage
from frontdesk.principal import Principal, PrincipalKind
from status import app, read
from tests.support.chat import JOHN, NOW, a_message, a_result, an_acceptance
from tests.support.fake_tasks import FakeTasks
from tests.support.http_events import FakeContext, assert_problem, body_of, http_event

DAVID = JOHN.model_copy(update={"subject": "https://id.example|david"})
STAFF = Principal(kind=PrincipalKind.STAFF, subject="https://id.example|sam")
SERVICE = Principal(kind=PrincipalKind.SERVICE, subject="service:k1")
GUEST = Principal(kind=PrincipalKind.GUEST, subject="guest:1")


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> FakeTasks:
    fake = FakeTasks(lambda: NOW)
    monkeypatch.setattr(app, "build_reader", lambda: fake)
    return fake


def accepted(tasks: FakeTasks, principal: Principal = JOHN, **changes: Any) -> AcceptedTask:
    message = a_message(principal=principal)
    outcome = tasks.accept(an_acceptance(message, **changes))
    assert isinstance(outcome, AcceptedTask)
    return outcome


def get(
    task_id: str, principal: Principal | None = JOHN, query: str = "", **event: Any
) -> dict[str, Any]:
    path = f"/api/chat/status/{task_id}"
    request = http_event("GET", path, principal=principal, query=query, **event)
    return app.handler(request, FakeContext())


def test_a_queued_task_is_the_contracts_json(tasks: FakeTasks) -> None:
    task = accepted(tasks)
    response = get(task.task_id)
    assert response["statusCode"] == 200
    assert response["headers"]["content-type"] == "application/json"
    assert body_of(response) == {
        "task_id": task.task_id,
        "conversation_id": task.conversation_id,
        "correlation_id": "corr-1",
        "status": "queued",
        "stage": None,
        "created_at": "2026-05-04T12:30:15.123456Z",
        "completed_at": None,
        "agent": None,
        "route": None,
        "response": None,
        "citations": [],
        "records": [],
        "ticket": None,
        "proposed_action": None,
        "degraded": False,
        "usage": {"llm_calls": 0, "input_tokens": 0, "output_tokens": 0, "cost_usd": "0.000000"},
        "timings_ms": {"queued": 0, "routing": 0, "answering": 0, "total": 0},
        "error": None,
    }


def test_a_task_in_progress_says_what_is_done(tasks: FakeTasks) -> None:
    task = accepted(tasks)
    tasks.begin(task.task_id)
    tasks.stage(task.task_id, Stage.RETRIEVING)
    content = body_of(get(task.task_id))
    assert (content["status"], content["stage"]) == ("processing", "retrieving")


def test_an_ended_task_has_its_answer(tasks: FakeTasks) -> None:
    task = accepted(tasks)
    result = a_result(
        route=Route(agent=RouteLabel.OUT_OF_SCOPE, confidence=0.5, reasoning="no"),
        usage=Usage(llm_calls=2, cost_usd=Decimal("0.00012")),
    )
    tasks.publish(task.task_id, task.conversation_id, result)
    content = body_of(get(task.task_id))
    assert (content["status"], content["stage"]) == ("completed", None)
    assert content["completed_at"] == "2026-05-04T12:30:17.123456Z"
    assert content["route"] == {"agent": "out_of_scope", "confidence": 0.5, "reasoning": "no"}
    assert content["usage"]["cost_usd"] == "0.000120"


@pytest.mark.parametrize("owner", [JOHN, GUEST, SERVICE])
def test_its_owner_and_staff_may_read_it(tasks: FakeTasks, owner: Principal) -> None:
    task_id = accepted(tasks, owner).task_id
    assert get(task_id, owner)["statusCode"] == 200
    assert get(task_id, STAFF)["statusCode"] == 200


@pytest.mark.parametrize("stranger", [None, DAVID, GUEST, SERVICE])
def test_anybody_elses_looks_like_none(tasks: FakeTasks, stranger: Principal | None) -> None:
    task_id = accepted(tasks).task_id
    foreign = assert_problem(get(task_id, stranger), 404, "not-found")
    unknown = assert_problem(get("task_" + "0" * 32, stranger), 404, "not-found")
    assert foreign == unknown


def test_a_conversation_taken_along_brings_its_tasks(tasks: FakeTasks) -> None:
    # Given a guest's task whose conversation is a customer's by now
    task = accepted(tasks, GUEST)
    more = a_message(conversation_id=task.conversation_id, claimed_subject=GUEST.subject)
    tasks.accept(an_acceptance(more, is_new_conversation=False))
    # When, then
    assert get(task.task_id, JOHN)["statusCode"] == 200
    assert get(task.task_id, GUEST)["statusCode"] == 200
    assert_problem(get(task.task_id, DAVID), 404, "not-found")
    assert_problem(get(more.task_id, GUEST), 404, "not-found")


@pytest.mark.parametrize("task_id", ["", "/", "nonsense", "a/b", "x" * 3000, "task_%00"])
def test_a_malformed_id_is_an_unknown_one(tasks: FakeTasks, task_id: str) -> None:
    assert_problem(get(task_id), 404, "not-found")


def test_an_expired_task_is_gone(tasks: FakeTasks) -> None:
    task = accepted(tasks, task_expires_at=NOW - timedelta(seconds=1))
    assert_problem(get(task.task_id), 404, "not-found")


def test_a_trailing_slash_makes_no_difference(tasks: FakeTasks) -> None:
    assert get(accepted(tasks).task_id + "/")["statusCode"] == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/api/chat/status/task_1", 405), ("GET", "/api/chat/other", 404)],
)
def test_an_unknown_route(tasks: FakeTasks, method: str, path: str, status: int) -> None:
    response = app.handler(http_event(method, path), FakeContext())
    assert response["statusCode"] == status


def test_a_preflight_needs_no_authorizer(tasks: FakeTasks) -> None:
    event = http_event("OPTIONS", "/api/chat")
    del event["requestContext"]["authorizer"]
    assert app.handler(event, FakeContext())["statusCode"] == 204


def test_a_table_out_of_reach_is_503(tasks: FakeTasks) -> None:
    task_id = accepted(tasks).task_id
    tasks.is_down = True
    assert_problem(get(task_id), 503, "unavailable")


class TestWaiting:
    @pytest.fixture
    def waits(self, tasks: FakeTasks, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """Ends every task while it is waited for; keeps how long each request was to wait."""
        seen: list[float] = []

        def wait(look: Any, seconds: float, **_: Task) -> Task:
            seen.append(seconds)
            for stored in list(tasks.tasks.values()):
                tasks.publish(stored.task.task_id, stored.task.conversation_id, a_result())
            ended: Task = look()
            return ended

        monkeypatch.setattr(read, "wait_until_ended", wait)
        return seen

    @pytest.mark.parametrize("wait", ["1", "20", "07"])
    def test_the_end_is_waited_for(self, tasks: FakeTasks, waits: list[float], wait: str) -> None:
        content = body_of(get(accepted(tasks).task_id, query=f"wait={wait}"))
        assert content["status"] == TaskStatus.COMPLETED
        assert int(wait) - 1 < waits[0] <= int(wait)

    def test_the_wait_counts_from_when_the_gateway_got_the_request(
        self, tasks: FakeTasks, waits: list[float]
    ) -> None:
        get(accepted(tasks).task_id, query="wait=20", received_at=time.time() - 15)
        assert 4 < waits[0] <= 5

    @pytest.mark.parametrize("query", ["", "wait=0", "other=5"])
    def test_without_a_wait_there_is_none(
        self, tasks: FakeTasks, waits: list[float], query: str
    ) -> None:
        assert body_of(get(accepted(tasks).task_id, query=query))["status"] == "queued"
        assert waits == []

    def test_an_ended_task_is_not_waited_for(self, tasks: FakeTasks, waits: list[float]) -> None:
        task = accepted(tasks)
        tasks.publish(task.task_id, task.conversation_id, a_result())
        get(task.task_id, query="wait=20")
        assert waits == []

    @pytest.mark.parametrize(
        "wait", ["21", "-1", "1.5", "abc", "", "+1", "1e1", "٣", "1,2", " 1", "100", "9" * 99]
    )
    def test_a_wait_out_of_range_is_invalid(
        self, tasks: FakeTasks, waits: list[float], wait: str
    ) -> None:
        task_id = accepted(tasks).task_id
        problem = assert_problem(get(task_id, query=f"wait={wait}"), 422, "invalid-input")
        assert [error["field"] for error in problem["errors"]] == ["wait"]
        assert waits == []

    def test_whose_it_is_comes_before_how_it_is_asked_for(
        self, tasks: FakeTasks, waits: list[float]
    ) -> None:
        task_id = accepted(tasks).task_id
        assert_problem(get(task_id, DAVID, query="wait=abc"), 404, "not-found")
