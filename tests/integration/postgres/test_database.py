"""What the server cannot do now is no fault of a message, and costs no more than a connection."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from frontdesk.adapters.postgres import database as database_module
from frontdesk.adapters.postgres.database import (
    STATEMENT_TIMEOUT_MS,
    Connection,
    Database,
    RowScope,
)
from frontdesk.adapters.postgres.probe import postgres_is_up
from frontdesk.domain.errors import InfrastructureError
from tests.support.postgres import TestDatabase

ADDS = (
    "INSERT INTO customers (id, email, first_name, last_name) VALUES ('cust_x', 'x@e.org', '', '')"
)
STAFF = RowScope(staff=True)


def demote(database: Database) -> None:
    """Has the kept connection lead to a server that writes no more, as after a fail-over."""
    with database.transaction() as connection:
        kept = connection
    kept.execute("SET default_transaction_read_only = on")
    kept.commit()


def test_a_server_that_writes_no_more_is_out_of_reach_and_left(desk_database: Database) -> None:
    # given
    demote(desk_database)
    # when something is written, then it is told as an outage
    with pytest.raises(InfrastructureError), desk_database.transaction(STAFF) as connection:
        connection.execute(ADDS)
    # and the next one is written on another connection
    with desk_database.transaction(STAFF) as connection:
        assert connection.execute(ADDS).rowcount == 1


def test_the_probe_tells_a_server_that_writes_no_more(desk_database: Database) -> None:
    demote(desk_database)

    assert not postgres_is_up(desk_database)
    assert postgres_is_up(desk_database)


def test_a_migration_beside_a_warm_connection_is_no_fault_of_what_it_asks(
    database: TestDatabase, desk_database: Database
) -> None:
    # given a statement that is prepared
    with database.owner() as owner:
        owner.execute("CREATE TABLE warm (id int)")
        owner.execute("GRANT SELECT ON warm TO PUBLIC")

    def read() -> None:
        with desk_database.transaction() as connection:
            connection.execute("SELECT * FROM warm")

    for _ in range(8):
        read()
    # when a column is added
    with database.owner() as owner:
        owner.execute("ALTER TABLE warm ADD COLUMN added int")
    # then it is put off once, and works on another connection
    with pytest.raises(InfrastructureError):
        read()
    read()


def test_what_is_wrong_with_a_statement_is_told_as_it_is(desk_database: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), desk_database.transaction() as connection:
        connection.execute("SELECT * FROM nothing")


def test_a_stuck_statement_is_cut_off_and_told_as_an_outage(desk_database: Database) -> None:
    # given the limit of every transaction
    with desk_database.transaction() as connection:
        limit = connection.execute("SHOW statement_timeout").fetchone()
    assert limit == {"statement_timeout": f"{STATEMENT_TIMEOUT_MS // 1000}s"}

    # when something takes longer than one that is shorter
    def wait() -> None:
        with desk_database.transaction() as connection:
            connection.execute("SET LOCAL statement_timeout = 20")
            connection.execute("SELECT pg_sleep(30)")

    with pytest.raises(InfrastructureError):
        wait()
    # then the next transaction has the limit again
    with desk_database.transaction() as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == limit


@contextmanager
def hanging(connection: Connection) -> Iterator[None]:
    """Has the server answer nothing on a connection whose line lives, as when its disk hangs."""
    server = connection.info.backend_pid
    os.kill(server, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server, signal.SIGCONT)


def test_a_server_that_hangs_is_told_as_an_outage(
    desk_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "ANSWER_SECONDS", 0.3)

    def ask() -> None:
        with desk_database.transaction() as connection, hanging(connection):
            connection.execute("SELECT 1")

    with pytest.raises(InfrastructureError):
        ask()


def test_a_server_that_hangs_between_transactions_is_left(
    desk_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "ANSWER_SECONDS", 0.3)
    with desk_database.transaction() as kept:
        pass
    with hanging(kept), desk_database.transaction() as connection:
        assert connection is not kept
        assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}


def test_nothing_is_set_for_a_connection_that_a_pooler_would_refuse_or_pass_on(
    desk_database: Database,
) -> None:
    with desk_database.transaction() as connection:
        started_with = connection.info.get_parameters()
        kept = connection
    # then no options at its start, and nothing of ours after a transaction
    assert not started_with.get("options")
    rows = kept.execute("SELECT name FROM pg_settings WHERE source = 'session'").fetchall()
    kept.rollback()
    assert {row["name"] for row in rows} == set()
