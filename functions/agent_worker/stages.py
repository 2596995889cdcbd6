"""Says what a turn is doing, beside the turn: nobody waits for it, and old news is left out."""

from concurrent.futures import Executor, Future, wait
from threading import Event, Lock

from frontdesk.domain.task import Stage
from frontdesk.ports import TaskPublisher

SETTLED_SECONDS = 0.25
"""A stage that is over before is not told: nobody could read it, and telling costs a write."""


class StageReporter:
    """Reports the stages of one task, by looking from time to time at what its turn is doing.

    Args:
        tasks: The tasks table.
        task_id: The task.
        executor: Looks and reports.
        settled_seconds: From one look to the next; a stage is told that is seen twice.
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
        self._told: Stage | None = None
        self._is_looking = False
        self._lock = Lock()
        self._over = Event()
        self._looks: list[Future[None]] = []

    def __call__(self, stage: Stage) -> None:
        """Notes what the turn is doing now.

        Args:
            stage: The stage.
        """
        with self._lock:
            self._latest = stage
            if self._is_looking or stage is self._told:
                return
            self._is_looking = True
        self._looks.append(self._executor.submit(self._look))

    def finish(self) -> None:
        """Waits for what is being reported, so that nothing runs on when the turn is over."""
        self._over.set()
        wait(self._looks)
        self._looks.clear()

    def _look(self) -> None:
        """Looks until the turn's latest stage is told, or the turn is over."""
        seen: Stage | None = None
        while not self._over.wait(self._settled_seconds):
            latest = self._latest
            if latest is not None and latest is seen:
                self._tasks.stage(self._task_id, latest)
                self._told = latest
            seen = latest
            with self._lock:
                if self._latest is self._told:
                    self._is_looking = False
                    return
