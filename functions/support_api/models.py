"""What the API takes and answers; separate from what is stored, so that either may change."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from frontdesk.domain.actions import ActionKind, ActionStatus
from frontdesk.domain.conversation import (
    Conversation,
    ConversationStatus,
    Handler,
    Message,
    MessageRole,
    StoredTurn,
    WaitingFor,
)
from frontdesk.domain.handover import HandoverPacket, Mood, Outcome
from frontdesk.domain.knowledge import Category, Document, DocumentStatus, SearchHit, Visibility
from frontdesk.domain.metrics import Figures, Period
from frontdesk.domain.records import Ticket, TicketCategory, TicketPriority, TicketStatus
from frontdesk.domain.task import AgentName, Citation, Route, TaskStatus, Timings, Usage
from frontdesk.domain.text import normalise
from frontdesk.domain.tickets import TicketComment

MAX_QUERY_CHARACTERS = 4000
"""As long as a message may be: what a customer asked can be searched for as it is."""

MAX_SEARCH_RESULTS = 20
"""More passages than this nobody reads, and ranking below is noise."""

SNIPPET_CHARACTERS = 300
"""Three lines of a screen: enough to tell whether the passage is the one."""


def _in_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


FOLLOWS = (
    "The customer's earlier question that this one, a follow-up, is about; null where it stands"
    " alone."
)
"""What is said of a question that is shown with the one before it."""

Time = Annotated[datetime, AfterValidator(_in_utc)]
"""A time that is written in UTC, with a Z at its end."""


def _searchable(value: str) -> str:
    cleaned = normalise(value)
    if not cleaned:
        raise ValueError("has no visible character")
    return cleaned


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", from_attributes=True)


class HealthBody(_Body):
    """That everything is up."""

    status: str = Field(examples=["ok"])
    version: str = Field(examples=["1.0.0"])


class ConversationBody(_Body):
    """A conversation."""

    id: str
    status: ConversationStatus
    handler: Handler
    waiting_for: WaitingFor | None
    waiting_since: Time | None
    customer_id: str | None
    subject: str
    last_agent: AgentName | None
    assigned_to: str | None
    tags: list[str]
    message_count: int
    created_at: Time
    updated_at: Time
    closed_at: Time | None

    @classmethod
    def of(cls, conversation: Conversation) -> Self:
        """Makes the body of a conversation."""
        return cls.model_validate(conversation)


class ConversationList(_Body):
    """A page of conversations."""

    items: list[ConversationBody]
    next_cursor: str | None


class CitationBody(_Body):
    """A passage that a reply quotes as ``[number]``."""

    number: int
    document_id: str
    title: str
    section: str
    snippet: str
    source_url: str | None

    @classmethod
    def of(cls, citation: Citation) -> Self:
        """Makes the body of a citation."""
        return cls.model_validate(citation)


class ProposedActionBody(_Body):
    """A change that the customer is asked to confirm in the next message."""

    token: str = Field(description="Sent as `confirm_action` to confirm; good once, by its owner.")
    kind: ActionKind
    title: str
    effect: str = Field(description="What happens exactly.")
    arguments: dict[str, str]
    expires_at: Time


class MessageBody(_Body):
    """A message of a conversation; ``internal`` ones are notes that only staff see."""

    id: str
    role: MessageRole
    content: str
    agent: AgentName | None
    task_id: str | None
    citations: list[CitationBody]
    proposed_action: ProposedActionBody | None
    internal: bool
    created_at: Time

    @classmethod
    def of(cls, message: Message) -> Self:
        """Makes the body of a message."""
        return cls.model_validate(message)


class MessageList(_Body):
    """A page of messages, the oldest first."""

    items: list[MessageBody]
    next_cursor: str | None


class UsageBody(_Body):
    """What the model calls of a turn took."""

    llm_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: str = Field(examples=["0.000312"])

    @classmethod
    def of(cls, usage: Usage) -> Self:
        """Makes the body of a usage; money leaves as text, never as a float."""
        return cls(
            llm_calls=usage.llm_calls,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost_usd=_dollars(usage.cost_usd),
        )


class TurnBody(_Body):
    """How one message was answered."""

    task_id: str
    status: TaskStatus
    agent: AgentName | None
    route: Route | None
    degraded: bool
    usage: UsageBody
    timings_ms: Timings
    passages: list[dict[str, Any]] = Field(
        description="What was retrieved: document, its version, section, score, similarity."
    )
    tool_calls: list[dict[str, Any]] = Field(
        description="Which tools the model asked for, with what, and how that ended."
    )
    model_calls: list[dict[str, Any]] = Field(
        description="Who asked which model, with tokens and milliseconds."
    )
    trace: dict[str, Any] = Field(description="What else happened, such as failures.")
    feedback_rating: str | None
    feedback_comment: str | None
    created_at: Time

    @classmethod
    def of(cls, turn: StoredTurn) -> Self:
        """Makes the body of a turn; what a turn did not come to is empty."""
        rest = dict(turn.trace)
        return cls(
            task_id=turn.task_id,
            status=turn.result.status,
            agent=turn.result.agent,
            route=turn.result.route,
            degraded=turn.result.degraded,
            usage=UsageBody.of(turn.result.usage),
            timings_ms=turn.result.timings_ms,
            passages=rest.pop("passages", []),
            tool_calls=rest.pop("tool_calls", []),
            model_calls=rest.pop("model_calls", []),
            trace=rest,
            feedback_rating=turn.feedback_rating,
            feedback_comment=turn.feedback_comment,
            created_at=turn.created_at,
        )


class TurnList(_Body):
    """A page of turns, the oldest first."""

    items: list[TurnBody]
    next_cursor: str | None


class TicketBody(_Body):
    """Something that a person looks after."""

    id: str
    number: str = Field(examples=["FD-7K2M9"])
    customer_id: str | None
    contact_email: str | None
    conversation_id: str | None
    subject: str
    description: str
    category: TicketCategory
    priority: TicketPriority
    status: TicketStatus
    assigned_to: str | None
    tags: list[str]
    expected_response_at: Time
    created_at: Time
    updated_at: Time

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """Makes the body of a ticket."""
        return cls.model_validate(ticket)


class RecordBody(_Body):
    """A record of the customer's account that an answer spoke of."""

    kind: str
    id: str
    label: str


