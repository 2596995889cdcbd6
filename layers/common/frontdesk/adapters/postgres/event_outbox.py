"""Domain events as the database wrote them, until they are on the bus."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import DictRow

from frontdesk.adapters.postgres.database import NOBODY, Database
from frontdesk.domain.events import DomainEvent, read_event
from frontdesk.observability import get_logger

CLAIM_SECONDS = 60
"""Far longer than publishing takes: who has not settled by then is dead."""


class PostgresEventOutbox:
    """Implements `frontdesk.ports.EventOutbox`; either role may use it.

    Args:
        database: The function's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, limit: int) -> list[DomainEvent]:
        """Takes events to publish, the oldest first; nobody else gets them for a minute.

        An event that this release cannot read, because a later one wrote it perhaps, stays where it
        is and holds no other back.

        Args:
            limit: How many at most.

        Returns:
            The events; none where there are none.
        """
        while rows := self._claim(limit):
            if events := [event for row in rows if (event := _read(row)) is not None]:
                return events
        return []

    def _claim(self, limit: int) -> list[DictRow]:
        with self._database.transaction(NOBODY) as connection:
            return connection.execute(
                "SELECT * FROM claim_events(%s, %s)", (limit, CLAIM_SECONDS)
            ).fetchall()

    def settle(self, event_ids: Sequence[str]) -> None:
        """Notes that events are on the bus.

        Args:
            event_ids: Which ones.
        """
        with self._database.transaction(NOBODY) as connection:
            connection.execute("SELECT settle_events(%s::text[])", (list(event_ids),))

    def release(self, event_ids: Sequence[str]) -> None:
        """Lets somebody else publish events that were claimed.

        Args:
            event_ids: Which ones.
        """
        with self._database.transaction(NOBODY) as connection:
            connection.execute("SELECT release_events(%s::text[])", (list(event_ids),))

    def oldest(self) -> datetime | None:
        """Reads when the oldest unpublished event happened; None where there is none.

        Only the agent's role may ask.
        """
        with self._database.transaction(NOBODY) as connection:
            row = connection.execute("SELECT oldest_unpublished_event() AS at").fetchone()
        return None if row is None else row["at"]


def _read(row: DictRow) -> DomainEvent | None:
    try:
        return read_event(
            event_id=row["id"],
            type_=row["type"],
            version=row["version"],
            occurred_at=row["occurred_at"],
            data=row["data"],
        )
    except (ValueError, LookupError) as error:
        # Their text may quote the event's data.
        kind = type(error).__name__
        get_logger().error("event not readable", event_id=row["id"], type=row["type"], error=kind)
        return None
