"""The worker whole, on a database of an evaluation's own with the sample company in it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from agent_worker.guards import OutboundGuard
from agent_worker.prompting import PromptLibrary
from agent_worker.routing.desk_router import DeskRouter
from agent_worker.routing.examples import examples
from agent_worker.routing.learned import LearnedRouting
from agent_worker.routing.router import ModelRouter
from agent_worker.settings import DEFAULT_ANSWER_CONFIDENCE, RouterSettings
from agent_worker.team import Team
from agent_worker.telemetry import Telemetry
from agent_worker.turn import Delivery, TurnWorker
from evals.knowledge_base import SourceDocument, evaluation_database, fill
from evals.provider import Provider
from frontdesk.adapters.openai_chat import OpenAIChatModel
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.accounts import PostgresAccountReader
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.adapters.postgres.router_models import PostgresRouterModelStore
from frontdesk.adapters.sqs_chat import to_body
from frontdesk.clock import utc_now
from frontdesk.config import ModelSettings
from frontdesk.domain.actions import ActionKind, ActionPolicy
from frontdesk.domain.limits import Counter
from frontdesk.domain.task import QueuedMessage, Stage, TaskResult
from frontdesk.knowledge.searching import HybridSearch
from frontdesk.limiting import Limiter, TokenBudget
from frontdesk.pricing import PRICES
from localstack.seed import records
from localstack.seed.documents import files
from localstack.settings import SAMPLE_COMPANY

COMPANY_NAME = "CloudFlow"
COMPANY_PROFILE = "CloudFlow makes software to plan projects and work on them together."
PLENTY = 10**12
"""Tokens a day: an evaluation is not held to a budget."""

TURN_SECONDS = 60.0
WINDOW = 15

_EMPTY = "TRUNCATE customers, conversations, tickets, audit_log RESTART IDENTITY CASCADE"


@dataclass
class _Results:
    """The tasks table, as far as a turn needs it; implements `frontdesk.ports.TaskPublisher`."""

    published: dict[str, TaskResult] = field(default_factory=dict)

    def begin(self, task_id: str) -> int:
        """Counts no crashes: one that happens ends the evaluation."""
        return 0 if task_id in self.published else 1

    def release(self, task_id: str) -> None:
        """Takes nothing back."""

    def stage(self, task_id: str, stage: Stage) -> None:
        """Tells nobody what is being done."""

    def publish(self, task_id: str, _: str, result: TaskResult) -> bool:
        """Keeps the result."""
        self.published[task_id] = result
        return True

    def hand_on(self, conversation_id: str, *, former: str, owner: str) -> None:
        """Tells nobody whose a conversation is now."""


class _NoQueue:
    """The queue, which has nothing to do here; implements `frontdesk.ports.ChatDelivery`."""

    def hide(self, receipt_handle: str, seconds: int) -> None:
        """Hides nothing."""

    def set_aside(
        self,
        body: str,  # noqa: ARG002 - the port's
        *,
        conversation_id: str,  # noqa: ARG002
        deduplication_id: str,  # noqa: ARG002
        reason: str,
    ) -> None:
        """Refuses: no message of an evaluation may end there."""
        raise RuntimeError(f"set aside: {reason}")


class _Uncounted(Telemetry):
    """Logs and times, and emits no metrics: there is nobody to read them."""

    def count(self, name: str) -> None:
        """Counts nothing."""

    def count_result(self, result: TaskResult) -> None:
        """Counts nothing."""


class _NoCounters:
    """Counts nothing; implements `frontdesk.ports.UsageCounters`."""

    def add(self, _: Counter, amount: int) -> int:
        """Adds nothing."""
        return amount

    def read(self, counters: Sequence[Counter]) -> list[int]:
        """Reads nothing."""
        return [0] * len(counters)


@dataclass(frozen=True)
class EvaluatedDesk:
    """A worker, and a look at what it has done.

    Attributes:
        worker: The worker.
        results: What it published.
        owner: A connection that may see everything.
    """

    worker: TurnWorker
    results: _Results
    owner: psycopg.Connection[dict[str, Any]]

    def reset(self) -> None:
        """Puts the sample company's records back, and forgets all conversations."""
        self.owner.execute(_EMPTY)
        records.load(self.owner)

    def answer(self, message: QueuedMessage) -> TaskResult:
        """Answers a message, as if the queue had delivered it.

        Args:
            message: The message.

        Returns:
            How its task ended.

        Raises:
            RuntimeError: The worker gave it back.
        """
        delivery = Delivery(
            body=to_body(message),
            message_id=message.task_id,
            receipt_handle=message.task_id,
            group_id=message.conversation_id,
            receive_count=1,
        )
        if not self.worker.handle(delivery, lambda: TURN_SECONDS):
            raise RuntimeError(f"the worker gave {message.text!r} back")
        return self.results.published[message.task_id]

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Reads what is in the database."""
        return self.owner.execute(query.encode(), parameters).fetchall()


@contextmanager
def evaluated_desk(
    provider: Provider, folder: Path, *, wrap: Callable[[TurnWorker], TurnWorker] | None = None
) -> Iterator[EvaluatedDesk]:
    """Builds the worker on a database of its own, with the sample documents searchable.

    Args:
        provider: The configured provider.
        folder: For the database and the embeddings that are kept.
        wrap: Makes another worker of it, such as one with another model.

    Yields:
        The desk, still without records: see `EvaluatedDesk.reset`.
    """
    with ExitStack() as stack:
        database, owner_url = stack.enter_context(evaluation_database(folder))
        documents = [
            SourceDocument(id=file.stem, text=file.read_text(encoding="utf-8")) for file in files()
        ]
        fill(database, documents, provider, folder)
        owner = stack.enter_context(
            psycopg.connect(owner_url, autocommit=True, row_factory=dict_row)
        )
        results = _Results()
        executor = stack.enter_context(ThreadPoolExecutor(max_workers=1))
        worker = _worker(database, provider, results, executor)
        yield EvaluatedDesk(wrap(worker) if wrap else worker, results, owner)


def _worker(
    database: Database, provider: Provider, results: _Results, executor: ThreadPoolExecutor
) -> TurnWorker:
    telemetry = _Uncounted()
    prompts = PromptLibrary(company_name=COMPANY_NAME, company_profile=COMPANY_PROFILE)
    embeddings = OpenAIEmbeddings(lambda: provider.api_key, base_url=provider.base_url)
    router = DeskRouter(
        ModelRouter(prompts),
        LearnedRouting(
            PostgresRouterModelStore(database),
            embeddings(provider.embedding_model),
            examples(),
            telemetry,
            run=lambda work: work(),
        ),
        sure_from=RouterSettings.from_environment().router_confidence,
    )
    guard = OutboundGuard(
        link_hosts=frozenset({SAMPLE_COMPANY["AllowedLinkHosts"]}),
        secrets=lambda: (prompts.canary,),
        prompt_lines=prompts.own_lines(),
    )

    def accounts(message: QueuedMessage) -> PostgresAccountReader:
        return PostgresAccountReader(
            database, email=message.account_email, subject=message.account_subject
        )

    return TurnWorker(
        store=PostgresConversationStore(database),
        tasks=results,
        delivery=_NoQueue(),
        accounts=accounts,
        knowledge=HybridSearch(PostgresPassageIndex(database), embeddings),
        model=OpenAIChatModel(
            lambda: provider.api_key,
            model=provider.llm_model,
            temperature=ModelSettings.model_fields["llm_temperature"].default,
            base_url=provider.base_url,
        ),
        team=Team(router, prompts, guard, telemetry),
        prices=PRICES,
        daily_budget=TokenBudget(
            Limiter(_NoCounters(), report=lambda _: None), per_caller=PLENTY, together=PLENTY
        ),
        clock=utc_now,
        telemetry=telemetry,
        executor=executor,
        publish_events=lambda: None,
        window_size=WINDOW,
        actions=ActionPolicy(kinds=frozenset(ActionKind), valid_for=timedelta(minutes=15)),
        answer_confidence=DEFAULT_ANSWER_CONFIDENCE,
    )
