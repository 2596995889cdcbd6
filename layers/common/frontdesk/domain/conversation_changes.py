"""What people do to a conversation: close it, take it over, answer, give it back, file it.

``waiting_for`` says whose move it is: the staff's where a person is wanted or has taken over, the
customer's once a person has answered, nobody's while the agents answer or the conversation is
closed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from frontdesk.domain.conversation import (
    Conversation,
    ConversationStatus,
    Handler,
    Message,
    MessageRole,
    WaitingFor,
)
from frontdesk.domain.errors import ConflictError, FrontdeskError


class AlreadyWrittenError(FrontdeskError):
    """A message with this identifier is there: it was written before, and nothing was changed.

    Args:
        message: The message as it is stored.
    """

    def __init__(self, message: Message) -> None:
        super().__init__("This message is there already.")
        self.message = message


type ConversationChange = Callable[[Conversation, MessageRole | None], Conversation]
"""Makes the conversation that is to be of the one that is, knowing whose word was last: the
customer's too where an agent's answer to it left the matter to a person, who owes one still."""


def closed(conversation: Conversation, at: datetime) -> Conversation:
    """Closes a conversation, once.

    Args:
        conversation: The conversation.
        at: When it happens.

    Returns:
        The closed conversation; nobody waits in it any more.
    """
    if conversation.status is ConversationStatus.CLOSED:
        return conversation
    return _moved(
        conversation,
        at,
        status=ConversationStatus.CLOSED,
        waiting_for=None,
        waiting_since=None,
        closed_at=at,
    )


def taken_over(conversation: Conversation, at: datetime) -> Conversation:
    """Gives a conversation to a person; the agents are silent from here on.

    Args:
        conversation: The conversation.
        at: When it happens.

    Returns:
        The conversation; the next word is the person's.

    Raises:
        ConflictError: It is closed.
    """
    _require_open(conversation)
    if conversation.handler is Handler.HUMAN:
        return conversation
    return _moved(
        conversation, at, handler=Handler.HUMAN, **_waiting(conversation, WaitingFor.STAFF, at)
    )


def released(
    conversation: Conversation, at: datetime, *, last_role: MessageRole | None
) -> Conversation:
    """Gives a conversation back to the agents; they answer from the next message on.

    Args:
        conversation: The conversation.
        at: When it happens.
        last_role: Whose word was last. A customer without an answer goes on waiting for the
            staff: the agents do not answer what was left to a person.

    Returns:
        The conversation.

    Raises:
        ConflictError: It is closed.
    """
    _require_open(conversation)
    if conversation.handler is Handler.AI:
        return conversation
    waits_for = WaitingFor.STAFF if last_role is MessageRole.CUSTOMER else None
    return _moved(conversation, at, handler=Handler.AI, **_waiting(conversation, waits_for, at))


def answered_by_person(conversation: Conversation, at: datetime) -> Conversation:
    """Counts a person's reply, which takes the conversation over by itself.

    Args:
        conversation: The conversation.
        at: When it happens.

    Returns:
        The conversation; the next word is the customer's.

    Raises:
        ConflictError: It is closed.
    """
    _require_open(conversation)
    return _moved(
        conversation,
        at,
        handler=Handler.HUMAN,
        message_count=conversation.message_count + 1,
        **_waiting(conversation, WaitingFor.CUSTOMER, at),
    )


def filed(conversation: Conversation, at: datetime, changes: Mapping[str, Any]) -> Conversation:
    """Changes how a conversation is filed; a turn that is being made goes on.

    Args:
        conversation: The conversation.
        at: When it happens.
        changes: New values of ``assigned_to`` and ``tags``, of those that change.

    Returns:
        The conversation.
    """
    changed = conversation.model_copy(update=dict(changes))
    if changed == conversation:
        return conversation
    return changed.model_copy(update={"updated_at": at})


def _require_open(conversation: Conversation) -> None:
    if conversation.status is ConversationStatus.CLOSED:
        raise ConflictError("The conversation is closed.")


def _moved(conversation: Conversation, at: datetime, **changes: Any) -> Conversation:
    """Moves the version, so that a reply that is being made is not sent after this."""
    return conversation.model_copy(
        update={"version": conversation.version + 1, "updated_at": at, **changes}
    )


def _waiting(
    conversation: Conversation, waits_for: WaitingFor | None, at: datetime
) -> dict[str, Any]:
    """Who waits from now on; who waited already, waits since then."""
    if waits_for is conversation.waiting_for:
        return {}
    return {"waiting_for": waits_for, "waiting_since": at if waits_for else None}
