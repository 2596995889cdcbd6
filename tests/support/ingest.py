"""Ingest with everything it needs in memory."""

from datetime import datetime
from typing import Any

from chat_ingest import app
from chat_ingest.accept import Ingest
from frontdesk.guest_tokens import GuestTokens
from frontdesk.http.rate import RequestRate
from frontdesk.limiting import CallerDigests, Limiter, TokenBudget
from frontdesk.principal import Principal
from tests.support.chat import NOW
from tests.support.fake_counters import FakeCounters
from tests.support.fake_queue import FakeChatQueue
from tests.support.fake_tasks import FakeTasks
from tests.support.http_events import FakeContext, body_of, http_event


class SetClock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


class Desk:
    """The function with its fakes, called as the gateway calls it."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.tasks = FakeTasks(self.clock)
        self.queue = FakeChatQueue()
        self.unnoted: list[str] = []
        self.guest_tokens = GuestTokens(
            lambda: b"a key of more than sixteen bytes", days=30, now=self.clock
        )
        self.counters = FakeCounters(self.clock)
        self.counted: list[str] = []
        limiter = Limiter(self.counters, self.counted.append, self.clock)
        digests = CallerDigests(lambda: b"a key")
        self.rate = RequestRate(limiter, digests, 60, 600, self.counted.append)
        self.budget = TokenBudget(limiter, per_caller=10_000, together=100_000)
        self.ingest = Ingest(
            self.tasks,
            self.queue,
            self.guest_tokens,
            self.budget,
            digests,
            report=self.counted.append,
            report_unnoted=self.unnoted.append,
            now=self.clock,
        )

    def post(
        self,
        body: object = None,
        principal: Principal | None = None,
        *,
        path: str = "/api/chat",
        key: str | None = None,
        **event: Any,
    ) -> dict[str, Any]:
        headers = {} if key is None else {"idempotency-key": key}
        request = http_event("POST", path, principal=principal, body=body, headers=headers, **event)
        return app.handler(request, FakeContext())

    def accepted(
        self, body: dict[str, Any] | None = None, principal: Principal | None = None, **event: Any
    ) -> dict[str, Any]:
        response = self.post({"message": "Hello"} | (body or {}), principal, **event)
        assert response["statusCode"] == 202, response["body"]
        return body_of(response)

    def guest(self, token: str) -> Principal:
        subject = self.guest_tokens.verify(token)
        return Principal.anonymous().model_copy(update={"subject": subject})
