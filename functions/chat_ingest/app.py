"""``POST /api/chat`` and ``POST /api/chat/sync``."""

import os
from datetime import timedelta
from functools import cache
from typing import Any

from chat_ingest.accept import Accepted, Ingest, Limits
from chat_ingest.settings import ChatIngestSettings
from frontdesk.adapters.aws_clients import dynamodb_client, sqs_client
from frontdesk.adapters.dynamodb_acceptor import DynamoDBTaskAcceptor
from frontdesk.adapters.dynamodb_counters import DynamoDBUsageCounters
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskReader
from frontdesk.adapters.secrets import read_secret
from frontdesk.adapters.sqs_chat import SQSChatSender
from frontdesk.domain.errors import InfrastructureError, MethodNotAllowedError, NotFoundError
from frontdesk.domain.task import Task, TaskStatus
from frontdesk.guest_tokens import GuestTokens
from frontdesk.http.gateway import LambdaContext, Request, Response, answer
from frontdesk.http.rate import RequestRate, at_a_rate
from frontdesk.limiting import CallerDigests, Limiter, TokenBudget
from frontdesk.observability import count, get_logger
from frontdesk.ports import TaskReader
from frontdesk.waiting import wait_until_ended

SYNC_SECONDS = 25.0
"""How long ``sync`` waits for the answer: the gateway gives up at 30."""

RETRY_SECONDS = 1
"""When a caller may look at the task: sooner, there is hardly ever an answer."""

CHAT, SYNC, STATUS = "/api/chat", "/api/chat/sync", "/api/chat/status/"

logger = get_logger()


@cache
def build_settings() -> ChatIngestSettings:
    """Reads the settings, once a process."""
    return ChatIngestSettings.from_environment()


@cache
def build_table() -> DynamoDBTable:
    """Builds the way to the tasks table, once a process."""
    return DynamoDBTable(dynamodb_client(), build_settings().tasks_table)


def read_guest_token_key() -> bytes:
    """Reads the key that guests' tokens are signed with."""
    return build_settings().read_guest_token_key(read_secret)


@cache
def build_limiter() -> Limiter:
    """Builds what counts, once a process."""
    return Limiter(DynamoDBUsageCounters(build_table()), report=count)


@cache
def build_digests() -> CallerDigests:
    """Builds what names callers, once a process."""
    return CallerDigests(read_guest_token_key, report=count)


@cache
def build_rate() -> RequestRate:
    """Builds what holds callers to a rate, once a process."""
    settings = build_settings()
    return RequestRate(
        build_limiter(),
        build_digests(),
        settings.requests_per_minute,
        settings.trusted_requests_per_minute,
        report=count,
    )


@cache
def build_ingest() -> Ingest:
    """Builds what accepts messages, once a process."""
    settings = build_settings()
    return Ingest(
        tasks=DynamoDBTaskAcceptor(build_table()),
        queue=SQSChatSender(sqs_client(), settings.chat_queue_url),
        guest_tokens=GuestTokens(read_guest_token_key, days=settings.guest_token_days),
        budget=TokenBudget(
            build_limiter(),
            per_caller=settings.daily_tokens,
            together=settings.daily_tokens_together,
        ),
        digests=build_digests(),
        report=count,
        limits=Limits(
            max_message_characters=settings.max_message_characters,
            max_unanswered_messages=settings.max_unanswered_messages,
            idempotency=timedelta(hours=settings.idempotency_hours),
            task_retention=timedelta(days=settings.task_retention_days),
        ),
        report_unnoted=lambda task_id: logger.warning("sending not noted", task_id=task_id),
    )


@cache
def build_reader() -> TaskReader:
    """Builds what reads tasks, once a process."""
    return DynamoDBTaskReader(build_table())


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers one request."""
    return answer(event, context, logger, at_a_rate(route, build_rate))


def route(request: Request) -> Response:
    """Accepts the message, and waits for its answer where that is asked for."""
    _check_route(request)
    accepted = build_ingest().accept(request.caller, request.headers, request.json_object())
    logger.info(
        "message accepted",
        task_id=accepted.task_id,
        conversation_id=accepted.conversation_id,
        replayed=accepted.replayed,
    )
    if request.path == SYNC:
        task = _wait_for(accepted, request.seconds_until(SYNC_SECONDS))
        if task is not None and task.status.is_terminal:
            return _done(task, accepted)
    return _queued(accepted)


def _check_route(request: Request) -> None:
    if request.path.startswith(STATUS):
        raise MethodNotAllowedError("A task can only be read.", extra={"allow": ["GET"]})
    if request.path not in (CHAT, SYNC):
        raise NotFoundError("There is no such route.")
    if request.method != "POST":
        raise MethodNotAllowedError("A message is sent with POST.", extra={"allow": ["POST"]})


def _wait_for(accepted: Accepted, seconds: float) -> Task | None:
    def look() -> Task:
        found = build_reader().get(accepted.task_id)
        if found is None:
            raise InfrastructureError("the task that was recorded is gone")
        return found[0]

    try:
        return wait_until_ended(look, seconds)
    except InfrastructureError:
        # The message is accepted all the same: the caller can look for itself.
        logger.warning("task not readable", task_id=accepted.task_id)
        return None


def _done(task: Task, accepted: Accepted) -> Response:
    content = task.model_dump(mode="json")
    if accepted.guest_token is not None:
        content["guest_token"] = accepted.guest_token
    return Response.of(200, content)


def _queued(accepted: Accepted) -> Response:
    status_url = STATUS + accepted.task_id
    content = {
        "task_id": accepted.task_id,
        "conversation_id": accepted.conversation_id,
        "status": TaskStatus.QUEUED,
        "status_url": status_url,
    }
    if accepted.guest_token is not None:
        content["guest_token"] = accepted.guest_token
    headers = {"location": status_url, "retry-after": str(RETRY_SECONDS)}
    return Response.of(202, content, headers)


if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    # While Lambda lends a whole core, and before anybody waits.
    build_rate()
    build_ingest()
    build_reader()
