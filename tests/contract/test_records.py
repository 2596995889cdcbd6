"""What every store of records promises: held by Postgres and by the fake alike."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from frontdesk.adapters.postgres.audit import PostgresAuditLog
from frontdesk.adapters.postgres.records import (
    CUSTOMERS,
    INVOICES,
    SUBSCRIPTIONS,
    PostgresRecords,
)
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PreconditionFailedError,
)
from frontdesk.domain.ids import new_id
from frontdesk.domain.listing import AuditFilter, Page, PageRequest, RecordFilter
from frontdesk.domain.records import Customer, Invoice, Subscription
from support_api.record_ports import AuditTrail, Records
from tests.support.callers import ADMIN, STAFF
from tests.support.memory_records import MemoryAccounts, MemoryAuditTrail

SUBSCRIPTION = {
    "plan": "professional",
    "status": "active",
    "billing_cycle": "monthly",
    "price": Decimal("49.00"),
    "features": ["sso"],
    "start_date": date(2026, 1, 1),
    "end_date": date(2026, 12, 31),
}
INVOICE = {
    "status": "open",
    "amount": Decimal("49.00"),
    "tax": Decimal("4.90"),
    "total": Decimal("53.90"),
    "due_date": date(2026, 2, 1),
}


def an_entry(action: str = "record.create", **fields: Any) -> AuditEntry:
    values: dict[str, Any] = {
        "actor": STAFF,
        "action": action,
        "object_kind": "customer",
        "object_id": "x",
        "customer_id": None,
        "correlation_id": "case-1",
    }
    return AuditEntry(**(values | fields))


@dataclass
class Stores:
    customers: Records[Customer]
    subscriptions: Records[Subscription]
    invoices: Records[Invoice]
    trail: AuditTrail

    def a_customer(self, email: str = "alice@example.com", **fields: Any) -> Customer:
        values = {"email": email, "first_name": "Alice", "last_name": "A", **fields}
        return self.customers.add(new_id("cust"), values, an_entry())

    def a_subscription(self, customer: Customer, **fields: Any) -> Subscription:
        values = {**SUBSCRIPTION, "customer_id": customer.id, **fields}
        return self.subscriptions.add(new_id("sub"), values, an_entry())

    def an_invoice(self, customer: Customer, number: str = "INV-1", **fields: Any) -> Invoice:
        values = {**INVOICE, "customer_id": customer.id, "invoice_number": number, **fields}
        return self.invoices.add(new_id("inv"), values, an_entry())


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        entries: list[AuditEntry] = []
        accounts = MemoryAccounts(entries.append)
        return Stores(
            accounts.customers,
            accounts.subscriptions,
            accounts.invoices,
            MemoryAuditTrail(entries),
        )
    database = request.getfixturevalue("desk_database")
    return Stores(
        PostgresRecords(database, CUSTOMERS),
        PostgresRecords(database, SUBSCRIPTIONS),
        PostgresRecords(database, INVOICES),
        PostgresAuditLog(database),
    )


def everything[T](listing: Callable[[PageRequest], Page[T]], limit: int) -> list[T]:
    """Reads all pages."""
    found: list[T] = []
    request = PageRequest(limit)
    while True:
        page = listing(request)
        assert len(page.items) <= limit
        found += page.items
        if page.next_position is None:
            return found
        request = PageRequest(limit, page.next_position)


def test_made_record_is_found_whole(stores: Stores) -> None:
    # when records are made
    customer = stores.a_customer(metadata={"tier": "gold", "seats": [1, 2.5, None]})
    subscription = stores.a_subscription(customer)
    invoice = stores.an_invoice(customer, subscription_id=subscription.id)

    # then they are found as they were made
    assert stores.customers.find(customer.id) == customer
    assert customer.metadata == {"tier": "gold", "seats": [1, 2.5, None]}
    assert (customer.company_name, customer.phone, customer.version) == ("", "", 1)
    assert stores.subscriptions.find(subscription.id) == subscription
    assert (subscription.price, subscription.features) == (Decimal("49.00"), ("sso",))
    assert stores.invoices.find(invoice.id) == invoice
    assert str(invoice.tax) == "4.90"
    assert stores.customers.find("cust_0") is None


def test_what_names_a_record_is_taken(stores: Stores) -> None:
    # given records
    alice, bob = stores.a_customer(), stores.a_customer("bob@example.com")
    stores.an_invoice(alice)
    second = stores.an_invoice(alice, "INV-2")

    # when another one wants its address or number, new or changed
    # then it is refused
    with pytest.raises(ConflictError):
        stores.a_customer("ALICE@example.com")
    with pytest.raises(ConflictError):
        stores.an_invoice(bob)
    with pytest.raises(ConflictError):
        stores.customers.change(
            bob.id, {"email": "alice@example.com"}, an_entry(), expected_version=None
        )
    with pytest.raises(ConflictError):
        stores.invoices.change(
            second.id, {"invoice_number": "INV-1"}, an_entry(), expected_version=None
        )


def test_what_does_not_exist_is_named(stores: Stores) -> None:
    alice, bob = stores.a_customer(), stores.a_customer("bob@example.com")
    of_bob = stores.a_subscription(bob)
    nobody = bob.model_copy(update={"id": "cust_0"})

    def refused_field(make: Callable[..., object], *args: Any, **fields: Any) -> str:
        with pytest.raises(InvalidInputError) as refused:
            make(*args, **fields)
        return refused.value.errors[0].field

    assert refused_field(stores.a_subscription, nobody) == "customer_id"
    assert refused_field(stores.an_invoice, nobody) == "customer_id"
    for subscription_id in ("sub_0", of_bob.id):
        refused = refused_field(stores.an_invoice, alice, subscription_id=subscription_id)
        assert refused == "subscription_id"


def test_subscription_of_invoices_stays_with_its_customer(stores: Stores) -> None:
    alice, bob = stores.a_customer(), stores.a_customer("bob@example.com")
    subscription = stores.a_subscription(alice)
    stores.an_invoice(alice, subscription_id=subscription.id)
    with pytest.raises(ConflictError):
        stores.subscriptions.change(
            subscription.id, {"customer_id": bob.id}, an_entry(), expected_version=None
        )


def test_only_what_is_named_changes(stores: Stores) -> None:
    # given a subscription
    before = stores.a_subscription(stores.a_customer())

    # when one field is changed, and one is emptied
    after = stores.subscriptions.change(
        before.id, {"seats": 7, "end_date": None}, an_entry(), expected_version=before.version
    )

    # then nothing else moves but the version and the time
    assert (after.seats, after.end_date, after.version) == (7, None, 2)
    assert after.updated_at > before.updated_at
    same = {"seats", "end_date", "version", "updated_at"}
    assert after.model_dump(exclude=same) == before.model_dump(exclude=same)
    assert stores.subscriptions.find(before.id) == after


def test_changing_nothing_moves_nothing(stores: Stores) -> None:
    before = stores.a_customer()
    assert stores.customers.change(before.id, {}, an_entry(), expected_version=None) == before


def test_lost_update_is_refused(stores: Stores) -> None:
    # given two people who have read the same version
    customer = stores.a_customer()
    stores.customers.change(customer.id, {"phone": "1"}, an_entry("first"), expected_version=1)

    # when the second one writes
    with pytest.raises(PreconditionFailedError):
        stores.customers.change(customer.id, {"phone": "2"}, an_entry("second"), expected_version=1)

    # then the first one's change stays, and nothing is said of the second
    found = stores.customers.find(customer.id)
    assert found is not None
    assert (found.phone, found.version) == ("1", 2)
    assert not stores.trail.listing(AuditFilter(action="second"), PageRequest(1)).items


def test_change_of_nothing(stores: Stores) -> None:
    with pytest.raises(NotFoundError):
        stores.customers.change("cust_0", {"phone": "1"}, an_entry(), expected_version=None)


def test_pages_are_stable_under_inserts(stores: Stores) -> None:
    # given five customers, and the first page of them
    made = [stores.a_customer(f"{n}@example.com").id for n in range(5)]
    first = stores.customers.listing(RecordFilter(), PageRequest(2))

    # when one more comes
    stores.a_customer("late@example.com")

    # then the next pages go on where the first ended, and each is there once
    assert first.next_position is not None
    second = stores.customers.listing(RecordFilter(), PageRequest(2, first.next_position))
    third = stores.customers.listing(RecordFilter(), PageRequest(2, second.next_position))
    listed = [c.id for page in (first, second, third) for c in page.items]
    assert listed == made[::-1]
    assert third.next_position is None


def test_listings_are_narrowed(stores: Stores) -> None:
    alice, bob = stores.a_customer(), stores.a_customer("bob@example.com")
    of_alice = [
        stores.an_invoice(alice, f"A-{n}", status="paid" if n % 2 else "open") for n in range(4)
    ]
    stores.an_invoice(bob, "B-1", status="paid")

    def listed(**wanted: Any) -> list[str]:
        found = everything(lambda page: stores.invoices.listing(RecordFilter(**wanted), page), 1)
        return [invoice.id for invoice in found]

    assert listed(customer_id=alice.id) == [i.id for i in reversed(of_alice)]
    assert listed(customer_id=alice.id, status="paid") == [of_alice[3].id, of_alice[1].id]
    assert len(listed(status="paid")) == 3
    assert listed(customer_id="cust_0") == []
    only_bob = stores.customers.listing(RecordFilter(customer_id=bob.id), PageRequest(5))
    assert [c.id for c in only_bob.items] == [bob.id]


def test_a_change_and_its_entry_are_one(stores: Stores) -> None:
    # given changes that are made, and one that is refused
    customer = stores.a_customer()
    stores.customers.change(
        customer.id,
        {"phone": "1"},
        an_entry("customer.update", customer_id=customer.id, details={"fields": ["phone"]}),
        expected_version=None,
    )
    with pytest.raises(ConflictError):
        stores.customers.add(
            new_id("cust"),
            {"email": customer.email, "first_name": "A", "last_name": "B"},
            an_entry("refused"),
        )

    # then the log tells of those that were made only
    [latest, first] = stores.trail.listing(AuditFilter(), PageRequest(9)).items
    assert (latest.action, latest.actor_subject) == ("customer.update", STAFF.subject)
    assert latest.details == {"fields": ["phone"]}
    assert first.action == "record.create"


def test_audit_log_is_narrowed_and_paged(stores: Stores) -> None:
    # given what two people did to two customers
    for number in range(6):
        stores.customers.add(
            new_id("cust"),
            {"email": f"{number}@example.com", "first_name": "A", "last_name": "B"},
            an_entry(
                f"do.{number % 3}",
                actor=STAFF if number % 2 else ADMIN,
                customer_id=f"cust_{number // 3}",
            ),
        )

    def listed(**wanted: Any) -> list[str]:
        found = everything(lambda page: stores.trail.listing(AuditFilter(**wanted), page), 2)
        return [access.action for access in found]

    # then all of it is there, the newest first, and any part of it
    assert listed() == ["do.2", "do.1", "do.0"] * 2
    assert listed(action="do.1") == ["do.1"] * 2
    assert listed(customer_id="cust_0") == ["do.2", "do.1", "do.0"]
    assert listed(actor=STAFF.subject) == ["do.2", "do.0", "do.1"]
    [*_, second, _] = everything(lambda page: stores.trail.listing(AuditFilter(), page), 9)
    assert len(listed(since=second.occurred_at)) == 5
    assert len(listed(until=second.occurred_at)) == 1
