"""The entry point: which job an event asks for, and that its end is counted."""

from dataclasses import dataclass

import pytest

from frontdesk.domain.errors import InfrastructureError
from housekeeping import app
from tests.support.housekeeping import RecordingTelemetry


@dataclass
class Report:
    """What a job says."""

    done: int = 1


class Job:
    """Does nothing, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def run(self, has_time: object) -> Report:
        if self.error is not None:
            raise self.error
        return Report()


class Context:
    """Lambda's."""

    def get_remaining_time_in_millis(self) -> int:
        return 120_000


class FlushedTelemetry(RecordingTelemetry):
    """Keeps what would be counted, once it was written out."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed: dict[str, int] = {}

    def flush(self) -> None:
        self.flushed = dict(self.counted)


@pytest.fixture
def telemetry(monkeypatch: pytest.MonkeyPatch) -> FlushedTelemetry:
    telemetry = FlushedTelemetry()
    monkeypatch.setattr(app, "build_telemetry", lambda: telemetry)
    return telemetry


JOBS = [
    ("tasks", "build_sweep", "TaskSweeps"),
    ("documents", "build_comparison", "DocumentComparisons"),
    ("events", "build_event_sweep", "EventSweeps"),
    ("retention", "build_retention", "RetentionRuns"),
]


@pytest.mark.parametrize(("action", "builder", "metric"), JOBS)
def test_a_run_that_came_to_its_end_is_counted(
    monkeypatch: pytest.MonkeyPatch,
    telemetry: FlushedTelemetry,
    action: str,
    builder: str,
    metric: str,
) -> None:
    monkeypatch.setattr(app, builder, Job)
    assert app.handler({"action": action}, Context()) == {"done": 1}
    assert telemetry.flushed == {metric: 1}
    assert telemetry.events == [(f"housekeeping.{action}", {"done": 1})]


@pytest.mark.parametrize(("action", "builder", "metric"), JOBS)
def test_a_run_that_failed_is_not(
    monkeypatch: pytest.MonkeyPatch,
    telemetry: FlushedTelemetry,
    action: str,
    builder: str,
    metric: str,
) -> None:
    monkeypatch.setattr(app, builder, lambda: Job(InfrastructureError("down")))
    with pytest.raises(InfrastructureError):
        app.handler({"action": action}, Context())
    assert metric not in telemetry.flushed
