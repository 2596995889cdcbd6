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


def add_ticket_routes(api: Api, desk: Desk) -> None:
    """Adds the routes under ``/api/tickets``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    def visible(reader: Principal, ticket_id: str) -> Ticket | None:
        return None if reader.subject is None else desk.tickets.find(reader, ticket_id)

    @api.operation(
        "GET",
        "/api/tickets",
        Rule(Access.ANYONE, audited="ticket.list", object_kind="ticket"),
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
        Rule(Access.ANYONE, find=visible, audited="ticket.read", object_kind="ticket"),
        summary="Read a ticket",
        operation_id="getTicket",
        tags=["tickets"],
    )
    def get_ticket(ticket_id: str) -> TicketBody:  # noqa: ARG001
        return TicketBody.of(api.found(Ticket))
