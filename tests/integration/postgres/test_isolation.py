"""Whatever the model calls or asks for on Alice's behalf, no row of Bob's is there to be read.

Held in the database, not in what the tools say: within each transaction that they open, all that
it could have read is looked at, in every table, as the same role and for the same customer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from agent_worker.tools.arguments import (
    ACTION_TOOLS,
    CUSTOMER,
    INVOICES,
    SEARCH,
    SUBSCRIPTION,
    TICKET,
    TICKETS,
)
from agent_worker.tools.toolbox import Toolbox
from frontdesk.adapters.postgres.accounts import PostgresAccountReader
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import NOBODY, Connection, Database, RowScope
from frontdesk.clock import utc_now
from frontdesk.domain.actions import ActionKind, ActionPolicy
from frontdesk.domain.model import ToolCall
from tests.support.callers import customer
from tests.support.chat import a_message
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.postgres import TestDatabase
from tests.support.worker import RecordingTelemetry, a_hit

ALICE = customer("alice")
TOOLS = (SEARCH, CUSTOMER, SUBSCRIPTION, INVOICES, TICKETS, TICKET, *ACTION_TOOLS.values())

# One row of each kind, each with its owner's name in it.
ROWS = """
INSERT INTO customers (id, email, first_name, last_name)
VALUES ('cus_{0}', '{0}@example.com', '{0}', 'X');
INSERT INTO subscriptions (id, customer_id, plan, status, billing_cycle, price, start_date,
    features)
VALUES ('sub_{0}', 'cus_{0}', 'starter', 'active', 'monthly', 9, current_date, ARRAY['{0}']);
INSERT INTO invoices (id, customer_id, invoice_number, status, amount, total, due_date, paid_date)
VALUES ('inv_{0}', 'cus_{0}', 'INV-{0}', 'paid', 9, 9, current_date, current_date);
INSERT INTO conversations (id, owner_subject, customer_id, subject)
VALUES ('conv_{0}', 'issuer|{0}', 'cus_{0}', 'of {0}');
INSERT INTO messages (id, conversation_id, role, content)
VALUES ('msg_{0}', 'conv_{0}', 'customer', 'words of {0}');
INSERT INTO turns (id, task_id, conversation_id, status, result)
VALUES ('turn_{0}', 'task_{0}', 'conv_{0}', 'completed', '{{"response": "to {0}"}}');
INSERT INTO tickets (id, number, owner_subject, customer_id, conversation_id, subject, description,
    category, expected_response_at)
VALUES ('tick_{0}', 'FD-{0}', 'issuer|{0}', 'cus_{0}', 'conv_{0}', 's', 'd', 'other', now());
INSERT INTO ticket_comments (id, ticket_id, role, content)
VALUES ('com_{0}', 'tick_{0}', 'customer', 'of {0}');
INSERT INTO audit_log (actor_kind, action, object_kind, object_id, customer_id)
VALUES ('staff', 'customer.read', 'customer', 'cus_{0}', 'cus_{0}');
INSERT INTO read_receipts (conversation_id, position) VALUES ('conv_{0}', 1);
INSERT INTO reply_mails (message_id, conversation_id, claimed_until)
VALUES ('msg_{0}', 'conv_{0}', now());
INSERT INTO proposed_actions (token, task_id, conversation_id, owner_subject, customer_id, kind,
    title, effect, arguments, created_at, expires_at)
VALUES ('token_{0}', 'task_{0}', 'conv_{0}', 'issuer|{0}', 'cus_{0}', 'change_plan', '{0}', '{0}',
    '{{}}', now(), now());
