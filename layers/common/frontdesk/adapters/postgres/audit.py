"""The audit log: written once, changed never (the database's roles cannot)."""

from psycopg.types.json import Jsonb

from frontdesk.adapters.postgres.database import NOBODY, Connection, Database
from frontdesk.domain.audit import AuditEntry

_INSERT = """
INSERT INTO audit_log (actor_kind, actor_subject, action, object_kind, object_id, customer_id,
                       correlation_id, details)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""


class PostgresAuditLog:
    """Writes entries of the audit log.

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
