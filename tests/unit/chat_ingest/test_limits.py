"""A caller has a rate and a daily budget; who is refused hears when to come back."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from frontdesk.domain.limits import MINUTE
from frontdesk.http.gateway import MAX_BODY_CHARACTERS
from frontdesk.limiting import STORE_FAILED
from tests.support.callers import SERVICE, STAFF
from tests.support.chat import JOHN
from tests.support.http_events import assert_problem
from tests.support.ingest import Desk

HELLO = {"message": "Hello"}
PER_MINUTE = 60


def use_up_the_minute(desk: Desk, **event: Any) -> None:
    for _ in range(PER_MINUTE):
        desk.accepted(**event)


def test_an_answer_says_what_is_left(desk: Desk) -> None:
    headers = desk.post(HELLO)["headers"]

    assert headers["ratelimit-policy"] == f'"requests";q={PER_MINUTE};w=60'
    assert re.fullmatch(rf'"requests";r={PER_MINUTE - 1};t=\d+', headers["ratelimit"])


def test_who_sends_too_much_is_told_when_to_come_back(desk: Desk) -> None:
    # Given
    use_up_the_minute(desk)
    accepted = len(desk.tasks.tasks)
    # When
    refused = desk.post(HELLO)
    # Then
    assert_problem(refused, 429, "too-many-requests")
    wait = int(refused["headers"]["retry-after"])
    assert 0 < wait <= MINUTE
    assert refused["headers"]["ratelimit"] == f'"requests";r=0;t={wait}'
    assert len(desk.tasks.tasks) == accepted
    assert desk.counted == ["RateLimited"]
    # And when that time has passed
    desk.clock.time += timedelta(seconds=wait)
    assert desk.post(HELLO)["statusCode"] == 202


def test_one_callers_flood_is_nobody_elses(desk: Desk) -> None:
    use_up_the_minute(desk, source_ip="198.51.100.1")

    assert desk.post(HELLO, source_ip="198.51.100.1")["statusCode"] == 429
    assert desk.post(HELLO, source_ip="198.51.100.2")["statusCode"] == 202
    assert desk.post(HELLO, JOHN, source_ip="198.51.100.1")["statusCode"] == 202


def test_requests_that_are_refused_count_too(desk: Desk) -> None:
    for _ in range(PER_MINUTE):
        assert_problem(desk.post({"message": ""}), 422, "invalid-input")

    assert_problem(desk.post(HELLO), 429, "too-many-requests")


def test_staff_and_services_may_send_more(desk: Desk) -> None:
    body = {"message": "Hello", "customer_email": "john@example.com"}
    for principal in (STAFF, SERVICE):
        for _ in range(PER_MINUTE + 1):
            assert desk.post(body, principal)["statusCode"] == 202


def test_a_message_says_by_whom_its_answer_is_paid(desk: Desk) -> None:
    # Given: two messages from one address, one from another
    for source_ip in ("198.51.100.1", "198.51.100.1", "198.51.100.2"):
        desk.accepted(source_ip=source_ip)
    # Then: they can be told apart, and the address cannot be read
    first, second, other = (message.counted_as for message in desk.queue.sent)
    assert first == second != other
    assert "198.51" not in "".join(message.model_dump_json() for message in desk.queue.sent)


def test_who_has_spent_the_days_tokens_comes_back_tomorrow(desk: Desk) -> None:
    # Given
    desk.accepted(principal=JOHN)
    (message,) = desk.queue.sent
    desk.budget.spend(message.counted_as, 10_000)
    # When
    refused = desk.post(HELLO, JOHN)
    # Then
    assert_problem(refused, 429, "too-many-requests")
    wait = int(refused["headers"]["retry-after"])
    assert refused["headers"]["ratelimit"] == f'"tokens";r=0;t={wait}'
    assert refused["headers"]["ratelimit-policy"] == '"tokens";q=10000;w=86400'
    assert desk.counted == ["CallerBudgetSpent"]
    assert len(desk.queue.sent) == 1
    # And others, and John tomorrow, are answered
    assert desk.post(HELLO)["statusCode"] == 202
    desk.clock.time += timedelta(seconds=wait)
    assert desk.post(HELLO, JOHN)["statusCode"] == 202


def test_a_retry_gets_the_first_answer_though_the_budget_is_spent_since(
    desk: Desk, new_key: Callable[[], str]
) -> None:
    key = new_key()
    first = desk.post(HELLO, JOHN, key=key)
    (message,) = desk.queue.sent
    desk.budget.spend(message.counted_as, 10_000)

    assert desk.post(HELLO, JOHN, key=key)["body"] == first["body"]
    assert_problem(desk.post({"message": "Other"}, JOHN, key=key), 422, "invalid-input")
    assert_problem(desk.post(HELLO, JOHN, key=new_key()), 429, "too-many-requests")


def test_what_all_have_spent_refuses_nobody(desk: Desk) -> None:
    desk.budget.spend(None, 1_000_000)

    assert desk.post(HELLO, JOHN)["statusCode"] == 202


def test_counters_out_of_reach_refuse_nobody(desk: Desk) -> None:
    desk.counters.is_down = True

    for _ in range(PER_MINUTE + 1):
        answer = desk.post(HELLO, JOHN)
        assert answer["statusCode"] == 202
        assert "ratelimit" not in answer["headers"]
    assert set(desk.counted) == {STORE_FAILED}


def test_a_body_longer_than_anything_is_not_read(desk: Desk) -> None:
    longest = '{"message": "' + "x" * (MAX_BODY_CHARACTERS - 15) + '"}'
    assert len(longest) == MAX_BODY_CHARACTERS

    assert_problem(desk.post(raw_body=longest), 422, "invalid-input")
    assert_problem(desk.post(raw_body=longest + " "), 413, "too-large")
