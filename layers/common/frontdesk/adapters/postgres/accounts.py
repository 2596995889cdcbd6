"""The customer's own records, read under the customer's own row level security."""

from typing import Any, LiteralString

from frontdesk.adapters.postgres.database import Connection, Database, RowScope
from frontdesk.domain.conversation import SETTLED_TICKETS
from frontdesk.domain.records import (
    Customer,
    Invoice,
    InvoiceStatus,
    Subscription,
    Ticket,
)

CUSTOMER: LiteralString = "SELECT * FROM customers WHERE id = %(customer)s"
SUBSCRIPTION: LiteralString = """
SELECT * FROM subscriptions WHERE customer_id = %(customer)s
 ORDER BY status = 'cancelled', start_date DESC, created_at DESC LIMIT 1"""
INVOICES: LiteralString = """
SELECT * FROM invoices
 WHERE customer_id = %(customer)s AND status <> 'draft'
   AND (%(status)s::text IS NULL OR status = %(status)s)
 ORDER BY due_date DESC, invoice_number DESC LIMIT %(limit)s"""
TICKETS: LiteralString = """
SELECT * FROM tickets
 WHERE (owner_subject = %(subject)s OR customer_id = %(customer)s)
   AND (%(number)s::text IS NULL OR number = %(number)s)
   AND (%(settled)s::boolean IS NULL OR (status = ANY(%(settling)s)) = %(settled)s)
 ORDER BY created_at DESC, id DESC LIMIT %(limit)s"""
REFUNDS_REQUESTED: LiteralString = """
SELECT arguments ->> 'invoice_number' AS invoice_number FROM proposed_actions
 WHERE customer_id = %(customer)s AND kind = 'request_refund' AND status = 'done'"""


class PostgresAccountReader:
    """Reads the account of one caller; each read is a short transaction of its own.

    Args:
        database: The worker's database.
        email: The e-mail whose account may be read; None for a caller without one.
        subject: The caller's subject, whose tickets may be read; None where the caller speaks
            for somebody else.
    """

    def __init__(self, database: Database, *, email: str | None, subject: str | None) -> None:
        self._database = database
        self._email = email
        self._subject = subject
        self._customer_id: str | None = None
        self._resolved = email is None

    def customer(self) -> Customer | None:
        """Reads the customer's own record; None where the caller has none."""
        rows = self._rows(CUSTOMER)
        return Customer.model_validate(rows[0]) if rows else None

    def subscription(self) -> Subscription | None:
        """Reads the present subscription, the latest where there are several."""
        rows = self._rows(SUBSCRIPTION)
        return Subscription.model_validate(rows[0]) if rows else None

    def invoices(self, *, status: InvoiceStatus | None = None, limit: int = 10) -> list[Invoice]:
        """Reads invoices, the latest due first (drafts are not the customer's to see yet).

        Args:
            status: Only those in this state.
            limit: How many at most.

        Returns:
            The customer's own invoices.
        """
        rows = self._rows(INVOICES, status=status, limit=limit)
        return [Invoice.model_validate(row) for row in rows]

    def refunds_requested(self) -> frozenset[str]:
        """Reads the numbers of the invoices whose refund was asked for already."""
        return frozenset(row["invoice_number"] for row in self._rows(REFUNDS_REQUESTED))

    def tickets(
        self, *, number: str | None = None, settled: bool | None = None, limit: int = 10
    ) -> list[Ticket]:
        """Reads the caller's tickets, the newest first.

        Args:
            number: Only the one with this number.
            settled: True for only those that are resolved or closed, False for only the others.
            limit: How many at most.

        Returns:
            Tickets that belong to the caller.
        """
        with self._database.transaction(self._scope()) as connection:
            rows = connection.execute(
                TICKETS,
                {
                    "subject": self._subject,
                    "customer": self._customer_id,
                    "number": number,
                    "settled": settled,
                    "settling": [str(status) for status in SETTLED_TICKETS],
                    "limit": limit,
                },
            ).fetchall()
        return [Ticket.model_validate(row) for row in rows]

    def _rows(self, query: LiteralString, **parameters: Any) -> list[dict[str, Any]]:
        scope = self._scope()
        if scope.customer_id is None:
            return []
        with self._database.transaction(scope) as connection:
            return connection.execute(
                query, {"customer": scope.customer_id, **parameters}
            ).fetchall()

    def _scope(self) -> RowScope:
        if not self._resolved:
            with self._database.transaction() as connection:
                self._customer_id = resolve_customer(connection, self._email)
            self._resolved = True
        return RowScope(customer_id=self._customer_id, subject=self._subject)


def resolve_customer(connection: Connection, email: str | None) -> str | None:
    """Finds the customer of an e-mail that was verified, or named by staff or a service.

    Args:
        connection: A connection within a transaction, in any scope.
        email: The e-mail address.

    Returns:
        The customer's id, or None where there is no such record.
    """
    if email is None:
        return None
    row = connection.execute("SELECT resolve_customer(%s) AS id", (email,)).fetchone()
    return row["id"] if row else None
