"""Persons' replies for the notifier: whether they were read, and whether they were mailed."""

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.domain.mail import StaffReply

CLAIM_SECONDS = 60
"""Longer than the notifier may run, and shorter than the queue waits before it delivers again."""

_FIND = """
SELECT m.id AS message_id, m.conversation_id, m.content, c.customer_id, c.language,
       c.contact_email,
       EXISTS (SELECT 1 FROM read_receipts r
                WHERE r.conversation_id = c.id AND r.position >= m.position)
       OR EXISTS (SELECT 1 FROM messages later WHERE later.conversation_id = c.id
                   AND later.role = 'customer' AND later.position > m.position) AS was_read
  FROM messages m JOIN conversations c ON c.id = m.conversation_id
 WHERE m.id = %s AND m.role = 'staff' AND NOT m.internal"""

_TICKET = """
SELECT number, contact_email FROM tickets WHERE conversation_id = %s
 ORDER BY created_at DESC, id DESC LIMIT 1"""

_CLAIM = """
INSERT INTO reply_mails (message_id, conversation_id, claimed_until)
VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (message_id) DO UPDATE SET claimed_until = EXCLUDED.claimed_until
 WHERE reply_mails.sent_at IS NULL AND reply_mails.claimed_until < clock_timestamp()
RETURNING message_id"""


class PostgresStaffReplies:
    """One conversation at a time, with the agent's role.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, conversation_id: str, message_id: str) -> StaffReply | None:
        """Reads a reply.

        Args:
            conversation_id: The conversation.
            message_id: The reply.

        Returns:
            The reply; None where there is none (any more).
        """
        with self._database.transaction(RowScope(conversation_id)) as connection:
            row = connection.execute(_FIND, (message_id,)).fetchone()
            if row is None:
                return None
            ticket = connection.execute(_TICKET, (conversation_id,)).fetchone() or {}
        email = row["contact_email"] or ticket.get("contact_email")
        if row["customer_id"] is not None:
            email = self._customer_email(row["customer_id"]) or email
        return StaffReply(
            message_id=row["message_id"],
            conversation_id=row["conversation_id"],
            content=row["content"],
            was_read=row["was_read"],
            email=email,
            ticket_number=ticket.get("number"),
            language=row["language"],
        )

    def claim(self, reply: StaffReply) -> bool:
        """Takes on the mailing of a reply for a minute.

        Args:
            reply: The reply.

        Returns:
            False where it was mailed, or somebody is at it.
        """
        with self._database.transaction(RowScope(reply.conversation_id)) as connection:
            row = connection.execute(
                _CLAIM, (reply.message_id, reply.conversation_id, CLAIM_SECONDS)
            ).fetchone()
        return row is not None

    def release(self, reply: StaffReply) -> None:
        """Lets the mailing of a reply be tried again.

        Args:
            reply: The reply, claimed by the caller.
        """
        with self._database.transaction(RowScope(reply.conversation_id)) as connection:
            connection.execute(
                "DELETE FROM reply_mails WHERE message_id = %s AND sent_at IS NULL",
                (reply.message_id,),
            )

    def settle(self, reply: StaffReply) -> None:
        """Notes that a reply was mailed.

        Args:
            reply: The reply, claimed by the caller.
        """
        with self._database.transaction(RowScope(reply.conversation_id)) as connection:
            connection.execute(
                "UPDATE reply_mails SET sent_at = clock_timestamp() WHERE message_id = %s",
                (reply.message_id,),
            )

    def _customer_email(self, customer_id: str) -> str | None:
        with self._database.transaction(RowScope(customer_id=customer_id)) as connection:
            row = connection.execute("SELECT email FROM customers").fetchone()
        return None if row is None else row["email"]
