"""Takes queued messages from the chat queue: the Lambda handler of the worker."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Protocol

from agent_worker.breaker import GuardedModel
from agent_worker.guards import OutboundGuard
from agent_worker.prompting import PromptLibrary
from agent_worker.routing.desk_router import DeskRouter
from agent_worker.routing.examples import examples
from agent_worker.routing.learned import LearnedRouting, in_background
from agent_worker.routing.router import ModelRouter
from agent_worker.settings import WorkerSettings
from agent_worker.stages import SETTLED_SECONDS
from agent_worker.team import Team
from agent_worker.telemetry import Telemetry
from agent_worker.turn import Delivery, TurnWorker
from frontdesk.adapters.aws_clients import dynamodb_client, events_client, sqs_client
from frontdesk.adapters.dynamodb_breaker import DynamoDBBreakerStore
from frontdesk.adapters.dynamodb_counters import DynamoDBUsageCounters
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskPublisher
from frontdesk.adapters.eventbridge import EventBridgeBus
from frontdesk.adapters.openai_chat import OpenAIChatModel
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.accounts import PostgresAccountReader
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.event_outbox import PostgresEventOutbox
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.adapters.postgres.router_models import PostgresRouterModelStore
from frontdesk.adapters.secrets import read_secret
from frontdesk.adapters.sqs_chat import SQSChatDelivery
from frontdesk.clock import utc_now
from frontdesk.domain.task import QueuedMessage
from frontdesk.event_publishing import EventPublisher
from frontdesk.knowledge.searching import HybridSearch
from frontdesk.limiting import Limiter, TokenBudget
from frontdesk.pricing import read_prices

LOCAL = "local"
"""The environment without an X-Ray daemon."""


class LambdaContext(Protocol):
    """What is used of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds until the function is stopped."""
        ...


@cache
def build_settings() -> WorkerSettings:
    """Reads the settings, once a process."""
    return WorkerSettings.from_environment()


@cache
def build_telemetry() -> Telemetry:
    """Builds what logs, counts and traces, once a process."""
    return Telemetry(traced=build_settings().environment != LOCAL)


@cache
def build_database() -> Database:
    """Builds the way to Postgres, once a process; nothing is connected to yet."""
    settings = build_settings()
    return Database(
        lambda: settings.read_database_url(read_secret), application_name="agent_worker"
    )


@cache
def build_embeddings() -> OpenAIEmbeddings:
    """Builds the provider of embeddings, once a process."""
    return OpenAIEmbeddings(api_key, base_url=build_settings().openai_base_url)


@cache
def build_events() -> EventPublisher:
    """Builds what tells other systems of what was committed, once a process."""
    return EventPublisher(
        PostgresEventOutbox(build_database()),
        EventBridgeBus(events_client(), build_settings().event_bus_name),
    )


@cache
def build_prompts() -> PromptLibrary:
    """Builds the company's prompts, once a process: their canary has to be one and the same."""
    settings = build_settings()
    return PromptLibrary(
        company_name=settings.company_name, company_profile=settings.company_profile
    )


@cache
def build_router() -> DeskRouter:
    """Builds the router, once a process; its classifier is looked for when it is needed."""
    settings = build_settings()
    if settings.router_confidence > 1:
        return DeskRouter(ModelRouter(build_prompts()))
    learned = LearnedRouting(
        PostgresRouterModelStore(build_database()),
        build_embeddings()(settings.embedding_model),
        examples(),
        build_telemetry(),
    )
    return DeskRouter(ModelRouter(build_prompts()), learned, sure_from=settings.router_confidence)


def api_key() -> str:
    """Returns the key of the model's provider."""
    return build_settings().read_api_key(read_secret)


@cache
def build_worker() -> TurnWorker:
    """Builds what answers messages, once a process; nothing is connected to yet."""
    settings = build_settings()
    telemetry, database, prompts = build_telemetry(), build_database(), build_prompts()
    guard = OutboundGuard(
        link_hosts=settings.link_hosts,
        secrets=lambda: (api_key(), prompts.canary),
        prompt_lines=prompts.own_lines(),
    )

    def accounts(message: QueuedMessage) -> PostgresAccountReader:
        return PostgresAccountReader(
            database, email=message.account_email, subject=message.account_subject
        )

    table = DynamoDBTable(dynamodb_client(), settings.tasks_table)
    model = OpenAIChatModel(
        api_key,
        model=settings.llm_model,
        temperature=settings.llm_temperature,
        base_url=settings.openai_base_url,
    )
    return TurnWorker(
        store=PostgresConversationStore(database),
        tasks=DynamoDBTaskPublisher(table),
        delivery=SQSChatDelivery(sqs_client(), settings.chat_queue_url, settings.chat_dlq_url),
        accounts=accounts,
        knowledge=HybridSearch(PostgresPassageIndex(database), build_embeddings()),
        model=GuardedModel(model, DynamoDBBreakerStore(table), utc_now, telemetry.count),
        team=Team(build_router(), prompts, guard, telemetry),
        prices=read_prices(settings.model_prices),
        daily_budget=TokenBudget(
            Limiter(DynamoDBUsageCounters(table), report=telemetry.count),
            per_caller=settings.daily_tokens,
            together=settings.daily_tokens_together,
        ),
        clock=utc_now,
        telemetry=telemetry,
        executor=ThreadPoolExecutor(max_workers=1, thread_name_prefix="stages"),
        publish_events=build_events().publish,
        window_size=settings.context_window_size,
        stage_settled_seconds=SETTLED_SECONDS,
        agents_enabled=settings.agents_enabled,
        actions=settings.action_policy,
        answer_confidence=settings.answer_confidence,
        ticket_policy=settings.ticket_policy,
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers the messages of a batch; those to be delivered again are named.

    Args:
        event: An SQS event; the mapping's batch size is 1.
        context: Lambda's context.

    Returns:
        The partial batch response.
    """
    worker = build_worker()
    failed: list[str] = []
    for record in event["Records"]:
        delivered = _delivery(record)
        # In a FIFO queue what follows a failure must not overtake it.
        if failed or not worker.handle(
            delivered, lambda: context.get_remaining_time_in_millis() / 1000
        ):
            failed.append(delivered.message_id)
    build_telemetry().flush()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _delivery(record: dict[str, Any]) -> Delivery:
    attributes = record.get("attributes", {})
    return Delivery(
        body=record["body"],
        message_id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        group_id=attributes.get("MessageGroupId", record["messageId"]),
        receive_count=int(attributes.get("ApproximateReceiveCount", 1)),
    )


if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    # While Lambda lends a whole core, and before anybody waits.
    build_worker()
    # The trained classifier too, but nothing waits for Postgres here.
    in_background(build_router().prepare)
