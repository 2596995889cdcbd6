"""The chat queue: FIFO, one group a conversation, one message a task."""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from frontdesk.adapters.aws_errors import infrastructure_errors
from frontdesk.adapters.sqs_delivery import SQSDelivery
from frontdesk.domain.task import QueuedMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageSystemAttributeValueTypeDef

TRACE_VARIABLE = "_X_AMZN_TRACE_ID"
"""Where Lambda puts the request's X-Ray header, for the worker's part to join the same trace."""

REASON_ATTRIBUTE = "reason"


class SQSChatSender:
    """Sends messages to the queue; implements `frontdesk.ports.ChatSender`."""

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, message: QueuedMessage, *, deduplication_id: str | None = None) -> None:
        """Queues a message behind the others of its conversation.

        Args:
            message: What the worker is to answer.
            deduplication_id: The task's id where it is not given.

        Raises:
            InfrastructureError: It is not known to have been queued.
        """
        with infrastructure_errors("SQS"):
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=to_body(message),
                MessageGroupId=message.conversation_id,
                MessageDeduplicationId=deduplication_id or message.task_id,
                MessageSystemAttributes=_trace_attributes(),
            )


class SQSChatDelivery(SQSDelivery):
    """Handles the message a worker holds; implements `frontdesk.ports.ChatDelivery`.

    Args:
        client: A low-level client.
        queue_url: The chat queue.
        dlq_url: Its dead-letter queue.
    """

    def __init__(self, client: "SQSClient", queue_url: str, dlq_url: str) -> None:
        super().__init__(client, queue_url)
        self._dlq_url = dlq_url

    def set_aside(
        self, body: str, *, conversation_id: str, deduplication_id: str, reason: str
    ) -> None:
        """Copies a message that cannot be answered to the dead-letter queue.

        Args:
            body: The message as it was delivered.
            conversation_id: Its message group.
            deduplication_id: The task's id, or the message's where it names no task.
            reason: Why, in a few words that quote nobody.

        Raises:
            InfrastructureError: It is not known to have been copied.
        """
        with infrastructure_errors("SQS"):
            self._client.send_message(
                QueueUrl=self._dlq_url,
                MessageBody=body,
                MessageGroupId=conversation_id,
                MessageDeduplicationId=deduplication_id,
                MessageAttributes={REASON_ATTRIBUTE: {"DataType": "String", "StringValue": reason}},
            )


def to_body(message: QueuedMessage) -> str:
    """Writes a message as the queue carries it.

    Args:
        message: The message.

    Returns:
        JSON in ASCII: SQS refuses some of Unicode, but never its escapes.
    """
    return json.dumps(message.model_dump(mode="json"), separators=(",", ":"))


def _trace_attributes() -> "Mapping[Literal['AWSTraceHeader'], MessageSystemAttributeValueTypeDef]":
    header = os.environ.get(TRACE_VARIABLE)
    return {"AWSTraceHeader": {"DataType": "String", "StringValue": header}} if header else {}
