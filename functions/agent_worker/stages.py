"""Says what a turn is doing, beside the turn: nobody waits for it, and old news is left out."""

from concurrent.futures import Executor, Future, wait
from threading import Event

from frontdesk.domain.task import Stage
from frontdesk.ports import TaskPublisher

SETTLED_SECONDS = 0.25
"""A stage that is over before is not told: nobody could read it, and telling costs a write."""


class StageReporter:
    """Reports the stages of one task.

    Args:
        tasks: The tasks table.
        task_id: The task.
        executor: Runs what is reported, one after the other.
        settled_seconds: How long a stage must last to be told.
    """

    def __init__(
        self,
        tasks: TaskPublisher,
        task_id: str,
        executor: Executor,
        *,
        settled_seconds: float = SETTLED_SECONDS,
    ) -> None:
        self._tasks = tasks
        self._task_id = task_id
        self._executor = executor
        self._settled_seconds = settled_seconds
        self._latest: Stage | None = None
        self._over = Event()
        self._pending: list[Future[None]] = []

    def __call__(self, stage: Stage) -> None:
        """Notes what the turn is doing now.

        Args:
            stage: The stage.
        """
        if stage is not self._latest:
            self._latest = stage
            self._over.set()
            self._over = Event()
            self._pending.append(self._executor.submit(self._report, stage, self._over))

    def finish(self) -> None:
        """Waits for what is being reported, so that nothing runs on when the turn is over."""
        self._over.set()
        wait(self._pending)
        self._pending.clear()

    def _report(self, stage: Stage, over: Event) -> None:
        if not over.wait(self._settled_seconds):
            self._tasks.stage(self._task_id, stage)
