"""Reading tickets for those whose they are, and for staff."""

from typing import LiteralString

from psycopg import sql

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.desk_scope import account_scope
from frontdesk.adapters.postgres.paging import Conditions, newest_first, page_of
from frontdesk.domain.listing import Page, PageRequest, TicketFilter
from frontdesk.domain.records import Ticket
from frontdesk.domain.tickets import TicketComment
from frontdesk.principal import Principal

_TICKET: LiteralString = """
SELECT id, number, owner_subject, customer_id, contact_email, conversation_id, subject,
       description, category, priority, status, assigned_to, tags, expected_response_at, version,
       created_at, updated_at
  FROM tickets"""

_COMMENTS = """
SELECT id, role, content, internal, created_at, position
  FROM ticket_comments
 WHERE ticket_id = %(ticket_id)s AND position > %(after)s
 ORDER BY position
 LIMIT %(row_limit)s"""


class PostgresTicketReads:
    """Tickets, as row level security lets the caller see them.

    A ticket is a caller's by its subject, or by the customer record with its verified address.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, reader: Principal, ticket_id: str) -> Ticket | None:
        """Reads a ticket.

        Args:
            reader: The caller.
            ticket_id: The ticket.

        Returns:
            The ticket, or None where there is none that the caller may see.
        """
        scope = account_scope(self._database, reader)
        conditions = _visible_to(scope)
        conditions.equal("id", ticket_id)
        with self._database.transaction(scope) as connection:
            row = connection.execute(
                sql.SQL(_TICKET) + conditions.where(), conditions.parameters
            ).fetchone()
        return None if row is None else Ticket.model_validate(row)

    def listing(self, reader: Principal, wanted: TicketFilter, page: PageRequest) -> Page[Ticket]:
        """Lists tickets, the newest first.

        Args:
            reader: The caller.
            wanted: Which ones.
            page: How many, and after which.

        Returns:
            A page of those that the caller may see.
        """
        scope = account_scope(self._database, reader)
        conditions = _visible_to(scope)
        conditions.equal("status", wanted.status)
        conditions.equal("customer_id", wanted.customer_id)
        tail = newest_first(conditions, page)
        with self._database.transaction(scope) as connection:
            rows = connection.execute(
                sql.SQL(_TICKET) + conditions.where() + tail, conditions.parameters
            ).fetchall()
        return page_of(rows, page, Ticket.model_validate)

    def comments(self, reader: Principal, ticket_id: str, page: PageRequest) -> Page[TicketComment]:
        """Lists what was said on a ticket, the oldest first.

        Args:
            reader: The caller; only staff see internal notes.
            ticket_id: The ticket.
            page: How many, and after which.

        Returns:
            A page of comments.
        """
        parameters = {
            "ticket_id": ticket_id,
            "after": int(page.after[0]) if page.after else 0,
            "row_limit": page.limit + 1,
        }
        scope = account_scope(self._database, reader)
        with self._database.transaction(scope) as connection:
            rows = connection.execute(_COMMENTS, parameters).fetchall()
        kept = rows[: page.limit]
        more = len(rows) > page.limit
        return Page(
            tuple(TicketComment.model_validate(row) for row in kept),
            (str(kept[-1]["position"]),) if more else None,
        )


def _visible_to(scope: RowScope) -> Conditions:
    """Says again in the query what the policies say, so that the indexes are used."""
    conditions = Conditions()
    if not scope.staff:
        conditions.add(
            sql.SQL("(owner_subject = %(reader)s OR customer_id = %(reader_customer)s)"),
            reader=scope.subject,
            reader_customer=scope.customer_id,
        )
    return conditions
