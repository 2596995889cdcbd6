"""What every store of the support API promises: held by Postgres and by the fakes alike."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from frontdesk.adapters.postgres.conversation_reads import PostgresConversationReads
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.desk_scope import PostgresCustomerDirectory
from frontdesk.adapters.postgres.document_reads import PostgresDocumentReads
from frontdesk.adapters.postgres.ticket_reads import PostgresTicketReads
from frontdesk.domain.knowledge import DocumentStatus
from frontdesk.domain.listing import (
    ConversationFilter,
    ConversationOrder,
    DocumentFilter,
    Page,
    PageRequest,
    TicketFilter,
)
from frontdesk.domain.records import TicketStatus
from frontdesk.domain.task import Citation
from frontdesk.principal import Principal
from support_api.ports import ConversationReads, CustomerDirectory, DocumentReads, TicketReads
from tests.support.callers import ADMIN, GUEST, NOBODY, SERVICE, STAFF, customer
from tests.support.desk import MemoryDesk
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import (
    a_conversation,
    a_document,
    a_message,
    a_ticket,
    a_turn,
    moment,
)
from tests.support.postgres import TestDatabase

ALICE, BOB = customer("alice"), customer("bob")
NEWEST, WAITING = ConversationOrder.NEWEST, ConversationOrder.WAITING_SINCE


@dataclass
class Stores:
    conversations: ConversationReads
    tickets: TicketReads
    documents: DocumentReads
    customers: CustomerDirectory
    add_conversation: Callable[..., None]
    add_message: Callable[..., None]
    add_turn: Callable[..., None]
    add_ticket: Callable[..., None]
    add_document: Callable[..., None]
    add_customer: Callable[..., None]


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        memory = MemoryDesk()
        return Stores(
            conversations=memory.conversations,
            tickets=memory.tickets,
            documents=memory.documents,
            customers=memory.customers,
            add_conversation=memory.conversations.add,
            add_message=memory.conversations.add_message,
            add_turn=memory.conversations.add_turn,
            add_ticket=memory.tickets.add,
            add_document=memory.documents.stored.append,
            add_customer=memory.customers.add,
        )
    database: Database = request.getfixturevalue("desk_database")
    test_database: TestDatabase = request.getfixturevalue("database")
    rows = DeskRows(test_database)
    return Stores(
        conversations=PostgresConversationReads(database),
        tickets=PostgresTicketReads(database),
        documents=PostgresDocumentReads(database),
        customers=PostgresCustomerDirectory(database),
        add_conversation=rows.add_conversation,
        add_message=rows.add_message,
        add_turn=rows.add_turn,
        add_ticket=rows.add_ticket,
        add_document=rows.add_document,
        add_customer=rows.add_customer,
    )


def all_pages(read: Callable[[PageRequest], Page[Any]], *, limit: int = 2) -> list[Any]:
    """Reads a listing to its end."""
    items: list[Any] = []
    page = read(PageRequest(limit))
    while True:
        assert len(page.items) <= limit
        items += page.items
        if page.next_position is None:
            return items
        page = read(PageRequest(limit, page.next_position))


def test_conversation_is_found_by_its_owner_and_staff(stores: Stores) -> None:
    # given a conversation with everything in it
    stores.add_customer("cust_alice", "alice@example.com")
    conversation = a_conversation(
        str(ALICE.subject),
        customer_id="cust_alice",
        status="closed",
        handler="human",
        waiting_for="customer",
        waiting_since=moment(3),
        last_agent="order",
        assigned_to="kim",
        tags=("vip", "late"),
        language="de",
        message_count=4,
        version=7,
        closed_at=moment(9),
    )
    stores.add_conversation(conversation)

    # when others, the owner and staff look for it
    # then only the latter find it, as it was stored
    for reader in (NOBODY, GUEST, BOB, SERVICE):
        assert stores.conversations.find(reader, conversation.id) is None
    for reader in (ALICE, STAFF, ADMIN):
        assert stores.conversations.find(reader, conversation.id) == conversation
    assert stores.conversations.find(STAFF, "conv_0") is None


def test_conversations_newest_first_in_pages(stores: Stores) -> None:
    # given conversations of two owners, some begun at the same moment
    made = [a_conversation(str(ALICE.subject), minute=m) for m in (0, 1, 1, 1, 2)]
    for conversation in [*made, a_conversation(str(BOB.subject), minute=1)]:
        stores.add_conversation(conversation)

    def read(reader: Principal) -> list[str]:
        return [
            c.id
            for c in all_pages(
                lambda page: stores.conversations.listing(
                    reader, ConversationFilter(), NEWEST, page
                )
            )
        ]

    # when they are read in pages
    # then the owner has its own, once and in order, and staff has all
    expected = sorted(made, key=lambda c: (c.created_at, c.id), reverse=True)
    assert read(ALICE) == [c.id for c in expected]
    assert len(set(read(STAFF))) == 6
    assert read(NOBODY) == read(GUEST) == []


@pytest.mark.parametrize(
    ("wanted", "order", "expected"),
    [
        ({"status": "closed"}, NEWEST, ["closed"]),
        ({"handler": "human"}, NEWEST, ["human"]),
        ({"waiting_for": "staff"}, NEWEST, ["late", "early"]),
        ({"waiting_for": "staff"}, WAITING, ["early", "late"]),
        ({}, WAITING, ["theirs", "early", "late"]),
        ({"agent": "order"}, NEWEST, ["order"]),
        ({"assigned_to": "kim"}, NEWEST, ["human"]),
        ({"customer_id": "cust_alice"}, NEWEST, ["order"]),
        ({"customer_id": "cust_alice", "status": "closed"}, NEWEST, []),
        ({"text": "AR"}, NEWEST, ["early"]),
        ({"text": "e%"}, NEWEST, []),
    ],
)
def test_conversation_filters(
    stores: Stores, wanted: dict[str, Any], order: ConversationOrder, expected: list[str]
) -> None:
    stores.add_customer("cust_alice", "alice@example.com")
    samples: dict[str, dict[str, Any]] = {
        "closed": {"status": "closed"},
        "human": {"handler": "human", "assigned_to": "kim"},
        "early": {"waiting_for": "staff", "waiting_since": moment(3)},
        "late": {"waiting_for": "staff", "waiting_since": moment(9)},
        "theirs": {"waiting_for": "customer", "waiting_since": moment(1)},
        "order": {"last_agent": "order", "customer_id": "cust_alice"},
    }
    for minute, (subject, fields) in enumerate(samples.items()):
        stores.add_conversation(
            a_conversation(str(BOB.subject), minute=minute, subject=subject, **fields)
        )
    found = all_pages(
        lambda page: stores.conversations.listing(STAFF, ConversationFilter(**wanted), order, page),
        limit=1,
    )
    assert [c.subject for c in found] == expected


def test_messages_in_order_and_notes_for_staff_only(stores: Stores) -> None:
    # given a conversation with a note in the middle, all written at the same moment
    conversation = a_conversation(str(ALICE.subject))
    stores.add_conversation(conversation)
    citation = Citation(number=1, document_id="doc_1", title="Plans", snippet="Free")
    first = a_message("first", task_id="task_1")
    note = a_message("note", role="staff", internal=True)
    last = a_message("last", role="assistant", agent="faq", citations=(citation,))
    for message in (first, note, last):
        stores.add_message(conversation.id, message)

    def read(reader: Principal) -> list[Any]:
        return all_pages(
            lambda page: stores.conversations.messages(reader, conversation.id, page), limit=1
        )

    # when they are read
    # then in order, the note for staff only, and nothing for others
    assert read(ALICE) == [first, last]
    assert read(STAFF) == [first, note, last]
    assert read(BOB) == read(NOBODY) == []


def test_messages_after_one(stores: Stores) -> None:
    conversation, other = (a_conversation(str(ALICE.subject)) for _ in range(2))
    messages = [a_message(str(number)) for number in range(3)]
    note = a_message("note", role="staff", internal=True)
    for each in (conversation, other):
        stores.add_conversation(each)
    for message in (*messages, note):
        stores.add_message(conversation.id, message)

    position = stores.conversations.position_of_message(ALICE, conversation.id, messages[0].id)
    assert position is not None
    page = stores.conversations.messages(ALICE, conversation.id, PageRequest(9, position))
    assert page == Page(messages[1:]) or page == Page(tuple(messages[1:]))
    for reader, conversation_id, message_id in (
        (BOB, conversation.id, messages[0].id),
        (ALICE, other.id, messages[0].id),
        (ALICE, conversation.id, note.id),
        (ALICE, conversation.id, "msg_0"),
    ):
        position = stores.conversations.position_of_message(reader, conversation_id, message_id)
        assert position is None


def test_turns_oldest_first(stores: Stores) -> None:
    conversation = a_conversation(str(ALICE.subject))
    stores.add_conversation(conversation)
    turns = [
        a_turn(conversation.id, minute=minute, trace={"passages": [{"score": 0.5}]})
        for minute in (2, 1, 3)
    ]
    for turn in turns:
        stores.add_turn(turn)

    def read(reader: Principal) -> list[Any]:
        return all_pages(lambda page: stores.conversations.turns(reader, conversation.id, page))

    assert read(STAFF) == sorted(turns, key=lambda turn: turn.created_at)
    assert read(BOB) == []


def test_ticket_belongs_to_its_subject_and_its_customer(stores: Stores) -> None:
    # given tickets by subject, by customer record, and of nobody
    stores.add_customer("cust_alice", "Alice@Example.com")
    stores.add_customer("cust_bob", "bob@example.com")
    by_subject = a_ticket(ALICE.subject, minute=1, contact_email="a@b.c", assigned_to="kim")
    by_record = a_ticket("issuer|staff", minute=2, customer_id="cust_alice")
    guests = a_ticket(GUEST.subject, minute=3)
    of_nobody = a_ticket(None, minute=4)
    tickets = (by_subject, by_record, guests, of_nobody)
    for ticket in tickets:
        stores.add_ticket(ticket)

    def read(reader: Principal) -> list[Any]:
        return all_pages(lambda page: stores.tickets.listing(reader, TicketFilter(), page))

    # when they are listed and looked for
    # then everybody has the own ones, the newest first
    expected = {
        ALICE: [by_record, by_subject],
        BOB: [],
        GUEST: [guests],
        NOBODY: [],
        STAFF: list(reversed(tickets)),
    }
    for reader, own in expected.items():
        assert read(reader) == own
        for ticket in tickets:
            found = stores.tickets.find(reader, ticket.id)
            assert found == (ticket if ticket in own else None)


def test_ticket_filters(stores: Stores) -> None:
    stores.add_customer("cust_alice", "alice@example.com")
    resolved = a_ticket(None, status="resolved")
    hers = a_ticket(None, customer_id="cust_alice")
    for ticket in (resolved, hers):
        stores.add_ticket(ticket)
    for wanted, expected in (
        (TicketFilter(TicketStatus.RESOLVED), [resolved]),
        (TicketFilter(customer_id="cust_alice"), [hers]),
        (TicketFilter(TicketStatus.RESOLVED, "cust_alice"), []),
    ):
        page = stores.tickets.listing(STAFF, wanted, PageRequest(9))
        assert list(page.items) == expected


def test_documents(stores: Stores) -> None:
    published = a_document(minute=1, content="# Title\n\nWords")
    failed = a_document(
        minute=2,
        content="",
        status="failed",
        failure_reason="not UTF-8",
        version=0,
        source="s3",
        source_key="knowledge/a.md",
        visibility="internal",
    )
    for document in (published, failed):
        stores.add_document(document)

    listed = all_pages(lambda page: stores.documents.listing(DocumentFilter(), page), limit=1)
    assert [d.id for d in listed] == [failed.id, published.id]
    due = a_document(minute=3, review_at=date(2026, 12, 1))
    stores.add_document(due)
    archived = a_document(minute=4, review_at=date(2026, 12, 1), status="archived")
    stores.add_document(archived)
    both = DocumentFilter(DocumentStatus.ARCHIVED, review_by=date(2026, 12, 1))
    assert [d.id for d in stores.documents.listing(both, PageRequest(9)).items] == [archived.id]
    for day, expected in ((date(2026, 12, 1), [due.id]), (date(2026, 11, 30), [])):
        wanted = DocumentFilter(review_by=day)
        assert [d.id for d in stores.documents.listing(wanted, PageRequest(9)).items] == expected
    [only] = stores.documents.listing(DocumentFilter(DocumentStatus.FAILED), PageRequest(9)).items
    assert (only.id, only.failure_reason) == (failed.id, "not UTF-8")
    found = stores.documents.find(published.id)
    assert found is not None
    assert found.content == "# Title\n\nWords"
    assert stores.documents.find("doc_0") is None


def test_customer_by_address(stores: Stores) -> None:
    stores.add_customer("cust_alice", "Alice@Example.com")
    assert stores.customers.customer_of_email("aLICE@example.com") == "cust_alice"
    assert stores.customers.customer_of_email("bob@example.com") is None
