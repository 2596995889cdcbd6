"""The support API's Lambda handler."""

import hashlib
from functools import cache, partial
from typing import Any

from pydantic import Field

from frontdesk.adapters.aws_clients import dynamodb_client, events_client, s3_client
from frontdesk.adapters.dynamodb_conversations import DynamoDBConversations
from frontdesk.adapters.dynamodb_counters import DynamoDBUsageCounters
from frontdesk.adapters.dynamodb_erasure import DynamoDBErasure
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskReader
from frontdesk.adapters.eventbridge import EventBridgeBus
from frontdesk.adapters.knowledge_search import build_knowledge_search
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.openai_probe import OpenAIProbe
from frontdesk.adapters.postgres.asked_questions import PostgresAskedQuestions
from frontdesk.adapters.postgres.audit import PostgresAuditLog
from frontdesk.adapters.postgres.conversation_changes import PostgresConversationChanges
from frontdesk.adapters.postgres.conversation_reads import PostgresConversationReads
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.desk_scope import PostgresCustomerDirectory
from frontdesk.adapters.postgres.document_reads import PostgresDocumentReads
from frontdesk.adapters.postgres.document_versions import PostgresDocumentVersions
from frontdesk.adapters.postgres.event_outbox import PostgresEventOutbox
from frontdesk.adapters.postgres.figures import PostgresFigures
from frontdesk.adapters.postgres.handovers import PostgresHandovers
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.adapters.postgres.personal_data import PostgresPersonalData
from frontdesk.adapters.postgres.probe import postgres_is_up
from frontdesk.adapters.postgres.records import (
    CUSTOMERS,
    INVOICES,
    SUBSCRIPTIONS,
    PostgresRecords,
)
from frontdesk.adapters.postgres.rehearsal import PostgresRehearsals
from frontdesk.adapters.postgres.ticket_changes import PostgresTicketChanges
from frontdesk.adapters.postgres.ticket_reads import PostgresTicketReads
from frontdesk.adapters.postgres.turn_ratings import PostgresTurnRatings
from frontdesk.adapters.postgres.unanswered_questions import PostgresUnansweredQuestions
from frontdesk.adapters.s3_uploads import S3Uploads
from frontdesk.adapters.secrets import read_secret
from frontdesk.config import (
    DatabaseSettings,
    DocumentsSettings,
    EmbeddingSettings,
    EventSettings,
    MemorySettings,
    RequestRateSettings,
    TasksTableSettings,
    TicketPolicySettings,
)
from frontdesk.event_publishing import EventPublisher
from frontdesk.http.gateway import Event, LambdaContext, Request, Response, answer
from frontdesk.http.pagination import Cursors
from frontdesk.http.rate import RequestRate, at_a_rate
from frontdesk.knowledge.gaps import KnowledgeGaps
from frontdesk.knowledge.publishing import Publisher
from frontdesk.knowledge.writing import DocumentWriter
from frontdesk.limiting import CallerDigests, Limiter
from frontdesk.observability import count, get_logger
from support_api.api import Api
from support_api.ports import Desk
from support_api.previewing import KnowledgePreview
from support_api.routes import build_api

logger = get_logger()


class SupportApiSettings(
    DatabaseSettings,
    EmbeddingSettings,
    MemorySettings,
    TasksTableSettings,
    DocumentsSettings,
    EventSettings,
    TicketPolicySettings,
    RequestRateSettings,
):
    """What the support API needs to know.

    Attributes:
        preview_seconds: What a preview may take, while somebody waits; below the 29 seconds after
            which the function is ended.
    """

    preview_seconds: float = Field(default=20, gt=0, le=25)


def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
    """Answers a request of the HTTP API.

    Args:
        event: The event, payload format 2.0.
        context: Lambda's context object.

    Returns:
        The response.
    """
    route = at_a_rate(lambda request: respond(request, event, context), request_rate)
    return answer(event, context, logger, route)


def respond(request: Request, event: Event, context: LambdaContext) -> Response:
    """Answers a request, and tells other systems of what it changed.

    Args:
        request: The request.
        event: The event that it was read from.
        context: Lambda's context object.

    Returns:
        The answer; a refusal is raised instead.
    """
    response = support_api().respond(request, event, context)
    if request.method != "GET":
        event_publisher().publish()
    return response


