"""An erasure and what is being taken up of the same person go one after the other.

Both lock the person's names, before any row and in one order, so that neither can wait for the
other in a circle. Many messages share a lock; an erasure has it alone.
"""

from collections.abc import Sequence
from typing import LiteralString

from frontdesk.adapters.postgres.database import Connection

_NAMES: LiteralString = """
  FROM (SELECT DISTINCT hashtextextended(lower(name), 0) AS key
          FROM unnest(%s::text[]) AS name ORDER BY key) AS keys"""
_SHARED: LiteralString = "SELECT pg_advisory_xact_lock_shared(key)" + _NAMES
_ALONE: LiteralString = "SELECT pg_advisory_xact_lock(key)" + _NAMES


def wait_for_erasures(connection: Connection, names: Sequence[str]) -> None:
    """Waits until nobody with one of these names is being erased, and keeps it so until the end.

    Args:
        connection: A connection within a transaction that has locked no row yet.
        names: Subjects and e-mail addresses.
    """
    connection.execute(_SHARED, (list(names),))


def hold_up_messages(connection: Connection, names: Sequence[str]) -> None:
    """Keeps messages under one of these names from being taken up until the transaction's end.

    Args:
        connection: A connection within a transaction that has locked no row yet.
        names: Subjects and e-mail addresses.
    """
    connection.execute(_ALONE, (list(names),))
