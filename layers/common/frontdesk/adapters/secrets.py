"""Secrets, read once and kept for a few minutes."""

import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from frontdesk.adapters.aws_clients import secrets_client
from frontdesk.adapters.aws_errors import infrastructure_errors
from frontdesk.domain.errors import InfrastructureError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT_SECONDS = 300.0
"""How long a rotated secret may go unnoticed."""


class _Kept(NamedTuple):
    text: str
    until: float


class SecretsManagerSecrets:
    """Reads secrets' texts by ARN; a `frontdesk.config.SecretReader`."""

    def __init__(
        self, client: "SecretsManagerClient", *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._now = now
        self._kept: dict[str, _Kept] = {}

    def __call__(self, arn: str) -> str:
        """Reads a secret's text.

        Args:
            arn: The secret.

        Returns:
            Its text, at most `KEPT_SECONDS` old unless it cannot be read again.

        Raises:
            InfrastructureError: It cannot be read, and never was.
        """
        kept = self._kept.get(arn)
        if kept is not None and self._now() < kept.until:
            return kept.text
        try:
            with infrastructure_errors("Secrets Manager"):
                text = self._client.get_secret_value(SecretId=arn)["SecretString"]
        except InfrastructureError:
            if kept is None:
                raise
            text = kept.text
        self._kept[arn] = _Kept(text, self._now() + KEPT_SECONDS)
        return text


@cache
def _process_secrets() -> SecretsManagerSecrets:
    return SecretsManagerSecrets(secrets_client())


def read_secret(arn: str) -> str:
    """Reads a secret's text with the process's client.

    Args:
        arn: The secret.

    Returns:
        Its text.

    Raises:
        InfrastructureError: It cannot be read.
    """
    return _process_secrets()(arn)
