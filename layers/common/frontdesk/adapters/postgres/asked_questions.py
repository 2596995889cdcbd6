"""Reading what customers asked of the knowledge base, from the turns that searched it."""

from collections.abc import Sequence
from datetime import datetime

from psycopg import sql

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.earlier_questions import EARLIER, parameters
from frontdesk.domain.preview import AskedQuestion
from frontdesk.knowledge.follow_ups import MAX_EARLIER

MAX_TURNS = 2_000
"""How many of the latest turns are looked through: each costs a look at what its customer had asked
before, and a busy desk's latest have more questions than anybody asks at once."""

# The same words after the same questions are one search, however often they were asked.
_ASKED = sql.SQL("""
SELECT text, conversation_id, task_id, asked_at, earlier
  FROM (SELECT DISTINCT ON (wording, former) *
          FROM (SELECT asked.*, lower(btrim(text)) AS wording,
                       lower(earlier[cardinality(earlier) - %(counting)s + 1:]::text) AS former
                  FROM (SELECT asked.*, {earlier} AS earlier
                          FROM (SELECT m.content AS text, t.conversation_id, t.task_id,
                                       m.created_at AS asked_at, m.position
                                  FROM turns t
                                  JOIN messages m ON m.task_id = t.task_id AND m.role = 'customer'
                                 WHERE t.created_at >= %(start)s
                                   AND t.trace -> 'tool_calls'
                                       @> '[{{"name": "search_knowledge_base"}}]'
                                 ORDER BY t.created_at DESC, t.id DESC
                                 LIMIT %(turns)s) AS asked) AS asked) AS searched
         ORDER BY wording, former, asked_at DESC, task_id) AS latest
 ORDER BY asked_at DESC, task_id
 LIMIT %(limit)s""").format(earlier=sql.SQL(EARLIER))

_STAFF = RowScope(staff=True)


class PostgresAskedQuestions:
    """Keeps the promise of `support_api.ports.AskedQuestions`, for staff.

    Args:
        database: The database, with the desk role.
        window_size: How many messages of a conversation the agents remember.
    """

    def __init__(self, database: Database, *, window_size: int) -> None:
        self._database = database
        self._window_size = window_size

    def asked_since(self, start: datetime, *, limit: int) -> Sequence[AskedQuestion]:
        """Reads questions that the knowledge base was searched for, the latest first.

        Args:
            start: The earliest answer that counts.
            limit: How many at most.

        Returns:
            The questions, each once that is worded alike and was asked after the same.
        """
        wanted = parameters(self._window_size) | {
            "start": start,
            "limit": limit,
            "turns": MAX_TURNS,
            "counting": MAX_EARLIER,
        }
        with self._database.transaction(_STAFF) as connection:
            rows = connection.execute(_ASKED, wanted).fetchall()
        return [AskedQuestion(**row | {"earlier": tuple(row["earlier"])}) for row in rows]
