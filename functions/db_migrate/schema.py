"""Applies the schema's migrations: in order, each once, each in one transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import psycopg
from psycopg.rows import TupleRow

from frontdesk.domain.errors import FrontdeskError

LOCK_KEY = 0x46524F4E54
"""Identifies our advisory lock in a database that others may use too (the letters FRONT)."""

LOCK_TIMEOUT = "10s"
"""How long a migration waits for a table: whoever queues behind it waits too, customers as well."""

_CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class MigrationError(FrontdeskError):
    """The schema cannot be brought up to date; the text names the migration and why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the schema.

    Attributes:
        name: The file's name without its suffix; names sort in the order of application.
        statements: The SQL.
    """

    name: str
    statements: bytes

    @property
    def checksum(self) -> str:
        """Tells whether a file is the one that was applied."""
        return hashlib.sha256(self.statements).hexdigest()


def load_migrations() -> list[Migration]:
    """Reads the migrations that this release comes with.

    Returns:
        The migrations, in the order of application.
    """
    folder = resources.files("frontdesk.adapters.postgres") / "migrations"
    files = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    migrations = [Migration(file.name.removesuffix(".sql"), file.read_bytes()) for file in files]
    return sorted(migrations, key=lambda migration: migration.name)


def migrate(connection: psycopg.Connection[TupleRow], migrations: Sequence[Migration]) -> list[str]:
    """Brings the schema up to date; safe to be called twice, even at once.

    What is applied but not known here is left alone: it comes from a newer release that is
    being rolled back, and migrations only expand.

    Args:
        connection: The owner's, in autocommit mode; nobody else migrates until it closes.
        migrations: In the order of application.

    Returns:
        The names of those that were applied now.

    Raises:
        MigrationError: One failed and was undone, or one was changed after it was applied.
    """
    # Held until the connection closes, so that what the caller does after this is alone too.
    connection.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
    connection.execute("SELECT set_config('lock_timeout', %s, false)", (LOCK_TIMEOUT,))
    connection.execute(_CREATE_LEDGER)
    rows = connection.execute("SELECT name, checksum FROM schema_migrations").fetchall()
    applied: dict[object, object] = dict(rows)
    for migration in migrations:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationError(f"{migration.name} was changed after it was applied")
    pending = [migration for migration in migrations if migration.name not in applied]
    for migration in pending:
        _apply(connection, migration)
    return [migration.name for migration in pending]


def _apply(connection: psycopg.Connection[TupleRow], migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(migration.statements)
            connection.execute(
                "INSERT INTO schema_migrations (name, checksum) VALUES (%s, %s)",
                (migration.name, migration.checksum),
            )
    except psycopg.Error as error:
        # Without the cause, whose details may quote a row.
        reason = error.diag.message_primary or type(error).__name__
        raise MigrationError(f"{migration.name} failed: {reason}") from None
