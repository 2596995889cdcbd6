"""What the description says of the chat routes, which other functions answer.

They do without a resolver, so that they start fast; what is said here is held true by tests that
send requests to the running system.
"""

from typing import Any, Literal

from pydantic import BaseModel, Field

from frontdesk.domain.task import Task

MAX_MESSAGE_CHARACTERS = 4000
"""The default of the setting with this name; another deployment may have another limit."""


class ChatMessage(BaseModel):
    """A message to the support team."""

    message: str = Field(
        min_length=1,
        max_length=MAX_MESSAGE_CHARACTERS,
        examples=["How do I create a new project?"],
        description="Characters are counted after normalising.",
    )
    conversation_id: str | None = Field(default=None, description="Goes on with a conversation.")
    customer_email: str | None = Field(
        default=None,
        description=(
            "Believed from staff and services: the customer they speak for. From others, an "
            "address to be reached at, which opens no data."
        ),
    )
    language: str | None = None
    guest_token: str | None = Field(
        default=None, description="Sent once by a guest who signed in, to keep its conversations."
    )
    previous_conversation_id: str | None = Field(
        default=None, description="A closed conversation whose context a new one carries over."
    )
    confirm_action: str | None = Field(
        default=None,
        description=(
            "The token of the `proposed_action` of the reply before: confirms it, whatever the "
            "message says. A message that is a plain yes does so too."
        ),
    )


class AcceptedMessage(BaseModel):
    """A message that was accepted and will be answered."""

    task_id: str
    conversation_id: str
    status: Literal["queued"] = "queued"
    status_url: str
    guest_token: str | None = Field(
        default=None, description="A new guest's credential, to read the answer with."
    )


class AnsweredMessage(Task):
    """A task, with the credential of a new guest."""

    guest_token: str | None = None


MODELS: tuple[type[BaseModel], ...] = (ChatMessage, AcceptedMessage, AnsweredMessage, Task)

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": (
        "Makes a retry within 24 hours return the first answer. A UUID where no credential is sent."
    ),
}
_WAIT = {
    "name": "wait",
    "in": "query",
    "required": False,
    "schema": {"type": "integer", "minimum": 0, "maximum": 20, "default": 0},
    "description": "Seconds to hold the request until the task has ended.",
}
_TASK_ID = {"name": "task_id", "in": "path", "required": True, "schema": {"type": "string"}}


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}


def _accepted() -> dict[str, Any]:
    return {
        "description": "Accepted; the answer is made.",
        "content": _json("AcceptedMessage"),
        "headers": {
            "Location": {"schema": {"type": "string"}, "description": "Where the task is read."},
            "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."},
        },
    }


def _request() -> dict[str, Any]:
    return {"required": True, "content": _json("ChatMessage")}


PATHS: dict[str, dict[str, Any]] = {
    "/api/chat": {
        "post": {
            "operationId": "sendMessage",
            "summary": "Send a message",
            "description": "Answered in the background; read the task for the answer.",
            "tags": ["chat"],
            "parameters": [_IDEMPOTENCY_KEY],
            "requestBody": _request(),
            "responses": {"202": _accepted()},
        }
    },
    "/api/chat/sync": {
        "post": {
            "operationId": "sendMessageAndWait",
            "summary": "Send a message and wait for the answer",
            "description": "Waits at most 25 seconds.",
            "tags": ["chat"],
            "parameters": [_IDEMPOTENCY_KEY],
            "requestBody": _request(),
            "responses": {
                "200": {"description": "Answered.", "content": _json("AnsweredMessage")},
                "202": _accepted(),
            },
        }
    },
    "/api/chat/status/{task_id}": {
        "get": {
            "operationId": "getTask",
            "summary": "Read a task, and the answer once there is one",
            "tags": ["chat"],
            "parameters": [_TASK_ID, _WAIT],
            "responses": {"200": {"description": "The task.", "content": _json("Task")}},
        }
    },
}
"""The chat routes, without the problems that every route may answer with."""

PROBLEMS: dict[str, tuple[int, ...]] = {
    "/api/chat": (400, 404, 409, 413, 422, 429),
    "/api/chat/sync": (400, 404, 409, 413, 422, 429),
    "/api/chat/status/{task_id}": (404, 422),
}
"""The refusals of each chat route."""
