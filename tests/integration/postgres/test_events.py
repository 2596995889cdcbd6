"""Domain events in the database: written with what they tell of, published by somebody, once."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from frontdesk.adapters.postgres.conversation_changes import PostgresConversationChanges
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import NOBODY, Database, RowScope
from frontdesk.adapters.postgres.event_outbox import PostgresEventOutbox
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.adapters.postgres.ticket_changes import PostgresTicketChanges
from frontdesk.domain.conversation import Message, MessageRole, TicketIntent, Turn
from frontdesk.domain.conversation_changes import answered_by_person, taken_over
from frontdesk.domain.errors import ConflictError
from frontdesk.domain.events import DomainEvent
from frontdesk.domain.ids import new_id, ticket_number
from frontdesk.domain.knowledge import FailedDraft
from frontdesk.domain.records import TicketStatus
from frontdesk.domain.task import TaskStatus
from frontdesk.domain.tickets import changed
from tests.support.callers import STAFF, customer
from tests.support.chat import NOW, a_message, a_result
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_ticket
from tests.support.postgres import TestDatabase

pytestmark = pytest.mark.integration

ALICE = customer("alice")
SECRET = "Zorbo@secret.example wants money"


@pytest.fixture
def outbox(agent_database: Database) -> PostgresEventOutbox:
    return PostgresEventOutbox(agent_database)


def told(outbox: PostgresEventOutbox) -> list[DomainEvent]:
    """Publishes everything, as it were."""
    events = outbox.claim(100)
    outbox.settle([event.event_id for event in events])
    return events


def types(events: list[DomainEvent]) -> list[str]:
    return [event.type for event in events]


def escalate(agent: Database, **changes: Any) -> str:
    """A turn that makes a ticket; returns its conversation."""
    store = PostgresConversationStore(agent)
    message = a_message(text=SECRET, contact_email="zorbo@secret.example", **changes)
    conversation = store.take_up(message, subject_line=SECRET)
    ticket_id = new_id("tick")
    store.commit(
        Turn(
            task_id=message.task_id,
            conversation_id=message.conversation_id,
            read_version=conversation.version,
            result=a_result(),
            intents=(
                TicketIntent(
                    ticket_id=ticket_id,
                    number=ticket_number(ticket_id),
                    subject=SECRET,
                    description=SECRET,
                    category="billing",
                    priority="high",
                    contact_email="zorbo@secret.example",
                    expected_response_at=NOW + timedelta(hours=4),
                ),
            ),
        )
    )
    return message.conversation_id


def a_reply(content: str = SECRET) -> Message:
    return Message(id=new_id("msg"), role=MessageRole.STAFF, content=content, created_at=NOW)


def test_an_escalation_tells_of_its_ticket_and_of_who_waits(
    agent_database: Database, outbox: PostgresEventOutbox
) -> None:
    conversation_id = escalate(agent_database)

    events = told(outbox)

    assert types(events) == ["ticket.opened", "conversation.waiting"]
    assert {event.data.model_dump()["conversation_id"] for event in events} == {conversation_id}
    assert "orbo" not in "".join(event.model_dump_json() for event in events)
    assert told(outbox) == []


def test_what_is_rolled_back_is_not_told(
    desk_database: Database, database: TestDatabase, outbox: PostgresEventOutbox
) -> None:
    rows = DeskRows(database)
    conversation = a_conversation(str(ALICE.subject), version=1, status="closed")
    rows.add_conversation(conversation)

    with pytest.raises(ConflictError):
        PostgresConversationChanges(desk_database).change(
            STAFF,
            conversation,
            lambda present, _: answered_by_person(present, NOW),
            message=a_reply(),
        )

    assert told(outbox) == []


def test_a_persons_reply_is_told_and_a_note_is_not(
    desk_database: Database, database: TestDatabase, outbox: PostgresEventOutbox
) -> None:
    conversation = a_conversation(str(ALICE.subject), version=1)
    DeskRows(database).add_conversation(conversation)
    changes = PostgresConversationChanges(desk_database)
    note = a_reply().model_copy(update={"internal": True})
    changes.change(STAFF, conversation, lambda present, _: present, message=note)
    reply = a_reply()

    changes.change(
        STAFF, conversation, lambda present, _: answered_by_person(present, NOW), message=reply
    )

    (event,) = told(outbox)
    assert event.type == "conversation.replied"
    assert event.data.message_id == reply.id
    assert "orbo" not in event.model_dump_json()


def test_who_takes_over_is_not_told_and_whoever_has_it_is_told_of_the_next_word(
    desk_database: Database,
    agent_database: Database,
    database: TestDatabase,
    outbox: PostgresEventOutbox,
) -> None:
    message = a_message()
    store = PostgresConversationStore(agent_database)
    conversation = store.take_up(message, subject_line="Help")
    changes = PostgresConversationChanges(desk_database)

    changes.change(STAFF, conversation, lambda present, _: taken_over(present, NOW))
    assert told(outbox) == []

    changes.change(
        STAFF, conversation, lambda present, _: answered_by_person(present, NOW), message=a_reply()
    )
    store.take_up(a_message(conversation_id=conversation.id), subject_line="Help")
    assert types(told(outbox)) == ["conversation.replied", "conversation.waiting"]

    # the customer goes on, and waits already
    store.take_up(a_message(conversation_id=conversation.id), subject_line="Help")
    assert told(outbox) == []


def test_a_turn_without_a_ticket_tells_nobody(
    agent_database: Database, outbox: PostgresEventOutbox
) -> None:
    store = PostgresConversationStore(agent_database)
    message = a_message()
    conversation = store.take_up(message, subject_line="Help")
    store.commit(
        Turn(
            task_id=message.task_id,
            conversation_id=conversation.id,
            read_version=conversation.version,
            result=a_result(status=TaskStatus.COMPLETED),
        )
    )

    assert told(outbox) == []


def test_a_ticket_that_is_opened_again_is_told_of_again(
    desk_database: Database, database: TestDatabase, outbox: PostgresEventOutbox
) -> None:
    ticket = a_ticket(ALICE.subject, status="resolved")
    DeskRows(database).add_ticket(ticket)
    assert told(outbox) == []

    PostgresTicketChanges(desk_database).change(
        STAFF, ticket, lambda present: changed(present, NOW, {"status": TicketStatus.OPEN})
    )

    (event,) = told(outbox)
    assert event.type == "ticket.opened"
    assert (event.data.ticket_id, event.data.reopened) == (ticket.id, True)


def test_each_object_that_cannot_be_read_is_told_of_once(
    agent_database: Database, outbox: PostgresEventOutbox
) -> None:
    store = PostgresKnowledgeStore(agent_database)
    failed = FailedDraft(
        source_key="knowledge/a.pdf", title=SECRET, reason=SECRET, object_version="v1"
    )
    document = store.mark_failed(failed)
    store.mark_failed(failed)

    (event,) = told(outbox)

    assert event.type == "knowledge.failed"
    assert event.data.model_dump() == {"document_id": document.id, "source": "s3"}
    store.mark_failed(failed.model_copy(update={"object_version": "v2"}))
    assert types(told(outbox)) == ["knowledge.failed"]


class TestOutbox:
    @pytest.fixture
    def three(self, database: TestDatabase) -> list[str]:
        """Three tickets' events, the oldest first."""
        rows = DeskRows(database)
        tickets = [a_ticket(None, minute=minute) for minute in range(3)]
        for ticket in tickets:
            rows.add_ticket(ticket)
        return [ticket.id for ticket in tickets]

    def test_an_event_that_is_not_readable_holds_no_other_back(
        self, three: list[str], database: TestDatabase, outbox: PostgresEventOutbox
    ) -> None:
        # given events of a later release, in front of one of this
        with database.owner() as connection:
            connection.execute(
                "UPDATE domain_events SET version = 2 WHERE data ->> 'ticket_id' = ANY(%s)",
                (three[:2],),
            )
        # when they are claimed one by one
        (event,) = outbox.claim(1)
        # then it is found behind them, and they are kept
        assert event.data.model_dump()["ticket_id"] == three[2]
        assert outbox.claim(3) == []
        assert outbox.oldest() is not None

    def test_events_are_claimed_in_order_and_by_one(
        self, three: list[str], outbox: PostgresEventOutbox, desk_database: Database
    ) -> None:
        first = outbox.claim(2)
        rest = PostgresEventOutbox(desk_database).claim(2)

        assert [event.data.model_dump()["ticket_id"] for event in first + rest] == three
        assert outbox.claim(2) == []

    def test_what_is_released_is_claimed_again_as_the_same_event(
        self, three: list[str], outbox: PostgresEventOutbox
    ) -> None:
        claimed = outbox.claim(3)

        outbox.release([event.event_id for event in claimed[1:]])

        assert outbox.claim(3) == claimed[1:]

    def test_a_claim_of_who_died_ends(
        self, three: list[str], outbox: PostgresEventOutbox, database: TestDatabase
    ) -> None:
        claimed = outbox.claim(3)
        with database.owner() as connection:
            connection.execute("UPDATE domain_events SET claimed_until = now() - interval '1 s'")

        assert outbox.claim(3) == claimed

    def test_what_is_settled_is_not_released(
        self, three: list[str], outbox: PostgresEventOutbox
    ) -> None:
        ids = [event.event_id for event in outbox.claim(3)]
        outbox.settle(ids)
        outbox.release(ids)

        assert outbox.claim(3) == []
        assert outbox.oldest() is None

    def test_the_oldest_tells_how_long_nobody_was_told(
        self, three: list[str], outbox: PostgresEventOutbox
    ) -> None:
        outbox.settle([outbox.claim(1)[0].event_id])
        (second,) = outbox.claim(1)

        assert outbox.oldest() == second.occurred_at

    @pytest.mark.parametrize("role", ["agent_database", "desk_database"])
    @pytest.mark.parametrize(
        "query",
        [
            "SELECT * FROM domain_events",
            "DELETE FROM domain_events",
            "SELECT tell('ticket.opened', '{}')",
        ],
    )
    def test_neither_role_reads_writes_or_invents_events(
        self, role: str, query: str, request: pytest.FixtureRequest
    ) -> None:
        database: Database = request.getfixturevalue(role)

        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            database.transaction(RowScope(staff=True)) as connection,
        ):
            connection.execute(query.encode())


def test_events_of_conversations_that_are_erased_go_with_them(
    agent_database: Database, desk_database: Database, outbox: PostgresEventOutbox
) -> None:
    kept = escalate(agent_database)
    gone = escalate(agent_database)

    with desk_database.transaction(NOBODY) as connection:
        connection.execute("SELECT forget_events(%s::text[])", ([gone],))

    left = {event.data.model_dump()["conversation_id"] for event in told(outbox)}
    assert left == {kept}
