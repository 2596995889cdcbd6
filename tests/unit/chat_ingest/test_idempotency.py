"""A retry is the first request again, whatever became of that."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.domain.conversation import ConversationStatus
from frontdesk.principal import Principal
from tests.support.chat import JOHN, a_result
from tests.support.http_events import assert_problem, body_of
from tests.support.ingest import Desk

HELLO = {"message": "Hello"}
NewKey = Callable[[], str]


@pytest.mark.parametrize("principal", [None, JOHN])
def test_a_retry_gets_the_first_answer(
    desk: Desk, new_key: NewKey, principal: Principal | None
) -> None:
    # Given
    key = new_key()
    first = desk.post(HELLO, principal, key=key)
    # When: some time later, and in another spelling of the same body
    desk.clock.time += timedelta(hours=23, minutes=59)
    second = desk.post(raw_body='{ "message":"Hel\\u006co" }', principal=principal, key=key)
    # Then
    assert first["statusCode"] == second["statusCode"] == 202
    assert body_of(second) == body_of(first)
    assert ("guest_token" in body_of(first)) == (principal is None)
    assert second["headers"]["location"] == first["headers"]["location"]
    assert len(desk.queue.sent) == len(desk.tasks.tasks) == 1


def test_a_retry_gets_the_first_answer_though_all_has_changed_since(
    desk: Desk, new_key: NewKey
) -> None:
    # Given
    key = new_key()
    first = desk.accepted(HELLO, JOHN, key=key)
    desk.tasks.publish(first["task_id"], first["conversation_id"], a_result())
    desk.tasks.set_status(first["conversation_id"], ConversationStatus.CLOSED)
    # When, then
    assert desk.accepted(HELLO, JOHN, key=key) == first
    assert len(desk.queue.sent) == 1


def test_a_key_is_forgotten_after_a_day(desk: Desk, new_key: NewKey) -> None:
    key = new_key()
    first = desk.accepted(HELLO, JOHN, key=key)
    desk.clock.time += timedelta(hours=24)
    assert desk.accepted(HELLO, JOHN, key=key)["task_id"] != first["task_id"]


def test_without_a_key_the_same_words_are_another_message(desk: Desk) -> None:
    assert desk.accepted(HELLO, JOHN)["task_id"] != desk.accepted(HELLO, JOHN)["task_id"]


def test_another_body_with_the_same_key(desk: Desk, new_key: NewKey) -> None:
    key = new_key()
    desk.accepted(HELLO, JOHN, key=key)
    response = desk.post({"message": "Goodbye"}, JOHN, key=key)
    problem = assert_problem(response, 422, "invalid-input")
    assert problem["errors"][0]["field"] == "Idempotency-Key"
    assert len(desk.queue.sent) == 1


def test_a_key_belongs_to_its_caller(desk: Desk, new_key: NewKey) -> None:
    key = new_key()
    david = JOHN.model_copy(update={"subject": "https://id.example|david"})
    answers = [desk.accepted(HELLO, caller, key=key) for caller in (JOHN, david, None)]
    assert len({answer["task_id"] for answer in answers}) == 3


@pytest.mark.parametrize(
    "key",
    [
        "retry-1",
        "1234",
        "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-ffff-ffff-ffff-ffffffffffff",
        "{7c9e6679-7425-40de-944b-e07fc1f90ae7}",
        "7c9e6679742540de944be07fc1f90ae7",
        "7c9e6679-7425-40de-944b-e07fc1f90ae7x",
    ],
)
def test_a_caller_without_a_credential_needs_a_key_nobody_guesses(desk: Desk, key: str) -> None:
    problem = assert_problem(desk.post(HELLO, key=key), 422, "invalid-input")
    assert problem["errors"][0]["field"] == "Idempotency-Key"
    assert desk.queue.sent == []
    assert desk.post(HELLO, JOHN, key=key)["statusCode"] == 202


def test_a_guests_token_in_the_body_is_a_credential(desk: Desk) -> None:
    token = desk.accepted()["guest_token"]
    first = desk.accepted({"guest_token": token}, key="retry-1")
    assert desk.accepted({"guest_token": token}, key="retry-1") == first


@pytest.mark.parametrize("key", ["", " ", '""', "a b", "ü", "x" * 256, "line\nbreak"])
def test_what_cannot_be_a_key(desk: Desk, key: str) -> None:
    assert_problem(desk.post(HELLO, JOHN, key=key), 422, "invalid-input")


def test_a_uuid_is_the_same_in_any_spelling(desk: Desk, new_key: NewKey) -> None:
    key = new_key()
    first = desk.accepted(HELLO, key=key)
    assert desk.accepted(HELLO, key=key.upper()) == first
    assert desk.accepted(HELLO, key=f'"{key}"') == first


class TestAfterACrash:
    def test_what_was_recorded_but_not_sent_is_sent_by_the_retry(
        self, desk: Desk, new_key: NewKey
    ) -> None:
        # Given a queue that is out of reach after the transaction
        key = new_key()
        desk.queue.is_down = True
        response = desk.post(HELLO, key=key)
        assert_problem(response, 503, "unavailable")
        assert response["headers"]["retry-after"]
        assert len(desk.tasks.tasks) == 1
        # When
        desk.queue.is_down = False
        content = desk.accepted(HELLO, key=key)
        # Then
        (sent,) = desk.queue.sent
        assert sent.task_id == content["task_id"]
        assert sent.principal == desk.guest(content["guest_token"])
        assert desk.tasks.tasks[sent.task_id].sent_at is not None
        # And one more retry sends nothing
        assert desk.accepted(HELLO, key=key) == content
        assert len(desk.queue.sent) == 1

    def test_a_sending_whose_answer_was_lost_is_sent_once(
        self, desk: Desk, new_key: NewKey
    ) -> None:
        key = new_key()
        desk.queue.loses_answer = True
        assert_problem(desk.post(HELLO, JOHN, key=key), 503, "unavailable")
        desk.queue.loses_answer = False
        content = desk.accepted(HELLO, JOHN, key=key)
        assert [sent.task_id for sent in desk.queue.sent] == [content["task_id"]]

    def test_what_was_sent_but_not_noted_is_accepted_all_the_same(
        self, desk: Desk, new_key: NewKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Given a table that goes out of reach between sending and noting
        def lose(task_id: str) -> None:
            desk.tasks.is_down = True
            try:
                type(desk.tasks).mark_sent(desk.tasks, task_id)
            finally:
                desk.tasks.is_down = False

        monkeypatch.setattr(desk.tasks, "mark_sent", lose)
        key = new_key()
        # When
        content = desk.accepted(HELLO, JOHN, key=key)
        # Then
        assert desk.unnoted == [content["task_id"]]
        # And the retry's second sending is one that the queue recognises
        assert desk.accepted(HELLO, JOHN, key=key) == content
        assert len(desk.queue.sent) == 1

    def test_a_table_out_of_reach_accepts_nothing(self, desk: Desk) -> None:
        desk.tasks.is_down = True
        assert_problem(desk.post(HELLO, JOHN), 503, "unavailable")
        assert desk.queue.sent == []


def test_a_refused_request_does_not_use_up_its_key(desk: Desk, new_key: NewKey) -> None:
    key = new_key()
    bodies: list[dict[str, Any]] = [
        {"message": ""},
        {"message": "Hi", "conversation_id": "conv_unknown"},
    ]
    for body in bodies:
        assert desk.post(body, JOHN, key=key)["statusCode"] in (404, 422)
    assert desk.accepted(HELLO, JOHN, key=key)
