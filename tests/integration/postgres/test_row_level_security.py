"""The two roles see what their transaction names, and nothing where it names nothing."""

import psycopg
import pytest

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.domain.errors import InfrastructureError
from tests.support.postgres import TestDatabase

TABLES = ("customers", "conversations", "messages", "tickets")


@pytest.fixture
def two_customers(database: TestDatabase) -> TestDatabase:
    """A database with the records of customers A and B."""
    with database.owner() as connection:
        for name in ("a", "b"):
            connection.execute(
                "INSERT INTO customers (id, email, first_name, last_name) VALUES (%s, %s, %s, '')",
                (f"cust_{name}", f"{name}@example.com", name.upper()),
            )
            connection.execute(
                "INSERT INTO conversations (id, owner_subject, customer_id) VALUES (%s, %s, %s)",
                (f"conv_{name}", f"issuer|{name}", f"cust_{name}"),
            )
            connection.execute(
                "INSERT INTO messages (id, conversation_id, role, content, internal)"
                " VALUES (%s, %s, 'customer', 'hello', false), (%s, %s, 'staff', 'note', true)",
                (f"msg_{name}", f"conv_{name}", f"note_{name}", f"conv_{name}"),
            )
            connection.execute(
                "INSERT INTO tickets (id, number, owner_subject, customer_id, conversation_id,"
                " subject, description, category, expected_response_at)"
                " VALUES (%s, %s, %s, %s, %s, 's', 'd', 'other', now())",
                (f"tick_{name}", f"FD-{name}", f"issuer|{name}", f"cust_{name}", f"conv_{name}"),
            )
    return database


def _ids(database: Database, table: str, scope: RowScope) -> set[str]:
    with database.transaction(scope) as connection:
        return {row["id"] for row in connection.execute(f"SELECT id FROM {table}")}


@pytest.mark.parametrize("table", TABLES)
def test_nobody_sees_nothing(
    two_customers: TestDatabase, agent_database: Database, desk_database: Database, table: str
) -> None:
    # given rows of two customers
    # when a transaction names nobody
    # then there are no rows for either role
    assert _ids(agent_database, table, RowScope()) == set()
    assert _ids(desk_database, table, RowScope()) == set()


def test_customer_sees_its_own(two_customers: TestDatabase, desk_database: Database) -> None:
    # given rows of two customers, and the scope of A
    scope = RowScope(customer_id="cust_a", subject="issuer|a")

    # when everything is read
    seen = {table: _ids(desk_database, table, scope) for table in TABLES}

    # then only A's rows come back, and no internal note
    assert seen == {
        "customers": {"cust_a"},
        "conversations": {"conv_a"},
        "messages": {"msg_a"},
        "tickets": {"tick_a"},
    }


def test_staff_sees_everything(two_customers: TestDatabase, desk_database: Database) -> None:
    assert _ids(desk_database, "conversations", RowScope(staff=True)) == {"conv_a", "conv_b"}


def test_worker_cannot_declare_itself_staff(
    two_customers: TestDatabase, agent_database: Database
) -> None:
    # given the worker's role
    # when it sets the staff flag
    # then it still sees nothing
    assert _ids(agent_database, "conversations", RowScope(staff=True)) == set()


def test_scope_ends_with_its_transaction(
    two_customers: TestDatabase, agent_database: Database
) -> None:
    # given a transaction for A
    assert _ids(agent_database, "customers", RowScope(customer_id="cust_a")) == {"cust_a"}

    # when the next one on the same connection names nobody
    # then A's rows are gone
    assert _ids(agent_database, "customers", RowScope()) == set()


def test_worker_cannot_write_into_another_conversation(
    two_customers: TestDatabase, agent_database: Database
) -> None:
    scope = RowScope(conversation_id="conv_a", customer_id="cust_a")
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        agent_database.transaction(scope) as connection,
    ):
        connection.execute(
            "INSERT INTO messages (id, conversation_id, role, content)"
            " VALUES ('msg_x', 'conv_b', 'assistant', 'x')"
        )


def test_nobody_changes_the_audit_log(desk_database: Database) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        desk_database.transaction(RowScope(staff=True)) as connection,
    ):
        connection.execute("DELETE FROM audit_log")


def test_idle_connection_that_died_is_replaced(
    two_customers: TestDatabase, agent_database: Database
) -> None:
    # given a connection that was used, and then ended by the server
    _ids(agent_database, "customers", RowScope())
    _terminate(two_customers, agent_database)

    # when it is used again
    # then a new one takes its place
    assert _ids(agent_database, "customers", RowScope(customer_id="cust_a")) == {"cust_a"}


def _terminate(database: TestDatabase, victim: Database) -> None:
    with victim.transaction() as connection:
        pid = connection.info.backend_pid
    with psycopg.connect(database.agent_url, autocommit=True) as connection:
        # A role may end its own sessions.
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def test_unreachable_postgres_is_an_infrastructure_error() -> None:
    database = Database(lambda: "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(InfrastructureError), database.transaction():
        pass


_COMMENT = """
INSERT INTO ticket_comments (id, ticket_id, author_subject, role, content, internal)
VALUES ('cmt', %s, %s, %s, 'hello', %s)"""
_OWN_COMMENT = ("tick_a", "issuer|a", "customer", False)


def test_owner_adds_to_its_ticket(two_customers: TestDatabase, desk_database: Database) -> None:
    with desk_database.transaction(RowScope(subject="issuer|a")) as connection:
        assert connection.execute(_COMMENT, _OWN_COMMENT).rowcount == 1


@pytest.mark.parametrize(
    "row",
    [
        ("tick_b", "issuer|a", "customer", False),
        ("tick_a", "issuer|b", "customer", False),
        ("tick_a", "issuer|a", "staff", False),
        ("tick_a", "issuer|a", "customer", True),
    ],
    ids=["another's ticket", "another's name", "as staff", "a note"],
)
def test_owner_adds_in_no_other_way(
    two_customers: TestDatabase, desk_database: Database, row: tuple[object, ...]
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        desk_database.transaction(RowScope(subject="issuer|a")) as connection,
    ):
        connection.execute(_COMMENT, row)


@pytest.mark.parametrize("table", ["conversations", "tickets"])
def test_owner_changes_its_own_only(
    two_customers: TestDatabase, desk_database: Database, table: str
) -> None:
    with desk_database.transaction(RowScope(subject="issuer|a")) as connection:
        changed = connection.execute(f"UPDATE {table} SET status = 'closed' RETURNING id")
        assert [row["id"] for row in changed] == [
            {"conversations": "conv_a", "tickets": "tick_a"}[table]
        ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tickets SET owner_subject = 'issuer|b', customer_id = NULL",
        "UPDATE conversations SET owner_subject = 'issuer|b'",
    ],
)
def test_owner_gives_nothing_away(
    two_customers: TestDatabase, desk_database: Database, statement: str
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        desk_database.transaction(RowScope(subject="issuer|a")) as connection,
    ):
        connection.execute(statement.encode())


def test_owner_writes_no_message(two_customers: TestDatabase, desk_database: Database) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        desk_database.transaction(RowScope(subject="issuer|a")) as connection,
    ):
        connection.execute(
            "INSERT INTO messages (id, conversation_id, role, content)"
            " VALUES ('msg_x', 'conv_a', 'staff', 'x')"
        )
