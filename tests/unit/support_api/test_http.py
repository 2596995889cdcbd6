"""What all routes have in common: problems, slashes, methods, bodies, correlation."""

from typing import Any

import pytest

from frontdesk.domain.errors import InfrastructureError
from tests.support.callers import GUEST, STAFF
from tests.support.desk import MemoryDesk
from tests.support.http_events import http_event
from tests.support.support_api import Answer, Client

PROBLEM = "application/problem+json"


def assert_problem(answer: Answer, status: int) -> dict[str, Any]:
    """Checks that an answer is a problem as the contract describes it."""
    content: dict[str, Any] = answer.content
    assert answer.status == status
    assert answer.headers["content-type"] == PROBLEM
    assert content["status"] == status
    assert {"type", "title", "detail"} <= content.keys()
    assert content["correlation_id"] == answer.headers["x-correlation-id"]
    assert ("errors" in content) == (status == 422)
    return content


@pytest.mark.parametrize(
    ("method", "path", "event", "status"),
    [
        ("GET", "/api/nothing", {}, 404),
        ("GET", "/api/conversations/conv_1/nothing", {}, 404),
        ("GET", "/", {}, 404),
        ("DELETE", "/api/conversations", {}, 405),
        ("PUT", "/api/conversations/conv_1", {}, 405),
        ("DELETE", "/api/chat", {}, 405),
        ("GET", "/api/chat/sync/", {}, 405),
        ("POST", "/api/chat/status/task_1", {}, 405),
        ("GET", "/api/chat/nothing", {}, 404),
        ("GET", "/api/conversations/conv_1", {}, 404),
        ("GET", "/api/conversations/\x00\u200b", {}, 404),
        ("GET", "/api/conversations", {"query": "limit=0"}, 422),
        ("GET", "/api/conversations", {"query": "limit=101"}, 422),
        ("GET", "/api/conversations", {"query": "limit=1&limit=2"}, 422),
        ("GET", "/api/conversations", {"query": "limit=1.0"}, 422),
        ("GET", "/api/conversations", {"query": "limit=%201"}, 422),
        ("GET", "/api/conversations", {"query": "limit=1_0"}, 422),
        ("GET", "/api/conversations", {"query": "cursor=x"}, 422),
        ("GET", "/api/conversations", {"query": "cursor="}, 422),
        ("GET", "/api/conversations", {"query": "status=lost"}, 422),
        ("GET", "/api/conversations", {"query": "customer_email=a%00b"}, 422),
        ("GET", "/api/tickets", {"query": "limit=many"}, 422),
        ("POST", "/api/knowledge/search", {}, 400),
        ("POST", "/api/knowledge/search", {"raw_body": "{"}, 400),
        ("POST", "/api/knowledge/search", {"raw_body": '{"query": NaN}'}, 400),
        ("POST", "/api/knowledge/search", {"raw_body": "[" * 100_000}, 400),
        ("POST", "/api/knowledge/search", {"body": []}, 422),
        ("POST", "/api/knowledge/search", {"body": [{"query": "x"}]}, 422),
        ("POST", "/api/knowledge/search", {"body": {}}, 422),
        ("POST", "/api/knowledge/search", {"body": {"query": ""}}, 422),
        ("POST", "/api/knowledge/search", {"body": {"query": "\u200b\u202e"}}, 422),
        ("POST", "/api/knowledge/search", {"body": {"query": "x" * 4001}}, 422),
        ("POST", "/api/knowledge/search", {"body": {"query": "x", "limit": 0}}, 422),
        ("POST", "/api/knowledge/search", {"body": {"query": "x", "limit": 21}}, 422),
        ("POST", "/api/knowledge/search", {"body": {"query": "x", "limit": True}}, 422),
        ("POST", "/api/knowledge/search", {"body": {"query": "x", "category": "y"}}, 422),
    ],
)
def test_refusals_are_problems(
    client: Client, method: str, path: str, event: dict[str, Any], status: int
) -> None:
    assert_problem(client.send(method, path, STAFF, **event), status)


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("cursor=x", "cursor"), ("sort=name", "sort"), ("agent=x", "agent")],
)
def test_bad_parameter_is_named(client: Client, query: str, field: str) -> None:
    content = assert_problem(client.get("/api/conversations", STAFF, query=query), 422)
    assert [error["field"] for error in content["errors"]] == [field]


