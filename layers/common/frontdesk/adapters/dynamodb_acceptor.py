"""Accepting a message in DynamoDB: one transaction, and what its failure means."""

from frontdesk.adapters.dynamodb_conversations import DynamoDBConversations
from frontdesk.adapters.dynamodb_table import (
    ConditionFailedError,
    Item,
    Write,
    conversation_key,
    epoch,
    idempotency_key,
    moment,
    number,
    put,
    read_moment,
    task_key,
    text,
    unfinished_partition,
    update,
)
from frontdesk.domain.acceptance import (
    Acceptance,
    AcceptedTask,
    IdempotencyClaim,
    Refusal,
)
from frontdesk.domain.conversation import ConversationStatus
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.task import QueuedMessage, TaskStatus

RACE_ATTEMPTS = 3
"""Tries where a condition failed and nothing is left that explains it: it was passed meanwhile."""

_IS_NEW = "attribute_not_exists(pk)"
_STATUS_NAME = {"#status": "status"}


class DynamoDBTaskAcceptor(DynamoDBConversations):
    """Records accepted messages; implements `frontdesk.ports.TaskAcceptor`."""

    def accept(self, acceptance: Acceptance) -> AcceptedTask | Refusal:
        """Records a message: its task, its conversation and its idempotency key, or nothing.

        Args:
            acceptance: What is to be recorded.

        Returns:
            The recorded task, the first one's where the key is known, or why it is refused.

        Raises:
            InfrastructureError: It is not known to be recorded.
        """
        writes = self._writes(acceptance)
        for _ in range(RACE_ATTEMPTS):
            try:
                self._table.write_together(writes)
            except ConditionFailedError:
                outcome = self._explain(acceptance)
                if outcome is not None:
                    return outcome
            else:
                message = acceptance.message
                return AcceptedTask(
                    message.task_id,
                    message.conversation_id,
                    message.accepted_at,
                    unsent=message,
                    replayed=False,
                )
        raise InfrastructureError("DynamoDB: the conversation kept changing")

    def first_answer(self, claim: IdempotencyClaim) -> AcceptedTask | Refusal | None:
        """Reads what the first request with an idempotency key came to.

        Args:
            claim: The key, and the body of the present request.

        Returns:
            Its task; a refusal where the body was another one; None where there was none.
        """
        item = self._table.get(idempotency_key(claim.caller, claim.key))
        if item is None:
            return None
        if item["body_hash"]["S"] != claim.body_hash:
            return Refusal.KEY_REUSED
        task_id = item["task_id"]["S"]
        task = self._table.get(task_key(task_id), "status", "sent_at", "message")
        return AcceptedTask(
            task_id,
            item["conversation_id"]["S"],
            read_moment(item["created_at"]),
            unsent=None if task is None else _unsent_message(task),
            replayed=True,
        )

    def mark_sent(self, task_id: str) -> None:
        """Notes that a task's message has reached the queue.

        Args:
            task_id: The task; nothing happens where it is gone.
        """
        write = update(
            task_key(task_id),
            "SET sent_at = :now",
            "attribute_exists(pk)",
            now=moment(self._table.now()),
        )
        try:
            self._table.update(write)
        except ConditionFailedError:
            return

    def _writes(self, acceptance: Acceptance) -> list[Write]:
        claimed = acceptance.message.claimed_subject
        writes = [
            put(_task_item(acceptance), _IS_NEW),
            _open_conversation(acceptance)
            if acceptance.is_new_conversation
            else _continue_conversation(acceptance),
        ]
        if acceptance.idempotency is not None:
            # An expired one stays in the table for days, and must not stand in the way.
            condition = f"{_IS_NEW} OR expires_at <= :now"
            item = _idempotency_item(acceptance, acceptance.idempotency)
            writes.append(put(item, condition, now=epoch(self._table.now())))
        if claimed is not None:
            writes += [
                _take_over(conversation_id, claimed, acceptance.owner_subject)
                for conversation_id in acceptance.claimed_conversation_ids
            ]
        return writes

    def _explain(self, acceptance: Acceptance) -> AcceptedTask | Refusal | None:
        """Says what stood against a transaction; None where nothing does any more."""
        if acceptance.idempotency is not None:
            first = self.first_answer(acceptance.idempotency)
            if first is not None:
                return first
        if not acceptance.is_new_conversation:
            conversation = self.conversation(acceptance.message.conversation_id)
            refusal = acceptance.refusal(conversation)
            if refusal is not None:
                return refusal
        for conversation_id in acceptance.claimed_conversation_ids:
            claimed = self.conversation(conversation_id)
            if not acceptance.may_use(claimed):
                return Refusal.NOT_OWNED
        return None