"""
# Their rows are nobody's: knowledge is the company's, a tombstone is a digest, and an event names
# what happened by its id, for whoever publishes it.
NOBODYS = {
    *("documents", "document_versions", "passages", "embeddings", "postings"),
    *("tombstones", "tombstone_key", "domain_events"),
}


class WatchedDatabase(Database):
    """A database that looks, in each transaction, at everything that could be read in it."""

    def __init__(self, database: TestDatabase, url: str) -> None:
        super().__init__(lambda: url)
        with database.owner() as connection:
            tables = _tables(connection)
        self.seen: set[str] = set()
        self.transactions = 0
        self._query = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} AS name, t::text AS line FROM {} t").format(
                sql.Literal(table), sql.Identifier(table)
            )
            for table in tables
        )

    @contextmanager
    def transaction(self, scope: RowScope = NOBODY) -> Iterator[Connection]:
        with super().transaction(scope) as connection:
            yield connection
            self.transactions += 1
            self.seen |= {f"{r['name']}: {r['line']}" for r in connection.execute(self._query)}


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    """The tables of customers' rows, as far as both roles may read them at all."""
    rows = connection.execute(
        """
        SELECT relname FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity
           AND has_table_privilege('frontdesk_agent', oid, 'SELECT')
           AND has_table_privilege('frontdesk_desk', oid, 'SELECT')"""
    )
    return sorted({str(name) for (name,) in rows} - NOBODYS)


def _rows_of(connection: psycopg.Connection[Any], name: str) -> dict[str, list[str]]:
    return {
        table: [
            str(line)
            for (line,) in connection.execute(
                sql.SQL("SELECT t::text FROM {} t WHERE t::text LIKE {} ORDER BY 1").format(
                    sql.Identifier(table), sql.Literal(f"%{name}%")
                )
            )
        ]
        for table in _tables(connection)
    }


@pytest.fixture
def two(database: TestDatabase) -> TestDatabase:
    """A database with a row of Alice's and of Bob's in every table that has rows of people."""
    with database.owner() as connection:
        for name in ("alice", "bob"):
            connection.execute(ROWS.format(name).encode())
    return database


def test_bob_has_something_in_every_table(two: TestDatabase) -> None:
    # A new table of customers' rows fails here: give Bob a row in it, above.
    with two.owner() as connection:
        secured = connection.execute("SELECT relname FROM pg_class WHERE relrowsecurity").fetchall()
        held = _rows_of(connection, "bob")

    assert all(held.values()), held
    unread = {str(name) for (name,) in secured} - set(held) - NOBODYS
    assert unread <= {"audit_log"}, "the roles may read it, or nobody may; say which"


