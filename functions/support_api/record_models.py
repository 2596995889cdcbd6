"""Records as the API takes and answers them."""

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from frontdesk.domain.addresses import MAX_EMAIL_LENGTH, check_email
from frontdesk.domain.records import (
    BillingCycle,
    InvoiceStatus,
    Plan,
    Record,
    SubscriptionStatus,
)
from support_api.models import Time
from support_api.paging import WITHOUT_NUL

MAX_NAME_CHARACTERS = 200
"""Longer than any name of a person, company or feature."""

MAX_DESCRIPTION_CHARACTERS = 10_000
"""A bill with a hundred lines."""

MAX_NUMBER_CHARACTERS = 64
"""Invoice numbers of any book-keeping."""

MAX_ID_CHARACTERS = 200
MAX_METADATA_CHARACTERS = 16_384
"""As JSON: notes beside a customer, not documents; a page of 100 customers stays below 6 MB."""

MAX_FEATURES = 100
MAX_SEATS = 1_000_000
MAX_AMOUNT = Decimal("9999999999.99")
"""What `numeric(12, 2)` holds."""

_CENT = Decimal("0.01")
_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

FLOAT_PRECISION = 1e-15
"""How far a number may be from whole cents: what a float of that size cannot tell apart."""


def _read_amount(value: object) -> Decimal:
    """Reads money of JSON, exactly; a number is taken only where it says whole cents."""
    match value:
        case Decimal():
            amount = value
        case str() if _AMOUNT.fullmatch(value):
            amount = Decimal(value)
        case int() if not isinstance(value, bool):
            amount = Decimal(value)
        case float() if math.isclose(value, round(value, 2), rel_tol=FLOAT_PRECISION):
            amount = Decimal(repr(round(value, 2)))
        case _:
            raise ValueError('Input should be an amount with at most 2 decimals, such as "49.00"')
    if not 0 <= amount <= MAX_AMOUNT:
        raise ValueError(f"Input should be from 0.00 to {MAX_AMOUNT}")
    return abs(amount).quantize(_CENT)


def _read_day(value: object) -> object:
    # Pydantic would take times and numbers, too.
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("Input should be a date such as 2026-01-31")


def _read_count(value: object) -> object:
    # JSON knows no integers: 2.0 is 2.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _write_amount(value: object) -> object:
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _check_metadata(value: dict[str, Any]) -> dict[str, Any]:
    try:
        # Infinity comes of a number that is too big for a float.
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise ValueError("Numbers should be finite") from None
    if len(written) > MAX_METADATA_CHARACTERS:
        raise ValueError(f"Input should have at most {MAX_METADATA_CHARACTERS} characters as JSON")
    if "\\u0000" in written:
        raise ValueError("Input should have no NUL character")
    return value


Amount = Annotated[
    Decimal,
    BeforeValidator(_read_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$"},
                {
                    "type": "number",
                    "minimum": 0,
                    "maximum": float(MAX_AMOUNT),
                    "multipleOf": float(_CENT),
                },
            ],
            "examples": ["49.00"],
        }
    ),
]
Day = Annotated[date, BeforeValidator(_read_day)]
Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_NAME_CHARACTERS,
        pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
    ),
]
Line = Annotated[str, Field(max_length=MAX_NAME_CHARACTERS, pattern=WITHOUT_NUL)]
Prose = Annotated[str, Field(max_length=MAX_DESCRIPTION_CHARACTERS, pattern=WITHOUT_NUL)]
Identifier = Annotated[
    str, Field(min_length=1, max_length=MAX_ID_CHARACTERS, pattern=r"^[^\x00]+$")
]
InvoiceNumber = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_NUMBER_CHARACTERS,
        pattern=r"^[^\x00]*[^\s\x00][^\x00]*$",
        examples=["INV-2024-005"],
    ),
]
Email = Annotated[
    str,
    AfterValidator(check_email),
    Field(
        json_schema_extra={
            # What everybody's addresses look like; others with letters of any script are taken.
            "pattern": r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
            "maxLength": MAX_EMAIL_LENGTH,
            "examples": ["john.smith@example.com"],
        }
    ),
]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["USD"])]
Seats = Annotated[int, Field(strict=True, ge=1, le=MAX_SEATS), BeforeValidator(_read_count)]
Features = Annotated[list[Line], Field(max_length=MAX_FEATURES)]
Metadata = Annotated[
    dict[str, Any],
    AfterValidator(_check_metadata),
    Field(description=f"At most {MAX_METADATA_CHARACTERS} characters as JSON; no NUL."),
]
Money = Annotated[
    str, BeforeValidator(_write_amount), Field(pattern=r"^[0-9]+\.[0-9]{2}$", examples=["49.00"])
]


NEXT_PLAN = "The plan that is agreed for the end of the paid period; given with `next_plan_on`."