class WhoBody(_Body):
    """Who writes; unverified, only a contact address may be known."""

    verified: bool
    customer_id: str | None
    name: str
    email: str | None
    company_name: str
    contact_email: str | None
    subscription: str | None
    language: str | None


class TriedBody(_Body):
    """One message, and what the agents made of it."""

    task_id: str
    at: Time
    asked: str
    outcome: Outcome
    agent: AgentName | None
    answer: str
    documents: list[str]
    tools: list[str]
    degraded: bool
    rating: str | None


class FeelingBody(_Body):
    """How the customer seems to feel, and what tells so."""

    mood: Mood
    because: list[str]


class ActionBody(ProposedActionBody):
    """A change that was proposed to the customer, and what became of it."""

    status: ActionStatus
    created_at: Time


class HandoverBody(_Body):
    """What a person needs to know to go on without asking again."""

    conversation_id: str
    subject: str
    handler: Handler
    waiting_for: WaitingFor | None
    waiting_since: Time | None
    who: WhoBody
    reason: str = Field(description="Why a person is wanted.")
    wanted: list[str] = Field(description="What was written since a person last answered.")
    tried: list[TriedBody] = Field(description="The oldest first.")
    evidence: list[CitationBody]
    records: list[RecordBody]
    tickets: list[TicketBody]
    actions: list[ActionBody]
    feeling: FeelingBody
    next_step: str

    @classmethod
    def of(cls, packet: HandoverPacket) -> Self:
        """Makes the body of a hand-over packet."""
        return cls.model_validate(packet)


class TicketList(_Body):
    """A page of tickets, the newest first."""

    items: list[TicketBody]
    next_cursor: str | None


class CommentBody(_Body):
    """Something that was said on a ticket; ``internal`` ones are notes that only staff see."""

    id: str
    role: MessageRole
    content: str
    internal: bool
    created_at: Time

    @classmethod
    def of(cls, comment: TicketComment) -> Self:
        """Makes the body of a comment."""
        return cls.model_validate(comment)


class CommentList(_Body):
    """A page of comments, the oldest first."""

    items: list[CommentBody]
    next_cursor: str | None


class ConversationFigures(_Body):
    """Conversations that began in the period."""

    started: int
    resolved_without_person: int = Field(
        description=(
            "Answered by the agents; closed, or quiet for 24 hours; no person wrote or is waited "
            "for, no answer was rated down, and no later conversation carries it on."
        )
    )
    handed_over: int = Field(description="A person took part.")
    first_answer_ms_p50: int | None
    first_answer_ms_p95: int | None


class MessageFigures(_Body):
    """Messages of the period, by whom they are."""

    customer: int
    assistant: int
    staff: int


class AnswerFigures(_Body):
    """What the agents made of the period's messages."""

    total: int
    by_agent: dict[AgentName, int]
    degraded: int
    degraded_share: float | None = Field(description="0 to 1; null where nothing was answered.")
    handed_off: int = Field(description="Messages that were left to a person.")
    failed: int


class RatingFigures(_Body):
    """How customers rated the period's answers."""

    up: int
    down: int


