"""Good and bad requests over HTTP: problems, idempotency, waiting, identity, headers."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from frontdesk.adapters.sqs_chat import SQSChatSender
from tests.support.chat import a_message
from tests.support.polling import eventually
from tests.support.stack import Caller, Stack, assert_problem

QUESTION = "How do I reset my password?"


@pytest.mark.parametrize(
    ("raw", "status", "field"),
    [
        (b"{", 400, None),
        (b"", 400, None),
        (b"\xff\xfe", 400, None),
        (b"[]", 422, None),
        (b"{}", 422, "message"),
        (b'{"message": 7}', 422, "message"),
        (b'{"message": ""}', 422, "message"),
        ('{"message": "\u200b\u202e \u2060"}'.encode(), 422, "message"),
        (b'{"message": "' + b"x" * 4001 + b'"}', 422, "message"),
    ],
)
@pytest.mark.parametrize("path", ["/api/chat", "/api/chat/", "/api/chat/sync"])
def test_bad_message_is_a_problem_and_nothing_is_queued(
    stack: Stack, path: str, raw: bytes, status: int, field: str | None
) -> None:
    before = stack.tasks()
    answer = httpx.post(stack.url + path, content=raw, timeout=60)
    content = assert_problem(answer, status)
    if field is not None:
        assert [error["field"] for error in content["errors"]] == [field]
    assert stack.tasks() == before


def test_longest_message_is_accepted(guest: Callable[[], Caller]) -> None:
    assert guest().send("help " + "x" * 3995)["status"] == "queued"


def test_conversation_of_nobody_and_of_somebody_else(
    stack: Stack, guest: Callable[[], Caller], john: Caller
) -> None:
    # given somebody's conversation
    owner = guest()
    accepted = owner.send(QUESTION)
    owner.result(accepted["task_id"])
    before = stack.tasks()

    # when others write into it, or into one that never was
    for caller in (guest(), john):
        for conversation_id in (accepted["conversation_id"], "conv_" + "0" * 32, "nonsense"):
            answer = caller.post(
                "/api/chat", {"message": QUESTION, "conversation_id": conversation_id}
            )

            # then both are the same to them, and nothing is queued
            assert_problem(answer, 404)
    assert stack.tasks() == before


def test_task_is_for_its_owner_and_staff(
    guest: Callable[[], Caller], john: Caller, staff: Caller
) -> None:
    owner = guest()
    accepted = owner.send(QUESTION)
    path = accepted["status_url"]
    assert owner.get(path).status_code == 200
    assert staff.get(path).status_code == 200
    for other in (guest(), john):
        assert_problem(other.get(path), 404)
    assert_problem(owner.get("/api/chat/status/nonsense"), 404)


def test_status_waits_for_the_end(guest: Callable[[], Caller]) -> None:
    asker = guest()
    accepted = asker.send(QUESTION)
    task = asker.get(accepted["status_url"], wait=20).json()
    assert task["status"] == "completed"


def test_sync_returns_the_answer(guest: Callable[[], Caller]) -> None:
    asker = guest()
    answer = asker.post("/api/chat/sync/", {"message": QUESTION})
    assert answer.status_code == 200
    task = answer.json()
    assert task["status"] == "completed"
    asker.http.headers["authorization"] = f"Bearer {task['guest_token']}"
    assert asker.get(f"/api/chat/status/{task['task_id']}").json()["response"] == task["response"]


def test_accepted_says_where_to_look(stack: Stack) -> None:
    answer = httpx.post(f"{stack.url}/api/chat", json={"message": QUESTION}, timeout=60)
    assert answer.status_code == 202
    content = answer.json()
    assert answer.headers["location"] == content["status_url"]
    assert int(answer.headers["retry-after"]) >= 0
    assert content["status"] == "queued"


def test_retry_returns_the_first_answer(stack: Stack, guest: Callable[[], Caller]) -> None:
    # given a message with a key
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"message": QUESTION}
    first = guest().post("/api/chat", body, **key)
    before = stack.tasks()

    # when it is sent again
    again = guest().post("/api/chat", body, **key)

    # then it is the same, token included, and nothing more is queued
    assert again.status_code == 202
    assert again.json() == first.json()
    assert stack.tasks() == before
    # and another body with the same key is refused
    assert_problem(guest().post("/api/chat", {"message": "Another"}, **key), 422)


def test_guests_key_has_to_be_hard_to_guess(guest: Callable[[], Caller], john: Caller) -> None:
    key = {"Idempotency-Key": "order-7"}
    assert_problem(guest().post("/api/chat", {"message": QUESTION}, **key), 422)
    first = john.post("/api/chat", {"message": QUESTION}, **key)
    assert first.status_code == 202
    assert john.post("/api/chat", {"message": QUESTION}, **key).json() == first.json()


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer nonsense"},
        {"authorization": "Bearer fdg_00.1.AAAA"},
        {"authorization": "Basic am9objpkb2U="},
        {"x-api-key": "nonsense"},
        {"authorization": "Bearer eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImpvaG4ifQ."},
    ],
)
def test_bad_credential_is_refused_everywhere(stack: Stack, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=stack.url, headers=headers, timeout=60) as client:
        for answer in (
            client.get("/api/conversations"),
            client.get("/api/health"),
            client.post("/api/chat", json={"message": QUESTION}),
        ):
            assert answer.status_code in {401, 403}, answer.text


def test_two_credentials_at_once_are_refused(stack: Stack, john: Caller, service: Caller) -> None:
    headers = {
        "authorization": john.http.headers["authorization"],
        "x-api-key": service.http.headers["x-api-key"],
    }
    answer = httpx.get(f"{stack.url}/api/conversations", headers=headers, timeout=60)
    assert answer.status_code in {401, 403}


def test_staff_routes(guest: Callable[[], Caller], john: Caller, staff: Caller) -> None:
    asker = guest()
    asker.send(QUESTION)
    for caller, status in ((guest(), 401), (asker, 403), (john, 403)):
        assert_problem(caller.get("/api/knowledge"), status)
        assert_problem(caller.post("/api/knowledge/search", {"query": "refund"}), status)
    assert staff.get("/api/knowledge").status_code == 200
    results = staff.post("/api/knowledge/search", {"query": "refund policy"}).json()["results"]
    assert results[0]["title"] == "CloudFlow refund policy"


def test_correlation_id_is_kept_from_the_request_to_the_task(guest: Callable[[], Caller]) -> None:
    asker = guest()
    answer = asker.post("/api/chat/sync", {"message": QUESTION}, **{"X-Correlation-Id": "case-7"})
    assert answer.headers["x-correlation-id"] == "case-7"
    assert answer.json()["correlation_id"] == "case-7"


def test_browsers_of_other_origins_may_ask(stack: Stack) -> None:
    answer = httpx.options(
        f"{stack.url}/api/chat",
        headers={
            "origin": "https://shop.example.com",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,idempotency-key",
        },
        timeout=60,
    )
    assert answer.status_code in {200, 204}
    assert answer.headers["access-control-allow-origin"] in {"*", "https://shop.example.com"}
    assert "idempotency-key" in answer.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/nothing/", 404),
        ("GET", "/api/conversations/nonsense", 404),
        ("GET", "/api/tickets/nonsense/", 404),
        ("DELETE", "/api/chat", 405),
        ("PUT", "/api/tickets", 405),
    ],
)
def test_unknown_paths_and_methods_are_problems(
    stack: Stack, method: str, path: str, status: int
) -> None:
    assert_problem(httpx.request(method, stack.url + path, timeout=60), status)


@pytest.mark.parametrize("path", ["/api/health", "/api/conversations", "/api/openapi.json"])
def test_trailing_slash_changes_nothing(stack: Stack, path: str) -> None:
    plain, slashed = (httpx.get(stack.url + p, timeout=60) for p in (path, path + "/"))
    assert plain.status_code == slashed.status_code == 200
    assert plain.json() == slashed.json()


def test_answers_follow_the_description(
    stack: Stack, guest: Callable[[], Caller], staff: Caller
) -> None:
    # given the description that the API serves
    from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

    document = httpx.get(f"{stack.url}/api/openapi.json", timeout=60).json()

    def check(answer: httpx.Response, path: str) -> Any:
        method = answer.request.method.lower()
        described = document["paths"][path][method]["responses"][str(answer.status_code)]
        media_type = answer.headers["content-type"].split(";")[0]
        schema = described["content"][media_type]["schema"]
        validator = Draft202012Validator(
            schema | {"components": document["components"]}, format_checker=FormatChecker()
        )
        validator.validate(answer.json())
        return answer.json()

    # when each of its routes is used
    # then the answers are as it says
    asker = guest()
    accepted = check(asker.post("/api/chat", {"message": QUESTION}), "/api/chat")
    asker.http.headers["authorization"] = f"Bearer {accepted['guest_token']}"
    asker.result(accepted["task_id"])
    check(asker.get(accepted["status_url"]), "/api/chat/status/{task_id}")
    check(asker.post("/api/chat/sync", {"message": QUESTION}), "/api/chat/sync")
    check(asker.post("/api/chat", {}), "/api/chat")
    check(asker.get("/api/chat/status/0"), "/api/chat/status/{task_id}")
    check(asker.get("/api/conversations"), "/api/conversations")
    check(asker.get("/api/conversations", limit=0), "/api/conversations")
    one = "/api/conversations/{conversation_id}"
    for path in (one, f"{one}/messages", f"{one}/trace"):
        for caller in (asker, staff):
            filled = path.format(conversation_id=accepted["conversation_id"])
            check(caller.get(filled), path)
    listed = check(staff.get("/api/tickets"), "/api/tickets")["items"]
    check(staff.get(f"/api/tickets/{listed[0]['id']}"), "/api/tickets/{ticket_id}")
    documents = check(staff.get("/api/knowledge"), "/api/knowledge")["items"]
    path = "/api/knowledge/{document_id}"
    check(staff.get(path.format(document_id=documents[0]["id"])), path)
    check(staff.post("/api/knowledge/search", {"query": "refund"}), "/api/knowledge/search")
    check(guest().get("/api/knowledge"), "/api/knowledge")
    check(guest().get("/api/health"), "/api/health")


def test_message_delivered_again_after_its_end_is_done_with(
    stack: Stack, guest: Callable[[], Caller]
) -> None:
    # given a task that has ended
    asker = guest()
    task = asker.ask(QUESTION)

    # when its message is delivered once more
    message = a_message(task_id=task["task_id"], conversation_id=task["conversation_id"])
    SQSChatSender(stack.sqs, stack.environment["CHAT_QUEUE_URL"]).send(
        message, deduplication_id=str(uuid.uuid4())
    )

    # then the queue lets go of it, and nothing is said again
    def held() -> int:
        attributes = stack.sqs.get_queue_attributes(
            QueueUrl=stack.environment["CHAT_QUEUE_URL"], AttributeNames=["All"]
        )["Attributes"]
        return sum(
            int(value)
            for name, value in attributes.items()
            if name.startswith("ApproximateNumberOfMessages")
        )

    assert eventually(lambda: held() == 0, seconds=20, what="empty queue")
    path = f"/api/conversations/{task['conversation_id']}/messages"
    assert [one["role"] for one in asker.get(path).json()["items"]] == ["customer", "assistant"]
    assert asker.get(f"/api/chat/status/{task['task_id']}").json() == task


def test_dead_letter_queue_is_empty(stack: Stack) -> None:
    def waiting() -> int:
        attributes = stack.sqs.get_queue_attributes(
            QueueUrl=stack.environment["CHAT_DLQ_URL"],
            AttributeNames=["ApproximateNumberOfMessages"],
        )["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])

    assert eventually(lambda: waiting() == 0, seconds=5, what="empty dead-letter queue")
