"""The task: one message on its way to an answer, as its sender sees it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from frontdesk.domain.actions import ProposedAction
from frontdesk.domain.addresses import address_in, own_address_in
from frontdesk.principal import Principal, PrincipalKind


class TaskStatus(StrEnum):
    """Where a task is; it only moves forward."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    HANDED_OFF = "handed_off"

    @property
    def is_terminal(self) -> bool:
        """True where the task has ended and will not change again."""
        return self in (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.HANDED_OFF)


class Stage(StrEnum):
    """What a turn is doing while its task is being processed."""

    ROUTING = "routing"
    RETRIEVING = "retrieving"
    ANSWERING = "answering"


class AgentName(StrEnum):
    """The specialists."""

    FAQ = "faq"
    ORDER = "order"
    ESCALATION = "escalation"


class RouteLabel(StrEnum):
    """Where a message is sent; out of scope is answered by the FAQ agent."""

    FAQ = "faq"
    ORDER = "order"
    ESCALATION = "escalation"
    OUT_OF_SCOPE = "out_of_scope"

    @property
    def agent(self) -> AgentName:
        """The specialist that answers messages of this route."""
        return AgentName.FAQ if self is RouteLabel.OUT_OF_SCOPE else AgentName(self.value)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Route(_Part):
    """Which agent a message goes to, how sure that is (0–1), and why."""

    agent: RouteLabel
    confidence: float = Field(ge=0, le=1)
    reasoning: str = ""


class Citation(_Part):
    """A passage that the reply quotes as ``[number]``."""

    number: int
    document_id: str
    title: str
    section: str = ""
    snippet: str
    source_url: str | None = None


class RecordReference(_Part):
    """A record of the customer's account that the reply speaks of."""

    kind: Literal["subscription", "invoice", "customer", "ticket"]
    id: str
    label: str


class TicketSummary(_Part):
    """The ticket that a turn made or added to, for its sender."""

    id: str
    number: str
    priority: str
    status: str
    expected_response_at: datetime


class Usage(_Part):
    """What the model calls of a turn took."""

    llm_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal("0.000000")

    @field_serializer("cost_usd")
    def _as_money(self, value: Decimal) -> str:
        return f"{value:.6f}"


class Timings(_Part):
    """Milliseconds of a turn, by stage; ``total`` is from acceptance to answer."""

    queued: int = 0
    routing: int = 0
    answering: int = 0
    total: int = 0


class TaskError(_Part):
    """Why a task failed, as a problem's ``type`` and ``title``."""

    type: str
    title: str

    @classmethod
    def of(cls, slug: str, title: str) -> Self:
        """Makes an error whose type is named as the API's problems are.

        Args:
            slug: The last part of the type.
            title: The constant summary.

        Returns:
            The error.
        """
        return cls(type=f"urn:frontdesk:problem:{slug}", title=title)


class TaskResult(_Part):
    """How a task ended. Stored with the turn, so that it can be published again as it was."""

    status: TaskStatus
    completed_at: datetime
    agent: AgentName | None = None
    route: Route | None = None
    response: str | None = None
    citations: tuple[Citation, ...] = ()
    records: tuple[RecordReference, ...] = ()
    ticket: TicketSummary | None = None
    proposed_action: ProposedAction | None = None
    degraded: bool = False
    usage: Usage = Usage()
    timings_ms: Timings = Timings()
    error: TaskError | None = None


class Task(_Part):
    """A task as the status route returns it (see the API's contract)."""

    task_id: str
    conversation_id: str
    correlation_id: str
    status: TaskStatus = TaskStatus.QUEUED
    stage: Stage | None = None
    created_at: datetime
    completed_at: datetime | None = None
    agent: AgentName | None = None
    route: Route | None = None
    response: str | None = None
    citations: tuple[Citation, ...] = ()
    records: tuple[RecordReference, ...] = ()
    ticket: TicketSummary | None = None
    proposed_action: ProposedAction | None = None
    degraded: bool = False
    usage: Usage = Usage()
    timings_ms: Timings = Timings()
    error: TaskError | None = None

    def ended(self, result: TaskResult) -> Self:
        """Returns the task as it is once a result is published.

        Args:
            result: How the task ended.

        Returns:
            A copy in its terminal state, without a stage.
        """
        fields: dict[str, Any] = {name: getattr(result, name) for name in TaskResult.model_fields}
        return self.model_copy(update=fields | {"stage": None})


class QueuedMessage(_Part):
    """What ingest hands to the worker: the text beside the principal, never inside it.

    Attributes:
        customer_email: The customer a member of staff or a service speaks for; believed.
        contact_email: Where a guest or customer wants to be reached; opens no data.
        claimed_subject: The guest whose conversation this signed-in caller takes along.
        previous_conversation_id: A closed conversation whose context this one carries on.
        confirm_action: The token of the proposed action that the sender confirms.
        counted_as: A digest of the caller, by which its use of the model is counted.
    """

    version: Literal[1] = 1
    task_id: str
    conversation_id: str
    correlation_id: str
    text: str
    principal: Principal
    language: str | None = None
    customer_email: str | None = None
    contact_email: str | None = None
    claimed_subject: str | None = None
    previous_conversation_id: str | None = None
    confirm_action: str | None = None
    counted_as: str | None = None
    accepted_at: datetime

    @property
    def account_email(self) -> str | None:
        """Whose account this message may open: verified by the issuer, or named by who may."""
        if self.principal.may_name_customer:
            return self.customer_email
        return self.principal.email if self.principal.kind is PrincipalKind.CUSTOMER else None

    @property
    def account_subject(self) -> str | None:
        """Whose own things this message may open besides: who speaks for others has none here.

        Everything that was ever written through a service is that service's by its subject.
        """
        return None if self.principal.may_name_customer else self.principal.subject

    @property
    def stated_email(self) -> str | None:
        """The address that a guest names in the message itself, as guests do when asked for it."""
        if self.principal.kind is not PrincipalKind.GUEST or self.contact_email is not None:
            return None
        return address_in(self.text)

    @property
    def own_email(self) -> str | None:
        """The address that a guest says is theirs, before anybody has asked for it."""
        return own_address_in(self.text) if self.stated_email is not None else None

    @property
    def reply_email(self) -> str | None:
        """Where a person can reach the sender; goes onto tickets and opens nothing."""
        return self.contact_email or self.account_email
