"""Records of a customer's account, and tickets."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Plan(StrEnum):
    """What a customer subscribes to."""

    FREE = "free"
    STARTER = "starter"
    PROFESSIONAL = "professional"
    ENTERPRISE = "enterprise"


class SubscriptionStatus(StrEnum):
    """The state of a subscription."""

    TRIAL = "trial"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELLED = "cancelled"


class BillingCycle(StrEnum):
    """How often a subscription is billed."""

    MONTHLY = "monthly"
    YEARLY = "yearly"


class InvoiceStatus(StrEnum):
    """The state of an invoice."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    OVERDUE = "overdue"
    VOID = "void"


class TicketCategory(StrEnum):
    """What a ticket is about."""

    BILLING = "billing"
    TECHNICAL = "technical"
    ACCOUNT = "account"
    FEATURE_REQUEST = "feature_request"
    BUG_REPORT = "bug_report"
    OTHER = "other"


class TicketPriority(StrEnum):
    """How soon a ticket is answered."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class TicketStatus(StrEnum):
    """Where a ticket is in its life."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


EXPECTED_RESPONSE_HOURS: dict[TicketPriority, int] = {
    TicketPriority.URGENT: 1,
    TicketPriority.HIGH: 4,
    TicketPriority.MEDIUM: 24,
    TicketPriority.LOW: 72,
}
"""Hours until a person answers; ordinary first-response targets of support teams."""


class Record(BaseModel):
    """What all records have; ``version`` counts the changes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    version: int = 1
    created_at: datetime
    updated_at: datetime


class Customer(Record):
    """A customer of the company."""

    email: str
    first_name: str
    last_name: str
    company_name: str = ""
    phone: str = ""
    metadata: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


class Subscription(Record):
    """What a customer has subscribed to.

    Attributes:
        next_plan: The plan that is agreed for the end of the paid period, and from when.
    """

    customer_id: str
    plan: Plan
    status: SubscriptionStatus
    billing_cycle: BillingCycle
    price: Decimal
    currency: str = "USD"
    seats: int = 1
    features: tuple[str, ...] = ()
    start_date: date
    end_date: date | None = None
    trial_end_date: date | None = None
    next_plan: Plan | None = None
    next_plan_on: date | None = None


class Invoice(Record):
    """A bill to a customer; it outlives the customer's record, and names nobody then."""

    customer_id: str | None
    subscription_id: str | None = None
    invoice_number: str
    status: InvoiceStatus
    amount: Decimal
    tax: Decimal = Decimal("0.00")
    total: Decimal
    currency: str = "USD"
    due_date: date
    paid_date: date | None = None
    description: str = ""


class Ticket(Record):
    """Something a person will look after."""

    number: str
    owner_subject: str | None = None
    customer_id: str | None = None
    contact_email: str | None = None
    conversation_id: str | None = None
    subject: str
    description: str
    category: TicketCategory
    priority: TicketPriority = TicketPriority.MEDIUM
    status: TicketStatus = TicketStatus.OPEN
    assigned_to: str | None = None
    tags: tuple[str, ...] = ()
    expected_response_at: datetime
