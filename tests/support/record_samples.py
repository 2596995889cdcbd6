"""Customers with what they have, as callers send them."""

from typing import Any

from frontdesk.domain.audit import AuditEntry
from frontdesk.principal import Principal
from tests.support.memory_records import MemoryAccounts

SUBSCRIPTION: dict[str, Any] = {
    "plan": "professional",
    "status": "active",
    "billing_cycle": "monthly",
    "price": "49.00",
    "start_date": "2026-01-01",
}
"""What is required to make a subscription, but its customer."""

INVOICE: dict[str, Any] = {
    "status": "open",
    "amount": "49.00",
    "total": "53.90",
    "due_date": "2026-02-01",
}
"""What is required to make an invoice, but its customer and number."""


def add_account(accounts: MemoryAccounts, customer_id: str, name: str) -> None:
    """Adds a customer, a subscription and an invoice.

    Args:
        accounts: Where to.
        customer_id: The customer's id; the others end as it does.
        name: What all of them say somewhere.
    """
    entry = AuditEntry(Principal.anonymous(), "sample", "customer", None, None, "sample")
    ending = customer_id.removeprefix("cust_")
    record, accounts.record = accounts.record, lambda _: None
    accounts.customers.add(
        customer_id,
        {"email": f"{ending}@example.com", "first_name": ending, "last_name": name},
        entry,
    )
    accounts.subscriptions.add(
        f"sub_{ending}", {**SUBSCRIPTION, "customer_id": customer_id, "features": [name]}, entry
    )
    accounts.invoices.add(
        f"inv_{ending}",
        {
            **INVOICE,
            "customer_id": customer_id,
            "invoice_number": f"INV-{ending}",
            "description": name,
        },
        entry,
    )
    accounts.record = record
