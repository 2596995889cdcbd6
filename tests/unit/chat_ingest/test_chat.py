"""``POST /api/chat``: what is accepted, what is refused, and that nothing refused is queued."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat_ingest import app
from frontdesk.domain.conversation import ConversationStatus
from frontdesk.domain.text import normalise
from frontdesk.principal import Principal, PrincipalKind
from tests.support.chat import JOHN, a_result
from tests.support.http_events import FakeContext, assert_problem, body_of, http_event
from tests.support.ingest import Desk

DAVID = JOHN.model_copy(update={"subject": "https://id.example|david", "email": "david@x.org"})
STAFF = Principal(kind=PrincipalKind.STAFF, subject="https://id.example|sam", email="sam@x.org")
SERVICE = Principal(kind=PrincipalKind.SERVICE, subject="service:k1", name="billing")


def assert_nothing_happened(desk: Desk) -> None:
    assert desk.queue.sent == []
    assert desk.tasks.tasks == {}
    assert desk.tasks.conversations == {}
    assert desk.tasks.claims == {}


def fields_of(problem: dict[str, Any]) -> set[str]:
    return {error["field"] for error in problem["errors"]}


class TestAccepted:
    @pytest.mark.parametrize("path", ["/api/chat", "/api/chat/"])
    def test_a_customers_message(self, desk: Desk, path: str) -> None:
        # When
        response = desk.post({"message": " How do I reset\r\nmy password? "}, JOHN, path=path)
        # Then it is answered as the contract says
        assert response["statusCode"] == 202
        content = body_of(response)
        assert set(content) == {"task_id", "conversation_id", "status", "status_url"}
        assert content["status"] == "queued"
        assert content["status_url"] == f"/api/chat/status/{content['task_id']}"
        assert response["headers"]["location"] == content["status_url"]
        assert response["headers"]["retry-after"] == "1"
        # And queued with its principal beside the text
        (sent,) = desk.queue.sent
        assert (sent.task_id, sent.conversation_id) == (
            content["task_id"],
            content["conversation_id"],
        )
        assert sent.text == "How do I reset\nmy password?"
        assert sent.principal == JOHN
        assert sent.correlation_id == response["headers"]["x-correlation-id"]
        # And recorded
        stored = desk.tasks.tasks[sent.task_id]
        assert (stored.owner_subject, stored.sent_at) == (JOHN.subject, desk.clock.time)
        assert (stored.expires_at - desk.clock.time).days == 30

    def test_a_guests_first_message_makes_a_guest(self, desk: Desk) -> None:
        content = desk.accepted()
        guest = desk.guest(content["guest_token"])
        (sent,) = desk.queue.sent
        assert sent.principal == guest
        assert desk.tasks.conversation_owner(content["conversation_id"]) == guest.subject
        assert desk.tasks.tasks[content["task_id"]].owner_subject == guest.subject

    def test_a_known_guest_gets_no_other_token(self, desk: Desk) -> None:
        first = desk.accepted()
        guest = desk.guest(first["guest_token"])
        second = desk.accepted({"conversation_id": first["conversation_id"]}, guest)
        assert "guest_token" not in second
        assert second["conversation_id"] == first["conversation_id"]

    def test_a_guests_token_in_the_body_is_its_credential(self, desk: Desk) -> None:
        first = desk.accepted()
        body = {"conversation_id": first["conversation_id"], "guest_token": first["guest_token"]}
        second = desk.accepted(body)
        assert "guest_token" not in second
        assert desk.queue.sent[1].principal == desk.guest(first["guest_token"])

    def test_two_guests_are_strangers(self, desk: Desk) -> None:
        one, two = desk.accepted(), desk.accepted()
        assert desk.guest(one["guest_token"]) != desk.guest(two["guest_token"])

    @pytest.mark.parametrize("principal", [STAFF, SERVICE])
    def test_staff_and_services_speak_for_a_customer(
        self, desk: Desk, principal: Principal
    ) -> None:
        desk.accepted({"customer_email": " John@Example.COM "}, principal)
        (sent,) = desk.queue.sent
        assert (sent.customer_email, sent.contact_email) == ("john@example.com", None)

    @pytest.mark.parametrize("principal", [None, JOHN])
    def test_an_email_of_anybody_else_is_a_contact_address(
        self, desk: Desk, principal: Principal | None
    ) -> None:
        desk.accepted({"customer_email": "david@example.com"}, principal)
        (sent,) = desk.queue.sent
        assert (sent.customer_email, sent.contact_email) == (None, "david@example.com")
        assert sent.principal.email != "david@example.com"

    def test_optional_fields_may_be_null(self, desk: Desk) -> None:
        names = ("conversation_id", "previous_conversation_id", "customer_email", "language")
        desk.accepted({**dict.fromkeys(names), "guest_token": None})
        assert len(desk.queue.sent) == 1

    @pytest.mark.parametrize("language", ["en", "pt-BR", "zh-Hant-TW"])
    def test_a_language_goes_along(self, desk: Desk, language: str) -> None:
        desk.accepted({"language": language})
        assert desk.queue.sent[0].language == language

    def test_the_longest_message(self, desk: Desk) -> None:
        desk.accepted({"message": "\u200b" * 4000 + "ä" * 4000 + "\n"})
        assert desk.queue.sent[0].text == "ä" * 4000

    def test_half_an_emoji_is_no_reason_to_refuse(self, desk: Desk) -> None:
        response = desk.post(raw_body='{"message": "hi \\ud83d"}')
        assert response["statusCode"] == 202
        desk.queue.sent[0].text.encode()

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
    @given(text=st.text(max_size=60))
    def test_any_text_is_queued_normalised_or_refused(self, desk: Desk, text: str) -> None:
        desk.queue.sent.clear()
        response = desk.post({"message": text})
        expected = normalise(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        assert response["statusCode"] == (202 if expected else 422)
        assert [sent.text for sent in desk.queue.sent] == ([expected] if expected else [])


class TestRefused:
    @pytest.mark.parametrize("raw", [None, "", "hello", "{", b"\xff", '{"message": NaN}'])
    def test_what_is_not_json(self, desk: Desk, raw: Any) -> None:
        assert_problem(desk.post(raw_body=raw), 400, "bad-request")
        assert_nothing_happened(desk)

    @pytest.mark.parametrize("body", [[], "hello", 7])
    def test_what_is_no_object(self, desk: Desk, body: object) -> None:
        problem = assert_problem(desk.post(body), 422, "invalid-input")
        assert fields_of(problem) == {"body"}

    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({}, {"message"}),
            ({"message": None}, {"message"}),
            ({"message": 7}, {"message"}),
            ({"message": ["hello"]}, {"message"}),
            ({"message": ""}, {"message"}),
            ({"message": " \n\t "}, {"message"}),
            ({"message": "\u200b\u2066\ufeff\u00ad"}, {"message"}),
            ({"message": "x" * 4001}, {"message"}),
            ({"message": "\ufdfa" * 300}, {"message"}),
            ({"message": "\u200b" * 100_000 + "x"}, {"message"}),
            ({"message": "Hi", "language": "not a language"}, {"language"}),
            ({"message": "Hi", "language": 7}, {"language"}),
            ({"message": "Hi", "customer_email": "nobody"}, {"customer_email"}),
            ({"message": "Hi", "customer_email": "a@b"}, {"customer_email"}),
            ({"message": "Hi", "customer_email": "a b@c.de"}, {"customer_email"}),
            ({"message": "Hi", "customer_email": "a@b.c,d@e.f"}, {"customer_email"}),
            ({"message": "Hi", "customer_email": "a\u202eb@c.de"}, {"customer_email"}),
            ({"message": "Hi", "customer_email": "a" * 250 + "@c.de"}, {"customer_email"}),
            ({"message": "Hi", "conversation_id": 7}, {"conversation_id"}),
            ({"message": "Hi", "previous_conversation_id": {}}, {"previous_conversation_id"}),
            ({"message": "Hi", "guest_token": 7}, {"guest_token"}),
            ({"message": "Hi", "guest_token": "fdg_forged"}, {"guest_token"}),
            ({"message": "Hi", "conversationId": "conv_1"}, {"conversationId"}),
            ({"message": "", "language": "?", "x": 1}, {"message", "language", "x"}),
        ],
    )
    def test_bad_input(self, desk: Desk, body: dict[str, Any], fields: set[str]) -> None:
        problem = assert_problem(desk.post(body, JOHN), 422, "invalid-input")
        assert fields_of(problem) == fields
        assert all(error["message"] for error in problem["errors"])
        assert_nothing_happened(desk)

    @pytest.mark.parametrize("name", ["conversation_id", "previous_conversation_id"])
    @pytest.mark.parametrize("value", ["conv_" + "0" * 32, "nonsense", "", "x" * 5000])
    def test_an_unknown_conversation(self, desk: Desk, name: str, value: str) -> None:
        assert_problem(desk.post({"message": "Hi", name: value}, JOHN), 404, "not-found")
        assert_nothing_happened(desk)

    @pytest.mark.parametrize("name", ["conversation_id", "previous_conversation_id"])
    @pytest.mark.parametrize("intruder", [None, DAVID, STAFF, SERVICE])
    def test_somebody_elses_conversation_looks_unknown(
        self, desk: Desk, name: str, intruder: Principal | None
    ) -> None:
        # Given
        johns = desk.accepted({}, JOHN)["conversation_id"]
        # When
        foreign = desk.post({"message": "Hi", name: johns}, intruder)
        unknown = desk.post({"message": "Hi", name: "conv_unknown"}, intruder)
        # Then
        problem = assert_problem(foreign, 404, "not-found")
        assert body_of(unknown) == problem
        assert len(desk.queue.sent) == 1
        assert len(desk.tasks.tasks) == 1

    def test_a_guests_conversation_without_its_token(self, desk: Desk) -> None:
        first = desk.accepted()
        body = {"message": "Hi", "conversation_id": first["conversation_id"]}
        assert_problem(desk.post(body), 404, "not-found")

    def test_whose_it_is_comes_before_what_it_says(self, desk: Desk) -> None:
        johns = desk.accepted({}, JOHN)["conversation_id"]
        body = {"message": "", "conversation_id": johns, "unknown": 1}
        assert_problem(desk.post(body, DAVID), 404, "not-found")
        assert_problem(desk.post(body, JOHN), 422, "invalid-input")

    def test_a_closed_conversation_says_how_to_go_on(self, desk: Desk) -> None:
        # Given
        closed = desk.accepted({}, JOHN)["conversation_id"]
        desk.tasks.set_status(closed, ConversationStatus.CLOSED)
        # When
        response = desk.post({"message": "Hi", "conversation_id": closed}, JOHN)
        # Then
        problem = assert_problem(response, 409, "conflict")
        assert problem["previous_conversation_id"] == closed
        assert len(desk.queue.sent) == 1
        # And the way shown works
        body = {"message": "Hi", "previous_conversation_id": problem["previous_conversation_id"]}
        content = desk.accepted(body, JOHN)
        assert content["conversation_id"] != closed
        assert desk.queue.sent[1].previous_conversation_id == closed

    def test_a_conversation_is_carried_on_or_continued_but_not_both(self, desk: Desk) -> None:
        known = desk.accepted({}, JOHN)["conversation_id"]
        body = {"message": "Hi", "conversation_id": known, "previous_conversation_id": known}
        problem = assert_problem(desk.post(body, JOHN), 422, "invalid-input")
        assert fields_of(problem) == {"previous_conversation_id"}

    def test_the_eleventh_unanswered_message(self, desk: Desk) -> None:
        # Given
        first = desk.accepted({}, JOHN)
        body = {"message": "Hi", "conversation_id": first["conversation_id"]}
        for _ in range(9):
            desk.accepted(body, JOHN)
        # When
        response = desk.post(body, JOHN)
        # Then
        assert_problem(response, 429, "too-many-requests")
        assert int(response["headers"]["retry-after"]) > 0
        assert len(desk.queue.sent) == 10
        # And once one is answered
        desk.tasks.publish(first["task_id"], first["conversation_id"], a_result())
        desk.accepted(body, JOHN)

    def test_a_second_customer_in_one_conversation(self, desk: Desk) -> None:
        first = desk.accepted({"customer_email": "john@example.com"}, SERVICE)
        body = {"message": "Hi", "conversation_id": first["conversation_id"]}
        other = desk.post({**body, "customer_email": "david@example.com"}, SERVICE)
        assert fields_of(assert_problem(other, 422, "invalid-input")) == {"customer_email"}
        same = desk.post({**body, "customer_email": "JOHN@example.com"}, SERVICE)
        assert same["statusCode"] == 202
        assert desk.post(body, SERVICE)["statusCode"] == 202

    @pytest.mark.parametrize(
        ("method", "path", "status", "allow"),
        [
            ("GET", "/api/chat", 405, "POST"),
            ("PUT", "/api/chat/sync/", 405, "POST"),
            ("POST", "/api/chat/status/task_1", 405, "GET"),
            ("POST", "/api/chat/unknown", 404, None),
            ("POST", "/", 404, None),
        ],
    )
    def test_an_unknown_route(
        self, desk: Desk, method: str, path: str, status: int, allow: str | None
    ) -> None:
        response = app.handler(http_event(method, path, body={"message": "Hi"}), FakeContext())
        assert response["statusCode"] == status
        assert response["headers"].get("allow") == allow
        assert_nothing_happened(desk)


class TestTakingAConversationAlong:
    def test_a_guest_who_signs_in_keeps_the_conversation(self, desk: Desk) -> None:
        # Given
        first = desk.accepted()
        # When
        body = {"conversation_id": first["conversation_id"], "guest_token": first["guest_token"]}
        content = desk.accepted(body, JOHN)
        # Then
        assert "guest_token" not in content
        sent = desk.queue.sent[1]
        assert sent.principal == JOHN
        assert sent.claimed_subject == desk.guest(first["guest_token"]).subject
        assert desk.tasks.conversation_owner(first["conversation_id"]) == JOHN.subject
        # And the token is needed once only, and opens the conversation no more
        again = {"message": "Hi", "conversation_id": first["conversation_id"]}
        assert desk.post(again, JOHN)["statusCode"] == 202
        guest = desk.guest(first["guest_token"])
        assert_problem(desk.post(again, guest), 404, "not-found")

    def test_a_repeat_of_it_is_the_same(self, desk: Desk) -> None:
        first = desk.accepted()
        body = {"conversation_id": first["conversation_id"], "guest_token": first["guest_token"]}
        content = desk.accepted(body, JOHN, key="k")
        assert desk.accepted(body, JOHN, key="k") == content

    def test_it_can_be_carried_on_too(self, desk: Desk) -> None:
        first = desk.accepted()
        desk.tasks.set_status(first["conversation_id"], ConversationStatus.CLOSED)
        body = {
            "previous_conversation_id": first["conversation_id"],
            "guest_token": first["guest_token"],
        }
        desk.accepted(body, JOHN)
        assert desk.tasks.conversation_owner(first["conversation_id"]) == JOHN.subject

    def test_a_token_opens_no_other_guests_conversation(self, desk: Desk) -> None:
        one, two = desk.accepted(), desk.accepted()
        body = {
            "message": "Hi",
            "conversation_id": two["conversation_id"],
            "guest_token": one["guest_token"],
        }
        for principal in (None, JOHN):
            assert_problem(desk.post(body, principal), 404, "not-found")

    @pytest.mark.parametrize("principal", [STAFF, SERVICE])
    def test_staff_and_services_were_no_guests(self, desk: Desk, principal: Principal) -> None:
        token = desk.accepted()["guest_token"]
        response = desk.post({"message": "Hi", "guest_token": token}, principal)
        assert fields_of(assert_problem(response, 422, "invalid-input")) == {"guest_token"}

    def test_a_guest_is_one_guest(self, desk: Desk) -> None:
        one, two = desk.accepted()["guest_token"], desk.accepted()["guest_token"]
        own = desk.post({"message": "Hi", "guest_token": one}, desk.guest(one))
        assert own["statusCode"] == 202
        other = desk.post({"message": "Hi", "guest_token": two}, desk.guest(one))
        assert_problem(other, 422, "invalid-input")

    @pytest.mark.parametrize("principal", [None, JOHN])
    def test_an_expired_token_is_said_to_be(self, desk: Desk, principal: Principal | None) -> None:
        token = desk.accepted()["guest_token"]
        desk.clock.time = desk.clock.time.replace(year=2027)
        response = desk.post({"message": "Hi", "guest_token": token}, principal)
        problem = assert_problem(response, 422, "invalid-input")
        assert "expired" in json.dumps(problem)
        assert token not in json.dumps(problem)
