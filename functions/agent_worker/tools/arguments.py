"""What the model may pass to each tool. No tool has a customer: who asks is not the model's say."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from frontdesk.domain.actions import MAX_CONTACT_CHARACTERS, ActionKind
from frontdesk.domain.errors import ToolError
from frontdesk.domain.knowledge import Category
from frontdesk.domain.model import ToolSpec
from frontdesk.domain.records import (
    InvoiceStatus,
    Plan,
    TicketCategory,
    TicketPriority,
)
from frontdesk.domain.text import normalise

MAX_QUERY_CHARACTERS = 4_000
MAX_SUBJECT_CHARACTERS = 200
MAX_DESCRIPTION_CHARACTERS = 4_000
MAX_INVOICES = 20
DEFAULT_INVOICES = 5
MAX_TICKETS = 20
DEFAULT_TICKETS = 5

SEARCH = "search_knowledge_base"
CUSTOMER = "get_customer_info"
SUBSCRIPTION = "get_subscription_details"
INVOICES = "get_invoices"
TICKETS = "get_support_tickets"
TICKET = "create_support_ticket"
CHANGE_PLAN = "propose_plan_change"
CANCEL_RENEWAL = "propose_renewal_cancellation"
REFUND = "propose_refund_request"
CONTACT = "propose_contact_update"

_BEFORE_NUMBER = re.compile(r"^\W*(?:FD)?\W*")

ACTION_TOOLS: Mapping[ActionKind, str] = {
    ActionKind.CHANGE_PLAN: CHANGE_PLAN,
    ActionKind.CANCEL_RENEWAL: CANCEL_RENEWAL,
    ActionKind.REQUEST_REFUND: REFUND,
    ActionKind.UPDATE_CONTACT: CONTACT,
}
"""The tool that proposes each kind of action."""


def _clipped(length: int) -> BeforeValidator:
    def clip(value: Any) -> Any:
        return normalise(value)[:length] if isinstance(value, str) else value

    return BeforeValidator(clip)


def _as_ticket_number(value: Any) -> Any:
    """Reads a number as people write it: `fd 7k2m9`."""
    return f"FD-{_BEFORE_NUMBER.sub('', value.upper())}" if isinstance(value, str) else value


def _one_of(values: list[str], description: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": values, "description": description})


class _Arguments(BaseModel):
    # A parameter that was made up, such as somebody's e-mail, is an error the model is told of.
    model_config = ConfigDict(frozen=True, extra="forbid")


# No `type` alias: its schema would be a reference to definitions that a tool does not carry.
_Contact = Annotated[str, _clipped(MAX_CONTACT_CHARACTERS)] | SkipJsonSchema[None]


class SearchArguments(_Arguments):
    """Searches the knowledge base for passages that answer a question."""

    query: Annotated[str, _clipped(MAX_QUERY_CHARACTERS)] = Field(
        min_length=1, description="The question, in the words that its answer would have."
    )
    category: (
        Annotated[Category, _one_of([*Category], "Only documents of this kind.")]
        | SkipJsonSchema[None]
    ) = None


class CustomerArguments(_Arguments):
    """Reads the sender's own customer record: name, e-mail, company, phone."""


class SubscriptionArguments(_Arguments):
    """Reads the sender's own subscription: plan, status, price, seats, features, dates."""


class InvoicesArguments(_Arguments):
    """Reads the sender's own invoices, the latest due first."""

    status: (
        Annotated[InvoiceStatus, _one_of([*InvoiceStatus], "Only invoices in this state.")]
        | SkipJsonSchema[None]
    ) = None
    limit: Annotated[int, Field(ge=1, le=MAX_INVOICES)] | SkipJsonSchema[None] = Field(
        default=None, description=f"How many at most; {DEFAULT_INVOICES} by default."
    )


class OwnTicketsArguments(_Arguments):
    """Reads the sender's own support tickets: status, expected response; the newest first."""

    number: (
        Annotated[str, BeforeValidator(_as_ticket_number), _clipped(MAX_CONTACT_CHARACTERS)]
        | SkipJsonSchema[None]
    ) = Field(default=None, description="Only the ticket with this number, such as FD-7K2M9.")
    settled: bool | SkipJsonSchema[None] = Field(
        default=None,
        description="true: only those that are resolved or closed; false: only the others, which "
        "customers call open.",
    )
    limit: Annotated[int, Field(ge=1, le=MAX_TICKETS)] | SkipJsonSchema[None] = Field(
        default=None, description=f"How many at most; {DEFAULT_TICKETS} by default."
    )


