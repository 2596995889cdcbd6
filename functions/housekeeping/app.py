"""Entry point: the schedules' events, and what people invoke by hand."""

import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from typing import Any, Protocol

from frontdesk.adapters.aws_clients import (
    dynamodb_client,
    events_client,
    s3_client,
    sqs_client,
)
from frontdesk.adapters.dynamodb_erasure import DynamoDBErasure
from frontdesk.adapters.dynamodb_keyring import DynamoDBKeyring
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskPublisher
from frontdesk.adapters.dynamodb_unfinished import DynamoDBBookmarks, DynamoDBUnfinishedTasks
from frontdesk.adapters.eventbridge import EventBridgeBus
from frontdesk.adapters.postgres.audit import PostgresAuditLog
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.event_outbox import PostgresEventOutbox
from frontdesk.adapters.postgres.expiry import PostgresExpiry
from frontdesk.adapters.postgres.failed_turns import PostgresFailedTurns
from frontdesk.adapters.postgres.followed_documents import PostgresFollowedDocuments
from frontdesk.adapters.s3_inventory import S3Inventory
from frontdesk.adapters.secrets import read_secret
from frontdesk.adapters.sqs_chat import SQSChatDelivery, SQSChatSender
from frontdesk.adapters.sqs_dead_letters import SQSDeadLetters
from frontdesk.adapters.sqs_knowledge import SQSKnowledgeEvents
from frontdesk.clock import utc_now
from frontdesk.event_publishing import EventPublisher
from housekeeping.dead_letters import DeadLetterOffice
from housekeeping.documents import Comparison
from housekeeping.endings import Endings
from housekeeping.events import EventSweep
from housekeeping.retention import Retention
from housekeeping.service_keys import KeyOffice
from housekeeping.settings import HousekeepingSettings
from housekeeping.sweep import Sweep
from housekeeping.telemetry import Telemetry

LAST_BEGIN_MS = 20_000
"""Work begins only where it can end before the function is stopped, slow stores included."""

RUNS = {
    "tasks": "TaskSweeps",
    "documents": "DocumentComparisons",
    "events": "EventSweeps",
    "retention": "RetentionRuns",
}
"""Metrics of runs that came to their end, by their schedules' actions. A schedule that has stopped,
and a job that fails each time, count none."""


class LambdaContext(Protocol):
    """The part of Lambda's context object that is used here."""

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds left before Lambda ends the function."""
        ...


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Does one of housekeeping's jobs.

    Args:
        event: ``{"action": "tasks" | "documents" | "events" | "retention" | "dlq" | "redrive"
            | "discard" | "keys", "task_id"?: …, "operator"?: …}``; the last four are for people,
            who name themselves as operator.
        context: Lambda's context object.

    Returns:
        What was done.

    Raises:
        ValueError: There is no such action.
    """
    action = event.get("action")

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > LAST_BEGIN_MS

    try:
        if action == "keys":
            return build_key_office().act(event)
        return _act(action, event, has_time)
    finally:
        build_telemetry().flush()


def _act(action: object, event: dict[str, Any], has_time: Callable[[], bool]) -> Any:
    task_id, operator = event.get("task_id"), event.get("operator")
    match action:
        case "tasks":
            report = asdict(build_sweep().run(has_time))
        case "documents":
            report = asdict(build_comparison().run(has_time))
        case "events":
            report = asdict(build_event_sweep().run(has_time))
        case "retention":
            report = asdict(build_retention().run(has_time))
        case "dlq":
            return asdict(build_office().show(has_time))
        case "redrive":
            return [asdict(one) for one in build_office().redrive(task_id, has_time, operator)]
        case "discard":
            discarded = build_office().discard(str(task_id), has_time, operator)
            return [asdict(one) for one in discarded]
        case _:
            raise ValueError(f"unknown action: {action!r}")
    build_telemetry().event(f"housekeeping.{action}", **report)
    build_telemetry().count(RUNS[action])
    return report


