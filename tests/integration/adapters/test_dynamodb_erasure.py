"""What the tasks table holds of erased conversations is deleted, and nothing beside it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from frontdesk.adapters.dynamodb_erasure import DynamoDBErasure
from frontdesk.adapters.dynamodb_table import MAX_TRANSACTION, DynamoDBTable
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.personal_data import Remains

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "tasks"


@pytest.fixture
def client() -> Iterator["DynamoDBClient"]:
    """An emulated DynamoDB with an empty table."""
    with mock_aws():
        made = boto3.client("dynamodb")
        made.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield made


def keys(client: "DynamoDBClient") -> set[str]:
    """The keys of all items."""
    return {item["pk"]["S"] for item in client.scan(TableName=TABLE)["Items"]}


def test_more_than_one_transaction_holds_is_deleted(client: "DynamoDBClient") -> None:
    # given many tasks and a few conversations, of the erased and of others
    tasks = [f"task_{n}" for n in range(2 * MAX_TRANSACTION + 5)]
    others = {"TASK#task_other", "CONV#conv_other", "IDEM#x#y"}
    for key in {*(f"TASK#{task}" for task in tasks[:-3]), "CONV#conv_1", *others}:
        client.put_item(TableName=TABLE, Item={"pk": {"S": key}})

    # when they are forgotten, some of which are not there, and one is named twice
    erasure = DynamoDBErasure(DynamoDBTable(client, TABLE))
    remains = Remains(["conv_1", "conv_0"], [*tasks, tasks[0]])
    erasure.forget(remains)

    # then only the others' are left, and it can be done again
    assert keys(client) == others
    erasure.forget(remains)
    erasure.forget(Remains([], []))
    assert keys(client) == others


def test_table_that_is_out_of_reach(client: "DynamoDBClient") -> None:
    erasure = DynamoDBErasure(DynamoDBTable(client, "another"))
    with pytest.raises(InfrastructureError):
        erasure.forget(Remains([], ["task_1"]))
