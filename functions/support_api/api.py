"""The resolver of the support API: routes, and who may use them.

Everything that is refused leaves as an exception, for `frontdesk.http.gateway.answer` to make a
problem of. Checks go in one order on every route: credential, role, ownership, then input.
Powertools validates a route's input before anything else, so what it finds wrong is held back
until the caller is known to be allowed to hear of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, NoReturn

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler import Response as PowertoolsResponse
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as UnknownRouteError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import Conversation
from frontdesk.domain.errors import (
    BadRequestError,
    FieldError,
    ForbiddenError,
    InvalidInputError,
    MethodNotAllowedError,
    NotFoundError,
    UnauthenticatedError,
)
from frontdesk.domain.records import Customer, Invoice, Subscription, Ticket
from frontdesk.http.etags import ETAG_HEADER, IF_MATCH_HEADER, etag, expected_version
from frontdesk.http.gateway import Event, LambdaContext, Request, Response
from frontdesk.principal import Principal, PrincipalKind
from support_api.ports import AuditLog

_JSON = "application/json"
_PATH_PARAMETER = re.compile(r"<(\w+)>")
_VALUE_ERROR_PREFIX = "Value error, "


class Access(StrEnum):
    """Who may use a route; what they may see there is another question."""

    ANYONE = "anyone"
    STAFF = "staff"
    ADMIN = "admin"

    def check(self, principal: Principal) -> None:
        """Refuses a caller that may not use the route.

        Args:
            principal: The caller.

        Raises:
            UnauthenticatedError: It sent no credential.
            ForbiddenError: It has one, of another role.
        """
        if self is Access.ANYONE:
            return
        if principal.is_staff and (principal.admin or self is Access.STAFF):
            return
        if principal.subject is None:
            raise UnauthenticatedError("This needs a credential of a member of staff.")
        raise ForbiddenError(f"This is for {self.value} only.")


type Find = Callable[[Principal, str], object | None]
"""Finds what a path's identifier names, for a caller; None where the caller sees none such."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks of its caller before it looks at the input.

    Attributes:
        find: Finds what the path's identifier names; the caller must be allowed to see it.
        audited: The audit log's action for the use of this route by staff and services; None
            where no customer's data is shown.
        object_kind: The kind of thing that is shown, for the audit log.
        versioned: True where the answer carries an ``ETag``, and a change heeds ``If-Match``.
        conflicts: True where it may contradict what is there (409), for the API's description.
        repeatable: True where an ``Idempotency-Key`` makes a retry change nothing.
        sizeable: True where the answer may be too large for callers who take no gzip (406).
    """

    access: Access
    find: Find | None = None
    audited: str | None = None
    object_kind: str = ""
    versioned: bool = False
    conflicts: bool = False
    repeatable: bool = False
    sizeable: bool = False


class Api(APIGatewayHttpResolver):
    """A Powertools resolver whose every route has a rule.

    Args:
        audit: Where staff's and services' access to customers' data is written down.
    """

    def __init__(self, audit: AuditLog) -> None:
        super().__init__(
            enable_validation=True,
            response_validation_error_http_code=500,
            json_body_deserializer=self._deserialize_body,
        )
        self._audit = audit
        self._request: Request | None = None
        self.rules: dict[tuple[str, str], Rule] = {}
        self._elsewhere: list[tuple[str, re.Pattern[str]]] = []
        self.not_found(self._refuse_unknown_route)
        self.exception_handler(Exception)(_let_through)
        self.exception_handler([RequestValidationError, BadRequestError, InvalidInputError])(
            self._refuse_input
        )

    def operation(
        self, method: str, path: str, rule: Rule, **documentation: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Registers a route.

        Args:
            method: The HTTP method.
            path: The path, with parameters in angle brackets.
            rule: Who may use it, and what it shows.
            **documentation: What OpenAPI says of it, as Powertools' `route` takes it.

        Returns:
            The decorator of the route's function.
        """
        self.rules[method, path] = rule
        return self.route(path, method, middlewares=[self._guard], **documentation)

    def answered_elsewhere(self, method: str, path: str) -> None:
        """Notes a route that another function answers, to know which methods its path has.

        Args:
            method: The HTTP method.
            path: The path, with parameters in braces.
        """
        rule = path.replace("{", "<").replace("}", ">")
        self._elsewhere.append((method, self._compile_regex(rule)))

    def respond(self, request: Request, event: Event, context: LambdaContext) -> Response:
        """Answers a request.

        Args:
            request: The request.
            event: The event that it was read from.
            context: Lambda's context object.

        Returns:
            The answer; a refusal is raised instead.
        """
        self._request = request
        try:
            answer = self.resolve(_normalised(event, request), context)  # type: ignore[arg-type]
        finally:
            self._request = None
        headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
        content_type = headers.pop("content-type", _JSON)
        status = answer["statusCode"]
        # The resolver writes a missing body as JSON's null.
        body = "" if status == HTTPStatus.NO_CONTENT else answer.get("body") or ""
        return Response(status, body, headers, content_type)

    @property
    def incoming(self) -> Request:
        """The request that is being answered."""
        if self._request is None:
            raise RuntimeError("there is no request outside of `respond`")
        return self._request

    @property
    def principal(self) -> Principal:
        """Who is calling."""
        return self.incoming.caller.principal

    def found[T](self, kind: type[T]) -> T:
        """Returns what the rule of the route found.

        Args:
            kind: Its class.

        Returns:
            What the path's identifier names.
        """
        found = self.context["found"]
        if not isinstance(found, kind):
            raise TypeError(f"the rule found a {type(found).__name__}, not a {kind.__name__}")
        return found

    def expected_version(self, present: int) -> int | None:
        """Reads which version the caller wants to change, of its ``If-Match``.

        Args:
            present: The version that is stored now.

        Returns:
            The version to demand when the change is written; None where any will do.

        Raises:
            PreconditionFailedError: It was changed since the caller has read it.
        """
        return expected_version(self.incoming.headers.get(IF_MATCH_HEADER), present)

    def tag(self, version: int) -> None:
        """Gives the answer an ``ETag``.

        Args:
            version: The version of what is answered.
        """
        self._add_header(ETAG_HEADER, etag(version))

    def locate(self, path: str) -> None:
        """Gives the answer a ``Location``, where what it made can be read.

        Args:
            path: The path, without a host.
        """
        self._add_header("location", path)

    def audit_entry(
        self, action: str, object_kind: str, object_id: str | None, customer_id: str | None
    ) -> AuditEntry:
        """Makes the entry of a change, for a store to write together with the change.

        Args:
            action: What is done.
            object_kind: What kind of thing it is done to.
            object_id: Which one.
            customer_id: Whose data it is, where that is one customer's.

        Returns:
            The entry, with who is calling and the request's correlation id.
        """
        return AuditEntry(
            actor=self.principal,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            customer_id=customer_id,
            correlation_id=self.incoming.correlation_id,
        )

    def entry_of_change(
        self, action: str, object_kind: str, object_id: str | None, customer_id: str | None
    ) -> AuditEntry | None:
        """Makes the entry of a change that customers may make of their own things as well.

        Args:
            action: What is done.
            object_kind: What kind of thing it is done to.
            object_id: Which one.
            customer_id: Whose data it is, where that is one customer's.

        Returns:
            The entry; None where it is a customer's own doing.
        """
        if not self._is_audited:
            return None
        return self.audit_entry(action, object_kind, object_id, customer_id)

    @property
    def _is_audited(self) -> bool:
        return self.principal.kind in (PrincipalKind.STAFF, PrincipalKind.SERVICE)

    def concerns(self, customer_id: str | None) -> None:
        """Notes for the audit log whose data a listing was narrowed to.

        Args:
            customer_id: The customer.
        """
        self.context["customer_id"] = customer_id

    def _guard(self, _: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Any:
        self._check()
        response = next_middleware(self)
        self._write_audit()
        response.headers.update(self.context.get("headers", {}))
        return response

    def _add_header(self, name: str, value: str) -> None:
        self.context.setdefault("headers", {})[name] = value

    def _rule(self) -> Rule:
        route = self.context["_route"]
        return self.rules[route.method, route.path]

    def _check(self) -> None:
        rule = self._rule()
        if rule.access is not Access.ANYONE:
            rule.access.check(self.principal)
        if rule.find is not None:
            found = rule.find(self.principal, self._object_id() or "")
            if found is None:
                raise NotFoundError
            self.context["found"] = found
        self.context["checked"] = True

    def _object_id(self) -> str | None:
        """The first identifier in the path, which names what the route is about."""
        parameter = _PATH_PARAMETER.search(self.context["_route"].path)
        return None if parameter is None else self.context["_route_args"][parameter[1]]

    def _write_audit(self) -> None:
        """Written before the answer leaves: what cannot be recorded is not shown."""
        rule = self._rule()
        if rule.audited is None or not self._is_audited:
            return
        customer_id = self.context.get("customer_id") or _customer_of(self.context.get("found"))
        self._audit.record(
            self.audit_entry(rule.audited, rule.object_kind, self._object_id(), customer_id)
        )

    def _deserialize_body(self, _: str) -> dict[str, Any]:
        return self.incoming.json_object()

    def _refuse_input(self, error: Exception) -> NoReturn:
        if "checked" not in self.context:
            self._check()
        if isinstance(error, RequestValidationError):
            raise _invalid_input(error) from None
        raise error

    def _refuse_unknown_route(self, _: UnknownRouteError) -> NoReturn:
        path = self.incoming.path
        routes = [(route.method, route.rule) for route in self._static_routes]
        routes += [(route.method, route.rule) for route in self._dynamic_routes]
        allowed = {method for method, rule in [*routes, *self._elsewhere] if rule.match(path)}
        if allowed:
            raise MethodNotAllowedError(
                f"{self.incoming.method} is not possible here.", extra={"allow": sorted(allowed)}
            )
        raise NotFoundError


def _customer_of(found: object) -> str | None:
    """Whose data something is, where that is one customer's."""
    match found:
        case Customer():
            return found.id
        case Conversation() | Ticket() | Subscription() | Invoice():
            return found.customer_id
    return None


def _let_through(error: Exception) -> PowertoolsResponse[str]:
    # Raised from a handler, an exception leaves the resolver without being logged by it.
    raise error


def _normalised(event: Event, request: Request) -> dict[str, Any]:
    """The event as the resolver shall see it: without stage, trailing slash and other types.

    Any body is read as JSON, whatever its content type says, because curl says that of a form.
    """
    about = event["requestContext"]
    headers = {name: value for name, value in request.headers.items() if name != "content-type"}
    return {
        **event,
        "rawPath": request.path,
        "headers": headers,
        "queryStringParameters": dict(request.query),
        "requestContext": {
            **about,
            "stage": "$default",
            "http": {**about["http"], "path": request.path},
        },
        # Read from the request when the route wants it; here it only must not look empty.
        "body": "json",
        "isBase64Encoded": False,
    }


def _invalid_input(error: RequestValidationError) -> InvalidInputError:
    """Names the fields at fault; no value that was sent is repeated."""
    faults = [
        FieldError(_field(fault["loc"]), str(fault["msg"]).removeprefix(_VALUE_ERROR_PREFIX))
        for fault in error.errors()
    ]
    names = ", ".join(dict.fromkeys(fault.field for fault in faults))
    return InvalidInputError(f"These fields cannot be accepted: {names}", errors=faults)


def _field(location: tuple[str | int, ...]) -> str:
    """Drops where the field was sent (query, body) and keeps its name."""
    return ".".join(map(str, location[1:])) or str(location[0])
