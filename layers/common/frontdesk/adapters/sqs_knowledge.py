"""The knowledge queue: S3's notifications, and ours in their form."""

import json
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from frontdesk.adapters.aws_errors import infrastructure_errors

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

EVENT_SOURCE = "frontdesk:housekeeping"


class SQSKnowledgeEvents:
    """Tells knowledge ingest where to look.

    Args:
        client: A low-level client.
        queue_url: The knowledge queue.
    """

    def __init__(self, client: "SQSClient", queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def waiting(self) -> int:
        """Reads about how many events wait to be taken in, by whomever they were sent."""
        with infrastructure_errors("SQS"):
            answer = self._client.get_queue_attributes(
                QueueUrl=self._queue_url, AttributeNames=["ApproximateNumberOfMessages"]
            )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def send(self, key: str) -> None:
        """Sends an event that says no more than which object to look at.

        Args:
            key: The object's key, whether it is there or not.
        """
        # No sequencer: only S3 knows what came before what, and it is asked anyway.
        record = {
            "eventSource": EVENT_SOURCE,
            "eventName": "Reconcile",
            "s3": {"object": {"key": quote_plus(key)}},
        }
        with infrastructure_errors("SQS"):
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=json.dumps({"Records": [record]})
            )
