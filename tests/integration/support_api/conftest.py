"""The function as it is deployed, wired to a real Postgres and an emulated DynamoDB."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from frontdesk.adapters.aws_clients import dynamodb_client, events_client
from support_api import app
from tests.support.desk_rows import DeskRows
from tests.support.events import BUS, ReadableBus
from tests.support.postgres import TestDatabase

UNREACHABLE = "http://127.0.0.1:1/v1"


@pytest.fixture
def function(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskRows]:
    """The wired function, and its database to put samples into."""
    monkeypatch.setenv("DATABASE_URL", database.desk_url)
    monkeypatch.setenv("TASKS_TABLE", "tasks")
    monkeypatch.setenv("DOCUMENTS_BUCKET", "documents")
    monkeypatch.setenv("EVENT_BUS_NAME", BUS)
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    monkeypatch.setenv("OPENAI_BASE_URL", UNREACHABLE)
    with mock_aws():
        dynamodb_client.cache_clear()
        events_client.cache_clear()
        boto3.client("dynamodb").create_table(
            TableName="tasks",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield DeskRows(database)
        forget()
        dynamodb_client.cache_clear()
        events_client.cache_clear()


@pytest.fixture
def bus(function: DeskRows) -> ReadableBus:
    """Where the function's events can be read."""
    return ReadableBus()


def forget() -> None:
    """Makes the function start anew."""
    app.desk_database().close()
    app.desk_database.cache_clear()
    app.event_publisher.cache_clear()
    app.request_rate.cache_clear()
    app.support_api.cache_clear()
