"""Customers' ratings of answers, kept with the turns that gave them."""

from datetime import datetime

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.domain.metrics import Rating
from frontdesk.principal import Principal

_RATE = """
UPDATE turns SET feedback_rating = %s, feedback_comment = %s, feedback_at = %s
 WHERE task_id = %s"""


class PostgresTurnRatings:
    """Ratings of the turns that are the caller's own, whatever else it may see.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_rateable(self, owner: Principal, task_id: str) -> bool:
        """Tells whether a task's turn is committed.

        Args:
            owner: The caller.
            task_id: The task.

        Returns:
            False where it is not yet, or is somebody else's.
        """
        with self._database.transaction(_own(owner)) as connection:
            row = connection.execute(
                "SELECT 1 FROM turns WHERE task_id = %s", (task_id,)
            ).fetchone()
        return row is not None

    def rate(
        self, owner: Principal, task_id: str, rating: Rating, comment: str | None, at: datetime
    ) -> bool:
        """Rates an answer; a later rating replaces an earlier one.

        Args:
            owner: The caller.
            task_id: The task.
            rating: The rating.
            comment: What the caller says of it.
            at: When it was rated.

        Returns:
            False where there is no committed turn of the caller's.
        """
        with self._database.transaction(_own(owner)) as connection:
            done = connection.execute(_RATE, (rating, comment, at, task_id))
            return done.rowcount > 0


def _own(owner: Principal) -> RowScope:
    return RowScope(subject=owner.subject)
