"""The routes that read conversations."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from frontdesk.domain.conversation import (
    Conversation,
    ConversationStatus,
    Handler,
    Message,
    MessageRole,
    WaitingFor,
)
from frontdesk.domain.errors import InvalidInputError
from frontdesk.domain.listing import ConversationFilter, ConversationOrder, Page, PageRequest
from frontdesk.domain.task import AgentName
from frontdesk.http.pagination import DEFAULT_LIMIT
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
from support_api.models import (
    ConversationBody,
    ConversationList,
    MessageBody,
    MessageList,
    TurnBody,
    TurnList,
)
from support_api.paging import MAX_TEXT_CHARACTERS, WITHOUT_NUL, Cursor, Limit, Listing, Text
from support_api.ports import Desk

MAX_WAIT_SECONDS = 20
"""The gateway gives up after 30 s; this leaves room for a slow start on either side of it."""

FIRST_POLL_SECONDS = 0.1
"""A message that is being written now is seen at once."""

SLOWEST_POLL_SECONDS = 0.5
"""Two short queries a second for each caller that waits."""

POLL_GROWTH = 1.5

ConversationSort = Annotated[
    ConversationOrder,
    Query(description="`waiting_since`: those who wait, the longest waiting first."),
]
SubjectText = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=MAX_TEXT_CHARACTERS,
        pattern=WITHOUT_NUL,
        description="What the subject contains, whatever its case.",
    ),
]
Wait = Annotated[
    float,
    Query(
        ge=0,
        le=MAX_WAIT_SECONDS,
        allow_inf_nan=False,
        description="Seconds to hold the request until there is a message to answer with.",
    ),
]
After = Annotated[
    str | None,
    Query(
        max_length=MAX_TEXT_CHARACTERS,
        pattern=WITHOUT_NUL,
        description="The id of a message; those that follow it are listed.",
    ),
]


def add_conversation_routes(api: Api, desk: Desk) -> None:
    """Adds the routes under ``/api/conversations``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    def visible(reader: Principal, conversation_id: str) -> Conversation | None:
        return find_conversation(desk, reader, conversation_id)

    def rule(action: str, access: Access = Access.ANYONE, *, versioned: bool = False) -> Rule:
        return Rule(
            access,
            find=visible,
            audited=action,
            object_kind="conversation",
            versioned=versioned,
        )

    @api.operation(
        "GET",
        "/api/conversations",
        Rule(Access.ANYONE, audited="conversation.list", object_kind="conversation"),
        summary="List conversations",
        description="One's own, the newest first; staff see all.",
        operation_id="listConversations",
        tags=["conversations"],
    )
    def list_conversations(  # noqa: PLR0913, PLR0917 - one parameter a filter
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        status: Annotated[ConversationStatus | None, Query()] = None,
        handler: Annotated[Handler | None, Query()] = None,
        waiting_for: Annotated[WaitingFor | None, Query()] = None,
        agent: Annotated[AgentName | None, Query(description="Who answered last.")] = None,
        assigned_to: Text = None,
        customer_email: Text = None,
        q: SubjectText = None,
        sort: ConversationSort = ConversationOrder.NEWEST,
    ) -> ConversationList:
        reader = api.principal
        believed_email = customer_email if reader.is_staff else None
        listing = Listing(
            desk.cursors,
            "conversations",
            status=status,
            handler=handler,
            waiting_for=waiting_for,
            agent=agent,
            assigned_to=assigned_to,
            customer_email=believed_email,
            q=q,
            sort=sort,
        )
        page = listing.page(limit, cursor)
        if reader.subject is None:
            return ConversationList(items=[], next_cursor=None)
        customer_id = None
        if believed_email is not None:
            customer_id = desk.customers.customer_of_email(believed_email)
            if customer_id is None:
                return ConversationList(items=[], next_cursor=None)
            api.concerns(customer_id)
        wanted = ConversationFilter(
            status, handler, waiting_for, agent, assigned_to, customer_id, q
        )
        found = desk.conversations.listing(reader, wanted, sort, page)
        return ConversationList(
            items=[ConversationBody.of(conversation) for conversation in found.items],
            next_cursor=listing.next_cursor(found),
        )

    @api.operation(
        "GET",
        "/api/conversations/<conversation_id>",
        rule("conversation.read", versioned=True),
        summary="Read a conversation",
        description="From the moment its first message was accepted.",
        operation_id="getConversation",
        tags=["conversations"],
    )
    def get_conversation(conversation_id: str) -> ConversationBody:  # noqa: ARG001
        conversation = api.found(Conversation)
        api.tag(conversation.revision)
        return ConversationBody.of(conversation)

    @api.operation(
        "GET",
        "/api/conversations/<conversation_id>/messages",
        rule("conversation.read_messages"),
        summary="List a conversation's messages",
        description="The oldest first. With `wait`, an empty page is held back for a while.",
        operation_id="listMessages",
        tags=["conversations"],
    )
    def list_messages(
        conversation_id: str,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        after: After = None,
        wait: Wait = 0,
    ) -> MessageList:
        reader = api.principal
        listing = Listing(desk.cursors, "messages", conversation=conversation_id)
        page = listing.page(limit, cursor)
        if after is not None and cursor is None:
            position = desk.conversations.position_of_message(reader, conversation_id, after)
            if position is None:
                raise InvalidInputError.of("after", "is not a message of this conversation")
            page = PageRequest(limit, position)
        found = wait_for_messages(
            lambda: desk.conversations.messages(reader, conversation_id, page),
            seconds=api.incoming.seconds_until(wait),
            desk=desk,
        )
        _note_what_was_read(desk, reader, api.found(Conversation), found)
        return MessageList(
            items=[MessageBody.of(message) for message in found.items],
            next_cursor=listing.next_cursor(found),
        )

    @api.operation(
        "GET",
        "/api/conversations/<conversation_id>/trace",
        rule("conversation.read_trace", Access.STAFF),
        summary="See how a conversation's messages were answered",
        description="Per turn: route and why, passages, tool and model calls, tokens, cost, time.",
        operation_id="getTrace",
        tags=["conversations"],
    )
    def get_trace(
        conversation_id: str, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> TurnList:
        listing = Listing(desk.cursors, "turns", conversation=conversation_id)
        found = desk.conversations.turns(
            api.principal, conversation_id, listing.page(limit, cursor)
        )
        return TurnList(
            items=[TurnBody.of(turn) for turn in found.items],
            next_cursor=listing.next_cursor(found),
        )


def find_conversation(desk: Desk, reader: Principal, conversation_id: str) -> Conversation | None:
    """Finds a conversation for a caller, one whose first message still waits included.

    Args:
        desk: Where to look.
        reader: The caller.
        conversation_id: The conversation; any text a caller may send.

    Returns:
        The conversation, or None where the caller sees none such.
    """
    if reader.subject is None:
        return None
    stored = desk.conversations.find(reader, conversation_id)
    if stored is not None:
        return stored
    projection = desk.projections.conversation(conversation_id)
    if projection is None or not (reader.is_staff or reader.owns(projection.owner_subject)):
        return None
    return Conversation(
        id=conversation_id,
        owner_subject=projection.owner_subject,
        status=projection.status,
        previous_conversation_id=projection.previous_conversation_id,
        created_at=projection.created_at,
        updated_at=projection.created_at,
    )


def _note_what_was_read(
    desk: Desk, reader: Principal, conversation: Conversation, shown: Page[Message]
) -> None:
    """Notes which answer of a person its customer has; those without go out by mail."""
    answers = [message for message in shown.items if message.role is MessageRole.STAFF]
    if answers and reader.owns(conversation.owner_subject):
        desk.conversations.mark_read(reader, conversation.id, answers[-1].id)


def wait_for_messages(
    read: Callable[[], Page[Message]], *, seconds: float, desk: Desk
) -> Page[Message]:
    """Reads messages until there are some, or the time is over.

    Args:
        read: Reads them, in a transaction of its own each time.
        seconds: How long to wait for the first one.
        desk: Tells the time, and waits.

    Returns:
        The last page that was read.
    """
    started: datetime = desk.clock()
    pause = FIRST_POLL_SECONDS
    page = read()
    while not page.items:
        left = seconds - (desk.clock() - started).total_seconds()
        if left < FIRST_POLL_SECONDS:
            break
        desk.sleep(min(pause, left))
        pause = min(pause * POLL_GROWTH, SLOWEST_POLL_SECONDS)
        page = read()
    return page
