"""Tickets that a turn makes or adds to, within the transaction that commits it."""

from typing import Any

from frontdesk.adapters.postgres.database import Connection
from frontdesk.domain.conversation import SETTLED_TICKETS, Conversation, TicketIntent
from frontdesk.domain.ids import derived_id, ticket_number
from frontdesk.domain.records import Ticket, TicketPriority

MAX_NUMBER_ATTEMPTS = 10
"""At a million tickets one number in 33 is taken; ten takes in a row never happen."""

_URGENCY = {priority: rank for rank, priority in enumerate(TicketPriority)}


def open_ticket(connection: Connection, conversation_id: str) -> Ticket | None:
    """Reads the conversation's latest ticket that is still worked on.

    Args:
        connection: A connection within a transaction of this conversation.
        conversation_id: The conversation.

    Returns:
        The ticket, or None where there is none.
    """
    row = connection.execute(
        """
        SELECT * FROM tickets WHERE conversation_id = %s AND status <> ALL(%s)
        ORDER BY created_at DESC, id DESC LIMIT 1
        """,
        (conversation_id, [str(status) for status in SETTLED_TICKETS]),
    ).fetchone()
    return Ticket.model_validate(row) if row else None


def carry_out(
    connection: Connection, intent: TicketIntent, conversation: Conversation, task_id: str
) -> Ticket:
    """Makes the ticket of an intent, or adds to the one that is open.

    The caller holds the conversation's row lock, so two turns cannot both find none open.

    Args:
        connection: A connection within the turn's commit.
        intent: What is wanted.
        conversation: The conversation, locked.
        task_id: The task whose effect this is.

    Returns:
        The ticket as it is now.
    """
    existing = open_ticket(connection, conversation.id)
    if existing is None:
        return _make(connection, intent, conversation)
    return _add(connection, existing, intent, task_id)


def _make(connection: Connection, intent: TicketIntent, conversation: Conversation) -> Ticket:
    values: dict[str, Any] = intent.model_dump(exclude={"ticket_id", "number"}) | {
        "id": intent.ticket_id,
        "owner_subject": conversation.owner_subject,
        "customer_id": conversation.customer_id,
        "conversation_id": conversation.id,
    }
    for attempt in range(MAX_NUMBER_ATTEMPTS):
        row = connection.execute(
            """
            INSERT INTO tickets (id, number, owner_subject, customer_id, contact_email,
                conversation_id, subject, description, category, priority, assigned_to,
                expected_response_at)
            VALUES (%(id)s, %(number)s, %(owner_subject)s, %(customer_id)s, %(contact_email)s,
                %(conversation_id)s, %(subject)s, %(description)s, %(category)s, %(priority)s,
                %(assigned_to)s, %(expected_response_at)s)
            ON CONFLICT (number) DO NOTHING RETURNING *
            """,
            values | {"number": ticket_number(intent.ticket_id, attempt)},
        ).fetchone()
        if row is not None:
            return Ticket.model_validate(row)
    raise RuntimeError(f"no free ticket number in {MAX_NUMBER_ATTEMPTS} attempts")


def _add(connection: Connection, ticket: Ticket, intent: TicketIntent, task_id: str) -> Ticket:
    connection.execute(
        """
        INSERT INTO ticket_comments (id, ticket_id, task_id, role, content)
        VALUES (%s, %s, %s, 'customer', %s) ON CONFLICT (task_id) DO NOTHING
        """,
        (
            derived_id("cmt", task_id, "ticket"),
            ticket.id,
            task_id,
            f"{intent.subject}\n\n{intent.description}",
        ),
    )
    wanted = TicketPriority(intent.priority)
    if _URGENCY[wanted] <= _URGENCY[ticket.priority]:
        return ticket
    # An escalation may raise the priority; only people lower it again.
    row = connection.execute(
        """
        UPDATE tickets SET priority = %s, version = version + 1, updated_at = now(),
            expected_response_at = LEAST(expected_response_at, %s)
        WHERE id = %s RETURNING *
        """,
        (wanted, intent.raised_response_at, ticket.id),
    ).fetchone()
    return Ticket.model_validate(row)
