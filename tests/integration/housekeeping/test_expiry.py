"""What expires in Postgres: what has rested for so long, and nothing that somebody waits for."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.expiry import PostgresExpiry
from frontdesk.domain.errors import InfrastructureError
from tests.support.callers import customer
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_message, a_ticket, a_turn
from tests.support.postgres import TestDatabase

pytestmark = pytest.mark.integration

OWNER = str(customer("alice").subject)
NOW = datetime.now(UTC)
OLD, YOUNG = NOW - timedelta(days=100), NOW - timedelta(days=5)
BEFORE = NOW - timedelta(days=30)


@pytest.fixture
def rows(database: TestDatabase) -> DeskRows:
    return DeskRows(database)


@pytest.fixture
def expiry(agent_database: Database) -> PostgresExpiry:
    return PostgresExpiry(agent_database)


def ids(rows: DeskRows, table: str) -> set[str]:
    return {row[0] for row in rows.read(f"SELECT id FROM {table}")}


def test_conversations_at_rest_go_with_all_that_is_theirs(
    rows: DeskRows, expiry: PostgresExpiry
) -> None:
    # given old conversations, at rest and not
    def add(updated_at: datetime = OLD, ticket: str | None = None, touched: datetime = OLD,
            waiting_for: str | None = None) -> str:  # fmt: skip
        made = a_conversation(OWNER, updated_at=updated_at, waiting_for=waiting_for)
        rows.add_conversation(made)
        rows.add_message(made.id, a_message("secret"))
        rows.add_turn(a_turn(made.id))
        if ticket is not None:
            rows.add_ticket(
                a_ticket(OWNER, conversation_id=made.id, status=ticket, updated_at=touched)
            )
        return made.id

    expired = {add(), add(ticket="closed"), add(waiting_for="customer")}
    kept = {
        add(updated_at=YOUNG),
        add(waiting_for="staff"),
        add(ticket="open"),
        add(ticket="resolved", touched=YOUNG),
    }
    forgotten: list[str] = []

    def forget(conversation_ids: list[str]) -> list[str]:
        forgotten.extend(conversation_ids)
        return conversation_ids

    # when what is over is deleted, share by share
    shares = [expiry.conversations(BEFORE, 2, forget=forget) for _ in range(3)]

    # then nothing of the expired is left, and all of the others
    assert shares == [2, 1, 0]
    assert set(forgotten) == expired
    assert ids(rows, "conversations") == kept
    for table in ("messages", "turns"):
        left = {row[0] for row in rows.read(f"SELECT conversation_id FROM {table}")}
        assert left == kept
    assert len(ids(rows, "tickets")) == 2


def test_nothing_is_deleted_where_another_store_fails(
    rows: DeskRows, expiry: PostgresExpiry
) -> None:
    def fail(_: list[str]) -> list[str]:
        raise InfrastructureError("DynamoDB is out of reach")

    rows.add_conversation(a_conversation(OWNER, updated_at=OLD))
    with pytest.raises(InfrastructureError):
        expiry.conversations(BEFORE, 10, forget=fail)

    assert len(ids(rows, "conversations")) == 1


def test_one_that_another_store_has_a_message_of_stays(
    rows: DeskRows, expiry: PostgresExpiry
) -> None:
    # given two that rest, and a message that was accepted for one of them just now
    over, written_to = (a_conversation(OWNER, updated_at=OLD) for _ in range(2))
    for each in (over, written_to):
        rows.add_conversation(each)
        rows.add_ticket(a_ticket(OWNER, conversation_id=each.id, status="closed", updated_at=OLD))
    # when only the other one is let go of, then that one goes
    assert expiry.conversations(BEFORE, 10, forget=lambda _: [over.id]) == 1
    assert ids(rows, "conversations") == {written_to.id}
    assert rows.read("SELECT conversation_id FROM tickets") == [(written_to.id,)]
    # and none where none is
    assert expiry.conversations(BEFORE, 10, forget=lambda _: []) == 0
    assert ids(rows, "conversations") == {written_to.id}


def test_nothing_that_does_not_rest_goes_by_being_named(
    rows: DeskRows, agent_database: Database
) -> None:
    for made in (a_conversation(OWNER, updated_at=YOUNG),
                 a_conversation(OWNER, updated_at=OLD, waiting_for="staff")):  # fmt: skip
        rows.add_conversation(made)
    named = sorted(ids(rows, "conversations"))

    with agent_database.transaction() as connection:
        row = connection.execute(
            "SELECT expire_conversations(%s, %s) AS expired", (named, BEFORE)
        ).fetchone()

    assert row == {"expired": 0}
    assert ids(rows, "conversations") == set(named)


def test_settled_tickets_without_a_conversation_go(rows: DeskRows, expiry: PostgresExpiry) -> None:
    kept = [
        a_ticket(OWNER, status="open", updated_at=OLD),
        a_ticket(OWNER, status="closed", updated_at=YOUNG),
    ]
    for ticket in [*kept, a_ticket(OWNER, status="resolved", updated_at=OLD)]:
        rows.add_ticket(ticket)

    assert [expiry.tickets(BEFORE, 10), expiry.tickets(BEFORE, 10)] == [1, 0]
    assert ids(rows, "tickets") == {ticket.id for ticket in kept}


def test_audit_entries_and_published_events_go(
    rows: DeskRows, expiry: PostgresExpiry, database: TestDatabase
) -> None:
    for _ in range(3):
        rows.add_ticket(a_ticket(None))
    with database.owner() as connection:
        connection.execute(
            "INSERT INTO audit_log (occurred_at, actor_kind, action, object_kind)"
            " VALUES (%s, 'staff', 'old', 'x'), (%s, 'staff', 'young', 'x')",
            (OLD, YOUNG),
        )
        connection.execute(
            "UPDATE domain_events SET published_at = CASE position WHEN 1 THEN %s::timestamptz"
            " WHEN 2 THEN %s::timestamptz END",
            (OLD, YOUNG),
        )

    assert [expiry.audit(NOW - timedelta(days=40), 9), expiry.events(BEFORE, 9)] == [1, 1]

    assert rows.read("SELECT action FROM audit_log") == [("young",)]
    # the one that nobody has published yet stays, however old
    assert len(ids(rows, "domain_events")) == 2


@pytest.mark.parametrize(
    "call",
    [
        "resting_conversations(now(), 1)",
        "expire_conversations(ARRAY['conv_1'], now())",
        "expire_tickets(now(), 1)",
        "expire_audit(now(), 1)",
        "expire_events(now(), 1)",
    ],
)
def test_what_is_young_is_deleted_by_nobody(call: str, agent_database: Database) -> None:
    with (
        pytest.raises(psycopg.errors.InvalidParameterValue),
        agent_database.transaction() as connection,
    ):
        connection.execute(f"SELECT {call}".encode())


def test_the_desk_cannot_make_anything_expire(desk_database: Database) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        desk_database.transaction() as connection,
    ):
        connection.execute("SELECT expire_conversations(ARRAY['conv_1'], '2020-01-01')")
