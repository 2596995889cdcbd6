"""Events as the HTTP API sends them (payload format 2.0), and the context beside them."""

import base64
import json
import time
from typing import Any

from frontdesk.principal import Principal


class FakeContext:
    """Lambda's context object, with all of a function's time left."""

    def __init__(self, seconds: float = 29.0) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


def http_event(
    method: str,
    path: str,
    *,
    principal: Principal | None = None,
    body: object = None,
    raw_body: bytes | str | None = None,
    headers: dict[str, str] | None = None,
    query: str = "",
    received_at: float | None = None,
    source_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """Makes an event; `raw_body` bytes arrive base64-encoded, as binary ones do."""
    caller = principal or Principal.anonymous()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "ANY /api/{proxy+}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": source_ip},
            "requestId": "req-1",
            "stage": "$default",
            "timeEpoch": int((time.time() if received_at is None else received_at) * 1000),
            "authorizer": {"lambda": {"principal": caller.model_dump_json()}},
        },
        "isBase64Encoded": isinstance(raw_body, bytes),
    }
    if isinstance(raw_body, bytes):
        event["body"] = base64.b64encode(raw_body).decode()
    elif raw_body is not None:
        event["body"] = raw_body
    elif body is not None:
        event["body"] = json.dumps(body)
    return event


def body_of(response: dict[str, Any]) -> dict[str, Any]:
    """Reads a response's JSON object."""
    content = json.loads(response["body"])
    assert isinstance(content, dict)
    return content


def assert_problem(response: dict[str, Any], status: int, slug: str) -> dict[str, Any]:
    """Checks that a response is the contract's problem, and returns it."""
    assert response["statusCode"] == status
    assert response["headers"]["content-type"] == "application/problem+json"
    content = body_of(response)
    assert content["type"] == f"urn:frontdesk:problem:{slug}"
    assert content["status"] == status
    assert content["title"]
    assert content["detail"]
    assert content["correlation_id"] == response["headers"]["x-correlation-id"]
    return content
