"""A message that was delivered from a queue, while it is held."""

from typing import TYPE_CHECKING

from frontdesk.adapters.aws_errors import infrastructure_errors

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SQSDelivery:
    """Handles the message that a function holds.

    Args:
        client: A low-level client.
        queue_url: The queue that it was delivered from.
    """

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def hide(self, receipt_handle: str, seconds: int) -> None:
        """Keeps the message from being delivered again for a while, counted from now.

        Args:
            receipt_handle: The delivery's handle.
            seconds: 0 to 43,200.

        Raises:
            InfrastructureError: The queue is out of reach, or the handle is of the past.
        """
        with infrastructure_errors("SQS"):
            self._client.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )
