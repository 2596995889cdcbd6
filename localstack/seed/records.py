"""Customers, subscriptions, invoices and tickets of the sample company."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from frontdesk.domain.ids import derived_id, ticket_number
from frontdesk.domain.records import EXPECTED_RESPONSE_HOURS, TicketPriority

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SampleSubscription:
    """What a sample customer has; days are counted back from the day of seeding."""

    plan: str
    status: str
    billing_cycle: str
    price: str
    seats: int
    began_days_ago: int
    features: tuple[str, ...]
    trial_ends_in_days: int | None = None


@dataclass(frozen=True, slots=True)
class SampleInvoice:
    """What a sample customer was billed; days are counted back from the day of seeding."""

    number: str
    status: str
    amount: str
    tax: str
    total: str
    due_days_ago: int
    paid_days_ago: int | None
    description: str


@dataclass(frozen=True, slots=True)
class SampleTicket:
    """What a sample customer has asked for."""

    subject: str
    description: str
    category: str
    priority: TicketPriority
    status: str
    assigned_to: str | None = None


@dataclass(frozen=True, slots=True)
class SampleCustomer:
    """A sample customer with all records."""

    email: str
    first_name: str
    last_name: str
    company_name: str
    phone: str
    industry: str
    company_size: str
    subscription: SampleSubscription
    invoices: tuple[SampleInvoice, ...] = ()
    tickets: tuple[SampleTicket, ...] = field(default=())


CUSTOMERS = (
    SampleCustomer(
        "john.smith@techstartup.com",
        "John",
        "Smith",
        "Tech Startup Inc",
        "+1-555-0101",
        "technology",
        "10-50",
        SampleSubscription(
            "professional",
            "active",
            "monthly",
            "49.00",
            10,
            180,
            ("Unlimited projects", "Team collaboration", "API access", "Priority support"),
        ),
        (
            SampleInvoice(
                "INV-2024-001",
                "paid",
                "49.00",
                "4.41",
                "53.41",
                30,
                28,
                "Professional plan, monthly",
            ),
            SampleInvoice(
                "INV-2024-002", "paid", "49.00", "4.41", "53.41", 0, 2, "Professional plan, monthly"
            ),
        ),
    ),
    SampleCustomer(
        "sarah.johnson@designco.com",
        "Sarah",
        "Johnson",
        "Design Co",
        "+1-555-0102",
        "design",
        "1-10",
        SampleSubscription(
            "starter",
            "active",
            "yearly",
            "190.00",
            3,
            90,
            ("5 projects", "Basic collaboration", "Email support"),
        ),
        (
            SampleInvoice(
                "INV-2024-003", "paid", "190.00", "17.10", "207.10", 60, 58, "Starter plan, yearly"
            ),
        ),
    ),
    SampleCustomer(
        "michael.chen@enterprise.com",
        "Michael",
        "Chen",
        "Enterprise Solutions Ltd",
        "+1-555-0103",
        "consulting",
        "100-500",
        SampleSubscription(
            "enterprise",
            "active",
            "yearly",
            "990.00",
            50,
            365,
            (
                "Everything unlimited",
                "SSO",
                "Dedicated support",
                "Custom integrations",
                "SLA",
            ),
        ),
        (
            SampleInvoice(
                "INV-2024-004",
                "paid",
                "990.00",
                "89.10",
                "1079.10",
                365,
                365,
                "Enterprise plan, yearly",
            ),
        ),
        (
            SampleTicket(
                "Okta SSO integration",
                "We want our people to sign in to CloudFlow with Okta. Please help us to set up "
                "the SSO integration.",
                "technical",
                TicketPriority.HIGH,
                "in_progress",
                "enterprise-support@cloudflow.com",
            ),
        ),
    ),
    SampleCustomer(
        "emma.davis@freelancer.com",
        "Emma",
        "Davis",
        "",
        "+1-555-0104",
        "freelance",
        "1",
        SampleSubscription(
            "starter",
            "trial",
            "monthly",
            "19.00",
            1,
            7,
            ("3 projects", "Basic features"),
            trial_ends_in_days=7,
        ),
    ),
    SampleCustomer(
        "david.wilson@agencyplus.com",
        "David",
        "Wilson",
        "Agency Plus",
        "+1-555-0105",
        "marketing",
        "50-100",
        SampleSubscription(
            "professional",
            "past_due",
            "monthly",
            "49.00",
            15,
            120,
            ("Unlimited projects", "Team collaboration", "API access"),
        ),
        (
            SampleInvoice(
                "INV-2024-005",
                "overdue",
                "49.00",
                "4.41",
                "53.41",
                15,
                None,
                "Professional plan, monthly",
            ),
        ),
        (
            SampleTicket(
                "Payment failed",
                "The last payment did not go through. The card on file must be updated.",
                "billing",
                TicketPriority.MEDIUM,
                "open",
            ),
        ),
    ),
)


def rows(today: date, now: datetime) -> list[tuple[str, Row]]:
    """Lists all rows, each with its table, parents first.

    Args:
        today: The day that dates are relative to.
        now: The moment that tickets are opened at.

    Returns:
        Table and columns; identifiers are the same every time.
    """
    made: list[tuple[str, Row]] = []
    for customer in CUSTOMERS:
        customer_id = derived_id("cus", "sample", customer.email)
        subscription_id = derived_id("sub", "sample", customer.email)
        made.append(("customers", _customer(customer, customer_id)))
        made.append(
            (
                "subscriptions",
                _subscription(customer.subscription, subscription_id, customer_id, today),
            )
        )
        made.extend(
            ("invoices", _invoice(invoice, subscription_id, customer_id, today))
            for invoice in customer.invoices
        )
        made.extend(("tickets", _ticket(ticket, customer_id, now)) for ticket in customer.tickets)
    return made


def load(connection: psycopg.Connection[Any], today: date | None = None) -> int:
    """Inserts what is not there yet; what is there stays as it is.

    Args:
        connection: The owner's.
        today: The day that dates are relative to; the present one where it is left out.

    Returns:
        How many rows were inserted.
    """
    now = datetime.now(UTC)
    inserted = 0
    with connection.transaction():
        for table, row in rows(today or now.date(), now):
            inserted += connection.execute(_insert(table, row), list(row.values())).rowcount
    return inserted


def _insert(table: str, columns: Iterable[str]) -> sql.Composed:
    names = list(columns)
    return sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(sql.Placeholder() * len(names)),
    )


def _customer(customer: SampleCustomer, customer_id: str) -> Row:
    return {
        "id": customer_id,
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "company_name": customer.company_name,
        "phone": customer.phone,
        "metadata": Jsonb({"industry": customer.industry, "company_size": customer.company_size}),
    }


def _subscription(
    subscription: SampleSubscription, subscription_id: str, customer_id: str, today: date
) -> Row:
    trial = subscription.trial_ends_in_days
    return {
        "id": subscription_id,
        "customer_id": customer_id,
        "plan": subscription.plan,
        "status": subscription.status,
        "billing_cycle": subscription.billing_cycle,
        "price": subscription.price,
        "seats": subscription.seats,
        "features": list(subscription.features),
        "start_date": today - timedelta(days=subscription.began_days_ago),
        "trial_end_date": None if trial is None else today + timedelta(days=trial),
    }


def _invoice(invoice: SampleInvoice, subscription_id: str, customer_id: str, today: date) -> Row:
    paid = invoice.paid_days_ago
    return {
        "id": derived_id("inv", "sample", invoice.number),
        "customer_id": customer_id,
        "subscription_id": subscription_id,
        "invoice_number": invoice.number,
        "status": invoice.status,
        "amount": invoice.amount,
        "tax": invoice.tax,
        "total": invoice.total,
        "due_date": today - timedelta(days=invoice.due_days_ago),
        "paid_date": None if paid is None else today - timedelta(days=paid),
        "description": invoice.description,
    }


def _ticket(ticket: SampleTicket, customer_id: str, now: datetime) -> Row:
    ticket_id = derived_id("tic", "sample", customer_id, ticket.subject)
    return {
        "id": ticket_id,
        "number": ticket_number(ticket_id),
        "customer_id": customer_id,
        "subject": ticket.subject,
        "description": ticket.description,
        "category": ticket.category,
        "priority": ticket.priority.value,
        "status": ticket.status,
        "assigned_to": ticket.assigned_to,
        "created_at": now,
        "updated_at": now,
        "expected_response_at": now + timedelta(hours=EXPECTED_RESPONSE_HOURS[ticket.priority]),
    }
