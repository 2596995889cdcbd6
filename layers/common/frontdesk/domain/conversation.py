"""Conversations, their messages, and the turns that answer them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from frontdesk.domain.actions import ActionPolicy, ProposedAction
from frontdesk.domain.errors import ActionRefusedError
from frontdesk.domain.records import Ticket, TicketStatus
from frontdesk.domain.task import (
    AgentName,
    Citation,
    RecordReference,
    TaskError,
    TaskResult,
    TaskStatus,
    TicketSummary,
)
from frontdesk.principal import Principal


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
    proposed_action: ProposedAction | None = None
    internal: bool = False
    created_at: datetime


class Conversation(_Part):
    """A conversation as it is stored.

    Attributes:
        owner_subject: The principal's subject it belongs to.
        contact_email: Where its owner wants to be reached; it opens no data.
        version: Moves with every message and every change of status or handler, and with
            nothing else; a turn commits only at the version it has read.
        revision: Moves with every change; entity tags are made of it.
    """

    id: str
    owner_subject: str
    customer_id: str | None = None
    contact_email: str | None = None
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
    revision: int = 0
    previous_conversation_id: str | None = None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None


class TicketIntent(_Part):
    """A ticket that a turn will make when it commits, or add to where one is open by then.

    Attributes:
        ticket_id: Derived from the task, so that making it twice is making it once.
        number: The number that the reply names; the commit puts right what is not so any more.
        expected_response_at: By when a person answers, as the reply says.
        raised_response_at: By when, where this raises the priority of one that is open.
        assigned_to: Who gets it.
    """

    ticket_id: str
    number: str
    subject: str
    description: str
    category: str
    priority: str
    contact_email: str | None = None
    expected_response_at: datetime
    raised_response_at: datetime | None = None
    assigned_to: str | None = None


class Confirmation(_Part):
    """A proposed action that the customer has confirmed: done with the turn, or not at all.

    Attributes:
        token: The action.
        confirmed_by: Who confirmed it.
        policy: What is allowed; asked once more, on the account as it is then.
        at: When it was confirmed.
        ticket: What a person has to do about it, where it is a matter for one.
        refusal: What the reply says instead where it is refused; the reason follows.
        reasons: The customer's sentences for the reasons, by `RefusalReason`.
    """

    token: str
    confirmed_by: Principal
    correlation_id: str
    policy: ActionPolicy
    at: datetime
    ticket: TicketIntent | None = None
    refusal: str
    reasons: dict[str, str]


class Turn(_Part):
    """An answered task, ready to be committed.

    Attributes:
        read_version: The conversation's version that the answer was made from.
        intents: What is to be written together with the reply, or not at all.
        confirmation: The proposed action that the message confirms.
        drops: The token of the proposed action that the message does not confirm.
        trace: What happened, for staff: route, passages with scores, calls, tokens, cost.
    """

    task_id: str
    conversation_id: str
    read_version: int
    result: TaskResult
    intents: tuple[TicketIntent, ...] = ()
    confirmation: Confirmation | None = None
    drops: str | None = None
    trace: dict[str, Any] = {}


class StoredTurn(_Part):
    """A committed turn as staff look into it.

    Attributes:
        result: What was published.
        trace: What happened on the way: passages with scores, calls, tokens, cost.
        feedback_rating: ``up`` or ``down``, where the customer rated the answer.
    """

    id: str
    task_id: str
    conversation_id: str
    result: TaskResult
    trace: dict[str, Any] = {}
    feedback_rating: str | None = None
    feedback_comment: str | None = None
    created_at: datetime


SETTLED_TICKETS = frozenset({TicketStatus.RESOLVED, TicketStatus.CLOSED})
"""A ticket in one of these states is done with: a further escalation makes another."""

ANSWERED_BY_US = frozenset({TicketStatus.OPEN, TicketStatus.IN_PROGRESS})
"""In the others nobody of ours is at it: it is done, or the customer was asked something."""


def is_late(ticket: Ticket, now: datetime) -> bool:
    """Tells whether a ticket's first answer is overdue.

    Args:
        ticket: The ticket.
        now: The time.

    Returns:
        True where nobody has taken it up by then; who works on it may have answered already.
    """
    return ticket.status is TicketStatus.OPEN and ticket.expected_response_at < now


def answer_due(ticket: Ticket, now: datetime) -> datetime | None:
    """Tells by when a ticket's customer may expect an answer, or might have.

    Args:
        ticket: The ticket.
        now: The time.

    Returns:
        When; None where no answer of ours is to come, or one may have come before it was due.
    """
    if ticket.status not in ANSWERED_BY_US:
        return None
    due = ticket.expected_response_at
    return due if due >= now or is_late(ticket, now) else None


CONVERSATION_CLOSED = TaskError.of("conversation-closed", "The conversation is closed")


def overtaken_by(conversation: Conversation, result: TaskResult) -> TaskResult | None:
    """Tells what becomes of an answer when a person took over, or the conversation was closed.

    Args:
        conversation: The conversation, locked, as it is at the commit.
        result: How the turn would have ended.

    Returns:
        The result to commit instead, without a reply; None where the answer may be given.
    """
    if result.status is not TaskStatus.COMPLETED:
        return None
    if conversation.status is ConversationStatus.CLOSED:
        return _without_reply(result, TaskStatus.FAILED, CONVERSATION_CLOSED)
    if conversation.handler is Handler.HUMAN:
        return _without_reply(result, TaskStatus.HANDED_OFF, None)
    return None


def concerns_people(result: TaskResult) -> bool:
    """Tells whether a turn may have left a domain event: see `waits_after`, and tickets.

    Args:
        result: What is committed.

    Returns:
        False for an answer of the AI's that is all there is.
    """
    return result.status is not TaskStatus.COMPLETED or result.ticket is not None


def waits_after(
    conversation: Conversation, result: TaskResult, *, has_open_ticket: bool
) -> WaitingFor | None:
    """Tells whose move it is once a turn is committed.

    Args:
        conversation: The conversation, locked, as it is at the commit.
        result: What is committed.
        has_open_ticket: True where a ticket of the conversation is still worked on.

    Returns:
        The staff's where the turn made a ticket, or left a message to people; nobody's where the
        answer was all that was waited for; else what it was.
    """
    if result.ticket is not None:
        return WaitingFor.STAFF
    if conversation.handler is Handler.HUMAN or conversation.status is ConversationStatus.CLOSED:
        # Decided when the message was taken up, and by what people did since.
        return conversation.waiting_for
    if result.status is TaskStatus.HANDED_OFF:
        return WaitingFor.STAFF
    if result.response is not None and not has_open_ticket:
        return None
    return conversation.waiting_for


def with_ticket(result: TaskResult, ticket: Ticket, announced_number: str) -> TaskResult:
    """Completes a result with the ticket that its turn made or added to.

    Args:
        result: How the turn ended.
        ticket: The ticket as it is stored.
        announced_number: The number that the reply was written with.

    Returns:
        The result with the ticket, named by its real number in the reply.
    """
    response = result.response
    if response is not None and announced_number != ticket.number:
        response = response.replace(announced_number, ticket.number)
    summary = TicketSummary(
        id=ticket.id,
        number=ticket.number,
        priority=ticket.priority,
        status=ticket.status,
        expected_response_at=ticket.expected_response_at,
    )
    reference = RecordReference(kind="ticket", id=ticket.id, label=ticket.number)
    return result.model_copy(
        update={
            "response": response,
            "ticket": summary,
            "records": (*result.records, reference),
        }
    )


def refused(
    result: TaskResult, confirmation: Confirmation, error: ActionRefusedError
) -> TaskResult:
    """Makes the result of a confirmation that could not be carried out.

    Args:
        result: How the turn would have ended.
        confirmation: What was confirmed.
        error: Why not.

    Returns:
        The result, which says so.
    """
    reason = confirmation.reasons[error.reason].format(**error.facts)
    return result.model_copy(update={"response": f"{confirmation.refusal} {reason}", "records": ()})


def _without_reply(result: TaskResult, status: TaskStatus, error: TaskError | None) -> TaskResult:
    return TaskResult(
        status=status,
        completed_at=result.completed_at,
        route=result.route,
        usage=result.usage,
        timings_ms=result.timings_ms,
        error=error,
    )