def test_bad_field_of_a_body_is_named(client: Client) -> None:
    answer = client.send("POST", "/api/knowledge/search", STAFF, body={"query": 1, "limit": "2"})
    content = assert_problem(answer, 422)
    assert {error["field"] for error in content["errors"]} == {"query", "limit"}


def test_what_was_sent_is_not_repeated(client: Client) -> None:
    body = {"query": ["my password"], "limit": "my password"}
    answer = client.send("POST", "/api/knowledge/search", STAFF, body=body)
    assert "password" not in answer.text


@pytest.mark.parametrize("path", ["/api/health", "/api/conversations", "/api/openapi.json"])
def test_trailing_slash_changes_nothing(client: Client, path: str) -> None:
    headers = {"x-correlation-id": "same"}
    assert client.get(f"{path}/", STAFF, headers=headers) == client.get(
        path, STAFF, headers=headers
    )


def test_stage_is_no_part_of_the_path(client: Client) -> None:
    event = http_event("GET", "/staging/api/health")
    event["requestContext"]["stage"] = "staging"
    assert client.deliver(event).status == 200


def test_unknown_parameters_are_ignored(client: Client) -> None:
    answer = client.get("/api/conversations", GUEST, query="utm_source=mail&page=3")
    assert answer.status == 200


def test_method_not_allowed_says_what_is(client: Client) -> None:
    assert client.send("DELETE", "/api/conversations/conv_1/").headers["allow"] == "GET, PATCH"
    assert client.get("/api/knowledge/search/").status == 401, "a document may have any name"


def test_own_correlation_id_is_kept(client: Client) -> None:
    for path in ("/api/health", "/api/nothing"):
        answer = client.get(path, headers={"X-Correlation-Id": "order-7"})
        assert answer.headers["x-correlation-id"] == "order-7"


def test_harmful_correlation_id_is_replaced(client: Client) -> None:
    answer = client.get("/api/health", headers={"X-Correlation-Id": "a\r\nset-cookie: b"})
    assert answer.headers["x-correlation-id"]
    assert "\n" not in answer.headers["x-correlation-id"]


def test_body_is_json_whatever_its_type_says(client: Client) -> None:
    # given what `curl -d` sends
    answer = client.send(
        "POST",
        "/api/knowledge/search",
        STAFF,
        body={"query": "refund", "unknown": 1},
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status == 200


def test_base64_body_is_read(client: Client, desk: MemoryDesk) -> None:
    raw = '{"query": "café"}'.encode()
    assert client.send("POST", "/api/knowledge/search", STAFF, raw_body=raw).status == 200
    assert desk.knowledge.asked[0]["query"] == "café"


def test_body_that_is_no_text_is_400(client: Client) -> None:
    answer = client.send("POST", "/api/knowledge/search", STAFF, raw_body=b"\xff\xfe{")
    assert_problem(answer, 400)


def test_store_out_of_reach_is_503(
    client: Client, desk: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a database that is down
    def fail(*_: object) -> None:
        raise InfrastructureError("postgres: connect: OperationalError")

    monkeypatch.setattr(desk.conversations, "listing", fail)

    # when somebody lists
    # then the answer says to try again, and nothing of the cause
    answer = client.get("/api/conversations", STAFF)
    assert "postgres" not in assert_problem(answer, 503)["detail"].lower()
    assert int(answer.headers["retry-after"]) > 0


def test_fault_of_ours_is_500_without_its_words(
    client: Client,
    desk: MemoryDesk,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a customer's words")

    monkeypatch.setattr(desk.conversations, "listing", fail)
    answer = client.get("/api/conversations", STAFF)
    assert_problem(answer, 500)
    written = capsys.readouterr()
    assert "words" not in answer.text + written.out + written.err


def test_answer_off_its_schema_is_a_fault_of_ours(
    client: Client, desk: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support_api.health.__version__", 7)
    assert_problem(client.get("/api/health"), 500)


def test_health_names_what_is_down(client: Client, desk: MemoryDesk) -> None:
    # given both up
    assert client.get("/api/health").content == {"status": "ok", "version": "0.1.0"}

    # when one goes down
    desk.up["embeddings"] = False

    # then it is named
    content = assert_problem(client.get("/api/health"), 503)
    assert content["down"] == ["embeddings"]
    assert "embeddings" in content["detail"]
