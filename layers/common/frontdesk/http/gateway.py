"""The HTTP API's events in, its responses out (payload format 2.0).

A handler gives `answer` its event and one function from `Request` to `Response`; every refusal
and every fault becomes a problem, and every answer carries the correlation id.
"""

import base64
import binascii
import json
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ValidationError

from frontdesk.domain.errors import (
    BadRequestError,
    InfrastructureError,
    InvalidInputError,
    RequestError,
    TooLargeError,
    UnauthenticatedError,
)
from frontdesk.http.packing import Packed, pack
from frontdesk.http.problem import (
    CONTENT_TYPE as PROBLEM_CONTENT_TYPE,
)
from frontdesk.http.problem import (
    InternalError,
    UnavailableError,
    invalid_input,
    problem,
)
from frontdesk.observability import CORRELATION_HEADER, correlation_id
from frontdesk.principal import Caller, Principal

UNAVAILABLE_RETRY_SECONDS = 2
"""What a 503 asks for: long enough for a throttled table or a failing-over database to recover."""

MAX_BODY_CHARACTERS = 2_000_000
"""As sent: room for the longest document that can be written here with each character escaped."""

REMAINING_TIME_MARGIN = 1.0
"""Seconds of a function's time kept for writing the answer and freezing."""

type Event = Mapping[str, Any]


class LambdaContext(Protocol):
    """The part of Lambda's context object that is used here."""

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds left before Lambda ends the function."""
        ...


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; `body` is JSON, or empty."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    @classmethod
    def of(
        cls, status: int, content: BaseModel | Mapping[str, Any], headers: Mapping[str, str] = {}
    ) -> Self:
        """Makes a JSON answer.

        Args:
            status: The HTTP status.
            content: A model, or anything that `json` writes.
            headers: Further headers.

        Returns:
            The answer.
        """
        if isinstance(content, BaseModel):
            return cls(status, content.model_dump_json(), headers)
        return cls(status, json.dumps(content, ensure_ascii=False), headers)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the functions see it.

    Attributes:
        method: In upper case.
        path: Decoded by the gateway, without stage and trailing slash; ``/`` for the root.
        headers: By lower-case name.
        query: A repeated parameter's values are joined by commas, as the gateway joins them.
        correlation_id: The caller's own, or a new one.
        source_ip: The network address it came from, where known.
        seconds_left: Seconds until Lambda ends the function, a margin taken off.
        received_at: When the gateway received it, in seconds since the epoch.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    correlation_id: str
    source_ip: str | None
    seconds_left: float
    received_at: float
    _raw_body: str | None
    _body_is_base64: bool
    _principal: str | None

    @classmethod
    def of(cls, event: Event, context: LambdaContext) -> Self:
        """Reads an event of the HTTP API.

        Args:
            event: The event, payload format 2.0.
            context: Lambda's context object.

        Returns:
            The request; its body and principal are read when they are asked for.
        """
        about = event["requestContext"]
        http = about["http"]
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        authorizer = (about.get("authorizer") or {}).get("lambda") or {}
        return cls(
            method=http["method"].upper(),
            path=_normal_path(event.get("rawPath") or "/", about.get("stage")),
            headers=headers,
            query=_read_query(event.get("rawQueryString") or ""),
            correlation_id=correlation_id(
                headers.get(CORRELATION_HEADER) or about.get("requestId") or None
            ),
            source_ip=http.get("sourceIp"),
            seconds_left=context.get_remaining_time_in_millis() / 1000 - REMAINING_TIME_MARGIN,
            received_at=about.get("timeEpoch", time.time() * 1000) / 1000,
            _raw_body=event.get("body"),
            _body_is_base64=bool(event.get("isBase64Encoded")),
            _principal=authorizer.get("principal"),
        )

    @property
    def caller(self) -> Caller:
        """Who is calling.

        Raises:
            UnauthenticatedError: No authorizer stands before the route.
        """
        if self._principal is None:
            raise UnauthenticatedError
        return Caller(
            principal=Principal.model_validate_json(self._principal),
            correlation_id=self.correlation_id,
            source_ip=self.source_ip,
        )

    def json_body(self) -> Any:
        """Reads the body.

        Returns:
            What the JSON says; its strings can be encoded as UTF-8.

        Raises:
            BadRequestError: The body is not JSON in UTF-8.
            TooLargeError: It is longer than anything that is taken.
        """
        text = self._text_body()
        try:
            content = json.loads(text, parse_constant=_refuse_constant)
            return _without_lone_surrogates(content) if "\\u" in text else content
        except (ValueError, RecursionError):
            raise BadRequestError("The body is not JSON.") from None

    def json_object(self) -> dict[str, Any]:
        """Reads a body that has to be a JSON object.

        Returns:
            The object.

        Raises:
            BadRequestError: The body is not JSON in UTF-8.
            TooLargeError: It is longer than anything that is taken.
            InvalidInputError: It is JSON, but not an object.
        """
        content = self.json_body()
        if not isinstance(content, dict):
            raise InvalidInputError.of("body", "Input should be an object")
        return content

    def seconds_until(self, limit: float) -> float:
        """Tells how long the request may still be held.

        Args:
            limit: Seconds from when the gateway received it.

        Returns:
            The seconds left of that, and of the function's own time; never below 0.
        """
        elapsed = max(0.0, time.time() - self.received_at)
        return max(0.0, min(limit - elapsed, self.seconds_left))

    def _text_body(self) -> str:
        raw = self._raw_body or ""
        if len(raw) > MAX_BODY_CHARACTERS:
            raise TooLargeError(f"The body may have at most {MAX_BODY_CHARACTERS} characters.")
        if not self._body_is_base64:
            return raw.removeprefix("\ufeff")
        try:
            return base64.b64decode(raw, validate=True).decode("utf-8-sig")
        except (binascii.Error, UnicodeDecodeError):
            raise BadRequestError("The body is not JSON in UTF-8.") from None


def read_model[Model: BaseModel](model: type[Model], content: Any) -> Model:
    """Reads a caller's input into a model.

    Args:
        model: What it has to be.
        content: What was sent.

    Returns:
        The checked input.

    Raises:
        InvalidInputError: What was sent cannot be accepted; says field by field why.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise invalid_input(error) from None


