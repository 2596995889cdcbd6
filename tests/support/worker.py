"""The worker with everything around it, in memory where nothing else is said."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from agent_worker.guards import OutboundGuard
from agent_worker.prompting import PromptLibrary
from agent_worker.routing.desk_router import DeskRouter
from agent_worker.routing.router import ModelRouter
from agent_worker.team import Team
from agent_worker.telemetry import Telemetry
from agent_worker.turn import Delivery, TurnWorker
from frontdesk.adapters.sqs_chat import to_body
from frontdesk.clock import utc_now
from frontdesk.domain.conversation import Message, MessageRole
from frontdesk.domain.ids import derived_id, new_id
from frontdesk.domain.knowledge import Category, SearchHit, Visibility
from frontdesk.domain.task import QueuedMessage, Task, TaskResult
from frontdesk.limiting import Limiter, TokenBudget
from frontdesk.ports import AccountReader, ChatModel, ConversationStore, KnowledgeSearch
from frontdesk.pricing import PRICES
from frontdesk.principal import Principal, PrincipalKind
from tests.support.chat import a_message, an_acceptance
from tests.support.fake_conversations import FakeAccountReader, FakeConversationStore
from tests.support.fake_counters import FakeCounters
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.fake_queue import FakeChatQueue
from tests.support.fake_tasks import FakeTasks

API_KEY = "sk-test-0123456789abcdefghij"
LINK_HOST = "acme.example"

GUEST = Principal(kind=PrincipalKind.GUEST, subject="guest:0123456789")
OTHER_GUEST = Principal(kind=PrincipalKind.GUEST, subject="guest:9876543210")
JOHN = Principal(
    kind=PrincipalKind.CUSTOMER, subject="https://id.example|john", email="john@startup.example"
)
DAVID = Principal(
    kind=PrincipalKind.CUSTOMER, subject="https://id.example|david", email="david@agency.example"
)
BACKEND = Principal(kind=PrincipalKind.SERVICE, subject="service:backend")


def a_hit(content: str, *, title: str = "Projects", **changes: Any) -> SearchHit:
    defaults: dict[str, Any] = {
        "passage_id": derived_id("psg", title, content),
        "document_id": derived_id("doc", title),
        "document_version": 1,
        "title": title,
        "section": "Overview",
        "content": content,
        "category": Category.FAQ,
        "visibility": Visibility.PUBLIC,
        "score": 1.0,
        "similarity": 0.8,
    }
    return SearchHit.model_validate(defaults | changes)


class RecordingTelemetry(Telemetry):
    """Keeps what would be logged, counted and traced."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.counted: list[str] = []
        self.results: list[TaskResult] = []
        self.segments: list[str] = []

    @contextmanager
    def for_message(self, **ids: str) -> Iterator[None]:
        yield

    def event(self, name: str, **fields: Any) -> None:
        self.events.append((name, fields))

    def problem(self, name: str, error: BaseException, **fields: Any) -> None:
        self.events.append((name, {"error_type": type(error).__name__, **fields}))

    @contextmanager
    def segment(self, name: str, **annotations: str) -> Iterator[None]:
        self.segments.append(name)
        yield

    def count_result(self, result: TaskResult) -> None:
        self.results.append(result)

    def count(self, name: str) -> None:
        self.counted.append(name)


class Inline(Executor):
    """Runs at once what is submitted."""

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def make_team(telemetry: Telemetry) -> Team:
    prompts = PromptLibrary(company_name="Acme", company_profile="Acme makes planning software.")
    guard = OutboundGuard(
        link_hosts={LINK_HOST},
        secrets=lambda: (API_KEY, prompts.canary),
        prompt_lines=prompts.own_lines(),
    )
    return Team(DeskRouter(ModelRouter(prompts)), prompts, guard, telemetry)


@dataclass
class Desk:
    """A worker, what it works on, and how messages get to it."""

    model: ChatModel
    store: ConversationStore = field(default_factory=FakeConversationStore)
    knowledge: KnowledgeSearch = field(default_factory=FakeKnowledgeSearch)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    queue: FakeChatQueue = field(default_factory=FakeChatQueue)
    telemetry: RecordingTelemetry = field(default_factory=RecordingTelemetry)
    accounts: Callable[[QueuedMessage], AccountReader] | None = None
    agents_enabled: bool = True
    window_size: int = 15
    counters: FakeCounters = field(default_factory=FakeCounters)
    daily_tokens: int = 1_000_000
    daily_tokens_together: int = 1_000_000
    publications: int = 0

    def worker(self, **changes: Any) -> TurnWorker:
        defaults: dict[str, Any] = {
            "store": self.store,
            "tasks": self.tasks,
            "delivery": self.queue,
            "accounts": self.accounts or self._fake_account,
            "knowledge": self.knowledge,
            "model": self.model,
            "team": make_team(self.telemetry),
            "prices": PRICES,
            "daily_budget": TokenBudget(
                Limiter(self.counters, self.telemetry.count),
                per_caller=self.daily_tokens,
                together=self.daily_tokens_together,
            ),
            "clock": utc_now,
            "telemetry": self.telemetry,
            "executor": Inline(),
            "publish_events": self._count_publication,
            "stage_settled_seconds": 0.0,
            "window_size": self.window_size,
            "agents_enabled": self.agents_enabled,
        }
        return TurnWorker(**(defaults | changes))

    def _count_publication(self) -> None:
        self.publications += 1

    def accept(self, text: str, by: Principal = JOHN, **changes: Any) -> QueuedMessage:
        """Records and queues a message, as ingest does."""
        known = changes.get("conversation_id") in self.tasks.conversations
        message = a_message(text=text, principal=by, accepted_at=utc_now(), **changes)
        tomorrow = utc_now() + timedelta(days=1)
        self.tasks.accept(
            an_acceptance(message, is_new_conversation=not known, task_expires_at=tomorrow)
        )
        return message

    def deliver(self, message: QueuedMessage, *, times_before: int = 0, **changes: Any) -> bool:
        """Delivers a message to a worker; True where it was acknowledged."""
        delivered = a_delivery(to_body(message), message.conversation_id, times_before)
        return self.worker(**changes).handle(delivered, lambda: 60.0)

    def ask(self, text: str, by: Principal = JOHN, **changes: Any) -> Task:
        """Accepts and delivers a message, and reads its task."""
        message = self.accept(text, by, **changes)
        assert self.deliver(message)
        return self.task(message)

    def task(self, message: QueuedMessage) -> Task:
        found = self.tasks.get(message.task_id)
        assert found is not None
        return found[0]

    def replies(self, conversation_id: str) -> list[Message]:
        messages = self.store.recent_messages(conversation_id, limit=100)
        return [message for message in messages if message.role is MessageRole.ASSISTANT]

    def _fake_account(self, message: QueuedMessage) -> AccountReader:
        assert isinstance(self.store, FakeConversationStore)
        return FakeAccountReader(
            self.store.records, email=message.account_email, subject=message.account_subject
        )


def a_delivery(body: str, group_id: str = "group", times_before: int = 0) -> Delivery:
    return Delivery(
        body=body,
        message_id=new_id("sqs"),
        receipt_handle=new_id("receipt"),
        group_id=group_id,
        receive_count=times_before + 1,
    )
