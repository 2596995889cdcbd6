"""The routes that hand out and erase everything that is held about a customer."""

from typing import Self

from pydantic import BaseModel

from frontdesk.domain.errors import NotFoundError
from frontdesk.domain.personal_data import PersonalData, WholeConversation, WholeTicket
from frontdesk.domain.records import Customer
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
from support_api.audit import AccessBody
from support_api.models import CommentBody, ConversationBody, MessageBody, TicketBody, TurnBody
from support_api.ports import Desk
from support_api.record_models import CustomerBody, InvoiceBody, SubscriptionBody


class WholeTicketBody(BaseModel):
    """A ticket with everything that was said on it."""

    ticket: TicketBody
    comments: list[CommentBody]

    @classmethod
    def of(cls, whole: WholeTicket) -> Self:
        """Makes the body of a ticket with its comments."""
        return cls(
            ticket=TicketBody.of(whole.ticket),
            comments=[CommentBody.of(comment) for comment in whole.comments],
        )


class WholeConversationBody(BaseModel):
    """A conversation with its messages, and how each was answered and rated."""

    conversation: ConversationBody
    messages: list[MessageBody]
    turns: list[TurnBody]

    @classmethod
    def of(cls, whole: WholeConversation) -> Self:
        """Makes the body of a conversation with what is in it."""
        return cls(
            conversation=ConversationBody.of(whole.conversation),
            messages=[MessageBody.of(message) for message in whole.messages],
            turns=[TurnBody.of(turn) for turn in whole.turns],
        )


class PersonalDataBody(BaseModel):
    """Everything that is held about a customer."""

    customer: CustomerBody
    subscriptions: list[SubscriptionBody]
    invoices: list[InvoiceBody]
    tickets: list[WholeTicketBody]
    conversations: list[WholeConversationBody]
    audit: list[AccessBody]

    @classmethod
    def of(cls, data: PersonalData) -> Self:
        """Makes the body of a customer's data."""
        return cls(
            customer=CustomerBody.of(data.customer),
            subscriptions=[SubscriptionBody.of(record) for record in data.subscriptions],
            invoices=[InvoiceBody.of(record) for record in data.invoices],
            tickets=[WholeTicketBody.of(whole) for whole in data.tickets],
            conversations=[WholeConversationBody.of(whole) for whole in data.conversations],
            audit=[AccessBody.of(access) for access in data.accesses],
        )


def add_personal_data_routes(api: Api, desk: Desk) -> None:
    """Adds the export and the erasure of a customer.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    def existing(_: Principal, customer_id: str) -> Customer | None:
        return desk.customer_records.find(customer_id)

    @api.operation(
        "GET",
        "/api/customers/<customer_id>/export",
        Rule(
            Access.ADMIN,
            find=existing,
            audited="customer.export",
            object_kind="customer",
            sizeable=True,
        ),
        summary="Export everything about a customer",
        description=(
            "Records, tickets, conversations, and who else has seen or changed them. Send "
            "`Accept-Encoding: gzip`: what is larger than six megabytes is sent compressed only."
        ),
        operation_id="exportCustomer",
        tags=["customers"],
    )
    def export_customer(customer_id: str) -> PersonalDataBody:
        data = desk.personal_data.export(customer_id)
        if data is None:
            raise NotFoundError
        return PersonalDataBody.of(data)

    @api.operation(
        "DELETE",
        "/api/customers/<customer_id>",
        Rule(Access.ADMIN, find=existing),
        status_code=204,
        summary="Erase a customer",
        description=(
            "Everywhere and for good, with subscriptions, conversations and tickets. Invoices "
            "stay, as the law wants, and name nobody."
        ),
        operation_id="eraseCustomer",
        tags=["customers"],
    )
    def erase_customer(customer_id: str) -> None:
        entry = api.audit_entry("customer.erase", "customer", customer_id, customer_id)
        if not desk.personal_data.erase(customer_id, entry, forget=desk.task_erasure.forget):
            raise NotFoundError
