"""The gateway's events in, responses out."""

import base64
import io
import json
import time
import uuid
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from pydantic import BaseModel

from frontdesk.domain.errors import (
    BadRequestError,
    InfrastructureError,
    InvalidInputError,
    MethodNotAllowedError,
    NotFoundError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from frontdesk.http.gateway import Request, Response, answer, read_model
from frontdesk.principal import Principal, PrincipalKind
from tests.support.chat import JOHN
from tests.support.http_events import FakeContext, assert_problem, body_of, http_event

SECRET_WORDS = "my password is hunter2"


def read(event: dict[str, Any], seconds: float = 29.0) -> Request:
    return Request.of(event, FakeContext(seconds))


def answered(
    route: Any, event: dict[str, Any] | None = None, log: io.StringIO | None = None
) -> dict[str, Any]:
    # A logger is one for its service's name, and keeps the stream it was first given.
    logger = Logger(service=f"test-{uuid.uuid4()}", level="DEBUG", stream=log or io.StringIO())
    return answer(event or http_event("GET", "/api/x"), FakeContext(), logger, route)


def refuse(error: Exception) -> Any:
    def route(request: Request) -> Response:
        raise error

    return route


class TestReading:
    @pytest.mark.parametrize(
        ("raw", "path"),
        [
            ("/api/chat", "/api/chat"),
            ("/api/chat/", "/api/chat"),
            ("/api/chat//", "/api/chat"),
            ("/", "/"),
            ("", "/"),
        ],
    )
    def test_a_trailing_slash_makes_no_difference(self, raw: str, path: str) -> None:
        assert read(http_event("GET", raw)).path == path

    def test_a_named_stage_is_not_part_of_the_path(self) -> None:
        event = http_event("GET", "/v1/api/chat")
        event["requestContext"]["stage"] = "v1"
        assert read(event).path == "/api/chat"

    def test_header_names_are_lower_case(self) -> None:
        event = http_event("GET", "/", headers={"X-Correlation-Id": "mine"})
        assert read(event).correlation_id == "mine"

    def test_a_repeated_parameter_is_joined_as_the_gateway_joins_it(self) -> None:
        request = read(http_event("GET", "/", query="wait=1&wait=2&q=a%20b&empty="))
        assert request.query == {"wait": "1,2", "q": "a b", "empty": ""}

    def test_the_caller_is_whom_the_authorizer_named(self) -> None:
        caller = read(http_event("GET", "/", principal=JOHN)).caller
        assert caller.principal == JOHN
        assert caller.source_ip == "203.0.113.7"

    @pytest.mark.parametrize("authorizer", [None, {}, {"lambda": None}, {"jwt": {}}])
    def test_without_an_authorizer_there_is_no_caller(self, authorizer: object) -> None:
        event = http_event("GET", "/")
        event["requestContext"]["authorizer"] = authorizer
        with pytest.raises(UnauthenticatedError):
            _ = read(event).caller

    def test_the_time_to_hold_a_request_counts_from_the_gateway(self) -> None:
        event = http_event("GET", "/", received_at=time.time() - 10)
        assert 14 < read(event).seconds_until(25) <= 15
        assert read(event).seconds_until(5) == 0

    def test_the_time_to_hold_a_request_ends_before_the_functions(self) -> None:
        assert read(http_event("GET", "/"), seconds=6.0).seconds_until(20) == pytest.approx(5.0)

    def test_a_clock_behind_the_gateways_gains_nothing(self) -> None:
        event = http_event("GET", "/", received_at=time.time() + 100)
        assert read(event).seconds_until(20) <= 20


class TestBodies:
    @pytest.mark.parametrize(
        "raw",
        [
            None,
            "",
            " ",
            "{",
            "message=hello",
            "{'message': 'hello'}",
            '{"a": NaN}',
            '{"a": -Infinity}',
            '{"a": 1} {"b": 2}',
            "[" * 100_000,
            '{"a": ' + "9" * 5000 + "}",
            b"\xff\xfe\x00",
            b'{"message": "caf\xe9"}',
        ],
    )
    def test_what_is_not_json_in_utf8_is_a_bad_request(self, raw: bytes | str | None) -> None:
        with pytest.raises(BadRequestError):
            read(http_event("POST", "/", raw_body=raw)).json_body()

    def test_a_broken_base64_body_is_a_bad_request(self) -> None:
        event = http_event("POST", "/", raw_body=b"{}")
        event["body"] = "e30"
        with pytest.raises(BadRequestError):
            read(event).json_body()

    @pytest.mark.parametrize("raw", ["[]", '"text"', "null", "1", "true"])
    def test_json_that_is_no_object_is_invalid_input(self, raw: str) -> None:
        with pytest.raises(InvalidInputError) as caught:
            read(http_event("POST", "/", raw_body=raw)).json_object()
        assert caught.value.errors[0].field == "body"

    @pytest.mark.parametrize("as_bytes", [True, False])
    def test_text_arrives_as_it_was_sent(self, as_bytes: bool) -> None:
        text = json.dumps({"message": "Grüße 👋"}, ensure_ascii=False)
        raw = text.encode() if as_bytes else text
        assert read(http_event("POST", "/", raw_body=raw)).json_object() == {"message": "Grüße 👋"}

    def test_a_byte_order_mark_is_not_part_of_the_text(self) -> None:
        assert read(http_event("POST", "/", raw_body=b"\xef\xbb\xbf{}")).json_body() == {}
        assert read(http_event("POST", "/", raw_body="\ufeff{}")).json_body() == {}

    def test_half_a_surrogate_pair_becomes_encodable(self) -> None:
        raw = '{"\\ud83d": ["x\\ud83d", "\\ud83d\\udc4b"]}'
        content = read(http_event("POST", "/", raw_body=raw)).json_body()
        assert content == {"\ufffd": ["x\ufffd", "👋"]}
        json.dumps(content, ensure_ascii=False).encode()


class TestAnswering:
    def test_an_answer_is_json_with_a_correlation_id(self) -> None:
        event = http_event("GET", "/", headers={"x-correlation-id": "mine-1"})
        response = answered(lambda _: Response.of(202, {"a": "ü"}, {"location": "/x"}), event)
        assert response["statusCode"] == 202
        assert body_of(response) == {"a": "ü"}
        assert response["headers"] == {
            "x-correlation-id": "mine-1",
            "cache-control": "no-store",
            "content-type": "application/json",
            "location": "/x",
        }

    def test_an_empty_answer_has_no_type(self) -> None:
        assert "content-type" not in answered(lambda _: Response(204))["headers"]

    @pytest.mark.parametrize("sent", ["", "a b", "x" * 129, "line\nbreak", "<script>"])
    def test_a_harmful_correlation_id_is_replaced(self, sent: str) -> None:
        event = http_event("GET", "/", headers={"x-correlation-id": sent})
        answer_id = answered(lambda _: Response(204), event)["headers"]["x-correlation-id"]
        assert answer_id
        assert answer_id != sent

    def test_a_refusal_is_a_problem(self) -> None:
        response = answered(refuse(InvalidInputError.of("limit", "too large")))
        problem = assert_problem(response, 422, "invalid-input")
        assert problem["errors"] == [{"field": "limit", "message": "too large"}]

    def test_a_problem_without_faulty_fields_has_no_errors(self) -> None:
        problem = assert_problem(answered(refuse(NotFoundError())), 404, "not-found")
        assert "errors" not in problem

    def test_further_members_never_replace_the_standard_ones(self) -> None:
        error = NotFoundError(extra={"status": 200, "previous_conversation_id": "conv_1"})
        problem = assert_problem(answered(refuse(error)), 404, "not-found")
        assert problem["previous_conversation_id"] == "conv_1"

    def test_when_to_try_again_is_a_header(self) -> None:
        response = answered(refuse(TooManyRequestsError(retry_after=5)))
        assert response["headers"]["retry-after"] == "5"

    def test_which_methods_are_allowed_is_a_header(self) -> None:
        response = answered(refuse(MethodNotAllowedError(extra={"allow": ["GET", "PUT"]})))
        assert_problem(response, 405, "method-not-allowed")
        assert response["headers"]["allow"] == "GET, PUT"

    def test_what_is_out_of_reach_is_503_and_worth_another_try(self) -> None:
        response = answered(refuse(InfrastructureError("DynamoDB is out of reach")))
        problem = assert_problem(response, 503, "unavailable")
        assert response["headers"]["retry-after"]
        assert "DynamoDB" not in json.dumps(problem)

    def test_a_crash_says_nothing_of_what_was_sent(self) -> None:
        stream = io.StringIO()
        response = answered(refuse(RuntimeError(SECRET_WORDS)), log=stream)
        assert_problem(response, 500, "internal-error")
        log = stream.getvalue()
        assert "builtins.RuntimeError" in log
        assert "test_gateway.py" in log
        assert SECRET_WORDS not in log + json.dumps(response)

    def test_our_own_validation_fault_is_not_the_callers(self) -> None:
        class Inner(BaseModel):
            number: int

        def route(request: Request) -> Response:
            Inner.model_validate({"number": "x"})
            return Response(204)

        assert_problem(answered(route), 500, "internal-error")

    def test_a_preflight_is_answered_without_an_authorizer(self) -> None:
        event = http_event("OPTIONS", "/api/chat")
        del event["requestContext"]["authorizer"]
        response = answered(refuse(AssertionError("not for the route")), event)
        assert (response["statusCode"], response["body"]) == (204, "")


class TestReadingModels:
    def test_each_fault_names_its_field_and_quotes_no_value(self) -> None:
        class Inner(BaseModel):
            rows: list[int]

        class Outer(BaseModel, extra="forbid"):
            name: str
            inner: Inner

        with pytest.raises(InvalidInputError) as caught:
            read_model(Outer, {"inner": {"rows": [1, SECRET_WORDS]}, "extra": 1})
        faults = {error.field: error.message for error in caught.value.errors}
        assert set(faults) == {"name", "inner.rows.1", "extra"}
        assert SECRET_WORDS not in repr(caught.value.errors) + caught.value.detail

    def test_what_is_right_is_read(self) -> None:
        principal = read_model(Principal, {"kind": "staff", "admin": True})
        assert principal == Principal(kind=PrincipalKind.STAFF, admin=True)


def test_base64_is_what_the_gateway_says_it_is() -> None:
    event = http_event("POST", "/", raw_body=base64.b64encode(b"{}").decode())
    with pytest.raises(BadRequestError):
        read(event).json_body()
