"""Deleting what is old, through the doors that the schema opens for it."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import LiteralString

from frontdesk.adapters.postgres.database import NOBODY, Database

_RESTING = "SELECT resting_conversations(%s, %s) AS id"
_CONVERSATIONS = "SELECT expire_conversations(%s, %s) AS expired"


class PostgresExpiry:
    """Deletes what was not touched since a moment.

    Args:
        database: The database, with the agent's role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def conversations(
        self, before: datetime, limit: int, *, forget: Callable[[list[str]], Collection[str]]
    ) -> int:
        """Deletes conversations at rest, with all that is in them and their tickets.

        Args:
            before: What was touched later stays; at least a week ago.
            limit: How many at most.
            forget: Deletes what other stores hold of them, and names those of which they hold
                nothing any more; the others stay. Where it fails nothing is deleted.

        Returns:
            How many were deleted.
        """
        with self._database.transaction(NOBODY) as connection:
            rows = connection.execute(_RESTING, (before, limit)).fetchall()
            forgotten = forget([row["id"] for row in rows]) if rows else ()
            if not forgotten:
                return 0
            row = connection.execute(_CONVERSATIONS, (list(forgotten), before)).fetchone()
        return 0 if row is None else int(row["expired"])

    def tickets(self, before: datetime, limit: int) -> int:
        """Deletes settled tickets without a conversation; returns how many.

        Args:
            before: What was touched later stays; at least a week ago.
            limit: How many at most.
        """
        return self._expire("SELECT expire_tickets(%s, %s) AS expired", before, limit)

    def audit(self, before: datetime, limit: int) -> int:
        """Deletes entries of the audit log; returns how many.

        Args:
            before: What was written later stays; at least 30 days ago.
            limit: How many at most.
        """
        return self._expire("SELECT expire_audit(%s, %s) AS expired", before, limit)

    def events(self, before: datetime, limit: int) -> int:
        """Deletes published domain events; returns how many.

        Args:
            before: What was published later stays; at least a day ago.
            limit: How many at most.
        """
        return self._expire("SELECT expire_events(%s, %s) AS expired", before, limit)

    def _expire(self, query: LiteralString, before: datetime, limit: int) -> int:
        with self._database.transaction(NOBODY) as connection:
            row = connection.execute(query, (before, limit)).fetchone()
        return 0 if row is None else int(row["expired"])
