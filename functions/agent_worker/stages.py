"""Says what a turn is doing, beside the turn: nobody waits for it, and old news is left out."""

from concurrent.futures import Executor, Future, wait

from frontdesk.domain.task import Stage
from frontdesk.ports import TaskPublisher


class StageReporter:
    """Reports the stages of one task.

    Args:
        tasks: The tasks table.
        task_id: The task.
        executor: Runs what is reported, one after the other.
    """

    def __init__(self, tasks: TaskPublisher, task_id: str, executor: Executor) -> None:
        self._tasks = tasks
        self._task_id = task_id
        self._executor = executor
        self._latest: Stage | None = None
        self._pending: list[Future[None]] = []

    def __call__(self, stage: Stage) -> None:
        """Notes what the turn is doing now.

        Args:
            stage: The stage.
        """
        if stage is not self._latest:
            self._latest = stage
            self._pending.append(self._executor.submit(self._report, stage))

    def finish(self) -> None:
        """Waits for what is being reported, so that nothing runs on when the turn is over."""
        self._latest = None
        wait(self._pending)
        self._pending.clear()

    def _report(self, stage: Stage) -> None:
        if stage is self._latest:
            self._tasks.stage(self._task_id, stage)
