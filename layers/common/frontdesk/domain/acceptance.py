"""Accepting a message: what is recorded in one transaction, and what can stand against it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from frontdesk.domain.conversation import ConversationStatus
from frontdesk.domain.task import QueuedMessage


@dataclass(frozen=True, slots=True)
class ConversationProjection:
    """The little that ingest knows of a conversation; Postgres is the authority on it.

    Attributes:
        owner_subject: Whose it is now.
        unanswered: Messages that were accepted and whose tasks have not ended.
        customer_hash: Stands for the customer a service or staff speaks for, see `Acceptance`.
        created_at: When its first message was accepted.
        previous_conversation_id: The closed conversation that it carries on.
    """

    conversation_id: str
    owner_subject: str
    status: ConversationStatus
    unanswered: int
    customer_hash: str | None
    created_at: datetime
    previous_conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """A caller's promise that requests with this key are one request.

    Attributes:
        caller: Whose key it is: the principal's subject, or None without a credential.
        key: The ``Idempotency-Key``.
        body_hash: Tells a repeated request from another one with the same key.
        expires_at: When the promise is forgotten.
    """

    caller: str | None
    key: str
    body_hash: str
    expires_at: datetime


class Refusal(StrEnum):
    """Why nothing was recorded."""

    NOT_OWNED = "not_owned"
    CLOSED = "closed"
    FULL = "full"
    KEY_REUSED = "key_reused"
    OTHER_CUSTOMER = "other_customer"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What accepting a message records, all of it or nothing.

    Attributes:
        message: What is queued once this is recorded.
        owner_subject: Who owns the task, and the conversation from now on.
        is_new_conversation: True where the message opens its conversation.
        max_unanswered: How many unanswered messages a conversation may have, this one included.
        task_expires_at: When the task is forgotten.
        claimed_conversation_ids: Conversations of ``message.claimed_subject`` that become the
            owner's, besides the message's own.
        customer_hash: A digest of the customer a service or staff speaks for; a conversation
            keeps its first one, so that two customers never share a context.
        idempotency: The caller's key, where it sent one.
    """

    message: QueuedMessage
    owner_subject: str
    is_new_conversation: bool
    max_unanswered: int
    task_expires_at: datetime
    claimed_conversation_ids: tuple[str, ...] = ()
    customer_hash: str | None = None
    idempotency: IdempotencyClaim | None = None

    def may_use(self, conversation: ConversationProjection | None) -> bool:
        """Tells whether a conversation is the caller's, or becomes the caller's by this.

        Args:
            conversation: What is known of it.

        Returns:
            True for the owner's, and for those of the guest whose conversations are claimed.
        """
        owners = (self.owner_subject, self.message.claimed_subject)
        return conversation is not None and conversation.owner_subject in owners

    def refusal(self, conversation: ConversationProjection | None) -> Refusal | None:
        """Says why an existing conversation cannot take the message.

        Args:
            conversation: What is known of the message's conversation.

        Returns:
            The reason, or None where there is none.
        """
        if conversation is None or not self.may_use(conversation):
            return Refusal.NOT_OWNED
        if conversation.status is ConversationStatus.CLOSED:
            return Refusal.CLOSED
        if conversation.unanswered >= self.max_unanswered:
            return Refusal.FULL
        if self.customer_hash is not None and conversation.customer_hash is not None:
            same = self.customer_hash == conversation.customer_hash
            return None if same else Refusal.OTHER_CUSTOMER
        return None


@dataclass(frozen=True, slots=True)
class AcceptedTask:
    """A task that is recorded, by this request or by an earlier one with the same key.

    Attributes:
        unsent: The message, where it is not known to have reached the queue.
        replayed: True where an earlier request recorded it.
    """

    task_id: str
    conversation_id: str
    created_at: datetime
    unsent: QueuedMessage | None
    replayed: bool
