"""Ends tasks that nobody answers: the customer and staff see it, and their conversation goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from frontdesk.domain.conversation import Conversation, Turn
from frontdesk.domain.errors import ErasedError, MessageError
from frontdesk.domain.task import TaskError, TaskResult, TaskStatus, Timings
from frontdesk.domain.unfinished import UnfinishedTask
from frontdesk.ports import Clock, ConversationStore, TaskPublisher
from housekeeping.telemetry import Telemetry

SUBJECT_LINE_CHARACTERS = 80
"""A conversation is called after its first words; this fits one line of a list."""


@dataclass(frozen=True)
class Endings:
    """Ends tasks, and tells of it.

    Attributes:
        publisher: Publishes ends.
        store: Conversations and turns.
        telemetry: Where it is seen.
        clock: Tells the time.
    """

    publisher: TaskPublisher
    store: ConversationStore
    telemetry: Telemetry
    clock: Clock

    def fail(
        self, task: UnfinishedTask, error: TaskError, *, set_aside: Callable[[], None]
    ) -> bool:
        """Commits a failed turn and publishes it; or publishes what was committed meanwhile.

        Args:
            task: The task, for whose message nothing more is done.
            error: What its sender is told.
            set_aside: Keeps a copy for people; not called where it is erased.

        Returns:
            False where the task had ended already, or has expired.

        Raises:
            InfrastructureError: A store is out of reach; it can be done again.
        """
        result = self._failed(task, error)
        try:
            conversation = self._try_to_take_up(task)
            # Before it is committed: of what is committed the next sweep only publishes the end.
            set_aside()
            if conversation is not None:
                result = self._commit(task, conversation, result)
        except ErasedError:
            pass  # Nobody may bring it back.
        return self.publish(task, result)

    def publish(self, task: UnfinishedTask, result: TaskResult) -> bool:
        """Publishes how a task ended.

        Args:
            task: The task.
            result: What was committed.

        Returns:
            False where the task had ended already, or has expired.

        Raises:
            InfrastructureError: It is not known to be published; it can be done again.
        """
        published = self.publisher.publish(task.task_id, task.conversation_id, result)
        if published:
            self.note("task.published", task, status=result.status)
        return published

    def note(self, name: str, task: UnfinishedTask, **fields: str) -> None:
        """Logs what was done about a task.

        Args:
            name: What.
            task: The task.
            **fields: What else there is to say of it.
        """
        self.telemetry.event(
            name,
            task_id=task.task_id,
            conversation_id=task.conversation_id,
            correlation_id=task.message.correlation_id,
            age_seconds=round((self.clock() - task.since).total_seconds()),
            **fields,
        )

    def _try_to_take_up(self, task: UnfinishedTask) -> Conversation | None:
        """Stores the message, so that staff see it; None where it can belong to no conversation."""
        try:
            return self.store.take_up(
                task.message, subject_line=task.message.text[:SUBJECT_LINE_CHARACTERS]
            )
        except ErasedError:
            raise
        except MessageError as error:
            self.telemetry.problem("task.not_committed", error, task_id=task.task_id)
            return None

    def _commit(
        self, task: UnfinishedTask, conversation: Conversation, result: TaskResult
    ) -> TaskResult:
        """Commits the failed turn, so that staff see it; or learns what was committed instead."""
        return self.store.commit(
            Turn(
                task_id=task.task_id,
                conversation_id=task.conversation_id,
                read_version=conversation.version,
                result=result,
            )
        )

    def _failed(self, task: UnfinishedTask, error: TaskError) -> TaskResult:
        now = self.clock()
        waited = _milliseconds(task.message.accepted_at, now)
        return TaskResult(
            status=TaskStatus.FAILED,
            completed_at=now,
            timings_ms=Timings(queued=waited, total=waited),
            error=error,
        )


def _milliseconds(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() * 1000))
