"""Takes queued messages from the chat queue: the Lambda handler of the worker."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, Protocol

from agent_worker.guards import OutboundGuard
from agent_worker.prompting import PromptLibrary
from agent_worker.routing.desk_router import DeskRouter
from agent_worker.routing.router import ModelRouter
from agent_worker.settings import WorkerSettings
from agent_worker.team import Team
from agent_worker.telemetry import Telemetry
from agent_worker.turn import Delivery, TurnWorker
from frontdesk.adapters.aws_clients import dynamodb_client, sqs_client
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskPublisher
from frontdesk.adapters.openai_chat import OpenAIChatModel
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.accounts import PostgresAccountReader
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.adapters.secrets import read_secret
from frontdesk.adapters.sqs_chat import SQSChatDelivery
from frontdesk.clock import utc_now
from frontdesk.domain.task import QueuedMessage
from frontdesk.knowledge.searching import HybridSearch
from frontdesk.pricing import read_prices

LOCAL = "local"
"""The environment without an X-Ray daemon."""


class LambdaContext(Protocol):
    """What is used of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds until the function is stopped."""
        ...


@cache
def build_telemetry() -> Telemetry:
    """Builds what logs, counts and traces, once a process."""
    return Telemetry(traced=WorkerSettings.from_environment().environment != LOCAL)


@cache
def build_worker() -> TurnWorker:
    """Builds what answers messages, once a process; nothing is connected to yet."""
    settings = WorkerSettings.from_environment()
    telemetry = build_telemetry()

    def api_key() -> str:
        return settings.read_api_key(read_secret)

    database = Database(
        lambda: settings.read_database_url(read_secret), application_name="agent_worker"
    )
    embeddings = OpenAIEmbeddings(api_key, base_url=settings.openai_base_url)
    prompts = PromptLibrary(
        company_name=settings.company_name, company_profile=settings.company_profile
    )
    guard = OutboundGuard(
        link_hosts=settings.link_hosts,
        secrets=lambda: (api_key(), prompts.canary),
        prompt_lines=prompts.own_lines(),
    )

    def accounts(message: QueuedMessage) -> PostgresAccountReader:
        return PostgresAccountReader(
            database, email=message.account_email, subject=message.principal.subject
        )

    return TurnWorker(
        store=PostgresConversationStore(database),
        tasks=DynamoDBTaskPublisher(DynamoDBTable(dynamodb_client(), settings.tasks_table)),
        delivery=SQSChatDelivery(sqs_client(), settings.chat_queue_url, settings.chat_dlq_url),
        accounts=accounts,
        knowledge=HybridSearch(PostgresPassageIndex(database), embeddings),
        model=OpenAIChatModel(
            api_key,
            model=settings.llm_model,
            temperature=settings.llm_temperature,
            base_url=settings.openai_base_url,
        ),
        team=Team(DeskRouter(ModelRouter(prompts)), prompts, guard, telemetry),
        prices=read_prices(settings.model_prices),
        clock=utc_now,
        telemetry=telemetry,
        executor=ThreadPoolExecutor(max_workers=1, thread_name_prefix="stages"),
        window_size=settings.context_window_size,
        agents_enabled=settings.agents_enabled,
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
