"""What changing conversations, tickets and ratings promises: held by Postgres and the fakes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from frontdesk.adapters.postgres.conversation_changes import PostgresConversationChanges
from frontdesk.adapters.postgres.conversation_reads import PostgresConversationReads
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.ticket_changes import PostgresTicketChanges
from frontdesk.adapters.postgres.ticket_reads import PostgresTicketReads
from frontdesk.adapters.postgres.turn_ratings import PostgresTurnRatings
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import Conversation, Message, MessageRole
from frontdesk.domain.conversation_changes import (
    AlreadyWrittenError,
    answered_by_person,
    closed,
    filed,
    taken_over,
)
from frontdesk.domain.errors import ConflictError, InvalidInputError, NotFoundError
from frontdesk.domain.ids import new_id, ticket_number
from frontdesk.domain.knowledge import Category, DocumentDraft, DocumentWrite, Visibility
from frontdesk.domain.listing import PageRequest
from frontdesk.domain.metrics import Rating
from frontdesk.domain.records import Ticket, TicketPriority, TicketStatus
from frontdesk.domain.tickets import TicketComment, changed, commented
from frontdesk.knowledge.writing import make_written_draft
from frontdesk.principal import Principal
from support_api.ports import (
    ConversationChanges,
    ConversationReads,
    TicketChanges,
    TicketReads,
    TurnRatings,
)
from tests.support.callers import GUEST, NOBODY, SERVICE, STAFF, customer
from tests.support.desk import MemoryDesk
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_message, a_ticket, a_turn, moment
from tests.support.postgres import TestDatabase

ALICE, BOB = customer("alice"), customer("bob")
NOW = moment(30)
PAGE = PageRequest(9)


@dataclass
class Stores:
    conversations: ConversationReads
    changes: ConversationChanges
    tickets: TicketReads
    ticket_changes: TicketChanges
    ratings: TurnRatings
    add_conversation: Callable[..., None]
    add_message: Callable[..., None]
    add_turn: Callable[..., None]
    add_ticket: Callable[..., None]
    add_customer: Callable[..., None]
    audited: Callable[[], list[Any]]
    drafts: Callable[[], list[Any]]


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        memory = MemoryDesk()
        return Stores(
            conversations=memory.conversations,
            changes=memory.conversations,
            tickets=memory.tickets,
            ticket_changes=memory.tickets,
            ratings=memory.ratings,
            add_conversation=memory.conversations.add,
            add_message=memory.conversations.add_message,
            add_turn=memory.conversations.add_turn,
            add_ticket=memory.tickets.add,
            add_customer=memory.customers.add,
            audited=lambda: [(e.action, e.object_id) for e in memory.audit.entries],
            drafts=lambda: [
                (one.id, one.title, one.status) for one in memory.knowledge_base.documents.values()
            ],
        )
    database: Database = request.getfixturevalue("desk_database")
    test_database: TestDatabase = request.getfixturevalue("database")
    rows = DeskRows(test_database)
    return Stores(
        conversations=PostgresConversationReads(database),
        changes=PostgresConversationChanges(database),
        tickets=PostgresTicketReads(database),
        ticket_changes=PostgresTicketChanges(database),
        ratings=PostgresTurnRatings(database),
        add_conversation=rows.add_conversation,
        add_message=rows.add_message,
        add_turn=rows.add_turn,
        add_ticket=rows.add_ticket,
        add_customer=rows.add_customer,
        audited=lambda: rows.read("SELECT action, object_id FROM audit_log ORDER BY id"),
        drafts=lambda: rows.read("SELECT id, title, status FROM documents"),
    )


def an_entry(object_id: str, action: str = "thing.change") -> AuditEntry:
    return AuditEntry(STAFF, action, "thing", object_id, None, "request-1")


def stored(stores: Stores, owner: Principal = ALICE, **fields: Any) -> Conversation:
    conversation = a_conversation(str(owner.subject), **{"version": 1, **fields})
    stores.add_conversation(conversation)
    return conversation


def test_a_change_is_stored_with_its_entry(stores: Stores) -> None:
    conversation = stored(stores)

    taken = stores.changes.change(
        STAFF,
        conversation,
        lambda present, _: taken_over(present, NOW),
        entry=an_entry(conversation.id),
    )

    assert stores.conversations.find(ALICE, conversation.id) == taken
    assert (taken.handler, taken.waiting_for, taken.waiting_since) == ("human", "staff", NOW)
    assert (taken.version, taken.revision) == (2, 1)
    assert stores.audited() == [("thing.change", conversation.id)]


def test_every_change_moves_the_revision_and_no_other(stores: Stores) -> None:
    conversation = stored(stores)

    def file(**changes: Any) -> Conversation:
        return stores.changes.change(
            STAFF, conversation, lambda present, _: filed(present, NOW, changes)
        )

    assert file(tags=("vip",), assigned_to="kim").revision == 1
    assert file(tags=("vip",)).revision == 1
    last = file(assigned_to=None)
    assert (last.revision, last.version) == (2, 1)
    assert stores.conversations.find(STAFF, conversation.id) == last


def test_a_refused_change_leaves_nothing(stores: Stores) -> None:
    conversation = stored(stores, status="closed")

    with pytest.raises(ConflictError):
        stores.changes.change(
            STAFF,
            conversation,
            lambda present, _: answered_by_person(present, NOW),
            message=a_message(role="staff"),
            entry=an_entry(conversation.id),
        )

    assert stores.conversations.find(STAFF, conversation.id) == conversation
    assert stores.conversations.messages(STAFF, conversation.id, PAGE).items in ((), [])
    assert stores.audited() == []


def an_article(document_id: str, *, is_new: bool) -> tuple[DocumentDraft, DocumentWrite]:
    draft = make_written_draft(
        title="Moving boards",
        content="Open **Settings**.",
        category=Category.FAQ,
        visibility=Visibility.INTERNAL,
    )
    entry = an_entry(document_id, "document.draft")
    return draft, DocumentWrite(document_id, entry, is_new=is_new)


def reply(stores: Stores, conversation: Conversation, *, is_new: bool) -> None:
    stores.changes.change(
        STAFF,
        conversation,
        lambda present, _: answered_by_person(present, NOW),
        message=a_message(role="staff"),
        article=an_article("doc_1", is_new=is_new),
    )


def test_a_reply_is_kept_together_with_its_draft_article(stores: Stores) -> None:
    conversation = stored(stores)

    reply(stores, conversation, is_new=True)

    assert stores.drafts() == [("doc_1", "Moving boards", "draft")]
    assert stores.audited() == [("document.draft", "doc_1")]
    assert len(stores.conversations.messages(STAFF, conversation.id, PAGE).items) == 1


def test_a_reply_whose_draft_article_cannot_be_kept_is_not_kept_either(stores: Stores) -> None:
    conversation = stored(stores)

    with pytest.raises(NotFoundError):
        # A document that ought to be there, and is not.
        reply(stores, conversation, is_new=False)

    assert stores.drafts() == []
    assert stores.conversations.find(STAFF, conversation.id) == conversation
    assert not stores.conversations.messages(STAFF, conversation.id, PAGE).items


def test_who_wrote_last_is_told_notes_apart(stores: Stores) -> None:
    conversation = stored(stores)
    told: list[MessageRole | None] = []

    def look(present: Conversation, last_role: MessageRole | None) -> Conversation:
        told.append(last_role)
        return present

    def say(message: Message | None = None) -> None:
        stores.changes.change(STAFF, conversation, look, message=message)

    say()
    stores.add_message(conversation.id, a_message())
    say(a_message(role="staff", internal=True))
    say(a_message(role="staff"))
    say()

    assert told == [None, MessageRole.CUSTOMER, MessageRole.CUSTOMER, MessageRole.STAFF]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("open", MessageRole.CUSTOMER), ("resolved", MessageRole.ASSISTANT)],
)
def test_an_answer_that_left_it_to_a_person_does_not_count(
    stores: Stores, status: str, expected: MessageRole
) -> None:
    conversation = stored(stores)
    stores.add_message(conversation.id, a_message("A person will look.", role="assistant"))
    stores.add_ticket(a_ticket(None, conversation_id=conversation.id, status=status))
    told: list[MessageRole | None] = []

    def look(present: Conversation, last_role: MessageRole | None) -> Conversation:
        told.append(last_role)
        return present

    stores.changes.change(STAFF, conversation, look)

    assert told == [expected]


def test_a_message_is_there_with_its_change(stores: Stores) -> None:
    conversation = stored(stores)
    reply = a_message("Hello", role="staff", minute=30)

    replied = stores.changes.change(
        STAFF, conversation, lambda present, _: answered_by_person(present, NOW), message=reply
    )

    assert list(stores.conversations.messages(ALICE, conversation.id, PAGE).items) == [reply]
    assert stores.conversations.find(ALICE, conversation.id) == replied
    assert replied.message_count == 1


def test_a_message_is_written_once(stores: Stores) -> None:
    # given a reply, and the conversation closed since
    conversation, reply = stored(stores), a_message("Hello", role="staff", minute=30)
    stores.changes.change(
        STAFF, conversation, lambda present, _: answered_by_person(present, NOW), message=reply
    )
    stores.changes.change(STAFF, conversation, lambda present, _: closed(present, NOW))
    before = stores.conversations.find(STAFF, conversation.id)

    # when it is written again
    again = reply.model_copy(update={"content": "Hello again", "created_at": moment(31)})
    with pytest.raises(AlreadyWrittenError) as refused:
        stores.changes.change(
            STAFF, conversation, lambda present, _: answered_by_person(present, NOW), message=again
        )

    # then nothing has changed, and what stands there is told
    assert refused.value.message == reply
    assert stores.conversations.find(STAFF, conversation.id) == before
    assert list(stores.conversations.messages(ALICE, conversation.id, PAGE).items) == [reply]


@pytest.mark.parametrize("writer", [NOBODY, GUEST, BOB, SERVICE])
def test_others_change_nothing(stores: Stores, writer: Principal) -> None:
    conversation = stored(stores)
    with pytest.raises(NotFoundError):
        stores.changes.change(writer, conversation, lambda present, _: closed(present, NOW))
    assert stores.conversations.find(STAFF, conversation.id) == conversation


def test_the_owner_closes(stores: Stores) -> None:
    conversation = stored(stores)
    done = stores.changes.change(ALICE, conversation, lambda present, _: closed(present, NOW))
    assert (done.status, done.closed_at) == ("closed", NOW)
    assert stores.conversations.find(ALICE, conversation.id) == done


def test_a_conversation_that_only_ingest_knows_is_made(stores: Stores) -> None:
    known = a_conversation(str(ALICE.subject), subject="")

    taken = stores.changes.change(STAFF, known, lambda present, _: taken_over(present, NOW))

    found = stores.conversations.find(ALICE, known.id)
    assert found == taken
    assert found is not None
    assert (found.handler, found.created_at) == ("human", known.created_at)


def test_a_conversation_that_was_known_is_not_made_again(stores: Stores) -> None:
    erased = a_conversation(str(ALICE.subject), version=3)
    with pytest.raises(NotFoundError):
        stores.changes.change(STAFF, erased, lambda present, _: closed(present, NOW))
    assert stores.conversations.find(STAFF, erased.id) is None


# Tickets


def create(stores: Stores, **fields: Any) -> Ticket:
    ticket = a_ticket(None, **fields)
    return stores.ticket_changes.create(ticket, entry=an_entry(ticket.id))


def test_a_ticket_is_stored_whole(stores: Stores) -> None:
    stores.add_customer("cust_alice", "alice@example.com")
    conversation = stored(stores)

    made = create(
        stores,
        customer_id="cust_alice",
        conversation_id=conversation.id,
        contact_email="a@example.com",
        assigned_to="kim",
        tags=("vip",),
        priority="urgent",
        status="waiting",
    )

    assert stores.tickets.find(ALICE, made.id) == made
    assert (made.tags, made.assigned_to, made.version) == (("vip",), "kim", 1)
    assert stores.audited() == [("thing.change", made.id)]


def test_a_ticket_without_a_number_gets_one_that_is_free(stores: Stores) -> None:
    ticket_id = new_id("tkt")
    create(stores, number=ticket_number(ticket_id))
    made = create(stores, id=ticket_id, number="")
    assert made.number == ticket_number(ticket_id, 1)


def test_a_number_is_given_once(stores: Stores) -> None:
    create(stores, number="CRM-1")
    with pytest.raises(ConflictError):
        create(stores, number="CRM-1")
    assert len(stores.audited()) == 1


def test_a_ticket_of_nobody_known_is_refused(stores: Stores) -> None:
    with pytest.raises(InvalidInputError) as refused:
        create(stores, customer_id="cust_nobody")
    assert [error.field for error in refused.value.errors] == ["customer_id"]


def test_a_ticket_is_changed_with_its_entry(stores: Stores) -> None:
    ticket = a_ticket(ALICE.subject)
    stores.add_ticket(ticket)

    new = stores.ticket_changes.change(
        STAFF,
        ticket,
        lambda present: changed(present, NOW, {"priority": TicketPriority.LOW, "tags": ("vip",)}),
        entry=an_entry(ticket.id),
    )

    assert stores.tickets.find(ALICE, ticket.id) == new
    assert (new.priority, new.tags, new.version) == ("low", ("vip",), 2)
    assert stores.audited() == [("thing.change", ticket.id)]


def test_a_ticket_is_given_to_a_customer_who_exists(stores: Stores) -> None:
    stores.add_customer("cust_bob", "bob@example.com")
    ticket = a_ticket(None)
    stores.add_ticket(ticket)

    def give(customer_id: str) -> Ticket:
        return stores.ticket_changes.change(
            STAFF, ticket, lambda present: changed(present, NOW, {"customer_id": customer_id})
        )

    assert stores.tickets.find(BOB, ticket.id) is None
    assert give("cust_bob") == stores.tickets.find(BOB, ticket.id)
    with pytest.raises(InvalidInputError):
        give("cust_nobody")


def test_a_refused_change_of_a_ticket_leaves_nothing(stores: Stores) -> None:
    ticket = a_ticket(ALICE.subject, status="closed")
    stores.add_ticket(ticket)
    with pytest.raises(ConflictError):
        stores.ticket_changes.change(
            ALICE,
            ticket,
            lambda present: commented(present, NOW, by=MessageRole.CUSTOMER),
            comment=a_comment("But …"),
        )
    assert stores.tickets.find(STAFF, ticket.id) == ticket
    assert list(stores.tickets.comments(STAFF, ticket.id, PAGE).items) == []


def a_comment(content: str, **fields: Any) -> TicketComment:
    values = {"id": new_id("cmt"), "role": "customer", "content": content, "created_at": NOW}
    return TicketComment.model_validate(values | fields)


def test_comments_in_order_and_notes_for_staff(stores: Stores) -> None:
    stores.add_customer("cust_alice", "alice@example.com")
    ticket = a_ticket("issuer|somebody", customer_id="cust_alice", status="resolved")
    stores.add_ticket(ticket)
    question = a_comment("Any news?")
    note = a_comment("He called.", role="staff", internal=True)
    answer = a_comment("Soon.", role="staff")

    for writer, comment in ((ALICE, question), (STAFF, note), (STAFF, answer)):
        stores.ticket_changes.change(
            writer,
            ticket,
            partial(commented, at=NOW, by=comment.role),
            comment=comment,
        )

    assert list(stores.tickets.comments(ALICE, ticket.id, PAGE).items) == [question, answer]
    first = stores.tickets.comments(STAFF, ticket.id, PageRequest(1))
    assert list(first.items) == [question]
    rest = stores.tickets.comments(STAFF, ticket.id, PageRequest(9, first.next_position))
    assert list(rest.items) == [note, answer]
    assert list(stores.tickets.comments(BOB, ticket.id, PAGE).items) == []
    reopened = stores.tickets.find(ALICE, ticket.id)
    assert reopened is not None
    assert reopened.status is TicketStatus.OPEN


@pytest.mark.parametrize("writer", [NOBODY, GUEST, BOB])
def test_others_say_nothing_on_a_ticket(stores: Stores, writer: Principal) -> None:
    ticket = a_ticket(ALICE.subject)
    stores.add_ticket(ticket)
    with pytest.raises(NotFoundError):
        stores.ticket_changes.change(
            writer, ticket, lambda present: present, comment=a_comment("Hello")
        )
    assert list(stores.tickets.comments(STAFF, ticket.id, PAGE).items) == []


@pytest.mark.parametrize(
    ("fields", "others", "expected"),
    [
        ({}, (), None),
        ({}, ("resolved",), None),
        ({}, ("waiting",), "staff"),
        # A person has it, and knows whose move it is.
        ({"handler": "human"}, (), "staff"),
        ({"handler": "human", "waiting_for": "customer"}, (), "customer"),
    ],
)
def test_a_settled_ticket_keeps_nobody_waiting(
    stores: Stores, fields: dict[str, Any], others: tuple[str, ...], expected: str | None
) -> None:
    waits: dict[str, Any] = {"waiting_for": "staff", "waiting_since": moment(1)}
    conversation = stored(stores, **(waits | fields))
    ticket = a_ticket(ALICE.subject, conversation_id=conversation.id)
    for each in (
        ticket,
        *(a_ticket(None, conversation_id=conversation.id, status=status) for status in others),
    ):
        stores.add_ticket(each)

    stores.ticket_changes.change(
        STAFF, ticket, lambda present: changed(present, NOW, {"status": TicketStatus.RESOLVED})
    )

    found = stores.conversations.find(STAFF, conversation.id)
    assert found is not None
    assert found.waiting_for == expected
    assert (found.waiting_since is None) == (expected is None)
    assert found.version == conversation.version


# Ratings


def test_only_the_owner_rates_and_the_last_word_counts(stores: Stores) -> None:
    conversation = stored(stores)
    turn = a_turn(conversation.id)
    stores.add_turn(turn)

    for other in (NOBODY, GUEST, BOB, STAFF):
        assert not stores.ratings.is_rateable(other, turn.task_id)
        assert not stores.ratings.rate(other, turn.task_id, Rating.DOWN, "bad", NOW)
    assert stores.ratings.is_rateable(ALICE, turn.task_id)
    assert stores.ratings.rate(ALICE, turn.task_id, Rating.DOWN, "Too long", NOW)
    assert stores.ratings.rate(ALICE, turn.task_id, Rating.UP, None, NOW)
    assert not stores.ratings.is_rateable(ALICE, "task_0")
    assert not stores.ratings.rate(ALICE, "task_0", Rating.UP, None, NOW)

    [rated] = stores.conversations.turns(STAFF, conversation.id, PAGE).items
    assert (rated.feedback_rating, rated.feedback_comment) == ("up", None)
