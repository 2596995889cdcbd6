"""Customers, subscriptions, invoices and the audit log in memory; held to Postgres' promises."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from frontdesk.clock import utc_now
from frontdesk.domain.audit import AuditEntry, RecordedAccess
from frontdesk.domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PreconditionFailedError,
)
from frontdesk.domain.listing import AuditFilter, Page, PageRequest, RecordFilter
from frontdesk.domain.personal_data import PersonalData, Remains
from frontdesk.domain.records import Customer, Invoice, Record, Subscription
from tests.support.desk_samples import EPOCH


class MemoryRecords[R: Record]:
    """Records of one kind.

    Args:
        model: The record's class.
        accounts: All kinds together.
    """

    def __init__(self, model: type[R], accounts: "MemoryAccounts") -> None:
        self._model = model
        self._accounts = accounts
        self.stored: dict[str, R] = {}

    def find(self, record_id: str) -> R | None:
        return self.stored.get(record_id)

    def listing(self, wanted: RecordFilter, page: PageRequest) -> Page[R]:
        matching = sorted(
            (
                record
                for record in self.stored.values()
                if wanted.status in (None, getattr(record, "status", None))
                and wanted.customer_id in (None, getattr(record, "customer_id", record.id))
            ),
            key=lambda record: (record.created_at, record.id),
            reverse=True,
        )
        if page.after is not None:
            after = (datetime.fromisoformat(page.after[0]), page.after[1])
            matching = [r for r in matching if (r.created_at, r.id) < after]
        kept = matching[: page.limit]
        if len(matching) <= page.limit:
            return Page(kept)
        return Page(kept, (kept[-1].created_at.isoformat(), kept[-1].id))

    def add(self, record_id: str, values: Mapping[str, Any], entry: AuditEntry) -> R:
        now = self._accounts.tick()
        made = self._model.model_validate(
            {**values, "id": record_id, "created_at": now, "updated_at": now}
        )
        self._accounts.check(made)
        self.stored[record_id] = made
        self._accounts.record(entry)
        return made

    def change(
        self,
        record_id: str,
        changes: Mapping[str, Any],
        entry: AuditEntry,
        *,
        expected_version: int | None,
    ) -> R:
        present = self.stored.get(record_id)
        if present is None:
            raise NotFoundError
        if expected_version not in (None, present.version):
            raise PreconditionFailedError("It was changed meanwhile; read it again.")
        if changes:
            changed = self._model.model_validate(
                {
                    **present.model_dump(),
                    **changes,
                    "version": present.version + 1,
                    "updated_at": self._accounts.tick(),
                }
            )
            self._accounts.check(changed)
            self.stored[record_id] = changed
        self._accounts.record(entry)
        return self.stored[record_id]


class MemoryAccounts:
    """All kinds of records, and what must be true between them.

    Args:
        on_record: Gets each entry of the audit log.
        addresses: Where the e-mail addresses of customers are kept, by customer.
    """

    def __init__(
        self,
        on_record: Callable[[AuditEntry], None] = lambda _: None,
        addresses: dict[str, str] | None = None,
    ) -> None:
        self.customers = MemoryRecords(Customer, self)
        self.subscriptions = MemoryRecords(Subscription, self)
        self.invoices = MemoryRecords(Invoice, self)
        self.record = on_record
        self._addresses = {} if addresses is None else addresses
        self._now = EPOCH

    def tick(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def check(self, record: Record) -> None:
        match record:
            case Customer():
                for other in self.customers.stored.values():
                    if other.id != record.id and other.email.lower() == record.email.lower():
                        raise ConflictError("There is a customer with this e-mail address.")
                for email in [e for e, i in self._addresses.items() if i == record.id]:
                    del self._addresses[email]
                self._addresses[record.email.lower()] = record.id
            case Subscription():
                self._check_customer(record.customer_id)
                for invoice in self.invoices.stored.values():
                    if (
                        invoice.subscription_id == record.id
                        and invoice.customer_id != record.customer_id
                    ):
                        raise ConflictError("Invoices of its customer name this subscription.")
            case Invoice():
                for bill in self.invoices.stored.values():
                    if bill.id != record.id and bill.invoice_number == record.invoice_number:
                        raise ConflictError("There is an invoice with this number.")
                self._check_customer(record.customer_id)
                self._check_subscription(record)

    def _check_customer(self, customer_id: str | None) -> None:
        if customer_id is not None and customer_id not in self.customers.stored:
            raise InvalidInputError.of("customer_id", "There is no such customer")

    def _check_subscription(self, invoice: Invoice) -> None:
        if invoice.subscription_id is None:
            return
        named = self.subscriptions.stored.get(invoice.subscription_id)
        if named is None or named.customer_id != invoice.customer_id:
            raise InvalidInputError.of("subscription_id", "This customer has no such subscription")

    def export(self, customer_id: str) -> PersonalData | None:
        """Hands out records only; the rest is tested on Postgres, which alone has it all."""
        customer = self.customers.find(customer_id)
        if customer is None:
            return None
        return PersonalData(
            customer=customer,
            subscriptions=[
                s for s in self.subscriptions.stored.values() if s.customer_id == customer_id
            ],
            invoices=[i for i in self.invoices.stored.values() if i.customer_id == customer_id],
            tickets=(),
            conversations=(),
            accesses=(),
        )

    def erase(
        self, customer_id: str, entry: AuditEntry, *, forget: Callable[[Remains], None]
    ) -> bool:
        if customer_id not in self.customers.stored:
            return False
        forget(Remains((), ()))
        del self.customers.stored[customer_id]
        self.record(entry)
        return True


class MemoryTaskErasure:
    """The tasks table, to erase from."""

    def __init__(self) -> None:
        self.forgotten: list[Remains] = []

    def forget(self, remains: Remains) -> None:
        self.forgotten.append(remains)


class MemoryAuditTrail:
    """The audit log, to read.

    Args:
        entries: What was written, the oldest first.
    """

    def __init__(self, entries: list[AuditEntry]) -> None:
        self._entries = entries
        self._began = utc_now()

    def listing(self, wanted: AuditFilter, page: PageRequest) -> Page[RecordedAccess]:
        accesses = [
            RecordedAccess(
                id=place,
                occurred_at=self._began + timedelta(seconds=place),
                actor_kind=entry.actor.kind,
                actor_subject=entry.actor.subject,
                action=entry.action,
                object_kind=entry.object_kind,
                object_id=entry.object_id,
                customer_id=entry.customer_id,
                correlation_id=entry.correlation_id,
                details=entry.details,
            )
            for place, entry in enumerate(self._entries, start=1)
        ][::-1]
        matching = [
            a
            for a in accesses
            if wanted.customer_id in (None, a.customer_id)
            and wanted.actor in (None, a.actor_subject)
            and wanted.action in (None, a.action)
            and (wanted.since is None or a.occurred_at >= wanted.since)
            and (wanted.until is None or a.occurred_at < wanted.until)
            and (page.after is None or a.id < int(page.after[1]))
        ]
        kept = matching[: page.limit]
        more = len(matching) > page.limit
        return Page(kept, (kept[-1].occurred_at.isoformat(), str(kept[-1].id)) if more else None)
