"""The routes that read tickets."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from frontdesk.domain.listing import TicketFilter
from frontdesk.domain.records import Ticket, TicketStatus
from frontdesk.http.pagination import DEFAULT_LIMIT
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
from support_api.models import TicketBody, TicketList
from support_api.paging import Cursor, Limit, Listing, Text
from support_api.ports import Desk

KIND = "ticket"


def add_ticket_routes(api: Api, desk: Desk) -> None:
    """Adds the routes under ``/api/tickets``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    def visible(reader: Principal, ticket_id: str) -> Ticket | None:
        return find_ticket(desk, reader, ticket_id)

    @api.operation(
        "GET",
        "/api/tickets",
        Rule(Access.ANYONE, audited="ticket.list", object_kind=KIND),
        summary="List tickets",
        description="One's own, the newest first; staff see all.",
        operation_id="listTickets",
        tags=["tickets"],
    )
    def list_tickets(
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        status: Annotated[TicketStatus | None, Query()] = None,
        customer_email: Text = None,
    ) -> TicketList:
        reader = api.principal
        believed_email = customer_email if reader.is_staff else None
        listing = Listing(desk.cursors, "tickets", status=status, customer_email=believed_email)
        page = listing.page(limit, cursor)
        if reader.subject is None:
            return TicketList(items=[], next_cursor=None)
        customer_id = None
        if believed_email is not None:
            customer_id = desk.customers.customer_of_email(believed_email)
            if customer_id is None:
                return TicketList(items=[], next_cursor=None)
            api.concerns(customer_id)
        found = desk.tickets.listing(reader, TicketFilter(status, customer_id), page)
        return TicketList(
            items=[TicketBody.of(ticket) for ticket in found.items],
            next_cursor=listing.next_cursor(found),
        )

    @api.operation(
        "GET",
        "/api/tickets/<ticket_id>",
        Rule(Access.ANYONE, find=visible, audited="ticket.read", object_kind=KIND, versioned=True),
        summary="Read a ticket",
        operation_id="getTicket",
        tags=["tickets"],
    )
    def get_ticket(ticket_id: str) -> TicketBody:  # noqa: ARG001
        return answer_with(api, api.found(Ticket))


def find_ticket(desk: Desk, reader: Principal, ticket_id: str) -> Ticket | None:
    """Finds a ticket for a caller.

    Args:
        desk: Where to look.
        reader: The caller.
        ticket_id: The ticket; any text a caller may send.

    Returns:
        The ticket, or None where the caller sees none such.
    """
    return None if reader.subject is None else desk.tickets.find(reader, ticket_id)


def answer_with(api: Api, ticket: Ticket) -> TicketBody:
    """Answers with a ticket and its version.

    Args:
        api: The resolver, which is answering a request.
        ticket: The ticket.

    Returns:
        Its body.
    """
    api.tag(ticket.version)
    return TicketBody.of(ticket)
