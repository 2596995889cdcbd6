"""The routes that make and change tickets."""

from frontdesk.domain.conversation import Conversation
from frontdesk.domain.errors import InvalidInputError, PreconditionFailedError
from frontdesk.domain.ids import new_id
from frontdesk.domain.records import Ticket
from frontdesk.domain.tickets import changed
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
from support_api.conversations import find_conversation
from support_api.inputs import NewTicket, TicketEdit
from support_api.models import TicketBody
from support_api.ports import Desk
from support_api.tickets import KIND, answer_with, find_ticket


def add_ticket_change_routes(api: Api, desk: Desk) -> None:
    """Adds the routes that change what is under ``/api/tickets``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    def visible(reader: Principal, ticket_id: str) -> Ticket | None:
        return find_ticket(desk, reader, ticket_id)

    @api.operation(
        "POST",
        "/api/tickets",
        Rule(Access.STAFF, versioned=True, conflicts=True),
        status_code=201,
        summary="Make a ticket",
        description="With a conversation it is also its owner's, who may read it.",
        operation_id="createTicket",
        tags=["tickets"],
    )
    def create_ticket(body: NewTicket) -> TicketBody:
        conversation = None
        if body.conversation_id is not None:
            conversation = _stored_conversation(api, desk, body.conversation_id)
        wanted = _new_ticket(desk, body, conversation)
        stored = desk.ticket_changes.create(
            wanted, entry=api.audit_entry("ticket.create", KIND, wanted.id, wanted.customer_id)
        )
        api.locate(f"/api/tickets/{stored.id}")
        return answer_with(api, stored)

    @api.operation(
        "PATCH",
        "/api/tickets/<ticket_id>",
        Rule(Access.STAFF, find=visible, versioned=True, conflicts=True),
        summary="Change a ticket",
        description=(
            "What is left out stays as it is. A status that does not follow from the present one "
            "is refused: what is resolved or closed is opened again first."
        ),
        operation_id="updateTicket",
        tags=["tickets"],
    )
    def update_ticket(ticket_id: str, body: TicketEdit) -> TicketBody:
        now = desk.clock()
        known = api.found(Ticket)
        wanted = api.expected_version(known.version)

        def edit(present: Ticket) -> Ticket:
            if wanted not in {None, present.version}:
                raise PreconditionFailedError("It was changed meanwhile; read it again.")
            return changed(present, now, body.changes(), desk.ticket_policy)

        entry = api.audit_entry("ticket.update", KIND, ticket_id, known.customer_id)
        return answer_with(api, desk.ticket_changes.change(api.principal, known, edit, entry=entry))


def _stored_conversation(api: Api, desk: Desk, conversation_id: str) -> Conversation:
    """Finds a ticket's conversation, and makes sure that there is a row to refer to."""
    known = find_conversation(desk, api.principal, conversation_id)
    if known is None:
        raise InvalidInputError.of("conversation_id", "There is no such conversation")
    return desk.conversation_changes.change(api.principal, known, lambda present, _: present)


def _new_ticket(desk: Desk, body: NewTicket, conversation: Conversation | None) -> Ticket:
    now = desk.clock()
    customer_id = body.customer_id
    if conversation is not None and conversation.customer_id is not None:
        if customer_id not in {None, conversation.customer_id}:
            raise InvalidInputError.of("customer_id", "is not the conversation's customer")
        customer_id = conversation.customer_id
    return Ticket(
        id=new_id("tkt"),
        number=body.number or "",
        owner_subject=None if conversation is None else conversation.owner_subject,
        customer_id=customer_id,
        contact_email=body.contact_email,
        conversation_id=body.conversation_id,
        subject=body.subject,
        description=body.description,
        category=body.category,
        priority=body.priority,
        status=body.status,
        assigned_to=body.assigned_to or desk.ticket_policy.assignee(body.category, body.priority),
        tags=tuple(body.tags),
        expected_response_at=body.expected_response_at
        or desk.ticket_policy.expected_response_at(body.priority, now),
        created_at=now,
        updated_at=now,
    )
