"""Makes the API's description (OpenAPI 3.1) of the code.

Run at build time, as ``python -m support_api.openapi``, and never in the function: it writes
``openapi.json`` beside this file, which the function serves. A test holds the two equal.
"""

import json
from dataclasses import fields
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from frontdesk import __version__
from frontdesk.http.etags import ETAG_HEADER, IF_MATCH_HEADER
from frontdesk.http.idempotency import MAX_KEY_LENGTH
from frontdesk.http.problem import CONTENT_TYPE as PROBLEM_CONTENT_TYPE
from frontdesk.observability import CORRELATION_HEADER
from support_api import chat_description
from support_api.api import Access, Api, Rule
from support_api.description import DESCRIPTION
from support_api.ports import Desk
from support_api.routes import build_api

_REFERENCE = "#/components/schemas/{model}"
_ANYONE: list[dict[str, list[str]]] = [{}, {"bearer": []}, {"service_key": []}]
_STAFF: list[dict[str, list[str]]] = [{"bearer": []}]
_SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A guest token, or an ID token of the company's OIDC issuer.",
    },
    "service_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
}
_OF_THE_GATEWAY = frozenset({403, 413, 429, 500, 503})
_RETRIED = frozenset({429, 503})
_SECONDS = {"schema": {"type": "integer"}, "description": "Seconds until it may be tried again."}
_LIMIT_HEADERS = {
    "RateLimit": {
        "schema": {"type": "string"},
        "description": "Which limit, what is left of it, and the seconds until it is whole again.",
        "example": '"requests";r=0;t=17',
    },
    "RateLimit-Policy": {
        "schema": {"type": "string"},
        "description": "The limit's quota, and its window in seconds.",
        "example": '"requests";q=300;w=60',
    },
}
_CHANGES = frozenset({"PUT", "PATCH"})
_IF_MATCH = {
    "name": IF_MATCH_HEADER,
    "in": "header",
    "required": False,
    "description": "The `ETag` of the version that is to be changed; another one is answered 412.",
    "schema": {"type": "string"},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a retry write nothing again, and return what was written.",
    "schema": {"type": "string", "maxLength": MAX_KEY_LENGTH},
}
_VENDOR_SCHEMAS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")


class GatewayRefusal(BaseModel):
    """What the gateway itself refuses or fails: a bad credential, a throttled request."""

    message: str = Field(examples=["Forbidden"])


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Problem(BaseModel):
    """Why a request was refused, or failed (RFC 9457)."""

    type: str = Field(examples=["urn:frontdesk:problem:not-found"])
    title: str
    status: int
    detail: str
    correlation_id: str
    errors: list[FieldProblem] | None = Field(
        default=None, description="The fields at fault; there with 422 only."
    )


def describe() -> dict[str, Any]:
    """Describes every route.

    Returns:
        The OpenAPI document.
    """
    nothing: dict[str, Any] = dict.fromkeys(field.name for field in fields(Desk))
    api = build_api(Desk(**nothing))
    document: dict[str, Any] = json.loads(
        api.get_openapi_json_schema(
            title="Frontdesk",
            version=__version__,
            description="A support desk of AI agents and people.",
        )
    )
    document.pop("servers", None)
    _describe_problems(document, api)
    _add_chat_routes(document)
    _add_schemas(document)
    document["paths"] = dict(sorted(document["paths"].items()))
    document["components"]["securitySchemes"] = _SECURITY_SCHEMES
    return document


def render() -> str:
    """Writes the description as it is kept in the repository.

    Returns:
        JSON, indented so that changes can be read.
    """
    return json.dumps(describe(), indent=2, ensure_ascii=False) + "\n"


def _describe_problems(document: dict[str, Any], api: Api) -> None:
    """Says of each operation who may call it, and how it refuses."""
    for (method, path), rule in api.rules.items():
        openapi_path = path.replace("<", "{").replace(">", "}")
        operation = document["paths"][openapi_path][method.lower()]
        has_input = bool(operation.get("requestBody")) or any(
            parameter["in"] == "query" for parameter in operation.get("parameters", ())
        )
        operation["security"] = _ANYONE if rule.access is Access.ANYONE else _STAFF
        statuses = _statuses(rule, has_input=has_input, has_body=bool(operation.get("requestBody")))
        if "201" in operation["responses"]:
            _describe_header(operation, "location", "The path of what was made.")
        if rule.versioned:
            _describe_header(operation, ETAG_HEADER, "The version, for `If-Match`.")
            if method in _CHANGES:
                operation.setdefault("parameters", []).append(_IF_MATCH)
                statuses.append(HTTPStatus.PRECONDITION_FAILED)
        if rule.repeatable:
            operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        if rule.conflicts:
            statuses.append(HTTPStatus.CONFLICT)
        _set_problems(operation, sorted(statuses))


def _describe_header(operation: dict[str, Any], name: str, meaning: str) -> None:
    """Says of an operation's good answers that they carry a header."""
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer.setdefault("headers", {})[name] = {
                "description": meaning,
                "schema": {"type": "string"},
            }


def _statuses(rule: Rule, *, has_input: bool, has_body: bool) -> list[int]:
    statuses = [429]
    if has_body:
        statuses += [400, 413]
    if rule.access is not Access.ANYONE:
        statuses.append(401)
    if rule.find is not None:
        statuses.append(404)
    if rule.sizeable:
        statuses.append(406)
    if has_input:
        statuses.append(422)
    return statuses


def _set_problems(operation: dict[str, Any], statuses: list[int]) -> None:
    """Leaves the answers that are not problems as they are.

    Any route may be unavailable, and no route looks at a bad credential.
    """
    responses = {
        status: answer
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    }
    responses.get(str(HTTPStatus.NO_CONTENT.value), {}).pop("content", None)
    for status in sorted({*statuses, 403, 500, 503}):
        content = {PROBLEM_CONTENT_TYPE: _schema("Problem")}
        if status in _OF_THE_GATEWAY:
            content["application/json"] = _schema("GatewayRefusal")
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
        if status in _RETRIED:
            responses[str(status)]["headers"] = {"Retry-After": _SECONDS}
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            responses[str(status)]["headers"] |= _LIMIT_HEADERS
    for answer in responses.values():
        answer.setdefault("headers", {})[CORRELATION_HEADER] = {"schema": {"type": "string"}}
    operation["responses"] = responses


def _schema(model: str) -> dict[str, Any]:
    return {"schema": {"$ref": _REFERENCE.format(model=model)}}


def _add_chat_routes(document: dict[str, Any]) -> None:
    for path, operations in chat_description.PATHS.items():
        for operation in operations.values():
            operation["security"] = _ANYONE
            _set_problems(operation, list(chat_description.PROBLEMS[path]))
        document["paths"][path] = operations


def _add_schemas(document: dict[str, Any]) -> None:
    models: list[type[BaseModel]] = [*chat_description.MODELS, Problem, GatewayRefusal]
    _, written = models_json_schema(
        [(model, "serialization") for model in models], ref_template=_REFERENCE
    )
    schemas = document["components"]["schemas"] | written["$defs"]
    for name in _VENDOR_SCHEMAS:
        schemas.pop(name, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))


if __name__ == "__main__":
    DESCRIPTION.write_text(render())
