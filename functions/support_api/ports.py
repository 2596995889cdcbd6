"""What the support API needs of the world, as Protocols, and the bundle of it that routes get."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from frontdesk.clock import utc_now
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import Conversation, Message, StoredTurn
from frontdesk.domain.conversation_changes import ConversationChange
from frontdesk.domain.gaps import Gaps
from frontdesk.domain.handover import Material
from frontdesk.domain.knowledge import (
    Document,
    DocumentDraft,
    DocumentStatus,
    DocumentVersion,
    DocumentWrite,
    PresignedUpload,
    Upload,
)
from frontdesk.domain.listing import (
    ConversationFilter,
    ConversationOrder,
    DocumentFilter,
    Page,
    PageRequest,
    Position,
    TicketFilter,
)
from frontdesk.domain.metrics import Figures, Period, Rating
from frontdesk.domain.preview import AskedQuestion, Preview
from frontdesk.domain.records import Customer, Invoice, Subscription, Ticket
from frontdesk.domain.ticket_policy import TicketPolicy
from frontdesk.domain.tickets import USUAL, TicketChange, TicketComment
from frontdesk.http.pagination import Cursors
from frontdesk.ports import (
    Clock,
    ConversationProjections,
    KnowledgeSearch,
    KnowledgeStore,
    PassageIndex,
    TaskReader,
)
from frontdesk.principal import Principal
from support_api.record_ports import AuditTrail, PersonalDataStore, Records, TaskErasure


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

    def mark_read(self, owner: Principal, conversation_id: str, message_id: str) -> None:
        """Notes that the owner was shown what was said up to a message; it is never taken back."""
        ...

    def turns(self, reader: Principal, conversation_id: str, page: PageRequest) -> Page[StoredTurn]:
        """Lists a conversation's turns, the oldest first."""
        ...


class Handovers(Protocol):
    """What is kept of a conversation that a person is to take over, for staff."""

    def material(self, conversation_id: str) -> Material | None:
        """Reads it as it is at one moment; None where nothing was taken up yet."""
        ...


class ConversationChanges(Protocol):
    """Changing conversations, as far as a caller may."""

    def change(
        self,
        writer: Principal,
        known: Conversation,
        change: ConversationChange,
        *,
        message: Message | None = None,
        entry: AuditEntry | None = None,
        article: tuple[DocumentDraft, DocumentWrite] | None = None,
    ) -> Conversation:
        """Changes a conversation at once, or not at all where the change or a store refuses.

        Args:
            writer: The caller.
            known: The conversation as the caller found it, perhaps known to ingest only.
            change: Makes what it is to be of what it is when nobody else can change it.
            message: What the caller writes into it.
            entry: What the audit log is to say of it.
            article: A new draft that is kept with the message, or not at all.

        Returns:
            The conversation as it is now.

        Raises:
            AlreadyWrittenError: The message was written before; nothing is changed.
            NotFoundError: There is none any more that the caller may change.
        """
        ...


class TicketReads(Protocol):
    """Tickets as a caller may see them."""

    def find(self, reader: Principal, ticket_id: str) -> Ticket | None:
        """Reads a ticket; None where there is none that the caller may see."""
        ...

    def listing(self, reader: Principal, wanted: TicketFilter, page: PageRequest) -> Page[Ticket]:
        """Lists those that the caller may see, the newest first."""
        ...

    def comments(self, reader: Principal, ticket_id: str, page: PageRequest) -> Page[TicketComment]:
        """Lists what was said on a ticket, the oldest first; internal notes for staff only."""
        ...


class TicketChanges(Protocol):
    """Making and changing tickets, as far as a caller may."""

    def create(self, ticket: Ticket, *, entry: AuditEntry) -> Ticket:
        """Stores a ticket that a member of staff makes; without a number it gets one.

        Raises:
            ConflictError: There is a ticket with its number.
            InvalidInputError: Its customer or conversation does not exist.
        """
        ...

    def change(
        self,
        writer: Principal,
        known: Ticket,
        change: TicketChange,
        *,
        comment: TicketComment | None = None,
        entry: AuditEntry | None = None,
    ) -> Ticket:
        """Changes a ticket at once, or not at all where the change or a store refuses.

        Args:
            writer: The caller.
            known: The ticket as the caller found it.
            change: Makes what it is to be of what it is when nobody else can change it.
            comment: What the caller says on it.
            entry: What the audit log is to say of it.

        Returns:
            The ticket as it is now.

        Raises:
            NotFoundError: There is none any more that the caller may change.
            InvalidInputError: Its new customer does not exist.
        """
        ...


