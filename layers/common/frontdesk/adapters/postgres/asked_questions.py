"""Reading what customers asked of the knowledge base, from the turns that searched it."""

from collections.abc import Sequence
from datetime import datetime

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.domain.preview import AskedQuestion

# The same words are one question, however often they were asked.
_ASKED = """
SELECT text, conversation_id, task_id, asked_at
  FROM (SELECT DISTINCT ON (lower(btrim(m.content)))
               m.content AS text, t.conversation_id, t.task_id, m.created_at AS asked_at
          FROM turns t
          JOIN messages m ON m.task_id = t.task_id AND m.role = 'customer'
         WHERE t.created_at >= %(start)s
           AND t.trace -> 'tool_calls' @> '[{"name": "search_knowledge_base"}]'
         ORDER BY lower(btrim(m.content)), m.created_at DESC) AS latest
 ORDER BY asked_at DESC, task_id
 LIMIT %(limit)s"""

_STAFF = RowScope(staff=True)


class PostgresAskedQuestions:
    """Keeps the promise of `support_api.ports.AskedQuestions`, for staff.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def asked_since(self, start: datetime, *, limit: int) -> Sequence[AskedQuestion]:
        """Reads questions that the knowledge base was searched for, the latest first.

        Args:
            start: The earliest answer that counts.
            limit: How many at most.

        Returns:
            The questions, each wording once.
        """
        with self._database.transaction(_STAFF) as connection:
            rows = connection.execute(_ASKED, {"start": start, "limit": limit}).fetchall()
        return [AskedQuestion(**row) for row in rows]
