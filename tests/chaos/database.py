"""A real Postgres whose connections are cut, and which is out of reach for a while."""

import contextlib
import os
import socket
from collections.abc import Callable, Generator, Mapping
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from frontdesk.adapters.postgres.database import (
    ANSWER_SECONDS,
    STATEMENT_TIMEOUT_MS,
    ImpatientConnection,
)
from tests.chaos.faults import DatabaseFault, Faults
from tests.chaos.kernel import Simulation, current_invocation, pass_point

UNSTORABLE = "\u2620"
"""A message with this sign in it is refused by the database, whoever tries."""

STATEMENT_SECONDS = 0.002

LOCK_OPTIONS = "-c lock_timeout=100ms"
"""Who holds a lock runs again only when who waits for it has given up: waiting gains nothing."""

SILENT_SHARE = 0.5
"""Of the connections that a fail-over breaks: their server is gone without a word."""

HANGING_SHARE = 0.5
"""Of those: what the server is sent is acknowledged still, and never answered."""

FOREVER_MS = 3_600_000
"""TCP sends again for a quarter of an hour, and asks an idle line after two hours."""


class Gate:
    """What stands between the functions and Postgres.

    Args:
        simulation: Time.
        faults: What goes wrong.
        admin_url: A connection that may end others.
        urls: Where those connect to who have a role of their own, by what they call themselves.
        on_end: Called when a transaction has ended, before anything else happens.

    Attributes:
        is_open: False while Postgres is out of reach.
        is_read_only: True while Postgres refuses to write.
        opened: Connections that are open now, by who opened them.
        most: The most that were open at once, likewise.
    """

    def __init__(
        self,
        simulation: Simulation,
        faults: Faults,
        admin_url: str,
        urls: Mapping[str, str],
        on_end: Callable[[], None],
    ) -> None:
        self.is_open = True
        self.is_read_only = False
        self.opened: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.simulation = simulation
        self.faults = faults
        self.on_end = on_end
        self._admin_url = admin_url
        self._urls = urls
        self._admin: psycopg.Connection[Any] | None = None
        self._connections: set[UnreliableConnection] = set()

    def connect(self, conninfo: str = "", **options: Any) -> "UnreliableConnection":
        """Opens a connection; stands in for `ImpatientConnection.connect`."""
        pass_point("postgres connect")
        self.simulation.sleep(0.01)
        if not self.is_open:
            # Refused at once, or not answered at all.
            if self.faults.source("database").random() < 0.3:
                self.simulation.sleep(float(options.get("connect_timeout", 5)))
            if not self.is_open:
                raise psycopg.OperationalError("connection refused")
        for gone in [one for one in self._connections if one.closed]:
            self.forget(gone)
        opened_by = str(options.get("application_name", ""))
        url = self._urls.get(opened_by, conninfo)
        connection = UnreliableConnection.connect(url, **{"options": LOCK_OPTIONS, **options})
        connection.gate = self
        connection.opened_by = opened_by
        connection.silence_seconds = float(options.get("tcp_user_timeout", FOREVER_MS)) / 1000
        self._connections.add(connection)
        self._count(connection.opened_by, 1)
        invocation = current_invocation()
        if invocation is not None:
            invocation.process.connections.add(connection)
        return connection

    def shut(self) -> None:
        """Takes Postgres out of reach; who has a connection finds out when it is used."""
        self.is_open = False
        for connection in list(self._connections):
            connection.server_is_gone = True
            connection.cut()

    def terminate(self, connection: "UnreliableConnection") -> None:
        """Has the server end a connection, as a fail-over or an operator does."""
        if self._admin is None:
            self._admin = psycopg.connect(self._admin_url, autocommit=True)
        self._admin.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))

    def close(self) -> None:
        """Closes everything."""
        for connection in list(self._connections):
            connection.close()
        if self._admin is not None:
            self._admin.close()

    def forget(self, connection: "UnreliableConnection") -> None:
        """Notes that a connection is gone."""
        if connection in self._connections:
            self._connections.discard(connection)
            self._count(connection.opened_by, -1)

    def _count(self, opened_by: str, by: int) -> None:
        self.opened[opened_by] = self.opened.get(opened_by, 0) + by
        self.most[opened_by] = max(self.most.get(opened_by, 0), self.opened[opened_by])


class UnreliableConnection(ImpatientConnection):
    """A connection that may break at every round trip, before or after its effect."""

    gate: Gate | None = None
    opened_by: str = ""
    silence_seconds: float = 0.0
    server_is_gone: bool = False
    writes: bool = True

    def wait[T](
        self, gen: Generator[Any, Any, T], interval: float = 0.1, timeout: float | None = None
    ) -> T:
        """Makes one round trip."""
        gate = self.gate
        if gate is None or self.closed:
            return super().wait(gen, interval, timeout)
        pass_point("postgres asked")
        fault = gate.faults.database()
        if fault is DatabaseFault.TERMINATED:
            gate.terminate(self)
        elif self.server_is_gone:
            self._wait_for_nobody()
        elif fault is DatabaseFault.BEFORE:
            self.cut()
        if self.writes is gate.is_read_only:
            self._follow(gate)
        try:
            result = super().wait(gen, interval, timeout)
        except psycopg.errors.ReadOnlySqlTransaction:
            gate.faults.count("database: read-only")
            raise
        except psycopg.errors.LockNotAvailable as error:
            gate.simulation.sleep(STATEMENT_TIMEOUT_MS / 1000)
            raise psycopg.errors.QueryCanceled(*error.args) from error
        has_ended = self.pgconn.transaction_status == TransactionStatus.IDLE
        if has_ended:
            gate.on_end()
        if fault is DatabaseFault.AFTER:
            self.cut()
            raise psycopg.OperationalError("the answer was lost")
        if has_ended:
            # Nobody else may run while locks are held here: the wait for them would be a real one.
            gate.simulation.sleep(STATEMENT_SECONDS)
        pass_point("postgres answered")
        return result

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Executes a statement, unless it brings what cannot be stored."""
        values = params.values() if isinstance(params, dict) else params or ()
        if any(isinstance(value, str) and UNSTORABLE in value for value in values):
            raise psycopg.DataError("this cannot be stored")
        return super().execute(query, params, **options)

    def cut(self) -> None:
        """Cuts the line; the server and whoever uses the connection find out by themselves."""
        if self.closed:
            return
        with (
            socket.socket(fileno=os.dup(self.pgconn.socket)) as line,
            contextlib.suppress(OSError),  # cut before
        ):
            line.shutdown(socket.SHUT_RDWR)

    def _follow(self, gate: Gate) -> None:
        """Has the next transaction be as the server is: one that writes, or one that reads."""
        if self.pgconn.transaction_status == TransactionStatus.IDLE:
            mode = b"on" if gate.is_read_only else b"off"
            self.pgconn.exec_(b"SET default_transaction_read_only = " + mode)
            self.writes = not gate.is_read_only

    def _wait_for_nobody(self) -> None:
        """Learns that the server is gone: at once, or when TCP or we waited long enough for it."""
        gate, invocation = self.gate, current_invocation()
        assert gate is not None
        draw = gate.faults.source("failovers").random()
        if invocation is not None and draw < SILENT_SHARE:
            hangs = draw < SILENT_SHARE * HANGING_SHARE
            left = max(0.0, invocation.deadline - gate.simulation.now)
            gate.simulation.sleep(min(ANSWER_SECONDS if hangs else self.silence_seconds, left))
            pass_point("postgres silent")

    def close(self) -> None:
        """Closes the connection."""
        if self.gate is not None:
            self.gate.forget(self)
        super().close()