class TicketArguments(_Arguments):
    """Opens a support ticket for a person of the team, or adds to the one that is open."""

    subject: Annotated[str, _clipped(MAX_SUBJECT_CHARACTERS)] = Field(
        min_length=1, description="The problem in one line."
    )
    description: Annotated[str, _clipped(MAX_DESCRIPTION_CHARACTERS)] = Field(
        min_length=1, description="What happened, what is wanted, what was tried."
    )
    category: Annotated[TicketCategory, _one_of([*TicketCategory], "What it is about.")]
    priority: Annotated[TicketPriority, _one_of([*TicketPriority], "How soon it is answered.")]


class ActionArguments(_Arguments):
    """Arguments of a proposal; nothing is done before the sender has confirmed it."""

    kind: ClassVar[ActionKind]

    def wanted(self) -> dict[str, str]:
        """What was passed, as the domain takes it."""
        return self.model_dump(mode="json", exclude_none=True)


class PlanChangeArguments(ActionArguments):
    """Proposes another plan from the end of the paid period; the sender is asked to confirm."""

    kind = ActionKind.CHANGE_PLAN

    plan: Annotated[Plan, _one_of([*Plan], "The plan that the sender named.")]


class RenewalCancellationArguments(ActionArguments):
    """Proposes to end the subscription with the paid period; the sender is asked to confirm."""

    kind = ActionKind.CANCEL_RENEWAL


class RefundArguments(ActionArguments):
    """Proposes to have a person refund an invoice by the policy; the sender is asked to confirm."""

    kind = ActionKind.REQUEST_REFUND

    invoice_number: Annotated[str, _clipped(MAX_CONTACT_CHARACTERS)] = Field(
        min_length=1, description="The number of one of the sender's paid invoices."
    )


class ContactArguments(ActionArguments):
    """Proposes to change the sender's own contact details; the sender is asked to confirm."""

    kind = ActionKind.UPDATE_CONTACT

    phone: _Contact = Field(default=None, description="The new phone number.")
    company_name: _Contact = Field(default=None, description="The new name of the company.")
    first_name: _Contact = Field(default=None, description="The new first name.")
    last_name: _Contact = Field(default=None, description="The new last name.")


_BY_TOOL: dict[str, type[_Arguments]] = {
    SEARCH: SearchArguments,
    CUSTOMER: CustomerArguments,
    SUBSCRIPTION: SubscriptionArguments,
    INVOICES: InvoicesArguments,
    TICKETS: OwnTicketsArguments,
    TICKET: TicketArguments,
    CHANGE_PLAN: PlanChangeArguments,
    CANCEL_RENEWAL: RenewalCancellationArguments,
    REFUND: RefundArguments,
    CONTACT: ContactArguments,
}


@cache
def spec(tool: str) -> ToolSpec:
    """Describes a tool to the model.

    Args:
        tool: One of the tools' names.

    Returns:
        Its name, what it does, and the JSON schema of its arguments.
    """
    arguments = _BY_TOOL[tool]
    schema = arguments.model_json_schema()
    properties = (
        {
            name: {key: value for key, value in field.items() if key not in ("title", "default")}
            for name, field in schema["properties"].items()
        }
        if "properties" in schema
        else {}
    )
    return ToolSpec(
        name=tool,
        description=(arguments.__doc__ or "").strip(),
        parameters={
            "type": "object",
            "properties": properties,
            "required": schema.get("required", []),
            "additionalProperties": False,
        },
    )


def parse(tool: str, arguments: dict[str, Any] | None) -> _Arguments:
    """Checks the arguments of a call.

    Args:
        tool: The tool's name, as the model wrote it.
        arguments: What the model passed; None where it was no JSON object.

    Returns:
        The tool's arguments.

    Raises:
        ToolError: There is no such tool, or it does not take this.
    """
    model = _BY_TOOL.get(tool)
    if model is None:
        raise ToolError(f"There is no tool {tool[:100]!r}.")
    if arguments is None:
        raise ToolError("The arguments are not a JSON object.")
    try:
        return model.model_validate(arguments)
    except ValidationError as error:
        wrong = [
            f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise ToolError("; ".join(wrong)) from error
