"""The figures of a period, counted where everything is stored."""

from typing import Any

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.domain.metrics import QUIET_HOURS, Figures, Period
from frontdesk.domain.task import AgentName

# One pass over the conversations that began in the period; the replies of each are few.
_CONVERSATIONS = """
SELECT count(*) AS conversations,
       count(*) FILTER (WHERE replied.by_agent AND NOT person.took_part
           AND c.waiting_for IS NULL AND NOT rated.down
           AND (c.status = 'closed'
               OR c.updated_at < now() - make_interval(hours => %(quiet_hours)s))
       ) AS resolved_without_person,
       count(*) FILTER (WHERE person.took_part) AS handed_over,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY replied.after_ms) AS first_answer_p50_ms,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY replied.after_ms) AS first_answer_p95_ms
  FROM conversations c
  CROSS JOIN LATERAL (
       SELECT COALESCE(bool_or(m.role = 'assistant'), false) AS by_agent,
              COALESCE(bool_or(m.role = 'staff'), false) AS by_person,
              (extract(epoch FROM min(m.created_at) - c.created_at) * 1000)::bigint AS after_ms
         FROM messages m
        WHERE m.conversation_id = c.id AND m.role <> 'customer' AND NOT m.internal
  ) replied
  CROSS JOIN LATERAL (SELECT replied.by_person OR c.handler = 'human' AS took_part) person
  CROSS JOIN LATERAL (
       SELECT EXISTS (SELECT 1 FROM turns t
           WHERE t.conversation_id = c.id AND t.feedback_rating = 'down') AS down
  ) rated
 WHERE c.created_at >= %(start)s AND c.created_at < %(end)s"""

_MESSAGES = """
SELECT count(*) FILTER (WHERE role = 'customer') AS customer_messages,
       count(*) FILTER (WHERE role = 'assistant') AS assistant_messages,
       count(*) FILTER (WHERE role = 'staff') AS staff_messages
  FROM messages
 WHERE NOT internal AND created_at >= %(start)s AND created_at < %(end)s"""

_TURNS = """
SELECT count(*) AS turns,
       count(*) FILTER (WHERE status = 'completed' AND agent = 'faq') AS faq,
       count(*) FILTER (WHERE status = 'completed' AND agent = 'order') AS "order",
       count(*) FILTER (WHERE status = 'completed' AND agent = 'escalation') AS escalation,
       count(*) FILTER (WHERE status = 'completed' AND degraded) AS degraded_answers,
       count(*) FILTER (WHERE status = 'handed_off') AS handed_off_turns,
       count(*) FILTER (WHERE status = 'failed') AS failed_turns,
       COALESCE(sum(llm_calls), 0) AS llm_calls,
       COALESCE(sum(input_tokens), 0) AS input_tokens,
       COALESCE(sum(output_tokens), 0) AS output_tokens,
       COALESCE(sum(cost_usd), 0) AS cost_usd,
       count(*) FILTER (WHERE feedback_rating = 'up') AS ratings_up,
       count(*) FILTER (WHERE feedback_rating = 'down') AS ratings_down
  FROM turns
 WHERE created_at >= %(start)s AND created_at < %(end)s"""

_TICKETS = """
SELECT count(*) AS tickets FROM tickets
 WHERE created_at >= %(start)s AND created_at < %(end)s"""


class PostgresFigures:
    """Counts what happened in a period, for staff.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, period: Period) -> Figures:
        """Counts what happened.

        Args:
            period: When.

        Returns:
            The figures.
        """
        parameters = {"start": period.start, "end": period.end, "quiet_hours": QUIET_HOURS}
        values: dict[str, Any] = {}
        with self._database.transaction(RowScope(staff=True)) as connection:
            for query in (_CONVERSATIONS, _MESSAGES, _TURNS, _TICKETS):
                values |= connection.execute(query, parameters).fetchone() or {}
        by_agent = {agent.value: values.pop(agent.value) for agent in AgentName}
        return Figures(**values, answers_by_agent=by_agent)
