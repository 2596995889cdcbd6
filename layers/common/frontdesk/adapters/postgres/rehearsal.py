"""Trying out publications: they happen, are searched, and have never happened."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from frontdesk.adapters.postgres.database import (
    NOBODY,
    STATEMENT_TIMEOUT_MS,
    Connection,
    Database,
    RowScope,
)
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.clock import monotonic


class PostgresRehearsals:
    """Keeps the promise of `support_api.ports.Rehearsals`.

    Args:
        database: The database, with the desk role.
        scope: For whom is tried out.
    """

    def __init__(self, database: Database, scope: RowScope) -> None:
        self._database = database
        self._scope = scope

    @contextmanager
    def rehearse(
        self, *, seconds: float | None = None
    ) -> Iterator[tuple[PostgresKnowledgeStore, PostgresPassageIndex]]:
        """Opens a knowledge base whose changes nobody else sees, and which end with the block.

        Publications elsewhere wait meanwhile, so what is done in it should be brief.

        Args:
            seconds: How long it may take; as long as any transaction where None.

        Yields:
            Where to publish, and where to search what was published; both raise `TimeoutError`
            for what would take longer.
        """
        deadline = None if seconds is None else monotonic() + seconds
        with self._database.transaction(self._scope) as connection:
            held = _HeldDatabase(connection, deadline)
            yield (
                PostgresKnowledgeStore(held, self._scope),
                PostgresPassageIndex(held, self._scope),
            )
            raise psycopg.Rollback


class _HeldDatabase(Database):
    """A database whose transactions are parts of one that is open already."""

    def __init__(self, connection: Connection, deadline: float | None) -> None:
        super().__init__(lambda: "")
        self._held = connection
        self._deadline = deadline

    @contextmanager
    def transaction(self, scope: RowScope = NOBODY) -> Iterator[Connection]:
        try:
            with self._held.transaction():
                self._set_scope(self._held, scope)
                self._limit_time()
                yield self._held
        except psycopg.errors.QueryCanceled as error:
            raise TimeoutError from error

    def _limit_time(self) -> None:
        if self._deadline is None:
            return
        left = min(STATEMENT_TIMEOUT_MS, int(1000 * (self._deadline - monotonic())))
        if left <= 0:
            raise TimeoutError
        self._held.execute("SELECT set_config('statement_timeout', %s, true)", (str(left),))
