"""Changing conversations for those who own them, and for staff."""

from frontdesk.adapters.postgres.audit import write_entry
from frontdesk.adapters.postgres.database import Connection, Database
from frontdesk.adapters.postgres.desk_scope import owner_scope
from frontdesk.adapters.postgres.knowledge import keep_draft
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import SETTLED_TICKETS, Conversation, Message, MessageRole
from frontdesk.domain.conversation_changes import AlreadyWrittenError, ConversationChange
from frontdesk.domain.errors import NotFoundError
from frontdesk.domain.knowledge import DocumentDraft, DocumentWrite
from frontdesk.principal import Principal

# The worker fills in the rest when it takes the first message up.
_MAKE_SURE = """
INSERT INTO conversations (id, owner_subject, status, previous_conversation_id, created_at,
                           updated_at)
SELECT %(id)s, %(owner_subject)s, %(status)s,
       (SELECT id FROM conversations
         WHERE id = %(previous_conversation_id)s AND owner_subject = %(owner_subject)s),
       %(created_at)s, %(updated_at)s
ON CONFLICT (id) DO NOTHING"""

# After the lock, so that it sees what was written while this waited for it. An agent's answer
# that left the matter to a person, whose ticket is still open, has not answered the customer.
_LAST_ROLE = """
SELECT CASE WHEN role = 'assistant' AND EXISTS (SELECT 1 FROM tickets
            WHERE tickets.conversation_id = messages.conversation_id AND status <> ALL(%s))
       THEN 'customer' ELSE role END AS role
  FROM messages
 WHERE conversation_id = %s AND NOT internal
 ORDER BY position DESC LIMIT 1"""

_SETTLED = [str(status) for status in SETTLED_TICKETS]

_UPDATE = """
UPDATE conversations
   SET status = %(status)s, handler = %(handler)s, waiting_for = %(waiting_for)s,
       waiting_since = %(waiting_since)s, assigned_to = %(assigned_to)s, tags = %(tags)s,
       message_count = %(message_count)s, version = %(version)s, updated_at = %(updated_at)s,
       closed_at = %(closed_at)s
 WHERE id = %(id)s
RETURNING *"""

_WRITTEN = "SELECT id, role, content, internal, created_at FROM messages WHERE id = %s"

_INSERT_MESSAGE = """
INSERT INTO messages (id, conversation_id, role, content, author_subject, internal, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)"""


class PostgresConversationChanges:
    """Conversations as row level security lets the caller change them.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def change(
        self,
        writer: Principal,
        known: Conversation,
        change: ConversationChange,
        *,
        message: Message | None = None,
        entry: AuditEntry | None = None,
        article: tuple[DocumentDraft, DocumentWrite] | None = None,
    ) -> Conversation:
        """Changes a conversation in one transaction, on its locked row.

        Args:
            writer: The caller.
            known: The conversation as the caller found it, perhaps known to ingest only.
            change: Makes what it is to be; what it raises leaves everything as it was.
            message: What the caller writes into it.
            entry: What the audit log is to say of it.
            article: A new draft that is kept with the message, or not at all.

        Returns:
            The conversation as it is now.

        Raises:
            AlreadyWrittenError: The message was written before.
            NotFoundError: There is none any more that the caller may change.
        """
        with self._database.transaction(owner_scope(writer)) as connection:
            if known.version == 0:
                _make_sure(connection, known)
            present, last_role = _lock(connection, known.id)
            if message is not None:
                _refuse_again(connection, message.id)
            changed = change(present, last_role)
            if message is not None:
                _insert_message(connection, known.id, writer, message)
            if changed != present:
                changed = _update(connection, changed)
            if entry is not None:
                write_entry(connection, entry)
            if article is not None:
                keep_draft(connection, *article)
            return changed


def _make_sure(connection: Connection, known: Conversation) -> None:
    """Makes the row of a conversation that ingest alone knows, unless it was erased meanwhile."""
    connection.execute(_MAKE_SURE, known.model_dump(mode="json"))
    # After the insert: an erasure that had the same key locked is seen by now.
    row = connection.execute(
        "SELECT is_erased(%s, ARRAY[%s], '{}', %s) AS erased",
        (known.id, known.owner_subject, known.created_at),
    ).fetchone()
    if row is not None and row["erased"]:
        raise NotFoundError


def _lock(connection: Connection, conversation_id: str) -> tuple[Conversation, MessageRole | None]:
    row = connection.execute(
        "SELECT * FROM conversations WHERE id = %s FOR UPDATE", (conversation_id,)
    ).fetchone()
    if row is None:
        raise NotFoundError
    last = connection.execute(_LAST_ROLE, (_SETTLED, conversation_id)).fetchone()
    return Conversation.model_validate(row), MessageRole(last["role"]) if last else None


def _refuse_again(connection: Connection, message_id: str) -> None:
    """Asked under the conversation's lock: who came first has written it by now."""
    row = connection.execute(_WRITTEN, (message_id,)).fetchone()
    if row is not None:
        raise AlreadyWrittenError(Message.model_validate(row))


def _update(connection: Connection, changed: Conversation) -> Conversation:
    values = changed.model_dump() | {"tags": list(changed.tags)}
    row = connection.execute(_UPDATE, values).fetchone()
    if row is None:
        raise NotFoundError
    return Conversation.model_validate(row)


def _insert_message(
    connection: Connection, conversation_id: str, writer: Principal, message: Message
) -> None:
    connection.execute(
        _INSERT_MESSAGE,
        (
            message.id,
            conversation_id,
            message.role,
            message.content,
            writer.subject,
            message.internal,
            message.created_at,
        ),
    )
