"""Conversations, their messages, and the turns that answer them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from frontdesk.domain.task import AgentName, Citation, TaskResult


class ConversationStatus(StrEnum):
    """Open conversations take messages; closed ones are carried on in a new one."""

    OPEN = "open"
    CLOSED = "closed"


class Handler(StrEnum):
    """Who answers: the agents, or a person."""

    AI = "ai"
    HUMAN = "human"


class WaitingFor(StrEnum):
    """Whose move it is while a person is wanted or has the conversation."""

    STAFF = "staff"
    CUSTOMER = "customer"


class MessageRole(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    ASSISTANT = "assistant"
    STAFF = "staff"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(_Part):
    """One message of a conversation; ``internal`` ones are notes only staff see."""

    id: str
    role: MessageRole
    content: str
    agent: AgentName | None = None
    task_id: str | None = None
    citations: tuple[Citation, ...] = ()
    internal: bool = False
    created_at: datetime


class Conversation(_Part):
    """A conversation as it is stored.

    Attributes:
        owner_subject: The principal's subject it belongs to.
        version: Moves with every message and every change of status or handler, and with
            nothing else; a turn commits only at the version it has read.
    """

    id: str
    owner_subject: str
    customer_id: str | None = None
    status: ConversationStatus = ConversationStatus.OPEN
    handler: Handler = Handler.AI
    waiting_for: WaitingFor | None = None
    waiting_since: datetime | None = None
    subject: str = ""
    last_agent: AgentName | None = None
    assigned_to: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    message_count: int = 0
    version: int = 0
    previous_conversation_id: str | None = None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None


class TicketIntent(_Part):
    """A ticket that a turn will make when it commits; its id is derived from the task.

    Attributes:
        force_new: True for a conversation's first escalation, which always makes its own.
    """

    ticket_id: str
    subject: str
    description: str
    category: str
    priority: str
    contact_email: str | None = None
    expected_response_at: datetime


class Turn(_Part):
    """An answered task, ready to be committed.

    Attributes:
        read_version: The conversation's version that the answer was made from.
        intents: What is to be written together with the reply, or not at all.
        trace: What happened, for staff: route, passages with scores, calls, tokens, cost.
    """

    task_id: str
    conversation_id: str
    read_version: int
    result: TaskResult
    intents: tuple[TicketIntent, ...] = ()
    trace: dict[str, Any] = {}
