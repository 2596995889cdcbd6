"""Reading questions that the knowledge base did not answer, from the turns that show it."""

from collections.abc import Sequence
from datetime import datetime

from psycopg import sql

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.earlier_questions import EARLIER, parameters
from frontdesk.domain.gaps import UnansweredQuestion

# The FAQ agent looked it up, and its answer quotes nothing. A turn without its model is left
# out: what that finds says nothing about the knowledge base.
_UNANSWERED = sql.SQL("""
SELECT task_id, conversation_id, text, asked_at, best_similarity, {earlier} AS earlier
  FROM (SELECT t.task_id, t.conversation_id, m.content AS text, m.created_at AS asked_at,
               m.position, t.created_at, t.id,
               (SELECT max((found ->> 'similarity')::float8)
                  FROM jsonb_array_elements(
                      coalesce(t.trace -> 'passages', '[]')
                      || coalesce(t.trace -> 'searches', '[]')) AS found) AS best_similarity
          FROM turns t
          JOIN messages m ON m.task_id = t.task_id AND m.role = 'customer'
         WHERE t.created_at >= %(start)s AND t.status = 'completed' AND t.agent = 'faq'
           AND NOT t.degraded
           AND coalesce(t.result #>> '{{route,agent}}', 'faq') <> 'out_of_scope'
           AND coalesce(jsonb_array_length(t.result -> 'citations'), 0) = 0
           AND t.trace -> 'tool_calls' @> '[{{"name": "search_knowledge_base"}}]'
         ORDER BY t.created_at DESC, t.id DESC
         LIMIT %(limit)s) AS asked
 ORDER BY created_at DESC, id DESC""").format(earlier=sql.SQL(EARLIER))

_STAFF = RowScope(staff=True)


class PostgresUnansweredQuestions:
    """Keeps the promise of `frontdesk.knowledge.gaps.UnansweredQuestions`, for staff.

    Args:
        database: The database, with the desk role.
        window_size: How many messages of a conversation the agents remember.
    """

    def __init__(self, database: Database, *, window_size: int) -> None:
        self._database = database
        self._window_size = window_size

    def since(self, start: datetime, *, limit: int) -> Sequence[UnansweredQuestion]:
        """Reads them, the latest first.

        Args:
            start: The earliest answer that counts.
            limit: How many at most.

        Returns:
            The questions, in their customers' words.
        """
        wanted = parameters(self._window_size) | {"start": start, "limit": limit}
        with self._database.transaction(_STAFF) as connection:
            rows = connection.execute(_UNANSWERED, wanted).fetchall()
        return [UnansweredQuestion(**row | {"earlier": tuple(row["earlier"])}) for row in rows]
