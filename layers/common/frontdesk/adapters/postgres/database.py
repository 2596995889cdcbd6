"""Connections and transactions: one connection a process, each transaction for somebody.

The functions handle one request at a time, so a process keeps one connection and opens another
where that one is gone. Every transaction names for whom it runs; the policies of the schema do
the rest (see ``migrations/0001_foundation.sql``).
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from frontdesk.domain.errors import InfrastructureError

CONNECT_TIMEOUT_SECONDS = 5
"""A fail-over shows as a refused or hanging connect; the queue's backoff is the patience."""

SILENCE_MS = 10_000
"""A server that is gone without a word, as in a fail-over: TCP alone would wait for a quarter of an
hour, and the function would be killed in mid-turn."""

KEEPALIVE_SECONDS = 4
"""Asked twice within that time, for who has sent everything and waits for the answer."""

STATEMENT_TIMEOUT_MS = 15_000
"""No statement of a turn takes a second; what does is stuck, and holds a connection."""

ANSWER_SECONDS = 20.0
"""More than a statement may take. A server that hangs, as one whose disk does, keeps acknowledging
what it is sent: neither TCP nor the statement's time-out, which is the server's, ever ends that."""

_TRANSACTION_REFUSED = (
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
    psycopg.errors.TransactionTimeout,
)
"""Errors that psycopg counts as internal ones, and that are the server's: it writes no more after a
fail-over or where its disk is full, or a transaction took it too long."""

type Connection = psycopg.Connection[DictRow]


class ImpatientConnection(psycopg.Connection[DictRow]):
    """A connection that waits no longer than `ANSWER_SECONDS` for the server.

    What a statement had done by then is unknown, as where a line is cut: the connection is to be
    left, and the server undoes what was not committed.
    """

    def wait[T](
        self, gen: Generator[Any, Any, T], interval: float = 0.1, timeout: float | None = None
    ) -> T:
        """Makes one round trip; psycopg calls it for each.

        Args:
            gen: The round trip's steps.
            interval: Seconds between looks for a signal.
            timeout: Seconds for all of it; None for `ANSWER_SECONDS`.

        Returns:
            What the steps return.

        Raises:
            psycopg.OperationalError: The server has not answered in time.
        """
        return super().wait(gen, interval, ANSWER_SECONDS if timeout is None else timeout)


@dataclass(frozen=True, slots=True)
class RowScope:
    """For whom a transaction runs, as row level security sees it.

    Attributes:
        conversation_id: The conversation the worker answers.
        customer_id: The customer whose account records may be read.
        subject: The principal's subject that owns what may be read.
        staff: True for a member of staff; only the desk role has policies for it.
    """

    conversation_id: str | None = None
    customer_id: str | None = None
    subject: str | None = None
    staff: bool = False


NOBODY = RowScope()
"""No customer, no conversation: knowledge and look-ups only."""

_SET_SCOPE = """
SELECT set_config('frontdesk.conversation_id', %s, true),
       set_config('frontdesk.customer_id', %s, true),
       set_config('frontdesk.subject', %s, true),
       set_config('frontdesk.staff', %s, true)
"""

# No option of the connection: RDS Proxy and other poolers refuse those.
_BEGIN = f"BEGIN; SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}; {_SET_SCOPE}"


class Database:
    """A lazily opened connection to Postgres, replaced when it breaks.

    Args:
        url: Gives the connection URL when a connection is opened (short-lived tokens and
            rotated passwords are read again then).
        application_name: What Postgres shows for these connections.
    """

    def __init__(self, url: Callable[[], str], *, application_name: str = "frontdesk") -> None:
        self._url = url
        self._application_name = application_name
        self._connection: Connection | None = None
        self._lock = Lock()

    @contextmanager
    def transaction(self, scope: RowScope = NOBODY) -> Iterator[Connection]:
        """Runs a block in one transaction for somebody; commits at its end.

        Args:
            scope: For whom it runs.

        Yields:
            The connection, with rows as dictionaries.

        Raises:
            InfrastructureError: Postgres is out of reach, or refused for a reason of its own.
        """
        with self._lock:
            try:
                connection = self._begin(scope)
                try:
                    yield connection
                except BaseException:
                    self._roll_back(connection)
                    raise
                connection.commit()
            except psycopg.Rollback:
                return
            except psycopg.Error as error:
                if not _is_the_servers(error):
                    raise
                self._discard()
                raise InfrastructureError(f"postgres: {type(error).__name__}") from error

    def close(self) -> None:
        """Closes the connection, where one is open."""
        with self._lock:
            self._discard()

    def _begin(self, scope: RowScope) -> Connection:
        """Opens the transaction, on a new connection where the kept one died while idle."""
        kept = self._connection
        if kept is not None and not kept.closed:
            try:
                return self._enter(kept, scope)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                self._discard()
        return self._enter(self._connect(), scope)

    def _enter(self, connection: Connection, scope: RowScope) -> Connection:
        # In one round trip; with parameters of the server's there could be one statement only.
        psycopg.ClientCursor(connection).execute(_BEGIN, _settings(scope))
        return connection

    def _roll_back(self, connection: Connection) -> None:
        """Ends a transaction without a trace; what it failed of is worth more than how it ends."""
        try:
            connection.rollback()
        except psycopg.Error:
            self._discard()

    def _connect(self) -> Connection:
        try:
            connection: Connection = ImpatientConnection.connect(
                self._url(),
                autocommit=True,
                row_factory=dict_row,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                tcp_user_timeout=SILENCE_MS,
                keepalives_idle=KEEPALIVE_SECONDS,
                keepalives_interval=KEEPALIVE_SECONDS,
                application_name=self._application_name,
            )
        except psycopg.Error as error:
            # The error's text may quote the URL; its class says enough.
            raise InfrastructureError(f"postgres: connect: {type(error).__name__}") from None
        self._connection = connection
        return connection

    def _set_scope(self, connection: Connection, scope: RowScope) -> None:
        connection.execute(_SET_SCOPE, _settings(scope))

    def _discard(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _is_the_servers(error: psycopg.Error) -> bool:
    """Tells whether another connection, or the same server later, may do what failed."""
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return True
    if isinstance(error, psycopg.errors.FeatureNotSupported):
        # A statement was prepared, and then a migration added a column to what it reads. Asked by
        # the server's function, because its text is in the server's language.
        return error.diag.source_function == "RevalidateCachedQuery"
    return isinstance(error, _TRANSACTION_REFUSED)


def _settings(scope: RowScope) -> tuple[str, str, str, str]:
    return (
        scope.conversation_id or "",
        scope.customer_id or "",
        scope.subject or "",
        "on" if scope.staff else "off",
    )
