"""Who is erased is gone from every table, and nothing on its way brings anything back."""

import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from frontdesk.adapters.postgres.audit import PostgresAuditLog
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.erasure_locks import wait_for_erasures
from frontdesk.adapters.postgres.personal_data import PostgresPersonalData
from frontdesk.clock import utc_now
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import Turn
from frontdesk.domain.errors import ErasedError, InfrastructureError
from frontdesk.domain.personal_data import Remains
from frontdesk.domain.task import QueuedMessage
from frontdesk.principal import Principal, PrincipalKind
from tests.support.callers import ADMIN, GUEST, SERVICE, STAFF, customer
from tests.support.chat import a_message, a_result
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_ticket, a_turn
from tests.support.desk_samples import a_message as a_stored_message
from tests.support.polling import eventually
from tests.support.postgres import TestDatabase

CANARY = "Kanarienvogel"
BOB_SAYS = "Bobolink"
ALICE, BOB = customer(CANARY.lower()), customer("bob")
EMAIL = str(ALICE.email)
ERASE = AuditEntry(ADMIN, "customer.erase", "customer", "cust_alice", "cust_alice", "case-9")
TABLES_WITH_TEXT = {
    "customers", "subscriptions", "invoices", "conversations", "messages", "turns", "tickets",
    "ticket_comments",
}  # fmt: skip


