"""The support API's ports in memory, keeping the promises of the real ones."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from frontdesk.domain.acceptance import ConversationProjection
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import (
    SETTLED_TICKETS,
    Conversation,
    ConversationStatus,
    Handler,
    Message,
    MessageRole,
    StoredTurn,
    WaitingFor,
)
from frontdesk.domain.conversation_changes import AlreadyWrittenError, ConversationChange
from frontdesk.domain.errors import ConflictError, InvalidInputError, NotFoundError
from frontdesk.domain.gaps import UnansweredQuestion
from frontdesk.domain.handover import Material
from frontdesk.domain.ids import ticket_number
from frontdesk.domain.knowledge import (
    Category,
    Document,
    DocumentDraft,
    DocumentStatus,
    DocumentVersion,
    DocumentWrite,
    PresignedUpload,
    QueryEmbedding,
    SearchHit,
    SearchResult,
    Upload,
    Visibility,
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
from frontdesk.domain.preview import AskedQuestion
from frontdesk.domain.records import Ticket
from frontdesk.domain.task import AgentName, Task
from frontdesk.domain.tickets import TicketChange, TicketComment
from frontdesk.http.pagination import Cursors
from frontdesk.knowledge.gaps import KnowledgeGaps
from frontdesk.knowledge.publishing import Publisher
from frontdesk.knowledge.writing import DocumentWriter
from frontdesk.principal import Principal
from support_api.ports import Desk
from support_api.previewing import KnowledgePreview
from tests.support.fake_knowledge import FAKE_MODEL, FakeEmbedder, FakeKnowledge
from tests.support.memory_records import MemoryAccounts, MemoryAuditTrail, MemoryTaskErasure


class MemoryClock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        self.on_sleep: Callable[[], None] = lambda: None
        self.naps: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += timedelta(seconds=seconds)
        self.on_sleep()


class MemoryCustomers:
    """Customers by address."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def add(self, customer_id: str, email: str) -> None:
        self.ids[email.lower()] = customer_id

    def customer_of_email(self, email: str) -> str | None:
        return self.ids.get(email.lower())


class MemoryAuditLog:
    """The audit log."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def record(self, entry: AuditEntry) -> None:
        self.entries.append(entry)


class MemoryConversations:
    """Conversations, messages and turns; also their projections and changes."""

    def __init__(self, audit: MemoryAuditLog, knowledge: FakeKnowledge) -> None:
        self._audit = audit
        self._knowledge = knowledge
        self.stored: list[Conversation] = []
        self.messages_of: dict[str, list[Message]] = {}
        self.turns_of: dict[str, list[StoredTurn]] = {}
        self.projected: dict[str, ConversationProjection] = {}
        self.read_up_to: dict[str, str] = {}
        self.tickets: list[Ticket] = []

    def add(self, conversation: Conversation) -> None:
        self.stored.append(conversation)

    def add_message(self, conversation_id: str, message: Message) -> None:
        self.messages_of.setdefault(conversation_id, []).append(message)

    def add_turn(self, turn: StoredTurn) -> None:
        self.turns_of.setdefault(turn.conversation_id, []).append(turn)

    def find(self, reader: Principal, conversation_id: str) -> Conversation | None:
        return next((c for c in self._visible(reader) if c.id == conversation_id), None)

    def listing(
        self,
        reader: Principal,
        wanted: ConversationFilter,
        order: ConversationOrder,
        page: PageRequest,
    ) -> Page[Conversation]:
        matching = [
            c
            for c in self._visible(reader)
            if wanted.status in (None, c.status)
            and wanted.handler in (None, c.handler)
            and wanted.waiting_for in (None, c.waiting_for)
            and wanted.agent in (None, c.last_agent)
            and wanted.assigned_to in (None, c.assigned_to)
            and wanted.customer_id in (None, c.customer_id)
            and (wanted.text or "").lower() in c.subject.lower()
        ]
        if order is ConversationOrder.NEWEST:
            return page_in_memory(matching, page, lambda c: (c.created_at, c.id), newest=True)
        waiting = [c for c in matching if c.waiting_for and c.waiting_since]
        return page_in_memory(waiting, page, lambda c: (c.waiting_since, c.id))

    def messages(self, reader: Principal, conversation_id: str, page: PageRequest) -> Page[Message]:
        first = int(page.after[0]) if page.after else 0
        places = [
            (place, message)
            for place, message in self._messages(reader, conversation_id)
            if place > first
        ]
        kept = places[: page.limit]
        more = len(places) > page.limit
        return Page([m for _, m in kept], (str(kept[-1][0]),) if more else None)

    def position_of_message(
        self, reader: Principal, conversation_id: str, message_id: str
    ) -> Position | None:
        for place, message in self._messages(reader, conversation_id):
            if message.id == message_id:
                return (str(place),)
        return None

    def mark_read(self, owner: Principal, conversation_id: str, message_id: str) -> None:
        self.read_up_to[conversation_id] = message_id

    def turns(self, reader: Principal, conversation_id: str, page: PageRequest) -> Page[StoredTurn]:
        if self.find(reader, conversation_id) is None:
            return Page()
        turns = self.turns_of.get(conversation_id, [])
        return page_in_memory(turns, page, lambda t: (t.created_at, t.id))

    def conversation(self, conversation_id: str) -> ConversationProjection | None:
        return self.projected.get(conversation_id)

    def set_status(self, conversation_id: str, status: ConversationStatus) -> None:
        known = self.projected.get(conversation_id)
        if known is not None:
            self.projected[conversation_id] = replace(known, status=status)

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
        if known.version == 0 and all(c.id != known.id for c in self.stored):
            self.stored.append(known)
        present = self.find(writer, known.id)
        if present is None:
            raise NotFoundError
        for there in self.messages_of.get(known.id, []):
            if message is not None and there.id == message.id:
                raise AlreadyWrittenError(there)
        said = [m for m in self.messages_of.get(known.id, []) if not m.internal]
        last_role = said[-1].role if said else None
        if last_role is MessageRole.ASSISTANT and any(
            t.conversation_id == known.id and t.status not in SETTLED_TICKETS for t in self.tickets
        ):
            last_role = MessageRole.CUSTOMER
        changed = change(present, last_role)
        if article is not None:
            draft, written = article
            self._knowledge.save_draft(draft, written=written)
        if changed != present:
            changed = changed.model_copy(update={"revision": present.revision + 1})
            self.stored[self.stored.index(present)] = changed
        if message is not None:
            self.add_message(known.id, message)
        if entry is not None:
            self._audit.record(entry)
        return changed

    def _visible(self, reader: Principal) -> list[Conversation]:
        return [c for c in self.stored if reader.is_staff or reader.owns(c.owner_subject)]

    def _messages(self, reader: Principal, conversation_id: str) -> list[tuple[int, Message]]:
        if self.find(reader, conversation_id) is None:
            return []
        return [
            (place, message)
            for place, message in enumerate(self.messages_of.get(conversation_id, []), start=1)
            if reader.is_staff or not message.internal
        ]


class MemoryTasks:
    """Tasks with their owners, as the tasks table has them."""

    def __init__(self, conversations: MemoryConversations) -> None:
        self.stored: dict[str, tuple[Task, str]] = {}
        self._conversations = conversations

    def add(self, task: Task, owner: str) -> None:
        self.stored[task.task_id] = (task, owner)

    def get(self, task_id: str) -> tuple[Task, str] | None:
        return self.stored.get(task_id)

    def conversation_owner(self, conversation_id: str) -> str | None:
        projected = self._conversations.projected.get(conversation_id)
        return None if projected is None else projected.owner_subject


class MemoryRatings:
    """Ratings of the turns that conversations hold."""

    def __init__(self, conversations: MemoryConversations) -> None:
        self._conversations = conversations

    def is_rateable(self, owner: Principal, task_id: str) -> bool:
        return self._find(owner, task_id) is not None

    def rate(
        self, owner: Principal, task_id: str, rating: Rating, comment: str | None, at: datetime
    ) -> bool:
        turn = self._find(owner, task_id)
        if turn is None:
            return False
        turns = self._conversations.turns_of[turn.conversation_id]
        rated = {"feedback_rating": rating.value, "feedback_comment": comment}
        turns[turns.index(turn)] = turn.model_copy(update=rated)
        return True

    def _find(self, owner: Principal, task_id: str) -> StoredTurn | None:
        own = {c.id for c in self._conversations.stored if owner.owns(c.owner_subject)}
        for conversation_id, turns in self._conversations.turns_of.items():
            for turn in turns:
                if turn.task_id == task_id and conversation_id in own:
                    return turn
        return None


class MemoryFigures:
    """Figures that are set, and the periods they were asked for."""

    def __init__(self) -> None:
        self.asked: list[Period] = []
        self.figures = Figures(
            **dict.fromkeys(
                (f.name for f in fields(Figures) if f.name not in {"answers_by_agent", "cost_usd"}),
                0,
            ),
            answers_by_agent=dict.fromkeys(AgentName, 0),
            cost_usd=Decimal(0),
        )

    def of(self, period: Period) -> Figures:
        self.asked.append(period)
        return self.figures

    def by_day(self, period: Period) -> list[tuple[date, Figures]]:
        self.asked.append(period)
        return [(day, self.figures) for day in period.days]


class MemoryTickets:
    """Tickets and what was said on them."""

    def __init__(
        self,
        customers: MemoryCustomers,
        conversations: MemoryConversations,
        audit: MemoryAuditLog,
    ) -> None:
        self.stored: list[Ticket] = []
        self.comments_of: dict[str, list[TicketComment]] = {}
        self._customers = customers
        self._conversations = conversations
        conversations.tickets = self.stored
        self._audit = audit

    def add(self, ticket: Ticket) -> None:
        self.stored.append(ticket)

    def find(self, reader: Principal, ticket_id: str) -> Ticket | None:
        return next((t for t in self._visible(reader) if t.id == ticket_id), None)

    def listing(self, reader: Principal, wanted: TicketFilter, page: PageRequest) -> Page[Ticket]:
        matching = [
            t
            for t in self._visible(reader)
            if wanted.status in (None, t.status) and wanted.customer_id in (None, t.customer_id)
        ]
        return page_in_memory(matching, page, lambda t: (t.created_at, t.id), newest=True)

    def comments(self, reader: Principal, ticket_id: str, page: PageRequest) -> Page[TicketComment]:
        first = int(page.after[0]) if page.after else 0
        everything = self.comments_of.get(ticket_id, []) if self.find(reader, ticket_id) else []
        places = [
            (place, comment)
            for place, comment in enumerate(everything, start=1)
            if place > first and (reader.is_staff or not comment.internal)
        ]
        kept = places[: page.limit]
        more = len(places) > page.limit
        return Page([c for _, c in kept], (str(kept[-1][0]),) if more else None)

    def create(self, ticket: Ticket, *, entry: AuditEntry) -> Ticket:
        self._check_customer(ticket)
        taken = {t.number for t in self.stored}
        if ticket.number in taken:
            raise ConflictError("There is a ticket with this number.")
        numbers = (ticket_number(ticket.id, attempt) for attempt in range(10))
        number = ticket.number or next(n for n in numbers if n not in taken)
        self.add(ticket.model_copy(update={"number": number}))
        self._audit.record(entry)
        return self.stored[-1]

    def change(
        self,
        writer: Principal,
        known: Ticket,
        change: TicketChange,
        *,
        comment: TicketComment | None = None,
        entry: AuditEntry | None = None,
    ) -> Ticket:
        present = self.find(writer, known.id)
        if present is None:
            raise NotFoundError
        changed = change(present)
        self._check_customer(changed)
        self.stored[self.stored.index(present)] = changed
        if comment is not None:
            self.comments_of.setdefault(known.id, []).append(comment)
        if writer.is_staff and changed.status in SETTLED_TICKETS:
            self._stop_waiting(changed)
        if entry is not None:
            self._audit.record(entry)
        return changed

    def _check_customer(self, ticket: Ticket) -> None:
        if ticket.customer_id not in {None, *self._customers.ids.values()}:
            raise InvalidInputError.of("customer_id", "is not a customer")

    def _stop_waiting(self, ticket: Ticket) -> None:
        stored = self._conversations.stored
        for place, known in enumerate(stored):
            still_open = any(
                t.conversation_id == known.id and t.status not in SETTLED_TICKETS
                for t in self.stored
            )
            if (
                known.id == ticket.conversation_id
                and known.handler is Handler.AI
                and known.waiting_for is WaitingFor.STAFF
                and not still_open
            ):
                stored[place] = known.model_copy(
                    update={"waiting_for": None, "waiting_since": None}
                )

    def _visible(self, reader: Principal) -> list[Ticket]:
        customer_id = reader.email and self._customers.customer_of_email(reader.email)
        return [
            t
            for t in self.stored
            if reader.is_staff
            or reader.owns(t.owner_subject)
            or (customer_id is not None and t.customer_id == customer_id)
        ]


class MemoryDocuments:
    """Documents: those that are there, and those that are written."""

    def __init__(self, knowledge_base: FakeKnowledge) -> None:
        self.stored: list[Document] = []
        self._written = knowledge_base.documents

    def find(self, document_id: str) -> Document | None:
        stored = next((d for d in self.stored if d.id == document_id), None)
        return self._written.get(document_id, stored)

    def listing(self, wanted: DocumentFilter, page: PageRequest) -> Page[Document]:
        def is_due(document: Document) -> bool:
            if wanted.review_by is None:
                return True
            if wanted.status is None and document.status is DocumentStatus.ARCHIVED:
                return False
            return document.review_at is not None and document.review_at <= wanted.review_by

        matching = [
            document
            for document in self.stored
            if wanted.status in (None, document.status) and is_due(document)
        ]
        return page_in_memory(matching, page, lambda d: (d.created_at, d.id), newest=True)


class MemoryDocumentVersions:
    """What the documents have said."""

    def __init__(self, knowledge_base: FakeKnowledge) -> None:
        self._versions = knowledge_base.versions

    def listing(self, document_id: str, page: PageRequest) -> Page[DocumentVersion]:
        before = float("inf") if page.after is None else int(page.after[0])
        found = [
            version.model_copy(update={"content": ""})
            for (owner, number), version in sorted(self._versions.items(), reverse=True)
            if owner == document_id and number < before
        ]
        kept = found[: page.limit]
        return Page(kept, (str(kept[-1].number),) if len(found) > page.limit else None)

    def find(self, document_id: str, number: int) -> DocumentVersion | None:
        return self._versions.get((document_id, number))


class MemoryUploads:
    """The S3 drop."""

    def __init__(self) -> None:
        self.allowed: list[Upload] = []

    def presign(self, upload: Upload) -> PresignedUpload:
        self.allowed.append(upload)
        return PresignedUpload(
            method="PUT",
            url=f"https://s3.example/{upload.key}?signed",
            headers={"content-type": upload.content_type},
            expires_in=900,
        )


class MemoryKnowledge:
    """A search that finds what it was given, and remembers what it was asked."""

    def __init__(self) -> None:
        self.hits: list[SearchHit] = []
        self.degraded = False
        self.asked: list[dict[str, Any]] = []

    def search(
        self,
        query: str,
        *,
        limit: int = 5,
        category: Category | None = None,
        visibilities: Sequence[Visibility] = (Visibility.PUBLIC,),
        embedding: QueryEmbedding | None = None,
        earlier: Sequence[str] = (),
    ) -> SearchResult:
        self.asked.append(
            {"query": query, "limit": limit, "category": category, "visibilities": visibilities}
        )
        return SearchResult(hits=tuple(self.hits[:limit]), degraded=self.degraded)


class MemoryDesk:
    """Everything the routes reach the world through, in memory."""

    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.customers = MemoryCustomers()
        self.audit = MemoryAuditLog()
        self.knowledge_base = FakeKnowledge()
        self.knowledge_base.entries = self.audit.entries
        self.conversations = MemoryConversations(self.audit, self.knowledge_base)
        self.tasks = MemoryTasks(self.conversations)
        self.ratings = MemoryRatings(self.conversations)
        self.tickets = MemoryTickets(self.customers, self.conversations, self.audit)
        self.figures = MemoryFigures()
        self.accounts = MemoryAccounts(self.audit.record, self.customers.ids)
        self.task_erasure = MemoryTaskErasure()
        self.documents = MemoryDocuments(self.knowledge_base)
        self.embedder = FakeEmbedder()
        self.uploads = MemoryUploads()
        self.unanswered: list[UnansweredQuestion] = []
        self.asked: list[AskedQuestion] = []
        self.knowledge = MemoryKnowledge()
        self.up = {"postgres": True, "embeddings": True}

    def since(self, start: datetime, *, limit: int) -> list[UnansweredQuestion]:
        """The questions that were not answered, as the store reads them."""
        return [q for q in self.unanswered if q.asked_at >= start][:limit]

    def asked_since(self, start: datetime, *, limit: int) -> list[AskedQuestion]:
        """The questions that the knowledge base was searched for, as the store reads them."""
        return [q for q in self.asked if q.asked_at >= start][:limit]

    def material(self, conversation_id: str) -> Material | None:
        """What is kept of a conversation, as the store reads it."""
        found = [c for c in self.conversations.stored if c.id == conversation_id]
        if not found:
            return None
        return Material(
            conversation=found[0],
            messages=tuple(self.conversations.messages_of.get(conversation_id, ())),
            turns=tuple(self.conversations.turns_of.get(conversation_id, ())),
            tickets=tuple(t for t in self.tickets.stored if t.conversation_id == conversation_id),
        )

    def desk(self) -> Desk:
        """The ports as the API takes them."""
        return Desk(
            conversations=self.conversations,
            conversation_changes=self.conversations,
            handovers=self,
            projections=self.conversations,
            tasks=self.tasks,
            ratings=self.ratings,
            tickets=self.tickets,
            ticket_changes=self.tickets,
            figures=self.figures,
            documents=self.documents,
            document_versions=MemoryDocumentVersions(self.knowledge_base),
            document_changes=DocumentWriter(
                self.knowledge_base,
                Publisher(self.knowledge_base, self.embedder, model=FAKE_MODEL),
            ),
            uploads=self.uploads,
            gaps=KnowledgeGaps(self, self.embedder, model=FAKE_MODEL, now=self.clock),
            previews=KnowledgePreview(
                self,
                self.knowledge_base,
                self.knowledge_base,
                self.embedder,
                model=FAKE_MODEL,
                seconds=20,
                now=self.clock,
            ),
            customers=self.customers,
            customer_records=self.accounts.customers,
            subscriptions=self.accounts.subscriptions,
            invoices=self.accounts.invoices,
            personal_data=self.accounts,
            task_erasure=self.task_erasure,
            audit_trail=MemoryAuditTrail(self.audit.entries),
            knowledge=self.knowledge,
            audit=self.audit,
            cursors=Cursors(lambda: b"k" * 32),
            probes={
                "postgres": lambda: self.up["postgres"],
                "embeddings": lambda: self.up["embeddings"],
            },
            max_document_bytes=25_000_000,
            clock=self.clock,
            sleep=self.clock.sleep,
        )


def page_in_memory[T](
    items: Sequence[T],
    page: PageRequest,
    key: Callable[[T], tuple[Any, str]],
    *,
    newest: bool = False,
) -> Page[T]:
    """Pages through items by their key (a time and an id), as the stores do."""
    ordered = sorted(items, key=key, reverse=newest)
    if page.after is not None:
        after = (datetime.fromisoformat(page.after[0]), page.after[1])
        ordered = [i for i in ordered if (key(i) < after if newest else key(i) > after)]
    kept = ordered[: page.limit]
    if len(ordered) <= page.limit:
        return Page(kept)
    time, item_id = key(kept[-1])
    return Page(kept, (time.isoformat(), item_id))
