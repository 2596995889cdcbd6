"""What operators see of a turn: log events, metrics and trace segments, and nobody's words."""

import time
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from frontdesk.domain.task import TaskResult, TaskStatus
from frontdesk.observability import get_logger, logged_with

_CALLER = 3
"""Whose place in the code a log line shows: not ours, but that of who had something to say."""

type Scalar = str | int | float | bool


class Telemetry:
    """Logs, counts and traces.

    Args:
        traced: True where an X-Ray daemon listens, as it does on AWS.
    """

    def __init__(self, *, traced: bool = False) -> None:
        self._logger: Logger = get_logger()
        self._metrics = Metrics()
        # Patching would wrap every vendor's client; the segments below say what matters.
        self._tracer = Tracer(auto_patch=False) if traced else None

    def for_message(self, **ids: str) -> AbstractContextManager[object]:
        """Adds ids to every log line within a block.

        Args:
            **ids: ``correlation_id``, ``task_id``, ``conversation_id``.

        Returns:
            The context manager.
        """
        return logged_with(self._logger, **ids)

    def event(self, name: str, **fields: Scalar | None) -> None:
        """Logs that something happened.

        Args:
            name: What happened, as ``turn.routed``.
            **fields: Ids and figures; never text that a person or a model wrote.
        """
        self._logger.info(name, extra=fields, stacklevel=_CALLER)

    def problem(self, name: str, error: BaseException, **fields: Scalar | None) -> None:
        """Logs what went wrong and where, without the error's text, which may quote somebody.

        Args:
            name: What was being done.
            error: What was raised.
            **fields: Ids and figures.
        """
        frames = traceback.extract_tb(error.__traceback__)
        self._logger.error(
            name,
            extra=fields
            | {
                "error_type": type(error).__name__,
                "raised_at": [f"{frame.filename}:{frame.lineno}" for frame in frames[-5:]],
            },
            stacklevel=_CALLER,
        )

    @contextmanager
    def segment(self, name: str, **annotations: str) -> Iterator[None]:
        """Traces a block as a segment of its own.

        Args:
            name: The stage: ``route``, ``retrieve``, ``model``, ``tool``.
            **annotations: What to search traces by, in OpenTelemetry's GenAI names with
                underscores, which is all that X-Ray takes.

        Yields:
            Nothing.
        """
        if self._tracer is None:
            yield
            return
        with self._tracer.provider.in_subsegment(name=f"## {name}") as segment:
            for key, value in annotations.items():
                segment.put_annotation(key=key, value=value)
            yield

    @contextmanager
    def timed(self, timings: dict[str, int], stage: str) -> Iterator[None]:
        """Measures a block.

        Args:
            timings: Gets the milliseconds, added to what the stage took before.
            stage: The stage's name.

        Yields:
            Nothing.
        """
        started = time.perf_counter()
        try:
            yield
        finally:
            elapsed = round((time.perf_counter() - started) * 1000)
            timings[stage] = timings.get(stage, 0) + elapsed

    def count_result(self, result: TaskResult) -> None:
        """Counts a task that ended, and what its answer took.

        Args:
            result: What was published.
        """
        add = self._metrics.add_metric
        match result.status:
            case TaskStatus.COMPLETED:
                add("Answers", MetricUnit.Count, 1)
                add("DegradedAnswers", MetricUnit.Count, int(result.degraded))
                add("Escalations", MetricUnit.Count, int(result.ticket is not None))
            case TaskStatus.HANDED_OFF:
                add("HandedOff", MetricUnit.Count, 1)
            case _:
                add("FailedTasks", MetricUnit.Count, 1)
        timings, usage = result.timings_ms, result.usage
        for name, value in (
            ("QueuedLatency", timings.queued),
            ("RoutingLatency", timings.routing),
            ("AnsweringLatency", timings.answering),
            ("TotalLatency", timings.total),
        ):
            add(name, MetricUnit.Milliseconds, value)
        add("ModelCalls", MetricUnit.Count, usage.llm_calls)
        add("InputTokens", MetricUnit.Count, usage.input_tokens)
        add("OutputTokens", MetricUnit.Count, usage.output_tokens)
        add("CostUsd", MetricUnit.NoUnit, float(usage.cost_usd))

    def count(self, name: str) -> None:
        """Counts an event of its own.

        Args:
            name: The metric's name.
        """
        self._metrics.add_metric(name, MetricUnit.Count, 1)

    def flush(self) -> None:
        """Writes the invocation's metrics out."""
        if self._metrics.metric_set:
            self._metrics.flush_metrics()
