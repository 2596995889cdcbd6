"""Conversations, messages, turns, tickets and documents for tests, each as bare as it may be."""

from datetime import UTC, datetime, timedelta
from typing import Any

from frontdesk.domain.conversation import Conversation, Message, StoredTurn
from frontdesk.domain.ids import derived_id, new_id
from frontdesk.domain.knowledge import Document
from frontdesk.domain.records import Ticket
from frontdesk.domain.task import TaskResult, TaskStatus

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def moment(minute: float) -> datetime:
    """A time, some minutes after the start of the tests' year."""
    return EPOCH + timedelta(minutes=minute)


def a_conversation(owner: str, *, minute: float = 0, **fields: Any) -> Conversation:
    values = {
        "id": new_id("conv"),
        "owner_subject": owner,
        "subject": "A question",
        "created_at": moment(minute),
        "updated_at": moment(minute),
    }
    return Conversation.model_validate(values | fields)


def a_message(content: str = "hello", *, minute: float = 0, **fields: Any) -> Message:
    values = {
        "id": new_id("msg"),
        "role": "customer",
        "content": content,
        "created_at": moment(minute),
    }
    return Message.model_validate(values | fields)


def a_turn(conversation_id: str, *, minute: float = 0, **fields: Any) -> StoredTurn:
    values = {
        "id": new_id("turn"),
        "task_id": new_id("task"),
        "conversation_id": conversation_id,
        "result": TaskResult(status=TaskStatus.COMPLETED, completed_at=moment(minute)),
        "created_at": moment(minute),
    }
    return StoredTurn.model_validate(values | fields)


def a_ticket(owner: str | None, *, minute: float = 0, **fields: Any) -> Ticket:
    ticket_id = new_id("tick")
    values = {
        "id": ticket_id,
        "number": "FD-" + derived_id("x", ticket_id)[2:7].upper(),
        "owner_subject": owner,
        "subject": "Help",
        "description": "It does not work.",
        "category": "technical",
        "expected_response_at": moment(minute + 60),
        "created_at": moment(minute),
        "updated_at": moment(minute),
    }
    return Ticket.model_validate(values | fields)


def a_document(*, minute: float = 0, **fields: Any) -> Document:
    values = {
        "id": new_id("doc"),
        "title": "How to",
        "content": "# How to\n\nLike this.",
        "category": "faq",
        "visibility": "public",
        "status": "published",
        "source": "api",
        "version": 1,
        "created_at": moment(minute),
        "updated_at": moment(minute),
    }
    return Document.model_validate(values | fields)
