"""Tasks that have not ended: which of them are on their way, and which need help."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from frontdesk.domain.task import QueuedMessage, TaskStatus


@dataclass(frozen=True, slots=True)
class UnfinishedTask:
    """A recorded task without a published end.

    Attributes:
        since: When it was accepted, or brought back to life.
        sent_at: When its message was last put into the queue; None where that is not known.
        message: What the queue carries for it.
    """

    task_id: str
    conversation_id: str
    status: TaskStatus
    since: datetime
    sent_at: datetime | None
    message: QueuedMessage


@dataclass(frozen=True, slots=True)
class UnfinishedPage:
    """Some unfinished tasks, oldest first.

    Attributes:
        cursor: Where the next page begins; None after the last one.
    """

    task_ids: tuple[str, ...]
    cursor: str | None


class Remedy(StrEnum):
    """What an unfinished task without a committed turn needs."""

    PATIENCE = "patience"
    SEND = "send"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a task may take before somebody sees to it.

    Attributes:
        turn: Younger tasks are not looked at: a turn takes a minute at most.
        sending: Ingest notes a sending within the same request; a retry of a client may
            complete it some minutes later.
        queue: How long the queue keeps a message. Past it, the task is waited for in vain.
    """

    turn: timedelta = timedelta(minutes=2)
    sending: timedelta = timedelta(minutes=10)
    queue: timedelta = timedelta(days=4)

    def remedy(self, task: UnfinishedTask, now: datetime) -> Remedy:
        """Says what a task needs that has no committed turn.

        Args:
            task: The task.
            now: The present moment.

        Returns:
            What to do about it.
        """
        # Taken up once, it was in the queue, whether that was noted or not.
        was_sent = task.sent_at is not None or task.status is TaskStatus.PROCESSING
        waiting = now - max(task.since, task.sent_at or task.since)
        if waiting > self.queue:
            return Remedy.GIVE_UP
        if not was_sent and waiting > self.sending:
            return Remedy.SEND
        return Remedy.PATIENCE


class Revival(StrEnum):
    """What became of an attempt to bring a task back to life."""

    REVIVED = "revived"
    STILL_ALIVE = "still_alive"
    ANSWERED = "answered"
    GONE = "gone"