def _absent() -> Any:
    """Stands for a field that was not sent; it is never looked at."""


ABSENT: Any = Field(default_factory=_absent)


class _Input(BaseModel):
    """What is sent; a field that is not known is a misspelt one, and refused."""

    model_config = ConfigDict(extra="forbid")

    def sent(self) -> Mapping[str, Any]:
        """Returns the values of the fields that were sent."""
        return self.model_dump(exclude_unset=True)


class NewCustomer(_Input):
    """A customer to make."""

    email: Email
    first_name: Name
    last_name: Name
    company_name: Line = ""
    phone: Line = ""
    metadata: Metadata = {}


class CustomerChanges(_Input):
    """Changes of a customer; what is not sent stays, and ``metadata`` is replaced whole."""

    email: Email = ABSENT
    first_name: Name = ABSENT
    last_name: Name = ABSENT
    company_name: Line = ABSENT
    phone: Line = ABSENT
    metadata: Metadata = ABSENT


class NewSubscription(_Input):
    """A subscription to make."""

    customer_id: Identifier
    plan: Plan
    status: SubscriptionStatus
    billing_cycle: BillingCycle
    price: Amount
    currency: Currency = "USD"
    seats: Seats = 1
    features: Features = []
    start_date: Day
    end_date: Day | None = None
    trial_end_date: Day | None = None
    next_plan: Plan | None = Field(default=None, description=NEXT_PLAN)
    next_plan_on: Day | None = None


class SubscriptionChanges(_Input):
    """Changes of a subscription; what is not sent stays, and ``features`` are replaced whole."""

    customer_id: Identifier = ABSENT
    plan: Plan = ABSENT
    status: SubscriptionStatus = ABSENT
    billing_cycle: BillingCycle = ABSENT
    price: Amount = ABSENT
    currency: Currency = ABSENT
    seats: Seats = ABSENT
    features: Features = ABSENT
    start_date: Day = ABSENT
    end_date: Day | None = ABSENT
    trial_end_date: Day | None = ABSENT
    next_plan: Plan | None = ABSENT
    next_plan_on: Day | None = ABSENT


class NewInvoice(_Input):
    """An invoice to make."""

    customer_id: Identifier
    subscription_id: Identifier | None = Field(
        default=None, description="A subscription of the same customer."
    )
    invoice_number: InvoiceNumber
    status: InvoiceStatus
    amount: Amount
    tax: Amount = Decimal("0.00")
    total: Amount
    currency: Currency = "USD"
    due_date: Day
    paid_date: Day | None = None
    description: Prose = ""


class InvoiceChanges(_Input):
    """Changes of an invoice; what is not sent stays."""

    customer_id: Identifier = ABSENT
    subscription_id: Identifier | None = ABSENT
    invoice_number: InvoiceNumber = ABSENT
    status: InvoiceStatus = ABSENT
    amount: Amount = ABSENT
    tax: Amount = ABSENT
    total: Amount = ABSENT
    currency: Currency = ABSENT
    due_date: Day = ABSENT
    paid_date: Day | None = ABSENT
    description: Prose = ABSENT


class _RecordBody(BaseModel):
    model_config = ConfigDict(extra="ignore", from_attributes=True)

    id: str
    created_at: Time
    updated_at: Time

    @classmethod
    def of(cls, record: Record) -> Self:
        """Makes the body of a record."""
        return cls.model_validate(record)


class CustomerBody(_RecordBody):
    """A customer."""

    email: str
    first_name: str
    last_name: str
    company_name: str
    phone: str
    metadata: dict[str, Any]


class SubscriptionBody(_RecordBody):
    """What a customer has subscribed to."""

    customer_id: str
    plan: Plan
    status: SubscriptionStatus
    billing_cycle: BillingCycle
    price: Money
    currency: str
    seats: int
    features: list[str]
    start_date: date
    end_date: date | None
    trial_end_date: date | None
    next_plan: Plan | None = Field(description=NEXT_PLAN)
    next_plan_on: date | None


class InvoiceBody(_RecordBody):
    """A bill; without a customer where that one was erased."""

    customer_id: str | None
    subscription_id: str | None
    invoice_number: str
    status: InvoiceStatus
    amount: Money
    tax: Money
    total: Money
    currency: str
    due_date: date
    paid_date: date | None
    description: str


class CustomerList(BaseModel):
    """A page of customers, the newest first."""

    items: list[CustomerBody]
    next_cursor: str | None


class SubscriptionList(BaseModel):
    """A page of subscriptions, the newest first."""

    items: list[SubscriptionBody]
    next_cursor: str | None


class InvoiceList(BaseModel):
    """A page of invoices, the newest first."""

    items: list[InvoiceBody]
    next_cursor: str | None
