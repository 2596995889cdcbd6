"""Trying out publications: they happen, are searched, and have never happened."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from frontdesk.adapters.postgres.database import NOBODY, Connection, Database, RowScope
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex


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
    def rehearse(self) -> Iterator[tuple[PostgresKnowledgeStore, PostgresPassageIndex]]:
        """Opens a knowledge base whose changes nobody else sees, and which end with the block.

        Publications elsewhere wait meanwhile, so what is done in it should be brief.

        Yields:
            Where to publish, and where to search what was published.
        """
        with self._database.transaction(self._scope) as connection:
            held = _HeldDatabase(connection)
            yield (
                PostgresKnowledgeStore(held, self._scope),
                PostgresPassageIndex(held, self._scope),
            )
            raise psycopg.Rollback


class _HeldDatabase(Database):
    """A database whose transactions are parts of one that is open already."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(lambda: "")
        self._held = connection

    @contextmanager
    def transaction(self, scope: RowScope = NOBODY) -> Iterator[Connection]:
        with self._held.transaction():
            self._set_scope(self._held, scope)
            yield self._held
