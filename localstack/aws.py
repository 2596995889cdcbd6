"""Clients of the AWS APIs that the emulator serves."""

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

REGION = "us-east-1"
ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"

_CONFIG = Config(retries={"total_max_attempts": 2, "mode": "standard"}, read_timeout=960)


class Aws:
    """The clients that the tools of the one-machine stack use, each made when it is needed."""

    def __init__(self, endpoint_url: str) -> None:
        """Points to an emulator.

        Args:
            endpoint_url: Where it serves.
        """
        self.endpoint_url = endpoint_url
        self._session = boto3.Session(
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            region_name=REGION,
        )

    def environment(self) -> Mapping[str, str]:
        """Returns the variables with which other tools reach the same emulator."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
        }

    @functools.cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """AWS CloudFormation."""
        return self._session.client(
            "cloudformation", endpoint_url=self.endpoint_url, config=_CONFIG
        )

    @functools.cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Amazon DynamoDB."""
        return self._session.client("dynamodb", endpoint_url=self.endpoint_url, config=_CONFIG)

    @functools.cached_property
    def events(self) -> "EventBridgeClient":
        """Amazon EventBridge."""
        return self._session.client("events", endpoint_url=self.endpoint_url, config=_CONFIG)

    @functools.cached_property
    def sesv2(self) -> "SESV2Client":
        """Amazon SES."""
        return self._session.client("sesv2", endpoint_url=self.endpoint_url, config=_CONFIG)

    @functools.cached_property
    def lambda_(self) -> "LambdaClient":
        """AWS Lambda."""
        return self._session.client("lambda", endpoint_url=self.endpoint_url, config=_CONFIG)

    @functools.cached_property
    def s3(self) -> "S3Client":
        """Amazon S3."""
        return self._session.client("s3", endpoint_url=self.endpoint_url, config=_CONFIG)

    @functools.cached_property
    def secretsmanager(self) -> "SecretsManagerClient":
        """AWS Secrets Manager."""
        return self._session.client(
            "secretsmanager", endpoint_url=self.endpoint_url, config=_CONFIG
        )

    @functools.cached_property
    def sqs(self) -> "SQSClient":
        """Amazon SQS."""
        return self._session.client("sqs", endpoint_url=self.endpoint_url, config=_CONFIG)
