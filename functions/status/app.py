"""``GET /api/chat/status/{task_id}``."""

import os
from functools import cache
from typing import Any

from frontdesk.adapters.aws_clients import dynamodb_client
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskReader
from frontdesk.domain.errors import MethodNotAllowedError, NotFoundError
from frontdesk.http.gateway import LambdaContext, Request, Response, answer
from frontdesk.observability import get_logger
from frontdesk.ports import TaskReader
from status.read import read_task
from status.settings import StatusSettings

PREFIX = "/api/chat/status/"

logger = get_logger()


@cache
def build_reader() -> TaskReader:
    """Builds what reads tasks, once a process."""
    settings = StatusSettings.from_environment()
    return DynamoDBTaskReader(DynamoDBTable(dynamodb_client(), settings.tasks_table))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers one request."""
    return answer(event, context, logger, route)


def route(request: Request) -> Response:
    """Reads the task that the path names."""
    task_id = request.path.removeprefix(PREFIX)
    if task_id == request.path:
        raise NotFoundError("There is no such route.")
    if request.method != "GET":
        raise MethodNotAllowedError("A task can only be read.", extra={"allow": ["GET"]})
    task = read_task(
        build_reader(),
        request.caller.principal,
        task_id,
        wait=request.query.get("wait"),
        seconds_until=request.seconds_until,
    )
    logger.info(
        "task read",
        task_id=task.task_id,
        conversation_id=task.conversation_id,
        status=task.status,
    )
    return Response.of(200, task)


if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    # While Lambda lends a whole core, and before anybody waits.
    build_reader()
