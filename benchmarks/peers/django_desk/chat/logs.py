"""Log lines that name the request they belong to."""

import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")

HEADER = "X-Correlation-ID"


class CorrelationFilter(logging.Filter):
    """Adds the correlation id to each line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Adds it."""
        record.correlation_id = correlation_id.get()
        return True


class CorrelationMiddleware:
    """Takes the correlation id from the request, or makes one.

    Args:
        get_response: What answers the request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers the request."""
        correlation_id.set(request.headers.get(HEADER) or str(uuid.uuid4()))
        response = self.get_response(request)
        response[HEADER] = correlation_id.get()
        return response
