"""The routes of what is said on tickets."""

from frontdesk.domain.conversation import MessageRole
from frontdesk.domain.errors import InvalidInputError
from frontdesk.domain.ids import new_id
from frontdesk.domain.records import Ticket
from frontdesk.domain.tickets import TicketComment, commented
from frontdesk.http.pagination import DEFAULT_LIMIT
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
from support_api.inputs import NewComment
from support_api.models import CommentBody, CommentList
from support_api.paging import Cursor, Limit, Listing
from support_api.ports import Desk
from support_api.tickets import KIND, find_ticket


def add_ticket_comment_routes(api: Api, desk: Desk) -> None:
    """Adds the routes under ``/api/tickets/{id}/comments``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    def visible(reader: Principal, ticket_id: str) -> Ticket | None:
        return find_ticket(desk, reader, ticket_id)

    @api.operation(
        "GET",
        "/api/tickets/<ticket_id>/comments",
        Rule(Access.ANYONE, find=visible, audited="ticket.read_comments", object_kind=KIND),
        summary="List what was said on a ticket",
        description="The oldest first; notes for staff only.",
        operation_id="listComments",
        tags=["tickets"],
    )
    def list_comments(
        ticket_id: str, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> CommentList:
        listing = Listing(desk.cursors, "comments", ticket=ticket_id)
        found = desk.tickets.comments(api.principal, ticket_id, listing.page(limit, cursor))
        return CommentList(
            items=[CommentBody.of(comment) for comment in found.items],
            next_cursor=listing.next_cursor(found),
        )

    @api.operation(
        "POST",
        "/api/tickets/<ticket_id>/comments",
        Rule(Access.ANYONE, find=visible, conflicts=True),
        status_code=201,
        summary="Say something on a ticket",
        description=(
            "Its owner's word opens a ticket again that was resolved or waited for the owner. "
            "Only staff write notes for staff."
        ),
        operation_id="createComment",
        tags=["tickets"],
    )
    def create_comment(ticket_id: str, body: NewComment) -> CommentBody:
        now = desk.clock()
        writer, known = api.principal, api.found(Ticket)
        if body.internal and not writer.is_staff:
            raise InvalidInputError.of("internal", "Only staff write notes")
        comment = TicketComment(
            id=new_id("cmt"),
            role=MessageRole.STAFF if writer.is_staff else MessageRole.CUSTOMER,
            content=body.content,
            internal=body.internal,
            created_at=now,
        )
        desk.ticket_changes.change(
            writer,
            known,
            lambda present: (
                present
                if body.internal
                else commented(present, now, by=comment.role, policy=desk.ticket_policy)
            ),
            comment=comment,
            entry=api.entry_of_change("ticket.comment", KIND, ticket_id, known.customer_id),
        )
        api.locate(f"/api/tickets/{ticket_id}/comments")
        return CommentBody.of(comment)
