"""What the functions talk to, under the names that events/env.json gives it all."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote_plus

from botocore.exceptions import BotoCoreError

from frontdesk.adapters.dynamodb_acceptor import DynamoDBTaskAcceptor
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.domain.acceptance import Acceptance, AcceptedTask
from frontdesk.domain.task import QueuedMessage
from localstack.aws import Aws
from localstack.places import free_port
from localstack.postgres import EmbeddedPostgres
from tests.support.built import environment_of
from tests.support.offline_model import running_server
from tests.support.template import ROOT, Template

EXAMPLE_AWS = "http://127.0.0.1:4566"
EXAMPLE_MODEL = "http://127.0.0.1:4567/v1"
START_SECONDS = 60

DOCUMENT = b"""# Inviting people

Open Settings, choose Team and click Invite a team member. An invitation is valid for seven days.
"""


class Backends:
    """The emulated AWS, the database and the model.

    Args:
        aws: Clients of the emulator.
        model_url: Where the model is.
    """

    def __init__(self, aws: Aws, model_url: str) -> None:
        self.aws = aws
        self._model_url = model_url

    def environment_of(self, function: str) -> dict[str, str]:
        """Returns a function's variables as in events/env.json, with addresses that answer."""
        return {
            name: value.replace(EXAMPLE_AWS, self.aws.endpoint_url).replace(
                EXAMPLE_MODEL, self._model_url
            )
            for name, value in environment_of(function).items()
        }

    def accept(self, message: QueuedMessage) -> None:
        """Records a message as ingest does before it is queued."""
        table = DynamoDBTable(self.aws.dynamodb, self.environment_of("chat_ingest")["TASKS_TABLE"])
        assert message.principal.subject is not None
        accepted = DynamoDBTaskAcceptor(table).accept(
            Acceptance(
                message=message,
                owner_subject=message.principal.subject,
                is_new_conversation=True,
                max_unanswered=10,
                task_expires_at=datetime.now(UTC) + timedelta(days=1),
            )
        )
        assert isinstance(accepted, AcceptedTask)


def event_of(function: str) -> dict[str, object]:
    """Reads a function's example event."""
    event: dict[str, object] = json.loads((ROOT / "events" / f"{function}.json").read_text())
    return event


@contextmanager
def running_backends(folder: Path) -> Iterator[Backends]:
    """Starts it all, empty but for one document in the bucket.

    Args:
        folder: Where everything is written.
    """
    with (
        EmbeddedPostgres(folder / "postgres", durable=False) as postgres,
        running_server(folder / "model") as model_url,
        _running_emulator(folder) as aws,
    ):
        _make_resources(aws, postgres.url())
        yield Backends(aws, model_url)


@contextmanager
def _running_emulator(folder: Path) -> Iterator[Aws]:
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "HOME": str(folder),
    }
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"], env=environment, stdout=log, stderr=log
        )
    try:
        aws = Aws(f"http://127.0.0.1:{port}")
        _wait_until_ready(aws, process)
        yield aws
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(aws: Aws, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            aws.sqs.list_queues()
        except BotoCoreError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the emulator did not start")


def _make_resources(aws: Aws, owner_url: str) -> None:
    table = Template().of_type("AWS::DynamoDB::Table")["TasksTable"]
    aws.dynamodb.create_table(
        TableName="frontdesk-tasks",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=table["AttributeDefinitions"],
        KeySchema=table["KeySchema"],
        GlobalSecondaryIndexes=table["GlobalSecondaryIndexes"],
    )
    for name in ("frontdesk-chat.fifo", "frontdesk-chat-dlq.fifo"):
        aws.sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})
    aws.sqs.create_queue(QueueName="frontdesk-knowledge")
    aws.events.create_event_bus(Name="frontdesk-events")
    secrets = {
        "frontdesk-guest-token": {"key": "guest-token-key"},
        "frontdesk-llm": {"api_key": "offline"},
        "frontdesk-owner-database": {"url": owner_url},
        "frontdesk-agent-database": {"password": "agent-password"},
        "frontdesk-desk-database": {"password": "desk-password"},
    }
    for name, content in secrets.items():
        aws.secretsmanager.create_secret(Name=name, SecretString=json.dumps(content))
    aws.s3.create_bucket(Bucket="frontdesk-documents")
    records = event_of("kb_ingest")["Records"]
    assert isinstance(records, list)
    notification = json.loads(records[0]["body"])["Records"][0]["s3"]
    aws.s3.put_object(
        Bucket=notification["bucket"]["name"],
        Key=unquote_plus(notification["object"]["key"]),
        Body=DOCUMENT,
    )
