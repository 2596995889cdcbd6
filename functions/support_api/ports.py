"""What the support API needs of the world, as Protocols, and the bundle of it that routes get."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from frontdesk.clock import utc_now
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import Conversation, Message, StoredTurn
from frontdesk.domain.knowledge import Document
from frontdesk.domain.listing import (
    ConversationFilter,
    ConversationOrder,
    DocumentFilter,
    Page,
    PageRequest,
    Position,
    TicketFilter,
)
from frontdesk.domain.records import Ticket
from frontdesk.http.pagination import Cursors
from frontdesk.ports import Clock, ConversationProjections, KnowledgeSearch
from frontdesk.principal import Principal


class ConversationReads(Protocol):
    """Conversations as a caller may see them."""

    def find(self, reader: Principal, conversation_id: str) -> Conversation | None:
        """Reads a conversation; None where there is none that the caller may see."""
        ...

    def listing(
        self,
        reader: Principal,
        wanted: ConversationFilter,
        order: ConversationOrder,
        page: PageRequest,
    ) -> Page[Conversation]:
        """Lists those that the caller may see."""
        ...

    def messages(self, reader: Principal, conversation_id: str, page: PageRequest) -> Page[Message]:
        """Lists a conversation's messages, the oldest first; internal notes for staff only."""
        ...

    def position_of_message(
        self, reader: Principal, conversation_id: str, message_id: str
    ) -> Position | None:
        """Finds where a message stands; None where the caller sees none such there."""
        ...

    def turns(self, reader: Principal, conversation_id: str, page: PageRequest) -> Page[StoredTurn]:
        """Lists a conversation's turns, the oldest first."""
        ...


class TicketReads(Protocol):
    """Tickets as a caller may see them."""

    def find(self, reader: Principal, ticket_id: str) -> Ticket | None:
        """Reads a ticket; None where there is none that the caller may see."""
        ...

    def listing(self, reader: Principal, wanted: TicketFilter, page: PageRequest) -> Page[Ticket]:
        """Lists those that the caller may see, the newest first."""
        ...


class DocumentReads(Protocol):
    """Documents of the knowledge base, for staff."""

    def find(self, document_id: str) -> Document | None:
        """Reads a document with its content; None where there is none."""
        ...

    def listing(self, wanted: DocumentFilter, page: PageRequest) -> Page[Document]:
        """Lists documents without their content, the newest first."""
        ...


class CustomerDirectory(Protocol):
    """Customers by their e-mail address."""

    def customer_of_email(self, email: str) -> str | None:
        """Looks up a customer's id; None where nobody has the address."""
        ...


class AuditLog(Protocol):
    """The log of who saw or changed what."""

    def record(self, entry: AuditEntry) -> None:
        """Writes an entry."""
        ...


type Probe = Callable[[], bool]
"""Tells whether something that Frontdesk depends on is up; it never raises and never hangs."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the routes reach the world through.

    Attributes:
        probes: What health looks at, by the name it is called there.
        sleep: Waits for some seconds; replaced in tests.
    """

    conversations: ConversationReads
    projections: ConversationProjections
    tickets: TicketReads
    documents: DocumentReads
    customers: CustomerDirectory
    knowledge: KnowledgeSearch
    audit: AuditLog
    cursors: Cursors
    probes: Mapping[str, Probe]
    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep
