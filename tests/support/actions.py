"""What tests of proposed actions start from."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from frontdesk.clock import utc_now
from frontdesk.domain.actions import Account, ActionKind, ActionPolicy
from frontdesk.domain.ids import new_id
from frontdesk.domain.records import Customer, Invoice, Subscription
from tests.support.fake_conversations import a_customer

EVERYTHING = ActionPolicy(kinds=frozenset(ActionKind))


def a_subscription(customer_id: str = "cus_1", **changes: Any) -> Subscription:
    now = utc_now()
    defaults: dict[str, Any] = {
        "id": new_id("sub"),
        "customer_id": customer_id,
        "plan": "professional",
        "status": "active",
        "billing_cycle": "monthly",
        "price": Decimal("49.00"),
        "seats": 10,
        "start_date": date(2026, 1, 31),
        "created_at": now,
        "updated_at": now,
    }
    return Subscription.model_validate(defaults | changes)


def an_invoice(customer_id: str = "cus_1", number: str = "INV-1", **changes: Any) -> Invoice:
    now = utc_now()
    defaults: dict[str, Any] = {
        "id": new_id("inv"),
        "customer_id": customer_id,
        "invoice_number": number,
        "status": "paid",
        "amount": Decimal("49.00"),
        "tax": Decimal("4.41"),
        "total": Decimal("53.41"),
        "due_date": now.date(),
        "paid_date": now.date() - timedelta(days=2),
        "created_at": now,
        "updated_at": now,
    }
    return Invoice.model_validate(defaults | changes)


def an_account(**changes: Any) -> Account:
    customer: Customer = a_customer("john@startup.example", id="cus_1", phone="+1-555-0101")
    defaults: dict[str, Any] = {
        "customer": customer,
        "subscription": a_subscription(),
        "invoices": (an_invoice(),),
    }
    return Account.model_validate(defaults | changes)
