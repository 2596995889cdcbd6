"""What a person needs to know who takes a conversation over: worked out of its turns, each time.

Nothing of it is stored, so it is right at any moment; and no model is asked for it, so it says
what happened and nothing else.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from frontdesk.domain.actions import ActionKind, ActionStatus, StoredAction
from frontdesk.domain.conversation import (
    SETTLED_TICKETS,
    Conversation,
    Handler,
    Message,
    MessageRole,
    StoredTurn,
    WaitingFor,
)
from frontdesk.domain.records import Customer, Subscription, Ticket
from frontdesk.domain.task import AgentName, Citation, RecordReference, RouteLabel, TaskStatus

MAX_MESSAGES = 100
"""The latest: what was said before is a click away, and hardly anybody reads it."""

MAX_TURNS = 20
MAX_WANTED = 5
"""What a customer says five messages long without an answer is one matter, and told by then."""

CLIP_CHARACTERS = 500
"""A screen shows twenty such texts; whole they are in the conversation."""

CUE = "cue"
"""Where a turn's trace says by which words its message is a matter for a person."""

_UPSET = frozenset({"anger", "a complaint"})
_GRAVE = frozenset({"a legal matter", "a matter of safety"})


class Mood(StrEnum):
    """How a customer seems to feel, by what was said and rated."""

    CALM = "calm"
    DISSATISFIED = "dissatisfied"
    UPSET = "upset"
    GRAVE = "grave"


