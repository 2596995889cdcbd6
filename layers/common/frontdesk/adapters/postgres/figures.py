"""The figures of a period, counted where everything is stored."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

from psycopg import sql

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.domain.metrics import QUIET_HOURS, Figures, Period
from frontdesk.domain.task import AgentName

# One pass over the conversations that began in the period; the replies of each are few.
_CONVERSATIONS: LiteralString = """
SELECT {day} AS day,
       count(*) AS conversations,
       count(*) FILTER (WHERE replied.by_agent AND NOT person.took_part
           AND c.waiting_for IS NULL AND NOT rated.down AND NOT carried_on.again
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
  CROSS JOIN LATERAL (
       SELECT EXISTS (SELECT 1 FROM conversations later
           WHERE later.previous_conversation_id = c.id) AS again
  ) carried_on
 WHERE c.created_at >= %(start)s AND c.created_at < %(end)s
 GROUP BY {groups}"""

_MESSAGES: LiteralString = """
SELECT {day} AS day,
       count(*) FILTER (WHERE role = 'customer') AS customer_messages,
       count(*) FILTER (WHERE role = 'assistant') AS assistant_messages,
       count(*) FILTER (WHERE role = 'staff') AS staff_messages
  FROM messages
 WHERE NOT internal AND created_at >= %(start)s AND created_at < %(end)s
 GROUP BY {groups}"""

_TURNS: LiteralString = """
SELECT {day} AS day,
       count(*) AS turns,
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
 WHERE created_at >= %(start)s AND created_at < %(end)s
 GROUP BY {groups}"""

_TICKETS: LiteralString = """
SELECT {day} AS day, count(*) AS tickets FROM tickets
 WHERE created_at >= %(start)s AND created_at < %(end)s
 GROUP BY {groups}"""

_WHOLE = {"day": sql.SQL("NULL::date"), "groups": sql.SQL("()")}
_BY_DAY = {"day": sql.SQL("(created_at AT TIME ZONE 'UTC')::date"), "groups": sql.SQL("1")}
_MAY_BE_NONE = {"first_answer_p50_ms", "first_answer_p95_ms"}


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
        values: dict[str, Any] = {}
        for row in self._count(period, _WHOLE):
            values |= row
        return _figures(values)

    def by_day(self, period: Period) -> list[tuple[date, Figures]]:
        """Counts what happened on each day.

        Args:
            period: When.

        Returns:
            Each day of the period in UTC with its figures, the first one first.
        """
        days: dict[date, dict[str, Any]] = {day: {} for day in period.days}
        for row in self._count(period, _BY_DAY):
            days[row["day"]] |= row
        return [(day, _figures(values)) for day, values in days.items()]

    def _count(self, period: Period, grouped: dict[str, sql.SQL]) -> Iterator[dict[str, Any]]:
        parameters = {"start": period.start, "end": period.end, "quiet_hours": QUIET_HOURS}
        with self._database.transaction(RowScope(staff=True)) as connection:
            for query in (_CONVERSATIONS, _MESSAGES, _TURNS, _TICKETS):
                yield from connection.execute(sql.SQL(query).format(**grouped), parameters)


def _figures(counted: dict[str, Any]) -> Figures:
    """Makes figures of what was counted; a day without any rows was not counted at all."""
    by_agent = {agent.value: counted.get(agent.value, 0) for agent in AgentName}
    names = {field.name for field in fields(Figures)} - {"answers_by_agent"}
    nothing = {name: None if name in _MAY_BE_NONE else 0 for name in names}
    known = {name: value for name, value in counted.items() if name in names}
    return Figures(**{**nothing, "cost_usd": Decimal(0), **known}, answers_by_agent=by_agent)
