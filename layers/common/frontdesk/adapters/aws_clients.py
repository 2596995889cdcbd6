"""AWS clients, made once a process: making one costs more than most of the calls it makes.

Where they talk to comes from the environment (``AWS_REGION``, ``AWS_ENDPOINT_URL``), as for every
AWS tool.
"""

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from botocore.config import _RetryDict
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

CONNECT_TIMEOUT = 1.0
"""Seconds to a connection: the services are in the same region, a millisecond away."""

READ_TIMEOUT = 3.0
"""Seconds to an answer: hundreds of times what these calls take."""

MAX_ATTEMPTS = 3
"""The first call included. With the time-outs above, a call ends within the gateway's patience."""

ONCE: "_RetryDict" = {"mode": "standard", "total_max_attempts": 1}
"""For calls that somebody else makes again."""


@cache
def dynamodb_client() -> "DynamoDBClient":
    """Returns the process's DynamoDB client."""
    return boto3.client("dynamodb", config=_config())


@cache
def events_client() -> "EventBridgeClient":
    """Returns the process's EventBridge client."""
    # Whoever has just changed something waits for it, and housekeeping tries again.
    return boto3.client("events", config=_config().merge(Config(retries=ONCE)))


@cache
def sqs_client() -> "SQSClient":
    """Returns the process's SQS client."""
    return boto3.client("sqs", config=_config())


@cache
def s3_client() -> "S3Client":
    """Returns the process's S3 client."""
    # Signatures of version 4 hold a presigned upload to its headers; older ones do not. The style
    # gives those uploads the host of their region: the one of all regions sends a browser on from
    # it to a new bucket's, and a preflight may not be sent on.
    special = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    return boto3.client("s3", config=_config().merge(special))


@cache
def mail_client() -> "SESV2Client":
    """Returns the process's SES client."""
    # A mail whose answer was lost would be sent a second time.
    return boto3.client("sesv2", config=_config().merge(Config(retries=ONCE, read_timeout=10)))


@cache
def secrets_client() -> "SecretsManagerClient":
    """Returns the process's Secrets Manager client."""
    return boto3.client("secretsmanager", config=_config())


def _config() -> Config:
    return Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
        tcp_keepalive=True,
        # The adapters' tests hold their calls valid; checking each again is a third of its CPU.
        parameter_validation=False,
        # Else the SDK describes itself and the machine anew in each call: a quarter of its CPU.
        user_agent="frontdesk",
    )
