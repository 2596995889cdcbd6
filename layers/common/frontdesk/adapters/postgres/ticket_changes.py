"""Changing tickets for those whose they are, and for staff."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import errors

from frontdesk.adapters.postgres.audit import write_entry
from frontdesk.adapters.postgres.database import Connection, Database, RowScope
from frontdesk.adapters.postgres.desk_scope import account_scope
from frontdesk.adapters.postgres.tickets import MAX_NUMBER_ATTEMPTS
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import SETTLED_TICKETS
from frontdesk.domain.errors import ConflictError, InvalidInputError, NotFoundError
from frontdesk.domain.ids import ticket_number
from frontdesk.domain.records import Ticket
from frontdesk.domain.tickets import TicketChange, TicketComment
from frontdesk.principal import Principal

_INSERT = """
INSERT INTO tickets (id, number, owner_subject, customer_id, contact_email, conversation_id,
                     subject, description, category, priority, status, assigned_to, tags,
                     expected_response_at, created_at, updated_at)
VALUES (%(id)s, %(number)s, %(owner_subject)s, %(customer_id)s, %(contact_email)s,
        %(conversation_id)s, %(subject)s, %(description)s, %(category)s, %(priority)s, %(status)s,
        %(assigned_to)s, %(tags)s, %(expected_response_at)s, %(created_at)s, %(updated_at)s)
ON CONFLICT (number) DO NOTHING
RETURNING *"""

_UPDATE = """
UPDATE tickets
   SET subject = %(subject)s, description = %(description)s, category = %(category)s,
       customer_id = %(customer_id)s, contact_email = %(contact_email)s,
       priority = %(priority)s, status = %(status)s,
       assigned_to = %(assigned_to)s, tags = %(tags)s,
       expected_response_at = %(expected_response_at)s, version = %(version)s,
       updated_at = %(updated_at)s
 WHERE id = %(id)s
RETURNING *"""

_INSERT_COMMENT = """
INSERT INTO ticket_comments (id, ticket_id, author_subject, role, content, internal, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)"""

# Whoever waited for the staff because of the ticket alone does so no more.
_STOP_WAITING = """
UPDATE conversations SET waiting_for = NULL, waiting_since = NULL, updated_at = %(updated_at)s
 WHERE id = %(conversation_id)s AND handler = 'ai' AND waiting_for = 'staff'
   AND NOT EXISTS (SELECT 1 FROM tickets
        WHERE conversation_id = %(conversation_id)s AND status <> ALL(%(settled)s))"""

_FIELD_OF_REFERENCE = {
    "tickets_customer_id_fkey": ("customer_id", "is not a customer"),
    "tickets_conversation_id_fkey": ("conversation_id", "is not a conversation"),
}


class PostgresTicketChanges:
    """Tickets as row level security lets the caller change them.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, ticket: Ticket, *, entry: AuditEntry) -> Ticket:
        """Stores a ticket that a member of staff makes.

        Args:
            ticket: The ticket; without a number it gets one.
            entry: What the audit log is to say of it.

        Returns:
            The ticket as it is stored.

        Raises:
            ConflictError: There is a ticket with its number.
            InvalidInputError: Its customer or conversation does not exist.
        """
        with self._database.transaction(RowScope(staff=True)) as connection:
            with _known_references():
                stored = _insert(connection, ticket)
            write_entry(connection, entry)
            return stored

    def change(
        self,
        writer: Principal,
        known: Ticket,
        change: TicketChange,
        *,
        comment: TicketComment | None = None,
        entry: AuditEntry | None = None,
    ) -> Ticket:
        """Changes a ticket in one transaction, on its locked row.

        Args:
            writer: The caller.
            known: The ticket as the caller found it.
            change: Makes what it is to be; what it raises leaves everything as it was.
            comment: What the caller says on it.
            entry: What the audit log is to say of it.

        Returns:
            The ticket as it is now.

        Raises:
            NotFoundError: There is none any more that the caller may change.
            InvalidInputError: Its new customer does not exist.
        """
        scope = account_scope(self._database, writer)
        with self._database.transaction(scope) as connection:
            if scope.staff:
                # The worker locks in this order as well.
                connection.execute(
                    "SELECT 1 FROM conversations WHERE id = %s FOR UPDATE", (known.conversation_id,)
                )
            present = _lock(connection, known.id)
            new = change(present)
            if comment is not None:
                _insert_comment(connection, known.id, writer, comment)
            if new != present:
                with _known_references():
                    new = _update(connection, new)
            if scope.staff and new.status in SETTLED_TICKETS:
                _stop_waiting(connection, new)
            if entry is not None:
                write_entry(connection, entry)
            return new


@contextmanager
def _known_references() -> Iterator[None]:
    """Says which field names something that does not exist."""
    try:
        yield
    except errors.ForeignKeyViolation as error:
        field, message = _FIELD_OF_REFERENCE[error.diag.constraint_name or ""]
        # Without the cause, whose text quotes the row.
        raise InvalidInputError.of(field, message) from None


def _insert(connection: Connection, ticket: Ticket) -> Ticket:
    numbers = (
        [ticket.number]
        if ticket.number
        else [ticket_number(ticket.id, attempt) for attempt in range(MAX_NUMBER_ATTEMPTS)]
    )
    for number in numbers:
        row = connection.execute(_INSERT, _values(ticket) | {"number": number}).fetchone()
        if row is not None:
            return Ticket.model_validate(row)
    if ticket.number:
        raise ConflictError("There is a ticket with this number.")
    raise RuntimeError(f"no free ticket number in {MAX_NUMBER_ATTEMPTS} attempts")


def _lock(connection: Connection, ticket_id: str) -> Ticket:
    row = connection.execute(
        "SELECT * FROM tickets WHERE id = %s FOR UPDATE", (ticket_id,)
    ).fetchone()
    if row is None:
        raise NotFoundError
    return Ticket.model_validate(row)


def _update(connection: Connection, ticket: Ticket) -> Ticket:
    row = connection.execute(_UPDATE, _values(ticket)).fetchone()
    if row is None:
        raise NotFoundError
    return Ticket.model_validate(row)


def _values(ticket: Ticket) -> dict[str, Any]:
    return ticket.model_dump() | {"tags": list(ticket.tags)}


def _insert_comment(
    connection: Connection, ticket_id: str, writer: Principal, comment: TicketComment
) -> None:
    connection.execute(
        _INSERT_COMMENT,
        (
            comment.id,
            ticket_id,
            writer.subject,
            comment.role,
            comment.content,
            comment.internal,
            comment.created_at,
        ),
    )


def _stop_waiting(connection: Connection, ticket: Ticket) -> None:
    connection.execute(
        _STOP_WAITING,
        {
            "conversation_id": ticket.conversation_id,
            "settled": [str(status) for status in SETTLED_TICKETS],
            "updated_at": ticket.updated_at,
        },
    )