def answer(
    event: Event,
    context: LambdaContext,
    logger: Logger,
    route: Callable[[Request], Response],
) -> dict[str, Any]:
    """Answers one event of the HTTP API.

    Args:
        event: The event, payload format 2.0.
        context: Lambda's context object.
        logger: The function's logger.
        route: Answers the request, or raises why it does not.

    Returns:
        The response in the form that the gateway takes.
    """
    request = Request.of(event, context)
    with logger.append_context_keys(correlation_id=request.correlation_id):
        response, packed = _pack(_respond(request, logger, route), request, logger)
    headers = {CORRELATION_HEADER: request.correlation_id, "cache-control": "no-store"}
    if response.body:
        headers["content-type"] = response.content_type
    return {
        "statusCode": response.status,
        "headers": headers | dict(response.headers) | dict(packed.headers),
        "body": packed.body,
        "isBase64Encoded": packed.is_base64,
    }


def problem_response(error: RequestError, correlation_id: str) -> Response:
    """Makes the answer to a request that is refused.

    Args:
        error: Why; ``allow`` among its further members becomes the ``Allow`` header.
        correlation_id: The request's correlation id.

    Returns:
        A problem, with ``Retry-After`` where the error knows when to try again.
    """
    headers = dict(error.headers)
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if "allow" in error.extra:
        headers["allow"] = ", ".join(error.extra["allow"])
    content = json.dumps(problem(error, correlation_id), ensure_ascii=False)
    return Response(error.status, content, headers, PROBLEM_CONTENT_TYPE)


def _respond(request: Request, logger: Logger, route: Callable[[Request], Response]) -> Response:
    if request.method == "OPTIONS":
        # A preflight: the gateway adds the CORS headers itself and drops ours.
        return Response(204)
    try:
        return route(request)
    except RequestError as error:
        logger.info("request refused", status=error.status, problem=error.slug)
        return problem_response(error, request.correlation_id)
    except InfrastructureError as error:
        logger.warning("request failed", error=str(error), cause=_name_of(error.__cause__))
        unavailable = UnavailableError(
            "Please try again in a moment.", retry_after=UNAVAILABLE_RETRY_SECONDS
        )
        return problem_response(unavailable, request.correlation_id)
    except Exception as error:  # noqa: BLE001 - the last resort of every request
        # Without the error's text: it may quote what the caller sent.
        frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
        logger.error("request crashed", error=_name_of(error), stack=frames)
        unexpected = InternalError("Something went wrong on our side.")
        return problem_response(unexpected, request.correlation_id)


def _pack(response: Response, request: Request, logger: Logger) -> tuple[Response, Packed]:
    try:
        return response, pack(response.body, request.headers)
    except RequestError as error:
        logger.warning("answer too large", status=error.status, characters=len(response.body))
        refusal = problem_response(error, request.correlation_id)
        return refusal, Packed(refusal.body)


def _normal_path(raw_path: str, stage: str | None) -> str:
    path = raw_path
    if stage and stage != "$default":
        path = path.removeprefix(f"/{stage}")
    return path.rstrip("/") or "/"


def _read_query(raw: str) -> dict[str, str]:
    query: dict[str, str] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _without_lone_surrogates(content: Any) -> Any:
    # JSON can spell half a surrogate pair, which no store can encode.
    text = json.dumps(content, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _name_of(error: BaseException | None) -> str | None:
    return None if error is None else f"{type(error).__module__}.{type(error).__qualname__}"
