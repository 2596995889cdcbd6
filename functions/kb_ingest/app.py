"""Entry point: S3's notifications from the queue, or ``{"action": "reindex"}`` by hand."""

from dataclasses import asdict
from functools import cache, partial
from typing import Any, Protocol

from frontdesk.adapters.aws_clients import events_client, s3_client, sqs_client
from frontdesk.adapters.eventbridge import EventBridgeBus
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.event_outbox import PostgresEventOutbox
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.adapters.s3_documents import S3Documents
from frontdesk.adapters.secrets import read_secret
from frontdesk.adapters.sqs_delivery import SQSDelivery
from frontdesk.domain.backoff import backoff
from frontdesk.domain.errors import (
    FrontdeskError,
    InfrastructureError,
    ModelUnavailableError,
)
from frontdesk.event_publishing import EventPublisher
from frontdesk.knowledge.apart import read_apart
from frontdesk.knowledge.publishing import Publisher
from frontdesk.knowledge.reindexing import reindex
from frontdesk.observability import get_logger
from kb_ingest.events import changes
from kb_ingest.follow import DocumentFollower
from kb_ingest.settings import IngestSettings

LAST_ROUND_MS = 30_000
"""A round of a reindex begins only where it can end before the function is stopped."""

FIRST_BACKOFF_SECONDS = 20
"""A document waits for as long again as it has waited, so about as long as the outage lasts."""

MAX_BACKOFF_SECONDS = 1_800
"""With the queue's ten deliveries, an hour and a half; what ended longer ago housekeeping finds."""

logger = get_logger()


class LambdaContext(Protocol):
    """The part of Lambda's context object that is used here."""

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds left before Lambda ends the function."""
        ...


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Follows S3, or changes the embedding model.

    Args:
        event: A batch of the knowledge queue, or ``{"action": "reindex", "model"?: …,
            "seconds"?: …}``, with the seconds after which to tell how far it came.
        context: Lambda's context object.

    Returns:
        The messages to be delivered again; or how far the reindex came.

    Raises:
        ValueError: The event is neither of the two.
    """
    if "Records" in event:
        failures = [
            record
            for record in event["Records"]
            if not follow_message(build_follower(), record["body"])
        ]
        for record in failures:
            put_off(record)
        build_events().publish()
        return {
            "batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failures]
        }
    if event.get("action") == "reindex":
        return change_model(event.get("model"), context, seconds=event.get("seconds"))
    raise ValueError(f"unknown event: neither a batch nor an action: {sorted(event)!r}")


def follow_message(follower: DocumentFollower, body: str) -> bool:
    """Follows what a queue message tells of.

    Args:
        follower: Brings documents to what S3 holds.
        body: The message's body.

    Returns:
        False where the message has to be delivered again; after some times the queue puts it
        aside for people to look at.
    """
    try:
        for change in changes(body):
            outcome = follower.follow(change)
            logger.info("document followed", key=change.key, outcome=outcome)
    except FrontdeskError as error:
        # The text of our own errors names no content.
        logger.error("document not followed", error=type(error).__name__, reason=str(error))
        return False
    return True


def put_off(record: dict[str, Any]) -> None:
    """Lets a message come back after a backoff; the queue's own time is a worst case's.

    Args:
        record: The message as the queue delivered it.
    """
    delivered = int(record["attributes"]["ApproximateReceiveCount"])
    seconds = backoff(delivered, first=FIRST_BACKOFF_SECONDS, longest=MAX_BACKOFF_SECONDS)
    try:
        build_delivery().hide(record["receiptHandle"], int(seconds))
    except InfrastructureError as error:
        logger.warning("document not put off", reason=str(error))


def change_model(
    model: str | None, context: LambdaContext, *, seconds: float | None = None
) -> dict[str, Any]:
    """Embeds every passage with a model and makes it the one that searches use.

    Args:
        model: The model; the configured one where None.
        context: Says how much time is left.
        seconds: After how many to answer; when the function's time is over where None.

    Returns:
        ``done`` (False: call again), ``model``, how many passages were ``embedded`` and how many
        are ``left``.

    Raises:
        ModelUnavailableError: The model embeds nothing; the text says what to do.
    """
    settings = build_settings()
    last_round: float = LAST_ROUND_MS
    if seconds is not None:
        last_round = max(last_round, context.get_remaining_time_in_millis() - 1000 * seconds)
    name = model or settings.embedding_model
    try:
        done = reindex(
            build_store(),
            build_embeddings()(name),
            has_time=lambda: context.get_remaining_time_in_millis() > last_round,
        )
    except ModelUnavailableError as error:
        advice = (
            "what is embedded is kept, try again later"
            if error.retryable
            else "does the provider have this model, for this key? Searches go on as before"
        )
        raise ModelUnavailableError(
            f"{name!r} makes no embeddings ({error}): {advice}", retryable=error.retryable
        ) from error
    logger.info("embedding model changed" if done.done else "reindex goes on", **asdict(done))
    return asdict(done)


@cache
def build_settings() -> IngestSettings:
    """Reads the settings, once."""
    return IngestSettings.from_environment()


@cache
def build_store() -> PostgresKnowledgeStore:
    """Builds where documents are stored, once."""
    return PostgresKnowledgeStore(build_database())


@cache
def build_database() -> Database:
    """Connects to Postgres, once."""
    database_url = partial(build_settings().read_database_url, read_secret)
    return Database(database_url, application_name="frontdesk-kb-ingest")


@cache
def build_events() -> EventPublisher:
    """Builds what tells other systems of documents that failed, once."""
    return EventPublisher(
        PostgresEventOutbox(build_database()),
        EventBridgeBus(events_client(), build_settings().event_bus_name),
    )


@cache
def build_delivery() -> SQSDelivery:
    """Connects to the queue that messages come from, once."""
    return SQSDelivery(sqs_client(), build_settings().knowledge_queue_url)


@cache
def build_embeddings() -> OpenAIEmbeddings:
    """Connects to the provider of embeddings, once."""
    settings = build_settings()
    return OpenAIEmbeddings(
        partial(settings.read_api_key, read_secret), base_url=settings.openai_base_url
    )


@cache
def build_follower() -> DocumentFollower:
    """Puts together what follows S3, once."""
    settings = build_settings()
    store = build_store()
    return DocumentFollower(
        source=S3Documents(s3_client(), settings.documents_bucket),
        store=store,
        publisher=Publisher(store, build_embeddings(), model=settings.embedding_model),
        max_bytes=settings.max_document_bytes,
        read=partial(read_apart, limits=settings.limits, bounds=settings.bounds),
    )