class TurnRatings(Protocol):
    """Ratings of answers; even staff rate their own only."""

    def is_rateable(self, owner: Principal, task_id: str) -> bool:
        """Tells whether a task of the caller's has its turn committed."""
        ...

    def rate(
        self, owner: Principal, task_id: str, rating: Rating, comment: str | None, at: datetime
    ) -> bool:
        """Rates an answer, again and again; False where there is none of the caller's."""
        ...


class FigureReads(Protocol):
    """The figures of a period, for staff."""

    def of(self, period: Period) -> Figures:
        """Counts what happened."""
        ...

    def by_day(self, period: Period) -> Sequence[tuple[date, Figures]]:
        """Counts what happened on each day of the period in UTC, the first one first."""
        ...


class DocumentReads(Protocol):
    """Documents of the knowledge base, for staff."""

    def find(self, document_id: str) -> Document | None:
        """Reads a document with its content; None where there is none."""
        ...

    def listing(self, wanted: DocumentFilter, page: PageRequest) -> Page[Document]:
        """Lists documents without their content, the newest first."""
        ...


class DocumentVersions(Protocol):
    """What documents have said, for staff."""

    def listing(self, document_id: str, page: PageRequest) -> Page[DocumentVersion]:
        """Lists a document's versions without their content, the latest first."""
        ...

    def find(self, document_id: str, number: int) -> DocumentVersion | None:
        """Reads one version, with what it said; None where there is none."""
        ...


class AskedQuestions(Protocol):
    """What customers ask of the knowledge base."""

    def asked_since(self, start: datetime, *, limit: int) -> Sequence[AskedQuestion]:
        """Reads questions that it was searched for, the latest first.

        Each wording counts once, with what was asked before it.
        """
        ...


class Rehearsals(Protocol):
    """Where publications can be tried out."""

    def rehearse(
        self, *, seconds: float | None = None
    ) -> AbstractContextManager[tuple[KnowledgeStore, PassageIndex]]:
        """Opens a knowledge base whose changes nobody else sees, and which end with the block.

        What is done in it raises `TimeoutError` once the seconds are over.
        """
        ...


class Previews(Protocol):
    """Telling what a document would change."""

    def preview(self, draft: DocumentDraft, replaced: Document | None, *, limit: int) -> Preview:
        """Tells what publishing a document would change; nothing is published.

        Raises:
            ModelUnavailableError: The embedding service is out of reach.
            DocumentChangedError: The document changed meanwhile: preview it again.
        """
        ...


class DocumentChanges(Protocol):
    """Writing documents, each together with its entry of the audit log."""

    def write(
        self, draft: DocumentDraft, status: DocumentStatus, written: DocumentWrite
    ) -> Document:
        """Stores a document's new version; one that is published is found from then on.

        Raises:
            NotFoundError: There is no such document.
            ConflictError: S3 owns the document.
            PreconditionFailedError: It is not at the revision that is expected.
            ModelUnavailableError: The embedding service is out of reach; nothing is changed.
        """
        ...

    def archive(self, written: DocumentWrite) -> None:
        """Takes a document out of the search; its history is kept.

        Raises:
            ConflictError: S3 owns the document.
        """
        ...


class KnowledgeGaps(Protocol):
    """Questions that the knowledge base does not answer."""

    def find(self) -> Gaps:
        """Finds the gaps of late, the most frequent first."""
        ...


class Uploads(Protocol):
    """The S3 drop, to upload to."""

    def presign(self, upload: Upload) -> PresignedUpload:
        """Allows somebody without a credential to put one object, for a while."""
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
        max_document_bytes: What is larger is not taken into the S3 drop.
        ticket_policy: By when tickets are answered, and by whom.
        sleep: Waits for some seconds; replaced in tests.
    """

    conversations: ConversationReads
    conversation_changes: ConversationChanges
    handovers: Handovers
    projections: ConversationProjections
    tasks: TaskReader
    ratings: TurnRatings
    tickets: TicketReads
    ticket_changes: TicketChanges
    figures: FigureReads
    documents: DocumentReads
    document_versions: DocumentVersions
    document_changes: DocumentChanges
    uploads: Uploads
    gaps: KnowledgeGaps
    previews: Previews
    customers: CustomerDirectory
    customer_records: Records[Customer]
    subscriptions: Records[Subscription]
    invoices: Records[Invoice]
    personal_data: PersonalDataStore
    task_erasure: TaskErasure
    knowledge: KnowledgeSearch
    audit: AuditLog
    audit_trail: AuditTrail
    cursors: Cursors
    probes: Mapping[str, Probe]
    max_document_bytes: int
    ticket_policy: TicketPolicy = USUAL
    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep
