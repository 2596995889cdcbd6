"""The support API's ports in memory, keeping the promises of the real ones."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from frontdesk.domain.acceptance import ConversationProjection
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import (
    Conversation,
    ConversationStatus,
    Message,
    StoredTurn,
)
from frontdesk.domain.knowledge import (
    Category,
    Document,
    SearchHit,
    SearchResult,
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
from frontdesk.domain.records import Ticket
from frontdesk.http.pagination import Cursors
from frontdesk.principal import Principal
from support_api.ports import Desk


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


class MemoryConversations:
    """Conversations, messages and turns; also their projections."""

    def __init__(self) -> None:
        self.stored: list[Conversation] = []
        self.messages_of: dict[str, list[Message]] = {}
        self.turns_of: dict[str, list[StoredTurn]] = {}
        self.projected: dict[str, ConversationProjection] = {}

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

    def turns(self, reader: Principal, conversation_id: str, page: PageRequest) -> Page[StoredTurn]:
        if self.find(reader, conversation_id) is None:
            return Page()
        turns = self.turns_of.get(conversation_id, [])
        return page_in_memory(turns, page, lambda t: (t.created_at, t.id))

    def conversation(self, conversation_id: str) -> ConversationProjection | None:
        return self.projected.get(conversation_id)

    def set_status(self, conversation_id: str, status: ConversationStatus) -> None:
        raise NotImplementedError("reading changes nothing")

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


class MemoryTickets:
    """Tickets."""

    def __init__(self, customers: MemoryCustomers) -> None:
        self.stored: list[Ticket] = []
        self._customers = customers

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
    """Documents."""

    def __init__(self) -> None:
        self.stored: list[Document] = []

    def find(self, document_id: str) -> Document | None:
        return next((d for d in self.stored if d.id == document_id), None)

    def listing(self, wanted: DocumentFilter, page: PageRequest) -> Page[Document]:
        matching = [d for d in self.stored if wanted.status in (None, d.status)]
        return page_in_memory(matching, page, lambda d: (d.created_at, d.id), newest=True)


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
    ) -> SearchResult:
        self.asked.append(
            {"query": query, "limit": limit, "category": category, "visibilities": visibilities}
        )
        return SearchResult(hits=tuple(self.hits[:limit]), degraded=self.degraded)


class MemoryAuditLog:
    """The audit log."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def record(self, entry: AuditEntry) -> None:
        self.entries.append(entry)


class MemoryDesk:
    """Everything the routes reach the world through, in memory."""

    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.customers = MemoryCustomers()
        self.conversations = MemoryConversations()
        self.tickets = MemoryTickets(self.customers)
        self.documents = MemoryDocuments()
        self.knowledge = MemoryKnowledge()
        self.audit = MemoryAuditLog()
        self.up = {"postgres": True, "embeddings": True}

    def desk(self) -> Desk:
        """The ports as the API takes them."""
        return Desk(
            conversations=self.conversations,
            projections=self.conversations,
            tickets=self.tickets,
            documents=self.documents,
            customers=self.customers,
            knowledge=self.knowledge,
            audit=self.audit,
            cursors=Cursors(lambda: b"k" * 32),
            probes={
                "postgres": lambda: self.up["postgres"],
                "embeddings": lambda: self.up["embeddings"],
            },
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
