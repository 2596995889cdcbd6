"""Makers of messages, acceptances and results with sensible defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

from frontdesk.domain.acceptance import Acceptance, IdempotencyClaim
from frontdesk.domain.ids import new_id
from frontdesk.domain.task import QueuedMessage, TaskResult, TaskStatus
from frontdesk.principal import Principal, PrincipalKind

NOW = datetime(2026, 5, 4, 12, 30, 15, 123456, tzinfo=UTC)

JOHN = Principal(
    kind=PrincipalKind.CUSTOMER, subject="https://id.example|john", email="john@example.com"
)


def a_message(**changes: Any) -> QueuedMessage:
    defaults: dict[str, Any] = {
        "task_id": new_id("task"),
        "conversation_id": new_id("conv"),
        "correlation_id": "corr-1",
        "text": "How do I reset my password?",
        "principal": JOHN,
        "accepted_at": NOW,
    }
    return QueuedMessage.model_validate(defaults | changes)


def an_acceptance(message: QueuedMessage | None = None, **changes: Any) -> Acceptance:
    message = message or a_message()
    defaults: dict[str, Any] = {
        "message": message,
        "owner_subject": message.principal.subject,
        "is_new_conversation": True,
        "max_unanswered": 10,
        "task_expires_at": NOW + timedelta(days=30),
    }
    return Acceptance(**(defaults | changes))


def a_claim(key: str = "key-1", **changes: Any) -> IdempotencyClaim:
    defaults: dict[str, Any] = {
        "caller": JOHN.subject,
        "key": key,
        "body_hash": "hash-1",
        "expires_at": NOW + timedelta(hours=24),
    }
    return IdempotencyClaim(**(defaults | changes))


def a_result(**changes: Any) -> TaskResult:
    defaults: dict[str, Any] = {
        "status": TaskStatus.COMPLETED,
        "completed_at": NOW + timedelta(seconds=2),
        "response": "Open the settings [1].",
    }
    return TaskResult.model_validate(defaults | changes)
