"""One JSON log line an event, with the ids that tie a message's path together, never its text."""

import re
from contextlib import AbstractContextManager
from typing import Any

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from frontdesk.domain.ids import new_id

NAMESPACE = "Frontdesk"
"""Of our metrics; alarms and the dashboard look there."""

CORRELATION_HEADER = "x-correlation-id"

_CORRELATION_ID = re.compile(r"^[A-Za-z0-9._:/+=@-]{1,128}$")


def get_logger() -> Logger:
    """Returns the function's logger; its service name comes from the environment."""
    return Logger(use_rfc3339=True, utc=True)


def count(name: str) -> None:
    """Counts an event at once, under the function's service name.

    Args:
        name: The metric's name.
    """
    with single_metric(name=name, unit=MetricUnit.Count, value=1, namespace=NAMESPACE):
        pass


def correlation_id(candidate: str | None) -> str:
    """Keeps a caller's correlation id, or makes one.

    Args:
        candidate: What the caller sent, if anything.

    Returns:
        The caller's where it is at most 128 harmless characters, else a new one.
    """
    if candidate is not None and _CORRELATION_ID.match(candidate):
        return candidate
    return new_id("corr")


def logged_with(logger: Logger, **ids: Any) -> AbstractContextManager[Any]:
    """Adds ids to every log line within a block.

    Args:
        logger: The function's logger.
        **ids: ``correlation_id``, ``task_id``, ``conversation_id``; never a person's words.

    Returns:
        The context manager.
    """
    return logger.append_context_keys(**ids)
