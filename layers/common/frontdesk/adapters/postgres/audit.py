"""The audit log: written once, changed never (the database's roles cannot)."""

from typing import LiteralString

from psycopg import sql
from psycopg.types.json import Jsonb

from frontdesk.adapters.postgres.database import NOBODY, Connection, Database, RowScope
from frontdesk.adapters.postgres.paging import Conditions
from frontdesk.domain.audit import AuditEntry, RecordedAccess
from frontdesk.domain.listing import AuditFilter, Page, PageRequest

_INSERT = """
INSERT INTO audit_log (actor_kind, actor_subject, action, object_kind, object_id, customer_id,
                       correlation_id, details)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""

_SELECT: LiteralString = """
SELECT id, occurred_at, actor_kind, actor_subject, action, object_kind, object_id, customer_id,
       correlation_id, details
  FROM audit_log"""


class PostgresAuditLog:
    """Writes and lists entries of the audit log.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, entry: AuditEntry) -> None:
        """Writes an entry.

        Args:
            entry: Who did what to what.
        """
        with self._database.transaction(NOBODY) as connection:
            write_entry(connection, entry)

    def listing(self, wanted: AuditFilter, page: PageRequest) -> Page[RecordedAccess]:
        """Lists entries, the newest first.

        Args:
            wanted: Which ones.
            page: How many, and after which.

        Returns:
            A page of them.
        """
        conditions = Conditions()
        conditions.equal("customer_id", wanted.customer_id)
        conditions.equal("actor_subject", wanted.actor)
        conditions.equal("action", wanted.action)
        if wanted.since is not None:
            conditions.add(sql.SQL("occurred_at >= %(since)s"), since=wanted.since)
        if wanted.until is not None:
            conditions.add(sql.SQL("occurred_at < %(until)s"), until=wanted.until)
        if page.after is not None:
            occurred_at, entry_id = page.after
            conditions.add(
                sql.SQL("(occurred_at, id) < (%(after_time)s::timestamptz, %(after_id)s)"),
                after_time=occurred_at,
                after_id=int(entry_id),
            )
        tail = sql.SQL(" ORDER BY occurred_at DESC, id DESC LIMIT %(row_limit)s")
        with self._database.transaction(RowScope(staff=True)) as connection:
            rows = connection.execute(
                sql.SQL(_SELECT) + conditions.where() + tail,
                conditions.parameters | {"row_limit": page.limit + 1},
            ).fetchall()
        kept = rows[: page.limit]
        more = len(rows) > page.limit
        return Page(
            tuple(RecordedAccess.model_validate(row) for row in kept),
            (kept[-1]["occurred_at"].isoformat(), str(kept[-1]["id"])) if more else None,
        )


def write_entry(connection: Connection, entry: AuditEntry) -> None:
    """Writes an entry within the transaction of the change that it tells of.

    Args:
        connection: A connection within that transaction.
        entry: Who did what to what.
    """
    connection.execute(
        _INSERT,
        (
            entry.actor.kind,
            entry.actor.subject,
            entry.action,
            entry.object_kind,
            entry.object_id,
            entry.customer_id,
            entry.correlation_id,
            Jsonb(entry.details),
        ),
    )
