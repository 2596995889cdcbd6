"""Secrets in AWS Secrets Manager."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class SecretsManagerStore:
    """Reads and writes secrets' texts.

    Args:
        client: boto3's client.
    """

    def __init__(self, client: "SecretsManagerClient") -> None:
        self._client = client

    def read(self, arn: str) -> str:
        """Returns a secret's text."""
        return self._client.get_secret_value(SecretId=arn)["SecretString"]

    def write(self, arn: str, text: str) -> None:
        """Replaces a secret's text."""
        self._client.put_secret_value(SecretId=arn, SecretString=text)