class _FiguresBody(_Body):
    conversations: ConversationFigures
    messages: MessageFigures
    answers: AnswerFigures
    ratings: RatingFigures
    tickets: int = Field(description="Tickets that were made in the period.")
    usage: UsageBody

    @classmethod
    def with_figures(cls, figures: Figures, **rest: Any) -> Self:
        """Makes the body of figures, and of what else it says."""
        return cls(
            conversations=ConversationFigures(
                started=figures.conversations,
                resolved_without_person=figures.resolved_without_person,
                handed_over=figures.handed_over,
                first_answer_ms_p50=figures.first_answer_p50_ms,
                first_answer_ms_p95=figures.first_answer_p95_ms,
            ),
            messages=MessageFigures(
                customer=figures.customer_messages,
                assistant=figures.assistant_messages,
                staff=figures.staff_messages,
            ),
            answers=AnswerFigures(
                total=figures.answers,
                by_agent={AgentName(name): n for name, n in figures.answers_by_agent.items()},
                degraded=figures.degraded_answers,
                degraded_share=figures.degraded_share,
                handed_off=figures.handed_off_turns,
                failed=figures.failed_turns,
            ),
            ratings=RatingFigures(up=figures.ratings_up, down=figures.ratings_down),
            tickets=figures.tickets,
            usage=UsageBody(
                llm_calls=figures.llm_calls,
                input_tokens=figures.input_tokens,
                output_tokens=figures.output_tokens,
                cost_usd=_dollars(figures.cost_usd),
            ),
            **rest,
        )


class MetricsBody(_FiguresBody):
    """The figures of a period."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    start: Time = Field(alias="from")
    end: Time = Field(alias="to", description="The first moment after the period.")

    @classmethod
    def of(cls, period: Period, figures: Figures) -> Self:
        """Makes the body of a period's figures."""
        return cls.with_figures(figures, start=period.start, end=period.end)


class DayBody(_FiguresBody):
    """The figures of a day in UTC."""

    day: date

    @classmethod
    def of(cls, day: date, figures: Figures) -> Self:
        """Makes the body of a day's figures."""
        return cls.with_figures(figures, day=day)


class DayList(_Body):
    """The figures of each day of a period, the first one first."""

    items: list[DayBody]


class KnowledgeQuery(_Body):
    """A question to the knowledge base."""

    query: Annotated[
        str, Field(max_length=MAX_QUERY_CHARACTERS, min_length=1), AfterValidator(_searchable)
    ]
    limit: int = Field(default=5, ge=1, le=MAX_SEARCH_RESULTS, strict=True)
    category: Category | None = None


class KnowledgeHit(_Body):
    """A passage that was found; scores compare within one search."""

    document_id: str
    title: str
    section: str
    snippet: str
    score: float
    source_url: str | None

    @classmethod
    def of(cls, hit: SearchHit) -> Self:
        """Makes the body of a hit."""
        return cls(
            document_id=hit.document_id,
            title=hit.title,
            section=hit.section,
            snippet=snippet(hit.content),
            score=hit.score,
            source_url=hit.source_url,
        )


class KnowledgeResults(_Body):
    """What was found, best first; ``degraded`` where embeddings were out of reach."""

    results: list[KnowledgeHit]
    degraded: bool


class DocumentBody(_Body):
    """A document of the knowledge base."""

    id: str
    title: str
    content: str
    category: Category
    visibility: Visibility
    status: DocumentStatus
    source: str
    source_key: str | None
    source_url: str | None
    version: int
    passage_count: int
    failure_reason: str | None
    owner: str | None
    review_at: date | None
    created_at: Time
    updated_at: Time

    @classmethod
    def of(cls, document: Document) -> Self:
        """Makes the body of a document."""
        return cls.model_validate(document)


class DocumentItem(_Body):
    """A document in a listing, without its content."""

    id: str
    title: str
    category: Category
    visibility: Visibility
    status: DocumentStatus
    source: str
    source_key: str | None
    source_url: str | None
    version: int
    passage_count: int
    failure_reason: str | None
    owner: str | None
    review_at: date | None
    created_at: Time
    updated_at: Time

    @classmethod
    def of(cls, document: Document) -> Self:
        """Makes the item of a document."""
        return cls.model_validate(document)


class DocumentList(_Body):
    """A page of documents, the newest first."""

    items: list[DocumentItem]
    next_cursor: str | None


def snippet(content: str) -> str:
    """Shortens a passage to a snippet that ends with a whole word.

    Args:
        content: The passage.

    Returns:
        At most `SNIPPET_CHARACTERS` characters on one line, and an ellipsis where it goes on.
    """
    line = " ".join(content.split())
    if len(line) <= SNIPPET_CHARACTERS:
        return line
    cut = line[: SNIPPET_CHARACTERS - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"


def _dollars(amount: Decimal) -> str:
    return f"{amount:.6f}"