class Outcome(StrEnum):
    """What became of a message."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    ESCALATED = "escalated"
    LEFT_TO_PEOPLE = "left_to_people"
    FAILED = "failed"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Who(_Part):
    """Who writes.

    Attributes:
        verified: True where an issuer, or a system of our own, has said who it is.
        contact_email: Where they say they can be reached; nobody has checked it.
    """

    verified: bool
    customer_id: str | None = None
    name: str = ""
    email: str | None = None
    company_name: str = ""
    contact_email: str | None = None
    subscription: str | None = None
    language: str | None = None


class Tried(_Part):
    """One message, and what the agents made of it.

    Attributes:
        documents: Titles of what was quoted.
        tools: What was looked up, or asked for to be done.
    """

    task_id: str
    at: datetime
    asked: str
    outcome: Outcome
    agent: AgentName | None = None
    answer: str = ""
    documents: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    degraded: bool = False
    rating: str | None = None


class Feeling(_Part):
    """A mood, and what it was told by."""

    mood: Mood
    because: tuple[str, ...] = ()


class HandoverPacket(_Part):
    """What a person needs to go on without asking again.

    Attributes:
        reason: Why a person is wanted, where the turns tell.
        wanted: What the customer wrote since a person last answered, the latest last.
        evidence: What the agents' answers were made from, each once.
        actions: What was proposed to the customer, and what became of it.
    """

    conversation_id: str
    subject: str
    handler: Handler
    waiting_for: WaitingFor | None
    waiting_since: datetime | None
    who: Who
    reason: str
    wanted: tuple[str, ...]
    tried: tuple[Tried, ...]
    evidence: tuple[Citation, ...]
    records: tuple[RecordReference, ...]
    tickets: tuple[Ticket, ...]
    actions: tuple[StoredAction, ...]
    feeling: Feeling
    next_step: str


class Material(_Part):
    """What is kept of a conversation, its latest messages and turns oldest first."""

    conversation: Conversation
    contact_email: str | None = None
    customer: Customer | None = None
    subscription: Subscription | None = None
    messages: tuple[Message, ...] = ()
    turns: tuple[StoredTurn, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    actions: tuple[StoredAction, ...] = ()


def packet_of(material: Material) -> HandoverPacket:
    """Puts together what a person needs to know.

    Args:
        material: What is kept of the conversation.

    Returns:
        The packet.
    """
    conversation = material.conversation
    asked = {
        message.task_id: message.content
        for message in material.messages
        if message.role is MessageRole.CUSTOMER and message.task_id is not None
    }
    tried = tuple(_tried(turn, asked.get(turn.task_id, "")) for turn in material.turns)
    who = _who(material)
    feeling = _feeling(material.turns)
    citations = {
        (citation.document_id, citation.section): citation
        for turn in material.turns
        for citation in turn.result.citations
    }
    records = {
        (record.kind, record.id): record
        for turn in material.turns
        for record in turn.result.records
    }
    return HandoverPacket(
        conversation_id=conversation.id,
        subject=conversation.subject,
        handler=conversation.handler,
        waiting_for=conversation.waiting_for,
        waiting_since=conversation.waiting_since,
        who=who,
        reason=_reason(conversation, material.turns),
        wanted=_wanted(material.messages),
        tried=tried,
        evidence=tuple(citations.values()),
        records=tuple(records.values()),
        tickets=material.tickets,
        actions=material.actions,
        feeling=feeling,
        next_step=_next_step(material, who, feeling),
    )


def _who(material: Material) -> Who:
    conversation, customer = material.conversation, material.customer
    subscription = material.subscription
    return Who(
        # A guest is whoever holds the token; everybody else's subject was vouched for.
        verified=not conversation.owner_subject.startswith("guest:"),
        customer_id=customer.id if customer else None,
        name=customer.name if customer else "",
        email=customer.email if customer else None,
        company_name=customer.company_name if customer else "",
        contact_email=material.contact_email,
        subscription=f"{subscription.plan}, {subscription.status.replace('_', ' ')}"
        if subscription
        else None,
        language=conversation.language,
    )


def _tried(turn: StoredTurn, asked: str) -> Tried:
    result = turn.result
    calls = [call.get("name") for call in turn.trace.get("tool_calls", ())]
    return Tried(
        task_id=turn.task_id,
        at=turn.created_at,
        asked=_clipped(asked),
        outcome=_outcome(turn),
        agent=result.agent,
        answer=_clipped(result.response or ""),
        documents=_each_once(citation.title for citation in result.citations),
        tools=_each_once(name for name in calls if isinstance(name, str)),
        degraded=result.degraded,
        rating=turn.feedback_rating,
    )


def _outcome(turn: StoredTurn) -> Outcome:
    result = turn.result
    if result.status is TaskStatus.HANDED_OFF:
        return Outcome.LEFT_TO_PEOPLE
    if result.status is TaskStatus.FAILED:
        return Outcome.FAILED
    if result.ticket is not None:
        return Outcome.ESCALATED
    return Outcome.ANSWERED if result.citations or result.records else Outcome.UNANSWERED


def _reason(conversation: Conversation, turns: Sequence[StoredTurn]) -> str:
    for turn in reversed(turns):
        route, ticket = turn.result.route, turn.result.ticket
        if ticket is not None:
            if route is not None and route.agent is RouteLabel.ESCALATION:
                return f"Escalated. {route.reasoning}".strip()
            return f"Ticket {ticket.number} was made for it."
        if turn.result.status is TaskStatus.FAILED and conversation.waiting_for is not None:
            return "A message could not be processed."
    if conversation.handler is Handler.HUMAN:
        return "A person has taken it over."
    if conversation.waiting_for is WaitingFor.STAFF:
        return "A message was left to people."
    return "Nobody is asked for; the agents have it."


def _wanted(messages: Sequence[Message]) -> tuple[str, ...]:
    wanted: list[str] = []
    for message in messages:
        if message.role is MessageRole.STAFF and not message.internal:
            wanted = []
        elif message.role is MessageRole.CUSTOMER:
            wanted.append(_clipped(message.content))
    return tuple(wanted[-MAX_WANTED:])


def _feeling(turns: Sequence[StoredTurn]) -> Feeling:
    cues = _each_once(str(turn.trace[CUE]) for turn in turns if turn.trace.get(CUE))
    rated_down = any(turn.feedback_rating == "down" for turn in turns)
    because = (*cues, *(("an answer was rated down",) if rated_down else ()))
    if _GRAVE & set(cues):
        return Feeling(mood=Mood.GRAVE, because=because)
    if _UPSET & set(cues):
        return Feeling(mood=Mood.UPSET, because=because)
    return Feeling(mood=Mood.DISSATISFIED if rated_down else Mood.CALM, because=because)


def _next_step(material: Material, who: Who, feeling: Feeling) -> str:
    """Suggests what to do, the gravest matter first."""
    steps: list[str] = []
    if feeling.mood is Mood.GRAVE:
        steps.append("Bring in whoever is responsible for legal and safety matters.")
    elif feeling.mood is Mood.UPSET:
        steps.append("Say first that the trouble is understood, then answer.")
    if not who.verified:
        steps.append("Nobody has verified who this is: speak of no account before that.")
    steps += [
        f"Decide on the refund of {action.arguments.get('invoice_number', 'the invoice')}, which "
        f"the customer has confirmed to want."
        for action in material.actions
        if action.kind is ActionKind.REQUEST_REFUND and action.status is ActionStatus.DONE
    ]
    waiting = [one for one in material.actions if one.status is ActionStatus.PROPOSED]
    if waiting:
        steps.append(f"The customer was asked to confirm: {waiting[-1].title}.")
    tickets = [ticket for ticket in material.tickets if ticket.status not in SETTLED_TICKETS]
    if tickets:
        due = min(ticket.expected_response_at for ticket in tickets)
        numbers = ", ".join(ticket.number for ticket in tickets)
        steps.append(f"Answer {numbers} by {due:%Y-%m-%d %H:%M} UTC.")
    elif material.conversation.waiting_for is WaitingFor.STAFF:
        steps.append("Answer the latest message.")
    elif material.conversation.waiting_for is WaitingFor.CUSTOMER:
        steps.append("Wait for the customer.")
    return " ".join(steps) or "Nothing waits to be done."


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CLIP_CHARACTERS else f"{line[: CLIP_CHARACTERS - 1]}…"


def _each_once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
