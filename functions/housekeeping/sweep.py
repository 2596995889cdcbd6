"""Sees to tasks that have not ended.

::

    unfinished for two minutes
        │ a turn is committed ───────────────► published
        │ never sent for ten minutes ────────► sent
        │ older than the queue keeps ────────► set aside, committed as failed, published
        └ else ──────────────────────────────► left alone: its message is on its way

Every step can be repeated, and is conditional where it writes, so that a sweep may run beside
traffic, beside another sweep, and be cut off anywhere.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from frontdesk.domain.errors import InfrastructureError, MessageError
from frontdesk.domain.ids import derived_id
from frontdesk.domain.task import TaskError
from frontdesk.domain.unfinished import Patience, Remedy, UnfinishedTask
from frontdesk.ports import ChatDelivery, ChatSender, Clock, ConversationStore
from housekeeping.endings import Endings
from housekeeping.ports import Bookmarks, UnfinishedTasks
from housekeeping.telemetry import Telemetry

BOOKMARK = "tasks"

PAGE_TASKS = 100
"""What one request to the index brings."""

MAX_TASKS = 2_000
"""A run's share: about ten milliseconds a task, and the rest waits for the next run."""

MAX_FAILURES = 3
"""Stores that fail three times in a row are down; they are not asked for every task."""

GIVEN_UP = TaskError.of("not-answered", "The message could not be answered in time")
GIVEN_UP_REASON = "waited longer than the queue keeps it"


@dataclass
class SweepReport:
    """What a sweep did.

    Attributes:
        looked_at: Tasks that were unfinished for some time.
        published: Ends that were committed and not published.
        sent: Messages that were recorded and never sent.
        given_up: Tasks that nothing answers any more.
        failures: Tasks that could not be seen to; the next sweep tries again.
        oldest_seconds: The age of the oldest unfinished task, 0 where there is none.
    """

    looked_at: int = 0
    published: int = 0
    sent: int = 0
    given_up: int = 0
    failures: int = 0
    oldest_seconds: float = 0.0


@dataclass(frozen=True)
class Sweep:
    """Sweeps the index of unfinished tasks.

    Attributes:
        tasks: The unfinished tasks.
        endings: Ends what nobody answers, and publishes ends.
        store: Conversations and turns.
        sender: The way into the chat queue.
        delivery: The way into the dead-letter queue.
        bookmarks: Where a sweep that was cut short goes on.
        telemetry: Where all of it is seen.
        clock: Tells the time.
        patience: How long a task may take before it is seen to.
        max_tasks: How many are looked at in one run.
    """

    tasks: UnfinishedTasks
    endings: Endings
    store: ConversationStore
    sender: ChatSender
    delivery: ChatDelivery
    bookmarks: Bookmarks
    telemetry: Telemetry
    clock: Clock
    patience: Patience = field(default_factory=Patience)
    max_tasks: int = MAX_TASKS

    def run(self, has_time: Callable[[], bool]) -> SweepReport:
        """Sweeps from where the last run ended, as far as time and share allow.

        Args:
            has_time: Tells whether another task may be begun.

        Returns:
            What was done.

        Raises:
            InfrastructureError: The tasks table is out of reach.
        """
        report = SweepReport()
        report.oldest_seconds = self._measure_oldest(has_time)
        before = self.clock() - self.patience.turn
        cursor = self.bookmarks.load(BOOKMARK)
        while report.looked_at < self.max_tasks and has_time():
            page = self.tasks.page(
                before=before, cursor=cursor, limit=PAGE_TASKS, has_time=has_time
            )
            # Past what cannot be seen to, or it would keep every run from what is behind it.
            cursor = page.cursor
            if not self._see_to_all(page.task_ids, report, has_time) or cursor is None:
                break
        self.bookmarks.save(BOOKMARK, cursor)
        self._count(report)
        return report

    def _measure_oldest(self, has_time: Callable[[], bool]) -> float:
        oldest = self.tasks.oldest(has_time)
        seconds = 0.0 if oldest is None else max(0.0, (self.clock() - oldest).total_seconds())
        self.telemetry.seconds("OldestUnfinishedTask", seconds)
        return seconds

    def _see_to_all(
        self, task_ids: tuple[str, ...], report: SweepReport, has_time: Callable[[], bool]
    ) -> bool:
        """Sees to a page of tasks; False where it was cut short."""
        in_a_row = 0
        for task_id in task_ids:
            if not has_time():
                return False
            report.looked_at += 1
            try:
                self._see_to(task_id, report)
                in_a_row = 0
            except InfrastructureError as error:
                report.failures += 1
                in_a_row += 1
                self.telemetry.problem("task.not_seen_to", error, task_id=task_id)
                if in_a_row == MAX_FAILURES:
                    return False
            except MessageError as error:
                report.failures += 1
                self.telemetry.problem("task.not_readable", error, task_id=task_id)
            except Exception as error:  # noqa: BLE001 - one task must not keep the others waiting
                report.failures += 1
                # Its text may quote the message.
                unforeseen = MessageError(type(error).__name__)
                self.telemetry.problem("task.not_seen_to", unforeseen, task_id=task_id)
        return True

    def _see_to(self, task_id: str, report: SweepReport) -> None:
        task = self.tasks.read(task_id)
        if task is None:
            return  # The index lags.
        result = self.store.committed_result(task.conversation_id, task.task_id)
        if result is not None:
            report.published += self.endings.publish(task, result)
            return
        match self.patience.remedy(task, self.clock()):
            case Remedy.SEND:
                self._send(task)
                report.sent += 1
            case Remedy.GIVE_UP:
                report.given_up += self._give_up(task)
            case Remedy.PATIENCE:
                pass

    def _send(self, task: UnfinishedTask) -> None:
        # Not the task's own id: the queue might drop the message as a copy of one it lost. The
        # same for every sweep: two at once send one message.
        deduplication_id = derived_id("sweep", task.task_id, task.since.isoformat())
        self.sender.send(task.message, deduplication_id=deduplication_id)
        self.tasks.mark_sent(task.task_id)
        self.endings.note("task.sent", task)

    def _give_up(self, task: UnfinishedTask) -> bool:
        """Ends a task whose message no queue holds any more; people keep a copy."""
        return self.endings.fail(task, GIVEN_UP, set_aside=lambda: self._set_aside(task))

    def _set_aside(self, task: UnfinishedTask) -> None:
        self.delivery.set_aside(
            # In ASCII: SQS refuses some of Unicode.
            json.dumps(task.message.model_dump(mode="json")),
            conversation_id=task.conversation_id,
            deduplication_id=derived_id("sweep", task.task_id, task.since.isoformat()),
            reason=GIVEN_UP_REASON,
        )

    def _count(self, report: SweepReport) -> None:
        self.telemetry.count("TasksPublishedLate", report.published)
        self.telemetry.count("TasksSentLate", report.sent)
        self.telemetry.count("TasksGivenUp", report.given_up)
        self.telemetry.count("TasksNotSeenTo", report.failures)
