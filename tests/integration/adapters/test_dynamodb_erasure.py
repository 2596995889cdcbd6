"""What the tasks table holds of erased conversations is deleted, and nothing beside it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from frontdesk.adapters.dynamodb_acceptor import DynamoDBTaskAcceptor
from frontdesk.adapters.dynamodb_erasure import DynamoDBErasure
from frontdesk.adapters.dynamodb_table import MAX_TRANSACTION, DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskPublisher
from frontdesk.clock import utc_now
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.personal_data import Remains
from frontdesk.domain.task import QueuedMessage
from frontdesk.principal import Principal, PrincipalKind
from tests.contract.test_tasks import make_table
from tests.support.chat import JOHN, a_message, a_result, an_acceptance

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "tasks"


@pytest.fixture
def client() -> Iterator["DynamoDBClient"]:
    """An emulated DynamoDB with an empty table."""
    with mock_aws():
        made = boto3.client("dynamodb")
        make_table(made, TABLE)
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


GUEST = Principal(kind=PrincipalKind.GUEST, subject="guest:1")
BACKEND = Principal(kind=PrincipalKind.SERVICE, subject="service:backend")
ELSE = Principal(
    kind=PrincipalKind.CUSTOMER, subject="https://id.example|eve", email="eve@b.example"
)


def accept(table: DynamoDBTable, by: Principal, **fields: str) -> QueuedMessage:
    message = a_message(principal=by, **fields)
    DynamoDBTaskAcceptor(table).accept(
        an_acceptance(message, task_expires_at=utc_now() + timedelta(days=30))
    )
    return message


def test_conversations_that_nobody_has_taken_up_are_found_and_forgotten(
    client: "DynamoDBClient",
) -> None:
    # given queued messages of one person under every name, and of others
    table = DynamoDBTable(client, TABLE)
    mine = [
        accept(table, JOHN),
        accept(table, GUEST, contact_email="John@example.com"),
        accept(table, GUEST, text="Write to john@example.com."),
        accept(table, BACKEND, customer_email="JOHN@example.com"),
        accept(table, Principal(kind=PrincipalKind.CUSTOMER, subject="https://id.example|j2")),
    ]
    others = [
        accept(table, GUEST),
        accept(table, BACKEND, customer_email="eve@b.example"),
        # from somebody else, who speaks of the person
        accept(table, ELSE, text="My boss is john@example.com."),
    ]
    ended = accept(table, ELSE)
    DynamoDBTaskPublisher(table).publish(ended.task_id, ended.conversation_id, a_result())

    # when the person is erased
    remains = Remains([], [], ["https://id.example|j2"], ["john@EXAMPLE.com"])
    DynamoDBErasure(table).forget(remains)

    # then nothing of the person is left, and everything of the others
    left = keys(client)
    for message in mine:
        assert {f"TASK#{message.task_id}", f"CONV#{message.conversation_id}"} & left == set()
    for message in [*others, ended]:
        assert {f"TASK#{message.task_id}", f"CONV#{message.conversation_id}"} <= left
    DynamoDBErasure(table).forget(remains)
    assert keys(client) == left


def test_a_message_that_cannot_be_read_holds_nothing_up(client: "DynamoDBClient") -> None:
    table = DynamoDBTable(client, TABLE)
    broken, mine = accept(table, ELSE), accept(table, JOHN)
    client.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"TASK#{broken.task_id}"}},
        UpdateExpression="SET message = :odd",
        ExpressionAttributeValues={":odd": {"S": "{"}},
    )

    DynamoDBErasure(table).forget(Remains([], [], [], [str(JOHN.email)]))

    assert f"TASK#{mine.task_id}" not in keys(client)
    assert f"TASK#{broken.task_id}" in keys(client)


def test_a_conversation_with_an_unanswered_message_is_not_forgotten(
    client: "DynamoDBClient",
) -> None:
    # given more conversations at rest than a transaction holds, one of them with its tasks ended,
    # and two with a message that was accepted just now
    table = DynamoDBTable(client, TABLE)
    waiting = [accept(table, JOHN), accept(table, GUEST)]
    ended = accept(table, ELSE)
    DynamoDBTaskPublisher(table).publish(ended.task_id, ended.conversation_id, a_result())
    resting = [ended.conversation_id, *(f"conv_{n}" for n in range(MAX_TRANSACTION + 5))]
    for conversation_id in resting[1:50]:
        client.put_item(TableName=TABLE, Item={"pk": {"S": f"CONV#{conversation_id}"}})
    written_to = [message.conversation_id for message in waiting]

    # when all of them are to be forgotten
    erasure = DynamoDBErasure(table)
    forgotten = erasure.forget_resting([written_to[0], *resting, written_to[1]])

    # then the two stay as they are, and the others are named
    assert forgotten == resting
    assert {key for key in keys(client) if key.startswith("CONV#")} == {
        f"CONV#{conversation_id}" for conversation_id in written_to
    }
    assert erasure.forget_resting(written_to) == []