@cache
def support_api() -> Api:
    """Returns the process's resolver."""
    return build_api(build_desk(SupportApiSettings.from_environment(), desk_database()))


@cache
def request_rate() -> RequestRate:
    """Returns what holds callers to a rate."""
    settings = SupportApiSettings.from_environment()
    counters = DynamoDBUsageCounters(DynamoDBTable(dynamodb_client(), settings.tasks_table))
    return RequestRate(
        Limiter(counters, report=count),
        CallerDigests(partial(_derive_key, "callers"), report=count),
        settings.requests_per_minute,
        settings.trusted_requests_per_minute,
        report=count,
    )


@cache
def event_publisher() -> EventPublisher:
    """Returns what brings the events that changes wrote onto the bus."""
    settings = SupportApiSettings.from_environment()
    return EventPublisher(
        PostgresEventOutbox(desk_database()),
        EventBridgeBus(events_client(), settings.event_bus_name),
    )


@cache
def desk_database() -> Database:
    """Returns the process's database."""
    return Database(_read_database_url, application_name="frontdesk-support-api")


def build_desk(settings: SupportApiSettings, database: Database) -> Desk:
    """Connects the routes to the world; nothing is reached before it is needed.

    Args:
        settings: The function's settings.
        database: The database, with the desk role.

    Returns:
        What the routes reach the world through.
    """
    api_key = partial(settings.read_api_key, read_secret)
    table = DynamoDBTable(dynamodb_client(), settings.tasks_table)
    audit = PostgresAuditLog(database)
    staff = RowScope(staff=True)
    return Desk(
        conversations=PostgresConversationReads(database),
        conversation_changes=PostgresConversationChanges(database),
        handovers=PostgresHandovers(database),
        projections=DynamoDBConversations(table),
        tasks=DynamoDBTaskReader(table),
        ratings=PostgresTurnRatings(database),
        tickets=PostgresTicketReads(database),
        ticket_changes=PostgresTicketChanges(database),
        figures=PostgresFigures(database),
        documents=PostgresDocumentReads(database),
        document_versions=PostgresDocumentVersions(database),
        document_changes=_build_writer(settings, database),
        uploads=S3Uploads(s3_client(), settings.documents_bucket),
        gaps=KnowledgeGaps(
            PostgresUnansweredQuestions(database, window_size=settings.context_window_size),
            _build_embeddings(settings),
            model=settings.embedding_model,
        ),
        previews=KnowledgePreview(
            PostgresAskedQuestions(database, window_size=settings.context_window_size),
            PostgresPassageIndex(database, staff),
            PostgresRehearsals(database, staff),
            _build_embeddings(settings),
            model=settings.embedding_model,
            seconds=settings.preview_seconds,
        ),
        customers=PostgresCustomerDirectory(database),
        knowledge=build_knowledge_search(settings, database, staff),
        customer_records=PostgresRecords(database, CUSTOMERS),
        subscriptions=PostgresRecords(database, SUBSCRIPTIONS),
        invoices=PostgresRecords(database, INVOICES),
        personal_data=PostgresPersonalData(database),
        task_erasure=DynamoDBErasure(table),
        audit=audit,
        audit_trail=audit,
        cursors=Cursors(partial(_derive_key, "cursor")),
        probes={
            "postgres": partial(postgres_is_up, database),
            "embeddings": OpenAIProbe(settings.openai_base_url, api_key),
        },
        max_document_bytes=settings.max_document_bytes,
        ticket_policy=settings.ticket_policy,
    )


def _build_embeddings(settings: SupportApiSettings) -> OpenAIEmbeddings:
    return OpenAIEmbeddings(
        partial(settings.read_api_key, read_secret), base_url=settings.openai_base_url
    )


def _build_writer(settings: SupportApiSettings, database: Database) -> DocumentWriter:
    store = PostgresKnowledgeStore(database, RowScope(staff=True))
    embeddings = _build_embeddings(settings)
    return DocumentWriter(store, Publisher(store, embeddings, model=settings.embedding_model))


def _read_database_url() -> str:
    return SupportApiSettings.from_environment().read_database_url(read_secret)


def _derive_key(purpose: str) -> bytes:
    """Derives a key from the one secret that only this function has.

    A changed password makes the cursors of before unknown, and counts callers anew.
    """
    return hashlib.sha256(f"frontdesk {purpose}\0{_read_database_url()}".encode()).digest()
