"""The chat's dead-letter queue, as people see it: looked into, taken from, put back."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from frontdesk.adapters.aws_errors import infrastructure_errors
from frontdesk.adapters.sqs_chat import REASON_ATTRIBUTE
from frontdesk.domain.dead_letter import DeadLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

MAX_RECEIVED = 10
"""What SQS hands out at once."""

WAIT_SECONDS = 2
"""Long polling, which asks all servers of SQS; who looks at the queue waits so long at its end."""


class SQSDeadLetters:
    """Reads the dead-letter queue; what is received is hidden until it is kept or removed.

    Args:
        client: A low-level client.
        queue_url: The dead-letter queue.
    """

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def waiting(self) -> int:
        """Reads about how many messages there are, those included that somebody holds."""
        with infrastructure_errors("SQS"):
            answer = self._client.get_queue_attributes(
                QueueUrl=self._queue_url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )
        return sum(map(int, answer["Attributes"].values()))

    def receive(self, *, hidden_seconds: int) -> list[DeadLetter]:
        """Takes hold of some messages, the oldest of each conversation first.

        Args:
            hidden_seconds: For how long nobody else gets them.

        Returns:
            At most ten; none where there are no more, or somebody else holds them.
        """
        with infrastructure_errors("SQS"):
            answer = self._client.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=MAX_RECEIVED,
                VisibilityTimeout=hidden_seconds,
                # Otherwise SQS asks some of its servers, and may say that there is nothing.
                WaitTimeSeconds=WAIT_SECONDS,
                MessageSystemAttributeNames=["SentTimestamp"],
                MessageAttributeNames=[REASON_ATTRIBUTE],
            )
        return [
            DeadLetter(
                message_id=message["MessageId"],
                receipt_handle=message["ReceiptHandle"],
                body=message["Body"],
                reason=_reason(message),
                set_aside_at=datetime.fromtimestamp(
                    int(message["Attributes"]["SentTimestamp"]) / 1000, UTC
                ),
            )
            for message in answer.get("Messages", [])
        ]

    def keep(self, letter: DeadLetter) -> None:
        """Lets go of a message, so that it can be received again at once.

        Args:
            letter: The message.
        """
        with infrastructure_errors("SQS"):
            self._client.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=letter.receipt_handle, VisibilityTimeout=0
            )

    def remove(self, letter: DeadLetter) -> None:
        """Takes a message out of the queue for good.

        Args:
            letter: The message.
        """
        with infrastructure_errors("SQS"):
            self._client.delete_message(
                QueueUrl=self._queue_url, ReceiptHandle=letter.receipt_handle
            )


def _reason(message: "MessageTypeDef") -> str | None:
    reason = message.get("MessageAttributes", {}).get(REASON_ATTRIBUTE)
    return None if reason is None else reason.get("StringValue")
