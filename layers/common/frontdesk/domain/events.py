"""What Frontdesk tells the company's other systems: domain events, with ids and nobody's words.

An event is written by the database in the transaction of the change that it tells of
(``migrations/0008_events.sql``) and published after the commit, at least once: receivers know by
its id what they have had already. `docs/events.md` shows the schemas, which come from here.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from frontdesk.domain.conversation import Handler
from frontdesk.domain.records import TicketCategory, TicketPriority

SOURCE = "frontdesk"
"""What rules match as an event's ``source``."""


class _Part(BaseModel):
    # A newer database may say more than this code knows of.
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Event(_Part):
    event_id: str = Field(description="The same each time this event is delivered")
    version: Literal[1] = Field(description="Raised when a receiver would have to change")
    occurred_at: AwareDatetime


class OpenedTicket(_Part):
    """The ticket that was opened, as it was at that moment."""

    ticket_id: str
    number: str = Field(description="What people call it, such as FD-7K2M9")
    category: TicketCategory
    priority: TicketPriority
    conversation_id: str | None
    customer_id: str | None
    expected_response_at: AwareDatetime
    reopened: bool = Field(description="True where it was settled before")


class TicketOpened(_Event):
    """A ticket was opened, or opened again."""

    type: Literal["ticket.opened"]
    data: OpenedTicket


class WaitingConversation(_Part):
    """The conversation that a person is wanted in."""

    conversation_id: str
    customer_id: str | None
    handler: Handler = Field(description="'human' where a person has it already")
    waiting_since: AwareDatetime | None


class ConversationWaiting(_Event):
    """A conversation waits for a person."""

    type: Literal["conversation.waiting"]
    data: WaitingConversation


class RepliedConversation(_Part):
    """Where a person has replied."""

    conversation_id: str
    message_id: str


class ConversationReplied(_Event):
    """A person replied to a customer."""

    type: Literal["conversation.replied"]
    data: RepliedConversation


class FailedDocument(_Part):
    """The document that could not be read; `GET /api/knowledge/{id}` says why."""

    document_id: str
    source: Literal["s3", "api"]


class KnowledgeFailed(_Event):
    """A document could not be taken into the knowledge base."""

    type: Literal["knowledge.failed"]
    data: FailedDocument


type DomainEvent = Annotated[
    TicketOpened | ConversationWaiting | ConversationReplied | KnowledgeFailed,
    Field(discriminator="type"),
]

EVENTS: tuple[type[_Event], ...] = (
    TicketOpened,
    ConversationWaiting,
    ConversationReplied,
    KnowledgeFailed,
)
"""All there are, in the order of the documentation."""

_ANY: TypeAdapter[DomainEvent] = TypeAdapter(DomainEvent)


def read_event(
    *, event_id: str, type_: str, version: int, occurred_at: datetime, data: object
) -> DomainEvent:
    """Makes an event of what is stored of it.

    Args:
        event_id: Its id.
        type_: What kind of event it is.
        version: Of its form.
        occurred_at: When it happened.
        data: What it tells.

    Returns:
        The event.

    Raises:
        pydantic.ValidationError: It is of a form that this code does not know.
    """
    return _ANY.validate_python(
        {
            "event_id": event_id,
            "type": type_,
            "version": version,
            "occurred_at": occurred_at,
            "data": data,
        }
    )
