"""The rate of requests, counted in DynamoDB by the wired function."""

import boto3
import pytest

from frontdesk.principal import Principal
from support_api import app
from tests.support.callers import NOBODY, STAFF
from tests.support.desk_rows import DeskRows
from tests.support.http_events import FakeContext, assert_problem, http_event


@pytest.fixture(autouse=True)
def _narrow(function: DeskRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_PER_MINUTE", "1")


def _statuses(principal: Principal, source_ip: str = "203.0.113.7") -> list[int]:
    # Three, since a new minute may begin after the first or the second, and not after both.
    event = http_event("GET", "/api/conversations", principal=principal, source_ip=source_ip)
    return [app.handler(event, FakeContext())["statusCode"] for _ in range(3)]


def test_who_asks_too_often_is_refused() -> None:
    assert 429 in _statuses(NOBODY)


def test_a_refusal_says_when_to_come_back() -> None:
    _statuses(NOBODY)
    answers = [
        app.handler(http_event("GET", "/api/health", principal=NOBODY), FakeContext())
        for _ in range(2)
    ]

    refused = next(answer for answer in answers if answer["statusCode"] == 429)

    assert_problem(refused, 429, "too-many-requests")
    assert 0 < int(refused["headers"]["retry-after"]) <= 60
    assert refused["headers"]["ratelimit-policy"] == '"requests";q=1;w=60'


def test_staff_and_other_addresses_are_counted_apart() -> None:
    _statuses(NOBODY)

    assert _statuses(STAFF) == [200, 200, 200]
    assert _statuses(NOBODY, "203.0.113.8")[0] == 200


def test_a_table_out_of_reach_refuses_nobody() -> None:
    boto3.client("dynamodb").delete_table(TableName="tasks")

    assert _statuses(NOBODY) == [200, 200, 200]