class World:
    """A database with everything of Alice's, and of Bob's beside it."""

    def __init__(self, database: TestDatabase) -> None:
        self._database = database
        self.rows = DeskRows(database)
        self.tasks: set[str] = set()
        self.conversations: set[str] = set()

    def execute(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self._database.owner() as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def add_account(self, name: str, email: str, says: str) -> None:
        self.execute(
            "INSERT INTO customers (id, email, first_name, last_name, metadata)"
            " VALUES (%s, %s, %s, 'Sparrow', jsonb_build_object('note', %s::text))",
            f"cust_{name}",
            email,
            says,
            says,
        )
        self.execute(
            "INSERT INTO subscriptions (id, customer_id, plan, status, billing_cycle, price,"
            " features, start_date) VALUES (%s, %s, 'free', 'active', 'monthly', 1, %s, now())",
            f"sub_{name}",
            f"cust_{name}",
            [says],
        )
        for number, description in (("1", f"Seats of {says.upper()}"), ("2", "Ten seats")):
            self.execute(
                "INSERT INTO invoices (id, customer_id, subscription_id, invoice_number, status,"
                " amount, total, due_date, description)"
                " VALUES (%s, %s, %s, %s, 'open', 1, 1, now(), %s)",
                f"inv_{name}_{number}",
                f"cust_{name}",
                f"sub_{name}",
                f"INV-{name}-{number}",
                description,
            )

    def add_conversation(
        self, owner: Principal, says: str, *, contact_email: str | None = None, **fields: Any
    ) -> str:
        made = a_conversation(str(owner.subject), subject=says, **fields)
        self.rows.add_conversation(made)
        self.execute(
            "UPDATE conversations SET contact_email = %s WHERE id = %s", contact_email, made.id
        )
        turn = a_turn(
            made.id,
            trace={"text": says},
            feedback_rating="down",
            feedback_comment=f"{says} was sad",
        )
        question = a_stored_message(f"{says} asks", task_id=turn.task_id)
        self.rows.add_message(made.id, question)
        self.rows.add_message(
            made.id, a_stored_message(f"note on {says}", role="staff", internal=True)
        )
        self.rows.add_turn(turn)
        ticket = a_ticket(
            owner.subject,
            subject=says,
            conversation_id=made.id,
            customer_id=fields.get("customer_id"),
            contact_email=contact_email,
        )
        self.rows.add_ticket(ticket)
        self.execute(
            "INSERT INTO ticket_comments (id, ticket_id, role, content, internal)"
            " VALUES (%s, %s, 'staff', %s, true)",
            f"cmt_{ticket.id}",
            ticket.id,
            f"comment on {says}",
        )
        if says == CANARY:
            self.tasks.add(turn.task_id)
            self.conversations.add(made.id)
        return made.id

    def tables_that_say(self, word: str) -> set[str]:
        """Every table of the database that has the word in any column of any row."""
        names = self.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        return {
            str(name)
            for (name,) in names
            if self.execute(f'SELECT 1 FROM "{name}" t WHERE t::text ILIKE %s LIMIT 1', f"%{word}%")
        }


@pytest.fixture
def world(database: TestDatabase) -> World:
    """Alice with all she ever did, and Bob."""
    made = World(database)
    made.add_account("alice", EMAIL, CANARY)
    made.add_account("bob", str(BOB.email), BOB_SAYS)
    made.add_conversation(ALICE, CANARY, customer_id="cust_alice")
    # From before there was a record of hers; as a guest who left her address; by a service.
    made.add_conversation(ALICE, CANARY)
    made.add_conversation(GUEST, CANARY, contact_email=EMAIL.upper())
    made.add_conversation(SERVICE, CANARY, customer_id="cust_alice")
    made.add_conversation(BOB, BOB_SAYS, customer_id="cust_bob")
    made.add_conversation(SERVICE, BOB_SAYS, customer_id="cust_bob")
    made.add_conversation(GUEST, BOB_SAYS)
    return made


@pytest.fixture
def store(desk_database: Database) -> PostgresPersonalData:
    return PostgresPersonalData(desk_database)


@pytest.fixture
def worker(agent_database: Database) -> PostgresConversationStore:
    return PostgresConversationStore(agent_database)


def nothing_else(_: Remains) -> None:
    """There is no other store."""


def test_export_has_everything_and_nothing_of_others(
    world: World, store: PostgresPersonalData, desk_database: Database
) -> None:
    # given that staff has looked at her
    PostgresAuditLog(desk_database).record(
        AuditEntry(STAFF, "customer.read", "customer", "cust_alice", "cust_alice", "case-1")
    )

    # when all data about Alice are asked for
    data = store.export("cust_alice")

    # then it is all that there is of hers
    assert data is not None
    assert data.customer.email == EMAIL
    assert [s.id for s in data.subscriptions] == ["sub_alice"]
    assert len(data.invoices) == 2
    assert {w.conversation.id for w in data.conversations} == world.conversations
    assert {m.content for w in data.conversations for m in w.messages} == {
        f"{CANARY} asks",
        f"note on {CANARY}",
    }
    assert {t.task_id for w in data.conversations for t in w.turns} == world.tasks
    assert {t.feedback_comment for w in data.conversations for t in w.turns} == {
        f"{CANARY} was sad"
    }
    assert {w.ticket.conversation_id for w in data.tickets} == world.conversations
    assert {c.content for w in data.tickets for c in w.comments} == {f"comment on {CANARY}"}
    assert [a.action for a in data.accesses] == ["customer.read"]
    assert BOB_SAYS not in repr(data)
    assert store.export("cust_0") is None


def test_nothing_of_the_erased_is_left_in_any_table(
    world: World, store: PostgresPersonalData
) -> None:
    # given Alice in every table that holds texts
    assert world.tables_that_say(CANARY) == TABLES_WITH_TEXT
    bobs = {table: world.execute(f"SELECT count(*) FROM {table}") for table in TABLES_WITH_TEXT}

    # when she is erased
    told: list[Remains] = []
    assert store.erase("cust_alice", ERASE, forget=told.append)

    # then no table says her name, her address or her words
    assert world.tables_that_say(CANARY) == set()
    assert world.tables_that_say(EMAIL) == set()

    # and other stores are told what to erase
    [remains] = told
    assert set(remains.conversation_ids) == world.conversations
    assert set(remains.task_ids) == world.tasks

    # and her invoices are kept, and name nobody
    assert world.execute(
        "SELECT customer_id, subscription_id, description, total::text FROM invoices"
        " WHERE starts_with(invoice_number, 'INV-alice-') ORDER BY invoice_number"
    ) == [(None, None, "", "1.00"), (None, None, "Ten seats", "1.00")]

    # and the log says who did it, and Bob has everything he had
    assert world.execute("SELECT actor_subject, action, object_id, details FROM audit_log") == [
        (ADMIN.subject, "customer.erase", "cust_alice", {})
    ]
    assert world.tables_that_say(BOB_SAYS) == TABLES_WITH_TEXT
    assert world.execute("SELECT count(*) FROM conversations") == [(3,)]
    assert world.execute("SELECT count(*) FROM customers") == [(1,)]
    assert bobs["conversations"] == [(7,)]


def test_erasing_twice_is_erasing_once(world: World, store: PostgresPersonalData) -> None:
    assert store.erase("cust_alice", ERASE, forget=nothing_else)
    assert not store.erase("cust_alice", ERASE, forget=nothing_else)
    assert world.execute("SELECT count(*) FROM audit_log") == [(1,)]


def test_nothing_is_erased_where_another_store_fails(
    world: World, store: PostgresPersonalData
) -> None:
    def fail(_: Remains) -> None:
        raise InfrastructureError("down")

    with pytest.raises(InfrastructureError):
        store.erase("cust_alice", ERASE, forget=fail)
    assert world.tables_that_say(CANARY) == TABLES_WITH_TEXT
    assert world.execute("SELECT count(*) FROM tombstones") == [(0,)]
    assert world.execute("SELECT count(*) FROM audit_log") == [(0,)]
    assert store.erase("cust_alice", ERASE, forget=nothing_else)


def test_staff_who_spoke_for_the_erased_is_not_erased(
    world: World, store: PostgresPersonalData, desk_database: Database
) -> None:
    # given a member of staff who once asked in Alice's name, and once for nobody
    PostgresAuditLog(desk_database).record(
        AuditEntry(STAFF, "customer.read", "customer", "cust_bob", "cust_bob", "case-1")
    )
    world.add_conversation(STAFF, CANARY, customer_id="cust_alice")
    kept = world.add_conversation(STAFF, "for nobody")

    # when Alice is erased
    store.erase("cust_alice", ERASE, forget=nothing_else)

    # then what was said in her name goes, and the rest stays
    assert world.tables_that_say(CANARY) == set()
    assert world.execute(
        "SELECT id FROM conversations WHERE owner_subject = %s", STAFF.subject
    ) == [(kept,)]


LATE: dict[str, Callable[[str], QueuedMessage]] = {
    "in an erased conversation": lambda erased: a_message(
        conversation_id=erased, principal=ALICE, accepted_at=utc_now() + timedelta(hours=1)
    ),
    "of her subject": lambda _: a_message(
        principal=ALICE.model_copy(update={"email": None}), accepted_at=utc_now()
    ),
    "of her address": lambda _: a_message(
        principal=Principal(
            kind=PrincipalKind.CUSTOMER, subject="issuer|another", email=EMAIL.upper()
        ),
        accepted_at=utc_now(),
    ),
    "in her name": lambda _: a_message(
        principal=SERVICE, customer_email=EMAIL, accepted_at=utc_now()
    ),
    "with her address": lambda _: a_message(
        principal=GUEST, contact_email=EMAIL, accepted_at=utc_now()
    ),
    "as who she becomes": lambda _: a_message(
        principal=BOB, claimed_subject="guest:alice", accepted_at=utc_now()
    ),
}


@pytest.mark.parametrize("kind", LATE)
def test_late_message_brings_nothing_back(
    world: World, store: PostgresPersonalData, worker: PostgresConversationStore, kind: str
) -> None:
    # given a message that is queued when Alice is erased
    world.add_conversation(
        Principal(kind=PrincipalKind.GUEST, subject="guest:alice"), CANARY, customer_id="cust_alice"
    )
    late = LATE[kind](next(iter(world.conversations))).model_copy(update={"text": CANARY})
    store.erase("cust_alice", ERASE, forget=nothing_else)

    # when the worker takes it up, how often ever
    for _ in range(2):
        with pytest.raises(ErasedError):
            worker.take_up(late, subject_line=CANARY)

    # then nothing of it is kept
    assert world.tables_that_say(CANARY) == set()


def test_late_message_in_which_a_guest_gives_her_address_is_refused(
    world: World, store: PostgresPersonalData, worker: PostgresConversationStore
) -> None:
    # given a message that is queued when Alice is erased
    late = a_message(principal=GUEST, text=f"{CANARY} My e-mail is {EMAIL}.", accepted_at=utc_now())
    store.erase("cust_alice", ERASE, forget=nothing_else)

    # when the worker takes it up
    with pytest.raises(ErasedError):
        worker.take_up(late, subject_line=CANARY)

    # then no ticket can be made that would write to her
    assert world.tables_that_say(CANARY) == set()


def test_who_comes_back_is_welcome_and_unknown(
    world: World, store: PostgresPersonalData, worker: PostgresConversationStore
) -> None:
    store.erase("cust_alice", ERASE, forget=nothing_else)
    [(erased_at,)] = world.execute("SELECT max(erased_at) FROM tombstones")
    again = a_message(principal=ALICE, accepted_at=erased_at + timedelta(milliseconds=1))
    conversation = worker.take_up(again, subject_line="Hello")
    assert (conversation.message_count, conversation.customer_id) == (1, None)
    others = a_message(principal=BOB, accepted_at=erased_at - timedelta(days=1))
    assert worker.take_up(others, subject_line="Hello").customer_id == "cust_bob"


def test_turn_that_is_being_made_is_not_committed(
    world: World, store: PostgresPersonalData, worker: PostgresConversationStore
) -> None:
    # given a message that was taken up
    message = a_message(principal=ALICE, text=CANARY, accepted_at=utc_now())
    conversation = worker.take_up(message, subject_line=CANARY)

    # when Alice is erased before its turn is committed
    store.erase("cust_alice", ERASE, forget=nothing_else)
    with pytest.raises(ErasedError):
        worker.commit(
            Turn(
                task_id=message.task_id,
                conversation_id=conversation.id,
                read_version=conversation.version,
                result=a_result(response=CANARY),
            )
        )

    # then nothing of it is kept
    assert world.tables_that_say(CANARY) == set()


MEANWHILE: dict[str, Callable[[str], QueuedMessage]] = {
    "hers": lambda _: a_message(principal=ALICE, accepted_at=utc_now()),
    "hers in a known conversation": lambda known: a_message(
        conversation_id=known, principal=ALICE, accepted_at=utc_now()
    ),
    "a guest's with her address": lambda _: a_message(
        principal=GUEST, contact_email=EMAIL.title(), accepted_at=utc_now()
    ),
    "in her name": lambda _: a_message(
        principal=SERVICE, customer_email=EMAIL, accepted_at=utc_now()
    ),
}


@pytest.mark.parametrize("kind", MEANWHILE)
def test_message_that_is_taken_up_during_the_erasure(
    world: World, store: PostgresPersonalData, worker: PostgresConversationStore, kind: str
) -> None:
    # given a worker that takes a message up while Alice's rows are deleted, not yet for good
    [(known,)] = world.execute(
        "SELECT min(id) FROM conversations WHERE owner_subject = %s", ALICE.subject
    )
    message = MEANWHILE[kind](known).model_copy(update={"text": CANARY})
    outcome: list[str] = []

    def take_up() -> None:
        try:
            worker.take_up(message, subject_line=CANARY)
            outcome.append("taken up")
        except ErasedError:
            outcome.append("refused")

    thread = threading.Thread(target=take_up)

    def start_and_wait(_: Remains) -> None:
        thread.start()
        eventually(
            # The owner may not look into others' sessions, but sees who waits for a lock.
            lambda: world.execute("SELECT 1 FROM pg_locks WHERE NOT granted"),
            seconds=10,
            what="a worker that waits for the erasure",
        )

    # when the erasure ends
    store.erase("cust_alice", ERASE, forget=start_and_wait)
    thread.join(10)

    # then the message is refused, and nothing of it is kept
    assert outcome == ["refused"]
    assert world.tables_that_say(CANARY) == set()


def test_erasure_waits_for_what_is_being_taken_up(
    world: World, store: PostgresPersonalData, agent_database: Database
) -> None:
    # given a worker in the middle of taking up a guest's message with Alice's address
    erasing = threading.Thread(
        target=store.erase, args=("cust_alice", ERASE), kwargs={"forget": nothing_else}
    )
    with agent_database.transaction(RowScope("conv_new")) as connection:
        wait_for_erasures(connection, [EMAIL.upper()])
        connection.execute(
            "INSERT INTO conversations (id, owner_subject, contact_email, subject)"
            " VALUES ('conv_new', 'guest:new', %s, %s)",
            (EMAIL, CANARY),
        )

        # when she is erased meanwhile
        erasing.start()
        eventually(
            lambda: world.execute("SELECT 1 FROM pg_locks WHERE NOT granted"),
            seconds=10,
            what="an erasure that waits for the worker",
        )
    erasing.join(10)

    # then what was taken up is erased, too
    assert world.tables_that_say(CANARY) == set()
    assert world.tables_that_say(EMAIL) == set()


def test_tombstones_say_nothing_and_nobody_reads_them(
    world: World, store: PostgresPersonalData, desk_database: Database, agent_database: Database
) -> None:
    store.erase("cust_alice", ERASE, forget=nothing_else)
    [(count,)] = world.execute("SELECT count(*) FROM tombstones WHERE length(digest) = 32")
    # Four conversations, one subject, one address; the guest and the service are not hers alone.
    assert count == 6
    for database in (desk_database, agent_database):
        for table in ("tombstones", "tombstone_key"):
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege),
                database.transaction(RowScope(staff=True)) as connection,
            ):
                connection.execute(f"SELECT * FROM {table}".encode())
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        agent_database.transaction() as connection,
    ):
        connection.execute("SELECT entomb('email', ARRAY['bob@example.com'])")


def test_digest_is_an_hmac(world: World) -> None:
    [(key, digest)] = world.execute(
        "SELECT key, tombstone_digest('email', 'A@b.C') FROM tombstone_key"
    )
    assert digest == hmac.new(key, b"email:a@b.c", hashlib.sha256).digest()
