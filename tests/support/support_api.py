"""Requests to the support API in tests: over its routes, without a gateway."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from frontdesk.http.gateway import answer
from frontdesk.observability import get_logger
from frontdesk.principal import Principal
from support_api.ports import Desk
from support_api.routes import build_api
from tests.support.callers import NOBODY
from tests.support.http_events import FakeContext, http_event


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as a client sees it."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def content(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.text)


class Client:
    """Sends requests to the routes."""

    def __init__(self, desk: Desk) -> None:
        self.api = build_api(desk)

    def send(
        self,
        method: str,
        path: str,
        principal: Principal = NOBODY,
        *,
        query: str | dict[str, Any] = "",
        seconds_left: float = 29,
        **event: Any,
    ) -> Answer:
        """Sends a request.

        Args:
            method: The HTTP method.
            path: The path.
            principal: Who is calling.
            query: Parameters, or the raw query string.
            seconds_left: How long the function may still run.
            **event: Whatever else `http_event` takes.

        Returns:
            The answer.
        """
        raw_query = query if isinstance(query, str) else urlencode(query)
        made = http_event(method, path, principal=principal, query=raw_query, **event)
        return self.deliver(made, seconds_left=seconds_left)

    def get(self, path: str, principal: Principal = NOBODY, **event: Any) -> Answer:
        """Sends a GET request."""
        return self.send("GET", path, principal, **event)

    def deliver(self, event: dict[str, Any], *, seconds_left: float = 29) -> Answer:
        """Delivers an event as the gateway made it."""
        context = FakeContext(seconds_left)
        sent = answer(
            event,
            context,
            get_logger(),
            lambda request: self.api.respond(request, event, context),
        )
        return Answer(sent["statusCode"], sent["headers"], sent["body"])