def _unsent_message(task: Item) -> QueuedMessage | None:
    is_unsent = task["status"]["S"] == TaskStatus.QUEUED and "sent_at" not in task
    return QueuedMessage.model_validate_json(task["message"]["S"]) if is_unsent else None


def _task_item(acceptance: Acceptance) -> Item:
    message = acceptance.message
    return {
        "pk": text(task_key(message.task_id)),
        "task_id": text(message.task_id),
        "conversation_id": text(message.conversation_id),
        "correlation_id": text(message.correlation_id),
        "owner_subject": text(acceptance.owner_subject),
        "status": text(TaskStatus.QUEUED),
        "created_at": moment(message.accepted_at),
        "message": text(message.model_dump_json()),
        "attempts": number(0),
        "unfinished": text(unfinished_partition(message.task_id)),
        "expires_at": epoch(acceptance.task_expires_at),
    }


def _idempotency_item(acceptance: Acceptance, claim: IdempotencyClaim) -> Item:
    message = acceptance.message
    return {
        "pk": text(idempotency_key(claim.caller, claim.key)),
        "task_id": text(message.task_id),
        "conversation_id": text(message.conversation_id),
        "body_hash": text(claim.body_hash),
        "created_at": moment(message.accepted_at),
        "expires_at": epoch(claim.expires_at),
    }


def _open_conversation(acceptance: Acceptance) -> Write:
    message = acceptance.message
    item: Item = {
        "pk": text(conversation_key(message.conversation_id)),
        "conversation_id": text(message.conversation_id),
        "owner_subject": text(acceptance.owner_subject),
        "status": text(ConversationStatus.OPEN),
        "unanswered": number(1),
        "created_at": moment(message.accepted_at),
    }
    if message.previous_conversation_id is not None:
        item["previous_conversation_id"] = text(message.previous_conversation_id)
    if acceptance.customer_hash is not None:
        item["customer_hash"] = text(acceptance.customer_hash)
    return put(item, _IS_NEW)


def _continue_conversation(acceptance: Acceptance) -> Write:
    owner = acceptance.owner_subject
    changes = "SET unanswered = unanswered + :one, owner_subject = :owner"
    conditions = "owner_subject IN (:owner, :former) AND #status = :open AND unanswered < :most"
    values = {
        "one": number(1),
        "owner": text(owner),
        "former": text(acceptance.message.claimed_subject or owner),
        "open": text(ConversationStatus.OPEN),
        "most": number(acceptance.max_unanswered),
    }
    if acceptance.customer_hash is not None:
        changes += ", customer_hash = :customer"
        conditions += " AND (attribute_not_exists(customer_hash) OR customer_hash = :customer)"
        values["customer"] = text(acceptance.customer_hash)
    key = conversation_key(acceptance.message.conversation_id)
    return update(key, changes, conditions, _STATUS_NAME, **values)


def _take_over(conversation_id: str, former: str, owner: str) -> Write:
    return update(
        conversation_key(conversation_id),
        "SET owner_subject = :owner",
        "owner_subject IN (:owner, :former)",
        owner=text(owner),
        former=text(former),
    )
