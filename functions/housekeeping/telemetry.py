"""What operators see of housekeeping: log events and metrics, and nobody's words."""

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from frontdesk.domain.errors import FrontdeskError
from frontdesk.observability import get_logger

_CALLER = 3
"""Whose place in the code a log line shows: not ours, but that of who had something to say."""


class Telemetry:
    """Logs and counts."""

    def __init__(self) -> None:
        self._logger = get_logger()
        self._metrics = Metrics()

    def event(self, name: str, **fields: str | float | bool | None) -> None:
        """Logs that something happened.

        Args:
            name: What happened, as ``task.sent``.
            **fields: Ids and figures.
        """
        self._logger.info(name, extra=fields, stacklevel=_CALLER)

    def problem(self, name: str, error: FrontdeskError, **fields: str | int | None) -> None:
        """Logs what went wrong; the text of our own errors quotes nobody.

        Args:
            name: What was being done.
            error: What was raised.
            **fields: Ids and figures.
        """
        told = {"error_type": type(error).__name__, "reason": str(error)}
        self._logger.error(name, extra={**fields, **told}, stacklevel=_CALLER)

    def count(self, name: str, number: int = 1) -> None:
        """Counts repairs.

        Args:
            name: The metric's name.
            number: How many there were.
        """
        self._metrics.add_metric(name, MetricUnit.Count, number)

    def seconds(self, name: str, value: float) -> None:
        """Measures an age.

        Args:
            name: The metric's name.
            value: Seconds.
        """
        self._metrics.add_metric(name, MetricUnit.Seconds, value)

    def flush(self) -> None:
        """Writes the invocation's metrics out."""
        if self._metrics.metric_set:
            self._metrics.flush_metrics()
