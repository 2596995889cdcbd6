"""Customers, subscriptions and invoices, as staff keep them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.errors import IntegrityError
from psycopg.types.json import Jsonb

from frontdesk.adapters.postgres.audit import write_entry
from frontdesk.adapters.postgres.database import Connection, Database, RowScope
from frontdesk.adapters.postgres.paging import Conditions, newest_first, page_of
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PreconditionFailedError,
    RequestError,
)
from frontdesk.domain.listing import Page, PageRequest, RecordFilter
from frontdesk.domain.records import Customer, Invoice, Record, Subscription

_STAFF = RowScope(staff=True)


@dataclass(frozen=True)
class RecordTable[R: Record]:
    """How one kind of record is stored.

    Attributes:
        model: The record's class.
        owner_column: The column that names the customer.
        refusals: What a broken constraint means to the caller, by the constraint's name.
    """

    name: str
    model: type[R]
    owner_column: str
    refusals: Mapping[str, Callable[[], RequestError]]

    @property
    def columns(self) -> Sequence[str]:
        """The columns, which are the model's fields."""
        return tuple(self.model.model_fields)


def _unknown_customer() -> RequestError:
    return InvalidInputError.of("customer_id", "There is no such customer")


def _unknown_subscription() -> RequestError:
    return InvalidInputError.of("subscription_id", "This customer has no such subscription")


CUSTOMERS = RecordTable(
    "customers",
    Customer,
    "id",
    {"customers_email_key": lambda: ConflictError("There is a customer with this e-mail address.")},
)
SUBSCRIPTIONS = RecordTable(
    "subscriptions",
    Subscription,
    "customer_id",
    {
        "subscriptions_customer_id_fkey": _unknown_customer,
        "subscriptions_next_plan": lambda: InvalidInputError.of(
            "next_plan_on", "next_plan and next_plan_on go together"
        ),
        "invoices_same_customer": lambda: ConflictError(
            "Invoices of its customer name this subscription."
        ),
    },
)
INVOICES = RecordTable(
    "invoices",
    Invoice,
    "customer_id",
    {
        "invoices_invoice_number_key": lambda: ConflictError(
            "There is an invoice with this number."
        ),
        "invoices_customer_id_fkey": _unknown_customer,
        "invoices_subscription_id_fkey": _unknown_subscription,
        "invoices_same_customer": _unknown_subscription,
    },
)


class PostgresRecords[R: Record]:
    """Records of one kind; every transaction is a member of staff's.

    Args:
        database: The database, with the desk role.
        table: Which kind.
    """

    def __init__(self, database: Database, table: RecordTable[R]) -> None:
        self._database = database
        self._table = table

    def find(self, record_id: str) -> R | None:
        """Reads a record.

        Args:
            record_id: The record; any text a caller may send.

        Returns:
            The record, or None where there is none.
        """
        with self._database.transaction(_STAFF) as connection:
            return self._read(connection, record_id)

    def listing(self, wanted: RecordFilter, page: PageRequest) -> Page[R]:
        """Lists records, the newest first.

        Args:
            wanted: Which ones.
            page: How many, and after which.

        Returns:
            A page of them.
        """
        conditions = Conditions()
        conditions.equal("status", wanted.status)
        conditions.equal(self._table.owner_column, wanted.customer_id)
        tail = newest_first(conditions, page)
        with self._database.transaction(_STAFF) as connection:
            rows = connection.execute(
                self._select() + conditions.where() + tail, conditions.parameters
            ).fetchall()
        return page_of(rows, page, self._table.model.model_validate)

    def add(self, record_id: str, values: Mapping[str, Any], entry: AuditEntry) -> R:
        """Makes a record.

        Args:
            record_id: The identifier it gets.
            values: Its fields.
            entry: Who makes it, for the audit log.

        Returns:
            The record.

        Raises:
            ConflictError: What names it is taken.
            InvalidInputError: It names something that does not exist.
        """
        row = {"id": record_id, **_storable(values)}
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}").format(
            sql.Identifier(self._table.name),
            _identifiers(tuple(row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
            _identifiers(self._table.columns),
        )
        with self._database.transaction(_STAFF) as connection, self._refusals():
            made = connection.execute(statement, row).fetchone()
            write_entry(connection, entry)
        return self._table.model.model_validate(made)

    def change(
        self,
        record_id: str,
        changes: Mapping[str, Any],
        entry: AuditEntry,
        *,
        expected_version: int | None,
    ) -> R:
        """Changes the fields that are named, and no others.

        Args:
            record_id: The record.
            changes: New values by field; nothing moves where there are none.
            entry: Who changes it, for the audit log.
            expected_version: The version that has to be there; None where any will do.

        Returns:
            The record as it is now.

        Raises:
            NotFoundError: There is no such record any more.
            PreconditionFailedError: It is at another version.
            ConflictError: What would name it is taken.
            InvalidInputError: It would name something that does not exist.
        """
        with self._database.transaction(_STAFF) as connection, self._refusals():
            present = self._read(connection, record_id, lock=True)
            if present is None:
                raise NotFoundError
            if expected_version not in (None, present.version):
                raise PreconditionFailedError("It was changed meanwhile; read it again.")
            write_entry(connection, entry)
            return self._update(connection, record_id, changes) if changes else present

    def _update(self, connection: Connection, record_id: str, changes: Mapping[str, Any]) -> R:
        assignments = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
            for name in changes
        )
        statement = sql.SQL(
            "UPDATE {} SET {}, version = version + 1, updated_at = now()"
            " WHERE id = %(record_id)s RETURNING {}"
        ).format(sql.Identifier(self._table.name), assignments, _identifiers(self._table.columns))
        row = connection.execute(
            statement, {**_storable(changes), "record_id": record_id}
        ).fetchone()
        return self._table.model.model_validate(row)

    def _read(self, connection: Connection, record_id: str, *, lock: bool = False) -> R | None:
        conditions = Conditions()
        conditions.equal("id", record_id)
        query = self._select() + conditions.where()
        row = connection.execute(
            query + sql.SQL(" FOR UPDATE") if lock else query, conditions.parameters
        ).fetchone()
        return None if row is None else self._table.model.model_validate(row)

    def _select(self) -> sql.Composed:
        return sql.SQL("SELECT {} FROM {}").format(
            _identifiers(self._table.columns), sql.Identifier(self._table.name)
        )

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Says what a broken constraint means to the caller."""
        try:
            yield
        except IntegrityError as error:
            refusal = self._table.refusals.get(error.diag.constraint_name or "")
            if refusal is None:
                raise
            # Without the cause, whose text quotes the row.
            raise refusal() from None


def _identifiers(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _storable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()
    }
