"""Entry point: events of persons' replies, some minutes after they happened."""

from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import BaseModel, ValidationError

from frontdesk.adapters.aws_clients import mail_client
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.staff_replies import PostgresStaffReplies
from frontdesk.adapters.secrets import read_secret
from frontdesk.adapters.ses_mailer import SESMailer
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.events import RepliedConversation
from frontdesk.observability import get_logger
from notifier.replies import ReplyMailer
from notifier.settings import NotifierSettings

logger = get_logger()


class Detail(BaseModel):
    """The part of an event's detail that is used here."""

    data: RepliedConversation


class Envelope(BaseModel):
    """The part of EventBridge's envelope that is used here."""

    detail: Detail


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Sees to the replies of a batch.

    Args:
        event: A batch of the mail queue, each message an event of EventBridge.
        context: Lambda's context object.

    Returns:
        The messages to be delivered again.
    """
    failures = [
        {"itemIdentifier": record["messageId"]}
        for record in event["Records"]
        if not see_to(build_mailer(), record["body"])
    ]
    if build_metrics().metric_set:
        build_metrics().flush_metrics()
    return {"batchItemFailures": failures}


def see_to(mailer: ReplyMailer, body: str) -> bool:
    """Sees to one reply.

    Args:
        mailer: Mails replies that were not read.
        body: The queue message's body.

    Returns:
        False where the message has to be delivered again; after some times the queue puts it
        aside for people to look at.
    """
    try:
        reply = Envelope.model_validate_json(body).detail.data
    except ValidationError:
        logger.error("event not understood")
        return False
    ids = {"conversation_id": reply.conversation_id, "message_id": reply.message_id}
    try:
        outcome = mailer.see_to(reply.conversation_id, reply.message_id)
    except InfrastructureError as error:
        logger.error("reply not mailed", extra=ids | {"reason": str(error)})
        return False
    logger.info("reply seen to", extra=ids | {"outcome": outcome})
    return True


@cache
def build_metrics() -> Metrics:
    """Builds what counts outcomes, once a process."""
    return Metrics()


@cache
def build_mailer() -> ReplyMailer:
    """Builds what mails replies, once a process; nothing is connected to yet."""
    settings = NotifierSettings.from_environment()
    database_url = partial(settings.read_database_url, read_secret)
    return ReplyMailer(
        replies=PostgresStaffReplies(Database(database_url, application_name="notifier")),
        mailer=SESMailer(mail_client(), settings.mail_from, settings.company_name),
        count=lambda name: build_metrics().add_metric(name, MetricUnit.Count, 1),
        company_name=settings.company_name,
        portal_url=settings.portal_url,
    )
