"""Callers hear what they may still use, and when to come back."""

import re
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.support.polling import eventually
from tests.support.stack import Caller, Stack, assert_problem

QUESTION = "How do I reset my password?"
SPENT = 10**12


@pytest.fixture
def stranger(stack: Stack) -> Iterator[Caller]:
    """A customer whom no other test knows."""
    token = stack.credential(EMAIL=f"limits-{uuid.uuid4().hex}@customer.example")
    caller = Caller(stack.url, {"authorization": f"Bearer {token}"})
    yield caller
    caller.http.close()


def _counters(stack: Stack, limit: str) -> dict[str, int]:
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.environment["TASKS_TABLE"],
        FilterExpression="begins_with(pk, :limit)",
        ExpressionAttributeValues={":limit": {"S": f"LIMIT#{limit}#"}},
    )
    items = [item for page in pages for item in page["Items"]]
    return {item["pk"]["S"]: int(item["used"]["N"]) for item in items}


def _use_up(stack: Stack, counter: str) -> None:
    stack.dynamodb.update_item(
        TableName=stack.environment["TASKS_TABLE"],
        Key={"pk": {"S": counter}},
        UpdateExpression="SET used = :spent",
        ExpressionAttributeValues={":spent": {"N": str(SPENT)}},
    )


def test_answers_say_what_is_left_and_pages_may_read_it(stack: Stack, stranger: Caller) -> None:
    first = stranger.get("/api/conversations")
    second = stranger.post("/api/chat", {"message": QUESTION})

    for answer in (first, second):
        assert re.fullmatch(r'"requests";q=\d+;w=60', answer.headers["ratelimit-policy"])
        assert re.fullmatch(r'"requests";r=\d+;t=\d+', answer.headers["ratelimit"])
        exposed = answer.headers["access-control-expose-headers"].lower()
        assert {"ratelimit", "ratelimit-policy", "retry-after"} <= set(exposed.split(","))


@pytest.mark.parametrize("path", ["/api/conversations", "/api/chat/sync"])
def test_who_asks_too_often_is_refused(stack: Stack, stranger: Caller, path: str) -> None:
    def ask() -> int:
        if path == "/api/conversations":
            return stranger.get(path).status_code
        return stranger.post(path, {"message": ""}).status_code

    before = set(_counters(stack, "requests"))

    def refused() -> bool:
        # Again where a new minute has begun meanwhile.
        ask()
        for counter in set(_counters(stack, "requests")) - before:
            _use_up(stack, counter)
        return ask() == 429

    eventually(refused, seconds=30, what="refusal")


def test_who_has_spent_the_days_tokens_is_refused_until_tomorrow(
    stack: Stack, stranger: Caller
) -> None:
    # given an answer, whose tokens are counted once it is published
    before = set(_counters(stack, "tokens"))
    usage = stranger.ask(QUESTION)["usage"]
    tokens = usage["input_tokens"] + usage["output_tokens"]
    assert tokens > 0

    def counted() -> set[str] | None:
        now = _counters(stack, "tokens")
        # Somebody's of another test may be counted only now as well.
        new = now.keys() - before
        return new if tokens in {now[name] for name in new} else None

    counters = eventually(counted, seconds=10, what="count of tokens") or set()

    # when all of the day's are spent
    for counter in counters:
        _use_up(stack, counter)

    def refused() -> httpx.Response | None:
        sent = stranger.post("/api/chat", {"message": QUESTION})
        if sent.status_code == 429:
            return sent
        stranger.result(sent.json()["task_id"])
        return None

    # then that caller is refused once the count is looked at again, and reads on as before
    answer = eventually(refused, seconds=30, what="refusal")
    assert answer is not None
    assert_problem(answer, 429)
    assert 0 < int(answer.headers["retry-after"]) <= 24 * 3600
    assert answer.headers["ratelimit"].startswith('"tokens";r=0;t=')
    assert stranger.get("/api/conversations").status_code == 200


def test_counters_name_nobody(stack: Stack, stranger: Caller) -> None:
    stack.guest_token()
    stranger.get("/api/conversations")

    for counter in _counters(stack, "requests"):
        assert re.fullmatch(r"LIMIT#requests#[0-9a-f]{32}#\d+", counter)
