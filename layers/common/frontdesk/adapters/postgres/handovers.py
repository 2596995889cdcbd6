"""What is kept of a conversation that a person is to take over, as it is at one moment."""

from typing import Any, LiteralString

from frontdesk.adapters.postgres.database import Connection, Database, RowScope
from frontdesk.domain.actions import StoredAction
from frontdesk.domain.conversation import Conversation, Message, StoredTurn
from frontdesk.domain.handover import MAX_MESSAGES, MAX_TURNS, Material
from frontdesk.domain.records import Customer, Subscription, Ticket

_STAFF = RowScope(staff=True)

_MESSAGES: LiteralString = """
SELECT * FROM (
    SELECT * FROM messages WHERE conversation_id = %(id)s ORDER BY position DESC LIMIT %(most)s
) latest ORDER BY position"""
_TURNS: LiteralString = """
SELECT * FROM (
    SELECT * FROM turns WHERE conversation_id = %(id)s ORDER BY created_at DESC, id LIMIT %(most)s
) latest ORDER BY created_at, id"""
_TICKETS: LiteralString = """
SELECT * FROM tickets WHERE conversation_id = %(id)s ORDER BY created_at, id"""
_ACTIONS: LiteralString = """
SELECT * FROM proposed_actions WHERE conversation_id = %(id)s ORDER BY created_at, token"""
_SUBSCRIPTION: LiteralString = """
SELECT * FROM subscriptions WHERE customer_id = %(id)s
 ORDER BY status = 'cancelled', start_date DESC, created_at DESC LIMIT 1"""


class PostgresHandovers:
    """Conversations with all that belongs to them, for staff.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def material(self, conversation_id: str) -> Material | None:
        """Reads what is kept of a conversation.

        Args:
            conversation_id: The conversation.

        Returns:
            All of it; None where nothing of it was taken up yet.
        """
        with self._database.transaction(_STAFF) as connection:
            # Whatever writes into a conversation holds its row, so that nothing moves meanwhile.
            row = connection.execute(
                "SELECT * FROM conversations WHERE id = %s FOR SHARE", (conversation_id,)
            ).fetchone()
            if row is None:
                return None
            conversation = Conversation.model_validate(row)
            customer = _one(
                connection, "SELECT * FROM customers WHERE id = %(id)s", conversation.customer_id
            )
            subscription = _one(connection, _SUBSCRIPTION, conversation.customer_id)
            messages = _all(connection, _MESSAGES, conversation_id, MAX_MESSAGES)
            turns = _all(connection, _TURNS, conversation_id, MAX_TURNS)
            tickets = _all(connection, _TICKETS, conversation_id)
            actions = _all(connection, _ACTIONS, conversation_id)
        return Material(
            conversation=conversation,
            contact_email=row["contact_email"],
            customer=Customer.model_validate(customer) if customer else None,
            subscription=Subscription.model_validate(subscription) if subscription else None,
            messages=tuple(map(Message.model_validate, messages)),
            turns=tuple(map(StoredTurn.model_validate, turns)),
            tickets=tuple(map(Ticket.model_validate, tickets)),
            actions=tuple(map(StoredAction.model_validate, actions)),
        )


def _one(
    connection: Connection, query: LiteralString, identifier: str | None
) -> dict[str, Any] | None:
    return connection.execute(query, {"id": identifier}).fetchone()


def _all(
    connection: Connection, query: LiteralString, identifier: str, most: int | None = None
) -> list[dict[str, Any]]:
    return connection.execute(query, {"id": identifier, "most": most}).fetchall()
