"""The tasks table in memory; tests/contract holds it to the promises of the real one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from frontdesk.clock import utc_now
from frontdesk.domain.acceptance import (
    Acceptance,
    AcceptedTask,
    ConversationProjection,
    IdempotencyClaim,
    Refusal,
)
from frontdesk.domain.conversation import ConversationStatus
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.task import QueuedMessage, Stage, Task, TaskResult, TaskStatus
from frontdesk.domain.unfinished import Revival, UnfinishedPage, UnfinishedTask


@dataclass
class StoredTask:
    task: Task
    owner_subject: str
    message: QueuedMessage | None
    expires_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    revived_at: datetime | None = None


@dataclass
class StoredClaim:
    claim: IdempotencyClaim
    task_id: str
    conversation_id: str
    created_at: datetime


class FakeTasks:
    """Implements TaskAcceptor, TaskPublisher, TaskReader, ConversationProjections, UnfinishedTasks.

    Set `is_down` to make every call fail as a table out of reach does.
    """

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self.tasks: dict[str, StoredTask] = {}
        self.conversations: dict[str, ConversationProjection] = {}
        self.claims: dict[tuple[str | None, str], StoredClaim] = {}
        self.is_down = False
        self._now = now
        self._lock = threading.RLock()

    # Ingest

    def conversation(self, conversation_id: str) -> ConversationProjection | None:
        self._reach()
        return self.conversations.get(conversation_id)

    def accept(self, acceptance: Acceptance) -> AcceptedTask | Refusal:
        self._reach()
        with self._lock:
            claim = acceptance.idempotency
            if claim is not None:
                first = self.first_answer(claim)
                if first is not None:
                    return first
            refusal = self._refusal(acceptance)
            return refusal if refusal is not None else self._record(acceptance)

    def first_answer(self, claim: IdempotencyClaim) -> AcceptedTask | Refusal | None:
        self._reach()
        first = self.claims.get((claim.caller, claim.key))
        if first is None or first.claim.expires_at <= self._now():
            return None
        return self._replay(first, claim)

    def mark_sent(self, task_id: str) -> None:
        self._reach()
        if self._unfinished(task_id) is not None:
            self.tasks[task_id].sent_at = self._now()

    # The worker

    def begin(self, task_id: str) -> int:
        self._reach()
        with self._lock:
            stored = self._unfinished(task_id)
            if stored is None:
                return 0
            stored.task = stored.task.model_copy(update={"status": TaskStatus.PROCESSING})
            stored.attempts += 1
            return stored.attempts

    def release(self, task_id: str) -> None:
        self._reach()
        with self._lock:
            stored = self._unfinished(task_id)
            if stored is not None and stored.attempts > 0:
                stored.attempts -= 1
                stored.task = stored.task.model_copy(update={"stage": None})

    def stage(self, task_id: str, stage: Stage) -> None:
        stored = None if self.is_down else self._unfinished(task_id)
        if stored is not None and stored.task.status is TaskStatus.PROCESSING:
            stored.task = stored.task.model_copy(update={"stage": stage})

    def publish(self, task_id: str, conversation_id: str, result: TaskResult) -> bool:
        self._reach()
        if not result.status.is_terminal:
            raise ValueError(f"a task cannot end as {result.status!r}")
        with self._lock:
            stored = self._unfinished(task_id)
            if stored is None:
                return False
            # Through JSON, as the real one stores it.
            stored.task = stored.task.ended(
                TaskResult.model_validate_json(result.model_dump_json())
            )
            stored.message = None
            known = self.conversations.get(conversation_id)
            if known is not None and known.unanswered > 0:
                answered = replace(known, unanswered=known.unanswered - 1)
                self.conversations[conversation_id] = answered
            return True

    # Housekeeping

    def hand_on(self, conversation_id: str, *, former: str, owner: str) -> None:
        self._reach()
        known = self.conversations.get(conversation_id)
        if known is not None and known.owner_subject == former:
            self.conversations[conversation_id] = replace(known, owner_subject=owner)

    def page(
        self,
        *,
        before: datetime,
        cursor: str | None,
        limit: int,
        has_time: Callable[[], bool] = lambda: True,
    ) -> UnfinishedPage:
        self._reach()
        if not has_time():
            return UnfinishedPage((), cursor or "")
        found = sorted(
            (stored.task.created_at.isoformat(), task_id)
            for task_id, stored in self.tasks.items()
            if not stored.task.status.is_terminal and stored.task.created_at <= before
        )
        rest = [one for one in found if cursor is None or "|".join(one) > cursor]
        last = "|".join(rest[limit - 1]) if len(rest) > limit else None
        return UnfinishedPage(tuple(task_id for _, task_id in rest[:limit]), last)

    def oldest(self, has_time: Callable[[], bool] = lambda: True) -> datetime | None:
        self._reach()
        if not has_time():
            return None
        return min(
            (
                stored.task.created_at
                for stored in self.tasks.values()
                if not stored.task.status.is_terminal
            ),
            default=None,
        )

    def read(self, task_id: str) -> UnfinishedTask | None:
        self._reach()
        stored = self._unfinished(task_id)
        if stored is None or stored.message is None or stored.expires_at <= self._now():
            return None
        return UnfinishedTask(
            task_id,
            stored.task.conversation_id,
            stored.task.status,
            stored.revived_at or stored.task.created_at,
            stored.sent_at,
            stored.message,
        )

    def revive(self, message: QueuedMessage, *, expires_at: datetime) -> Revival:
        self._reach()
        with self._lock:
            stored = self.tasks.get(message.task_id)
            if stored is None or stored.expires_at <= self._now():
                return Revival.GONE
            if self._unfinished(message.task_id) is not None:
                stored.attempts, stored.revived_at = 0, self._now()
                return Revival.STILL_ALIVE
            if stored.task.status is not TaskStatus.FAILED:
                return Revival.ANSWERED
            self.tasks[message.task_id] = StoredTask(
                Task(
                    task_id=message.task_id,
                    conversation_id=stored.task.conversation_id,
                    correlation_id=stored.task.correlation_id,
                    created_at=stored.task.created_at,
                ),
                stored.owner_subject,
                message,
                expires_at,
                revived_at=self._now(),
            )
            known = self.conversations.get(message.conversation_id)
            if known is not None:
                waiting = replace(known, unanswered=known.unanswered + 1)
                self.conversations[message.conversation_id] = waiting
            return Revival.REVIVED

    # Readers

    def get(self, task_id: str) -> tuple[Task, str] | None:
        self._reach()
        stored = self.tasks.get(task_id)
        if stored is None or stored.expires_at <= self._now():
            return None
        return stored.task, stored.owner_subject

    def conversation_owner(self, conversation_id: str) -> str | None:
        known = self.conversation(conversation_id)
        return None if known is None else known.owner_subject

    def set_status(self, conversation_id: str, status: ConversationStatus) -> None:
        known = self.conversation(conversation_id)
        if known is not None:
            self.conversations[conversation_id] = replace(known, status=status)

    def _reach(self) -> None:
        if self.is_down:
            raise InfrastructureError("the tasks table is out of reach")

    def _unfinished(self, task_id: str) -> StoredTask | None:
        stored = self.tasks.get(task_id)
        return None if stored is None or stored.task.status.is_terminal else stored

    def _replay(self, first: StoredClaim, claim: IdempotencyClaim) -> AcceptedTask | Refusal:
        if first.claim.body_hash != claim.body_hash:
            return Refusal.KEY_REUSED
        stored = self.tasks.get(first.task_id)
        is_unsent = (
            stored is not None
            and stored.sent_at is None
            and stored.task.status is TaskStatus.QUEUED
        )
        return AcceptedTask(
            first.task_id,
            first.conversation_id,
            first.created_at,
            unsent=stored.message if stored is not None and is_unsent else None,
            replayed=True,
        )

    def _refusal(self, acceptance: Acceptance) -> Refusal | None:
        if not acceptance.is_new_conversation:
            known = self.conversations.get(acceptance.message.conversation_id)
            refusal = acceptance.refusal(known)
            if refusal is not None:
                return refusal
        claimed = map(self.conversations.get, acceptance.claimed_conversation_ids)
        return None if all(map(acceptance.may_use, claimed)) else Refusal.NOT_OWNED

    def _record(self, acceptance: Acceptance) -> AcceptedTask:
        message = acceptance.message
        self.tasks[message.task_id] = StoredTask(
            Task(
                task_id=message.task_id,
                conversation_id=message.conversation_id,
                correlation_id=message.correlation_id,
                created_at=message.accepted_at,
            ),
            acceptance.owner_subject,
            message,
            acceptance.task_expires_at,
        )
        self._record_conversation(acceptance)
        for conversation_id in acceptance.claimed_conversation_ids:
            self.conversations[conversation_id] = replace(
                self.conversations[conversation_id], owner_subject=acceptance.owner_subject
            )
        claim = acceptance.idempotency
        if claim is not None:
            self.claims[claim.caller, claim.key] = StoredClaim(
                claim, message.task_id, message.conversation_id, message.accepted_at
            )
        return AcceptedTask(
            message.task_id,
            message.conversation_id,
            message.accepted_at,
            unsent=message,
            replayed=False,
        )

    def _record_conversation(self, acceptance: Acceptance) -> None:
        message = acceptance.message
        if acceptance.is_new_conversation:
            self.conversations[message.conversation_id] = ConversationProjection(
                conversation_id=message.conversation_id,
                owner_subject=acceptance.owner_subject,
                status=ConversationStatus.OPEN,
                unanswered=1,
                customer_hash=acceptance.customer_hash,
                created_at=message.accepted_at,
                previous_conversation_id=message.previous_conversation_id,
            )
            return
        known = self.conversations[message.conversation_id]
        self.conversations[message.conversation_id] = replace(
            known,
            owner_subject=acceptance.owner_subject,
            unanswered=known.unanswered + 1,
            customer_hash=acceptance.customer_hash or known.customer_hash,
        )
