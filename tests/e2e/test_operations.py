"""What people on call and the clock ask of housekeeping, on a whole stack."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import LiteralString

import psycopg
import pytest

from frontdesk.adapters.dynamodb_acceptor import DynamoDBTaskAcceptor
from frontdesk.adapters.dynamodb_table import DynamoDBTable, conversation_key, task_key
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskReader
from frontdesk.adapters.sqs_chat import SQSChatSender, to_body
from frontdesk.clock import utc_now
from frontdesk.domain.task import QueuedMessage, TaskStatus
from localstack.aws import Aws
from localstack.stack import invoke
from tests.support.chat import a_message, an_acceptance
from tests.support.polling import eventually
from tests.support.stack import Caller, Stack

CRASHES = 3
"""How often a message may crash its worker."""


class Desk:
    """The queue and the table of a stack, as whoever accepts messages has them."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._table = DynamoDBTable(stack.dynamodb, stack.environment["TASKS_TABLE"])

    def accept(self, *, age: timedelta) -> QueuedMessage:
        """Records a message of a while ago, and sends it to nobody."""
        message = a_message(accepted_at=utc_now() - age)
        expires_at = utc_now() + timedelta(days=1)
        DynamoDBTaskAcceptor(self._table).accept(an_acceptance(message, task_expires_at=expires_at))
        return message

    def send(self, message: QueuedMessage) -> None:
        SQSChatSender(self.stack.sqs, self.stack.environment["CHAT_QUEUE_URL"]).send(message)

    def spend_attempts(self, message: QueuedMessage) -> None:
        """Leaves a task as workers leave it that all crashed at it."""
        self.stack.dynamodb.update_item(
            TableName=self.stack.environment["TASKS_TABLE"],
            Key={"pk": {"S": task_key(message.task_id)}},
            UpdateExpression="SET attempts = :crashes",
            ExpressionAttributeValues={":crashes": {"N": str(CRASHES)}},
        )

    def ends(self, message: QueuedMessage, status: TaskStatus) -> bool:
        """Waits until a task has a status."""

        def has_it() -> bool:
            found = DynamoDBTaskReader(self._table).get(message.task_id)
            return found is not None and found[0].status is status

        return eventually(has_it, seconds=30, what=f"{status} of {message.task_id}")

    def change(self, statement: LiteralString, *values: str) -> None:
        """Changes what Postgres holds, as time or a crash would have."""
        with psycopg.connect(self.stack.environment["DATABASE_URL"]) as connection:
            assert connection.execute(statement, values).rowcount == 1

    def waits_for_people(self, what: str) -> str:
        """Waits until the dead-letter queue shows something; returns by what it names it."""
        found = eventually(
            lambda: re.search(what, self.stack.operate("dlq")),
            seconds=30,
            what=f"{what} in the dead-letter queue",
        )
        assert found is not None
        return found[found.lastindex or 0]


@pytest.fixture
def desk(stack: Stack) -> Desk:
    return Desk(stack)


def test_what_crashed_its_workers_is_sent_back_and_answered(desk: Desk) -> None:
    # given a message that has crashed its worker too often, and waits for people
    message = desk.accept(age=timedelta(seconds=1))
    desk.spend_attempts(message)
    desk.send(message)
    desk.ends(message, TaskStatus.FAILED)
    desk.waits_for_people(message.task_id)

    # when somebody sends it back
    told = desk.stack.operate("redrive", TASK=message.task_id)

    # then it is answered, and waits no more
    assert message.task_id in told
    desk.ends(message, TaskStatus.COMPLETED)
    assert message.task_id not in desk.stack.operate("dlq")


def test_what_nobody_can_read_is_set_aside_and_removed(desk: Desk) -> None:
    # given a message that is none
    message = a_message()
    desk.stack.sqs.send_message(
        QueueUrl=desk.stack.environment["CHAT_QUEUE_URL"],
        MessageBody=to_body(message).replace('"text"', '"words"'),
        MessageGroupId=message.conversation_id,
        MessageDeduplicationId=message.task_id,
    )
    name = desk.waits_for_people(r"\(unreadable: (\S+)\)")

    # when somebody removes it
    told = desk.stack.operate("discard", TASK=name)

    # then it is gone
    assert name in told
    assert name not in desk.stack.operate("dlq")


def test_what_was_never_sent_is_sent_and_what_the_queue_forgot_is_given_up(desk: Desk) -> None:
    # given a message that was recorded and not sent, and one from before the queue's memory
    unsent, forgotten = desk.accept(age=timedelta(minutes=11)), desk.accept(age=timedelta(days=5))

    # when housekeeping comes by
    told = desk.stack.operate("housekeeping")

    # then the one is answered, and the other waits for people
    assert {line.split(":")[0] for line in told.splitlines()} == {"tasks", "documents", "events"}
    desk.ends(unsent, TaskStatus.COMPLETED)
    desk.ends(forgotten, TaskStatus.FAILED)
    desk.waits_for_people(forgotten.task_id)
    desk.stack.operate("discard", TASK=forgotten.task_id)


def test_what_nobody_has_published_is_published(desk: Desk, guest: Callable[[], Caller]) -> None:
    # given an event whose publisher died with it
    asked = guest().ask("I am very frustrated and want to talk to a person.")
    ticket_id = asked["ticket"]["id"]
    eventually(lambda: published(desk.stack, ticket_id) == 1, seconds=30, what="event")
    desk.change(
        "UPDATE domain_events SET published_at = NULL, claimed_until = NULL"
        " WHERE type = 'ticket.opened' AND data->>'ticket_id' = %s",
        ticket_id,
    )

    # when housekeeping comes by
    told = desk.stack.operate("housekeeping")

    # then it is published
    assert "events: published 1" in told
    assert published(desk.stack, ticket_id) == 2


def test_what_may_not_be_kept_any_longer_is_deleted(
    desk: Desk, guest: Callable[[], Caller]
) -> None:
    # given a conversation of years ago
    asker = guest()
    task = asker.ask("How do I reset my password?")
    path = f"/api/conversations/{task['conversation_id']}"
    assert asker.get(path).status_code == 200
    desk.change(
        "UPDATE conversations SET updated_at = now() - interval '3 years' WHERE id = %s",
        task["conversation_id"],
    )

    # when housekeeping looks for what is over
    aws = Aws(desk.stack.environment["AWS_ENDPOINT_URL"])
    report = invoke(aws, "frontdesk-local-housekeeping", {"action": "retention"})

    # then it is gone from both stores
    assert report["conversations"] == 1
    assert asker.get(path).status_code == 404
    key = {"pk": {"S": conversation_key(task["conversation_id"])}}
    table = desk.stack.environment["TASKS_TABLE"]
    assert "Item" not in desk.stack.dynamodb.get_item(TableName=table, Key=key)


def published(stack: Stack, ticket_id: str) -> int:
    """Counts how often the bus was told of a ticket."""
    lines = (stack.data_dir / "events.jsonl").read_text().splitlines()
    return sum(ticket_id in line and '"ticket.opened"' in line for line in lines)
