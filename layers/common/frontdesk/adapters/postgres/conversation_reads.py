"""Reading conversations for those who own them, and for staff."""

from collections.abc import Mapping
from typing import Any, LiteralString

from psycopg import sql

from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.desk_scope import owner_scope
from frontdesk.adapters.postgres.paging import Conditions, newest_first, page_of
from frontdesk.domain.conversation import Conversation, Message, StoredTurn
from frontdesk.domain.listing import (
    ConversationFilter,
    ConversationOrder,
    Page,
    PageRequest,
    Position,
)
from frontdesk.principal import Principal

_CONVERSATION: LiteralString = """
SELECT id, owner_subject, customer_id, status, handler, waiting_for, waiting_since, subject,
       last_agent, assigned_to, tags, language, message_count, version, revision,
       previous_conversation_id, created_at, updated_at, closed_at
  FROM conversations"""

_MESSAGES = """
SELECT id, role, content, agent, task_id, citations, proposed_action, internal, created_at,
       position
  FROM messages
 WHERE conversation_id = %(conversation_id)s AND position > %(after)s
 ORDER BY position
 LIMIT %(row_limit)s"""

_TURNS = """
SELECT id, task_id, conversation_id, result, trace, feedback_rating, feedback_comment, created_at
  FROM turns
 WHERE conversation_id = %(conversation_id)s
   AND (created_at, id) > (%(after_time)s::timestamptz, %(after_id)s)
 ORDER BY created_at, id
 LIMIT %(row_limit)s"""

_BEFORE_ALL = ("-infinity", "")


# Nothing is written where nothing new was read: customers who wait ask every second.
_MARK_READ = """
INSERT INTO read_receipts (conversation_id, position)
SELECT conversation_id, position FROM messages WHERE conversation_id = %s AND id = %s
ON CONFLICT (conversation_id) DO UPDATE SET position = EXCLUDED.position, read_at = now()
 WHERE read_receipts.position < EXCLUDED.position"""


class PostgresConversationReads:
    """Conversations, their messages and turns, as row level security lets the caller see them.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, reader: Principal, conversation_id: str) -> Conversation | None:
        """Reads a conversation.

        Args:
            reader: The caller.
            conversation_id: The conversation.

        Returns:
            The conversation, or None where there is none that the caller may see.
        """
        conditions = _visible_to(reader)
        conditions.equal("id", conversation_id)
        with self._database.transaction(owner_scope(reader)) as connection:
            row = connection.execute(
                sql.SQL(_CONVERSATION) + conditions.where(), conditions.parameters
            ).fetchone()
        return None if row is None else Conversation.model_validate(row)

    def listing(
        self,
        reader: Principal,
        wanted: ConversationFilter,
        order: ConversationOrder,
        page: PageRequest,
    ) -> Page[Conversation]:
        """Lists conversations.

        Args:
            reader: The caller.
            wanted: Which ones.
            order: The newest first, or who has waited longest first (those who wait only).
            page: How many, and after which.

        Returns:
            A page of those that the caller may see.
        """
        conditions = _visible_to(reader)
        for column, value in (
            ("status", wanted.status),
            ("handler", wanted.handler),
            ("waiting_for", wanted.waiting_for),
            ("last_agent", wanted.agent),
            ("assigned_to", wanted.assigned_to),
            ("customer_id", wanted.customer_id),
        ):
            conditions.equal(column, value)
        if wanted.text is not None:
            conditions.add(sql.SQL("strpos(subject_folded, lower(%(text)s)) > 0"), text=wanted.text)
        if order is ConversationOrder.WAITING_SINCE:
            tail, sort_column = _longest_waiting_first(conditions, page), "waiting_since"
        else:
            tail, sort_column = newest_first(conditions, page), "created_at"
        with self._database.transaction(owner_scope(reader)) as connection:
            rows = connection.execute(
                sql.SQL(_CONVERSATION) + conditions.where() + tail, conditions.parameters
            ).fetchall()
        return page_of(rows, page, Conversation.model_validate, sort_column=sort_column)

    def messages(self, reader: Principal, conversation_id: str, page: PageRequest) -> Page[Message]:
        """Lists a conversation's messages, the oldest first.

        Args:
            reader: The caller; only staff see internal notes.
            conversation_id: The conversation.
            page: How many, and after which.

        Returns:
            A page of messages.
        """
        parameters = {
            "conversation_id": conversation_id,
            "after": int(page.after[0]) if page.after else 0,
            "row_limit": page.limit + 1,
        }
        with self._database.transaction(owner_scope(reader)) as connection:
            rows = connection.execute(_MESSAGES, parameters).fetchall()
        kept = rows[: page.limit]
        more = len(rows) > page.limit
        return Page(
            tuple(Message.model_validate(row) for row in kept),
            (str(kept[-1]["position"]),) if more else None,
        )

    def position_of_message(
        self, reader: Principal, conversation_id: str, message_id: str
    ) -> Position | None:
        """Finds where a message stands, to list what came after it.

        Args:
            reader: The caller.
            conversation_id: The conversation.
            message_id: The message.

        Returns:
            Its position, or None where the caller sees no such message there.
        """
        with self._database.transaction(owner_scope(reader)) as connection:
            row = connection.execute(
                "SELECT position FROM messages WHERE id = %s AND conversation_id = %s",
                (message_id, conversation_id),
            ).fetchone()
        return None if row is None else (str(row["position"]),)

    def mark_read(self, owner: Principal, conversation_id: str, message_id: str) -> None:
        """Notes that the owner was shown what was said up to a message; it is never taken back.

        Args:
            owner: Whose conversation it is.
            conversation_id: The conversation.
            message_id: The message.
        """
        with self._database.transaction(owner_scope(owner)) as connection:
            connection.execute(_MARK_READ, (conversation_id, message_id))

    def turns(self, reader: Principal, conversation_id: str, page: PageRequest) -> Page[StoredTurn]:
        """Lists a conversation's turns, the oldest first.

        Args:
            reader: The caller.
            conversation_id: The conversation.
            page: How many, and after which.

        Returns:
            A page of turns with their traces.
        """
        after_time, after_id = page.after or _BEFORE_ALL
        parameters = {
            "conversation_id": conversation_id,
            "after_time": after_time,
            "after_id": after_id,
            "row_limit": page.limit + 1,
        }
        with self._database.transaction(owner_scope(reader)) as connection:
            rows = connection.execute(_TURNS, parameters).fetchall()
        return page_of(rows, page, _turn)


def _visible_to(reader: Principal) -> Conditions:
    """Says again in the query what the policies say, so that the owner's index is used."""
    conditions = Conditions()
    if not reader.is_staff:
        conditions.equal("owner_subject", reader.subject or "")
    return conditions


def _longest_waiting_first(conditions: Conditions, page: PageRequest) -> sql.Composable:
    conditions.add(sql.SQL("waiting_for IS NOT NULL AND waiting_since IS NOT NULL"))
    if page.after is not None:
        waiting_since, conversation_id = page.after
        conditions.add(
            sql.SQL("(waiting_since, id) > (%(after_time)s::timestamptz, %(after_id)s)"),
            after_time=waiting_since,
            after_id=conversation_id,
        )
    conditions.parameters["row_limit"] = page.limit + 1
    return sql.SQL(" ORDER BY waiting_since, id LIMIT %(row_limit)s")


def _turn(row: Mapping[str, Any]) -> StoredTurn:
    return StoredTurn.model_validate(row)