@cache
def build_settings() -> HousekeepingSettings:
    """Reads the settings, once a process."""
    return HousekeepingSettings.from_environment()


@cache
def build_telemetry() -> Telemetry:
    """Builds what logs and counts, once a process."""
    return Telemetry()


@cache
def build_table() -> DynamoDBTable:
    """Builds the way to the tasks table, once a process."""
    return DynamoDBTable(dynamodb_client(), build_settings().tasks_table)


@cache
def build_database() -> Database:
    """Builds the way to Postgres, once a process; nothing is connected to yet."""
    settings = build_settings()
    return Database(
        lambda: settings.read_database_url(read_secret), application_name="housekeeping"
    )


@cache
def build_endings() -> Endings:
    """Builds what ends tasks that nobody answers, once a process."""
    return Endings(
        publisher=DynamoDBTaskPublisher(build_table()),
        store=PostgresConversationStore(build_database()),
        telemetry=build_telemetry(),
        clock=utc_now,
    )


@cache
def build_sweep() -> Sweep:
    """Builds what sees to unfinished tasks, once a process."""
    settings = build_settings()
    return Sweep(
        tasks=DynamoDBUnfinishedTasks(build_table()),
        endings=build_endings(),
        store=PostgresConversationStore(build_database()),
        sender=SQSChatSender(sqs_client(), settings.chat_queue_url),
        delivery=SQSChatDelivery(sqs_client(), settings.chat_queue_url, settings.chat_dlq_url),
        bookmarks=DynamoDBBookmarks(build_table()),
        telemetry=build_telemetry(),
        clock=utc_now,
        patience=settings.patience,
    )


@cache
def build_comparison() -> Comparison:
    """Builds what compares the drop with knowledge, once a process."""
    settings = build_settings()
    return Comparison(
        drop=S3Inventory(s3_client(), settings.documents_bucket),
        documents=PostgresFollowedDocuments(build_database()),
        events=SQSKnowledgeEvents(sqs_client(), settings.knowledge_queue_url),
        bookmarks=DynamoDBBookmarks(build_table()),
        telemetry=build_telemetry(),
        clock=utc_now,
        settling=timedelta(minutes=settings.drift_minutes),
    )


@cache
def build_key_office() -> KeyOffice:
    """Builds what changes services' keys, once a process."""
    return KeyOffice(
        keyring=DynamoDBKeyring(build_table()),
        audit=PostgresAuditLog(build_database()),
        clock=utc_now,
    )


@cache
def build_event_sweep() -> EventSweep:
    """Builds what publishes the events that nobody published, once a process."""
    outbox = PostgresEventOutbox(build_database())
    bus = EventBridgeBus(events_client(), build_settings().event_bus_name)
    return EventSweep(
        publisher=EventPublisher(outbox, bus),
        oldest=outbox.oldest,
        telemetry=build_telemetry(),
        clock=utc_now,
    )


@cache
def build_retention() -> Retention:
    """Builds what deletes the things whose time is over, once a process."""
    settings = build_settings()
    return Retention(
        expiry=PostgresExpiry(build_database()),
        projections=DynamoDBErasure(build_table()),
        telemetry=build_telemetry(),
        clock=utc_now,
        periods=settings.periods,
    )


@cache
def build_office() -> DeadLetterOffice:
    """Builds what shows and redrives dead letters, once a process."""
    settings = build_settings()
    return DeadLetterOffice(
        letters=SQSDeadLetters(sqs_client(), settings.chat_dlq_url),
        tasks=DynamoDBUnfinishedTasks(build_table()),
        publisher=DynamoDBTaskPublisher(build_table()),
        endings=build_endings(),
        turns=PostgresFailedTurns(build_database()),
        sender=SQSChatSender(sqs_client(), settings.chat_queue_url),
        audit=PostgresAuditLog(build_database()),
        telemetry=build_telemetry(),
        clock=utc_now,
        retention=timedelta(days=settings.task_retention_days),
    )


if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    # While Lambda lends a whole core.
    build_sweep()