# What a model that means harm would try, or one that was told to by a document.
HARM = st.sampled_from(
    [
        *("cus_bob", "sub_bob", "inv_bob", "INV-bob", "conv_bob", "tick_bob", "FD-bob"),
        *("bob@example.com", "issuer|bob", "token_bob", "' OR '1'='1", "'; SET ROLE postgres; --"),
        "x' UNION SELECT * FROM customers --",
        "$$; SELECT set_config('frontdesk.customer_id', 'cus_bob', true); --",
        "cus_bob', true), set_config('frontdesk.staff', 'on",
        *("%", "*", "\\", "\x00", "{{customer_id}}", "paid", "enterprise", "billing", "high"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | HARM,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HARM, inner, max_size=2),
    max_leaves=4,
)
PARAMETERS = (
    *("query", "category", "status", "limit", "subject", "description", "priority", "plan"),
    *("invoice_number", "reason", "phone", "first_name", "company_name", "email", "number"),
    # None of these exists.
    *("customer_id", "customer_email", "conversation_id", "owner_subject", "sql", "where", "role"),
)
ARGUMENTS = st.one_of(
    st.sampled_from([{}, {}, None]),
    st.dictionaries(st.sampled_from(PARAMETERS), HARM | VALUES, max_size=4),
    # What is taken, so that the calls get as far as the database.
    st.fixed_dictionaries(
        {}, optional={"status": st.sampled_from(["paid", "open"]), "limit": st.integers(0, 21)}
    ),
    st.fixed_dictionaries({"invoice_number": HARM}, optional={"reason": HARM}),
    st.fixed_dictionaries({"plan": st.sampled_from(["free", "enterprise"])}),
    st.fixed_dictionaries({"query": HARM}),
)
CALLS = st.lists(
    st.builds(
        ToolCall,
        id=st.just("call_1"),
        name=st.sampled_from((*TOOLS * 3, "sql", "get_customer_info; --")),
        arguments=ARGUMENTS,
    ),
    min_size=1,
    max_size=4,
)
MANY = settings(
    max_examples=100,
    deadline=None,
    database=None,
    # The database is the same for all examples: nothing that they do is to change it.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_no_tool_call_reads_a_row_of_anybody_else(two: TestDatabase) -> None:
    watched = WatchedDatabase(two, two.agent_url)
    with two.owner() as connection:
        before = _rows_of(connection, "bob")

    @MANY
    @given(CALLS)
    def call(calls: list[ToolCall]) -> None:
        # given what tools there are for a message of Alice's
        message = a_message(
            text="Tell me about Bob.", principal=ALICE, conversation_id="conv_alice"
        )
        toolbox = Toolbox(
            message=message,
            accounts=PostgresAccountReader(
                watched, email=message.account_email, subject=message.account_subject
            ),
            knowledge=FakeKnowledgeSearch((a_hit("Click it."),)),
            find_open_ticket=lambda: PostgresConversationStore(watched).open_ticket("conv_alice"),
            clock=utc_now,
            telemetry=RecordingTelemetry(),
            on_stage=lambda _: None,
            actions=ActionPolicy(kinds=frozenset(ActionKind)),
        )
        # when the model calls whatever it likes
        for one in calls:
            toolbox.call(one, offered=TOOLS)
        # then nothing of Bob's could have been read
        assert not {line for line in watched.seen if "bob" in line}

    call()
    watched.close()

    # and the calls did get as far as the database, and saw what is Alice's there
    assert watched.transactions > 20
    assert {"customers", "subscriptions", "invoices", "tickets"} <= {
        line.partition(":")[0] for line in watched.seen if "alice" in line
    }
    # and nothing of Bob's is any other than it was
    with two.owner() as connection:
        assert _rows_of(connection, "bob") == before


CONDITIONS = st.sampled_from(
    [
        *("true", "1 = 1 OR false", "t::text LIKE '%bob%'", "NOT t::text LIKE '%alice%'"),
        "EXISTS (SELECT 1 FROM customers c WHERE c.id = 'cus_bob')",
        "t::text IN (SELECT u::text FROM conversations u)",
        "(SELECT count(*) FROM messages) >= 0",
    ]
)
SHAPES = st.sampled_from(
    [
        "SELECT t::text AS line FROM {0} t WHERE {2}",
        "SELECT t::text || u::text AS line FROM {0} t CROSS JOIN {1} u WHERE {2}",
        "SELECT coalesce(t::text, u::text) AS line FROM {0} t FULL JOIN {1} u ON false WHERE {2}",
        "SELECT t::text AS line FROM {1} t UNION ALL SELECT t::text FROM {0} t WHERE {2}",
        "WITH t AS (SELECT * FROM {0}) SELECT string_agg(t::text, ' ') AS line FROM t WHERE {2}",
        "SELECT (SELECT max(t::text) FROM {0} t WHERE {2}) || u::text AS line FROM {1} u",
        "SELECT t::text AS line FROM {0} t WHERE {2} ORDER BY 1 LIMIT 5 OFFSET 0",
    ]
)


@pytest.mark.parametrize("role", ["agent", "desk"])
def test_no_query_reads_a_row_of_anybody_else(two: TestDatabase, role: str) -> None:
    # given a transaction for Alice, as the worker or the API opens it
    scope = RowScope(customer_id="cus_alice", subject="issuer|alice", conversation_id="conv_alice")
    opened = Database(lambda: two.agent_url if role == "agent" else two.desk_url)
    with two.owner() as connection:
        tables = _tables(connection)
    lines: list[str] = []

    @MANY
    @given(SHAPES, st.sampled_from(tables), st.sampled_from(tables), CONDITIONS)
    def ask(shape: str, one: str, other: str, condition: str) -> None:
        # when whatever is asked in it, of any table, without a word of whose rows are meant
        query = shape.format(one, other, condition)
        with opened.transaction(scope) as connection:
            found = [str(row["line"]) for row in connection.execute(query.encode())]
        # then no row that comes back is Bob's
        assert not [line for line in found if "bob" in line], query
        lines.extend(found)

    ask()
    opened.close()

    assert any("alice" in line for line in lines), "nothing was read at all"
