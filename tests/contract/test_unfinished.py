"""What every store of tasks promises to housekeeping: DynamoDB's adapter and the fake alike."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from frontdesk.adapters.dynamodb_acceptor import DynamoDBTaskAcceptor
from frontdesk.adapters.dynamodb_table import (
    UNFINISHED_PARTITIONS,
    DynamoDBTable,
    unfinished_partition,
)
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskPublisher, DynamoDBTaskReader
from frontdesk.adapters.dynamodb_unfinished import DynamoDBBookmarks, DynamoDBUnfinishedTasks
from frontdesk.domain.acceptance import AcceptedTask
from frontdesk.domain.conversation import ConversationStatus
from frontdesk.domain.errors import MessageError
from frontdesk.domain.ids import new_id
from frontdesk.domain.task import QueuedMessage, TaskStatus
from frontdesk.domain.unfinished import Revival
from frontdesk.ports import ConversationProjections, TaskAcceptor, TaskPublisher, TaskReader
from housekeeping.ports import UnfinishedTasks
from tests.chaos.table import Table
from tests.support.chat import NOW, a_message, a_result, an_acceptance
from tests.support.fake_tasks import FakeTasks
from tests.support.template import Template

MONTH = timedelta(days=30)


class SetClock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@dataclass
class Store:
    unfinished: UnfinishedTasks
    acceptor: TaskAcceptor
    publisher: TaskPublisher
    reader: TaskReader
    conversations: ConversationProjections
    clock: SetClock
    forget_conversation: Callable[[str], None]

    def accepted(self, **changes: Any) -> QueuedMessage:
        message = a_message(**changes)
        is_new = "conversation_id" not in changes
        outcome = self.acceptor.accept(an_acceptance(message, is_new_conversation=is_new))
        assert isinstance(outcome, AcceptedTask)
        return message

    def end(self, message: QueuedMessage, **changes: Any) -> None:
        result = a_result(**changes)
        assert self.publisher.publish(message.task_id, message.conversation_id, result)

    def revive(self, message: QueuedMessage) -> Revival:
        return self.unfinished.revive(message, expires_at=self.clock.time + MONTH)

    def unanswered(self, message: QueuedMessage) -> int | None:
        known = self.conversations.conversation(message.conversation_id)
        return None if known is None else known.unanswered

    def all_ids(self, *, limit: int = 100, before: datetime = NOW + MONTH) -> list[str]:
        found: list[str] = []
        cursor: str | None = None
        while True:
            page = self.unfinished.page(before=before, cursor=cursor, limit=limit)
            assert len(page.task_ids) <= limit
            found += page.task_ids
            cursor = page.cursor
            if cursor is None:
                return found


def make_table(client: Any) -> DynamoDBTable:
    definition = Template().of_type("AWS::DynamoDB::Table")["TasksTable"]
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    client.create_table(TableName="tasks", **{name: definition[name] for name in wanted})
    return DynamoDBTable(client, "tasks", pause=lambda _: None)


def dynamodb_store(client: Any) -> Store:
    table = DynamoDBTable(client, "tasks", pause=lambda _: None)
    clock = SetClock()
    table.now = clock
    acceptor = DynamoDBTaskAcceptor(table)
    return Store(
        DynamoDBUnfinishedTasks(table),
        acceptor,
        DynamoDBTaskPublisher(table),
        DynamoDBTaskReader(table),
        acceptor,
        clock,
        lambda name: table.delete_all([f"CONV#{name}"]),
    )


def fake_store() -> Store:
    clock = SetClock()
    fake = FakeTasks(clock)
    return Store(fake, fake, fake, fake, fake, clock, lambda name: fake.conversations.clear())


def _never() -> bool:
    return False


@pytest.fixture(params=["dynamodb", "simulated table", "fake"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "fake":
        yield fake_store()
        return
    if request.param == "simulated table":
        yield dynamodb_store(Table())
        return
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        make_table(client)
        yield dynamodb_store(client)


class TestFinding:
    def test_pages_bring_every_unfinished_task_once_oldest_first(self, store: Store) -> None:
        # Given
        messages = [store.accepted(accepted_at=NOW + timedelta(seconds=n)) for n in (3, 1, 2, 0, 4)]
        store.end(messages[1])
        expected = [messages[n].task_id for n in (3, 2, 0, 4)]
        # When, then
        assert store.all_ids(limit=2) == expected
        assert store.all_ids(limit=1) == expected
        assert store.all_ids() == expected

    def test_none_is_missed_where_many_were_accepted_at_one_moment(self, store: Store) -> None:
        messages = [store.accepted(accepted_at=NOW + timedelta(seconds=n // 8)) for n in range(24)]
        accepted = [message.task_id for message in messages]
        for limit in (1, 5, 8, 24):
            found = store.all_ids(limit=limit)
            assert sorted(found) == sorted(accepted)
            moments = [accepted.index(task_id) // 8 for task_id in found]
            assert moments == sorted(moments)

    def test_what_ends_between_two_pages_takes_no_other_with_it(self, store: Store) -> None:
        messages = [store.accepted(accepted_at=NOW + timedelta(seconds=n)) for n in range(40)]
        first = store.unfinished.page(before=NOW + MONTH, cursor=None, limit=20)
        for message in messages[10:30]:
            store.end(message)
        rest = store.unfinished.page(before=NOW + MONTH, cursor=first.cursor, limit=40)
        assert rest.task_ids == tuple(message.task_id for message in messages[30:])
        assert rest.cursor is None

    def test_a_task_that_was_taken_up_is_unfinished(self, store: Store) -> None:
        message = store.accepted()
        store.publisher.begin(message.task_id)
        assert store.all_ids() == [message.task_id]

    def test_younger_tasks_are_left_out(self, store: Store) -> None:
        old = store.accepted()
        store.accepted(accepted_at=NOW + timedelta(seconds=1))
        assert store.all_ids(before=NOW) == [old.task_id]

    def test_without_time_nothing_is_read_and_nothing_is_lost(self, store: Store) -> None:
        message = store.accepted()
        page = store.unfinished.page(before=NOW + MONTH, cursor=None, limit=10, has_time=_never)
        assert page.task_ids == ()
        assert page.cursor is not None
        rest = store.unfinished.page(before=NOW + MONTH, cursor=page.cursor, limit=10)
        assert rest.task_ids == (message.task_id,)
        assert store.unfinished.oldest(_never) is None

    def test_the_oldest_tells_how_long_somebody_waits(self, store: Store) -> None:
        assert store.unfinished.oldest() is None
        first = store.accepted()
        store.accepted(accepted_at=NOW + timedelta(minutes=1))
        assert store.unfinished.oldest() == NOW
        store.end(first)
        assert store.unfinished.oldest() == NOW + timedelta(minutes=1)


class TestReading:
    def test_a_task_comes_back_with_its_message(self, store: Store) -> None:
        # Given
        message = store.accepted(text="Grüße 👋")
        # When
        task = store.unfinished.read(message.task_id)
        # Then
        assert task is not None
        assert (task.task_id, task.conversation_id) == (message.task_id, message.conversation_id)
        assert (task.status, task.since, task.sent_at) == (TaskStatus.QUEUED, NOW, None)
        assert task.message == message

    def test_sending_is_noted(self, store: Store) -> None:
        message = store.accepted()
        store.clock.time += timedelta(minutes=10)
        store.unfinished.mark_sent(message.task_id)
        task = store.unfinished.read(message.task_id)
        assert task is not None
        assert task.sent_at == store.clock.time

    def test_what_ended_expired_or_never_was_is_none(self, store: Store) -> None:
        ended, expired = store.accepted(), store.accepted()
        store.end(ended)
        store.clock.time += MONTH
        for task_id in (ended.task_id, expired.task_id, "task_unknown"):
            assert store.unfinished.read(task_id) is None
            store.unfinished.mark_sent(task_id)


class TestReviving:
    def test_a_failed_task_waits_again(self, store: Store) -> None:
        # Given
        message = store.accepted()
        store.unfinished.mark_sent(message.task_id)
        for _ in range(3):
            store.publisher.begin(message.task_id)
        store.end(message, status=TaskStatus.FAILED, response=None)
        assert store.unanswered(message) == 0
        store.clock.time += timedelta(days=5)
        # When
        assert store.revive(message) is Revival.REVIVED
        # Then
        found = store.reader.get(message.task_id)
        assert found is not None
        assert (found[0].status, found[0].completed_at, found[0].error) == ("queued", None, None)
        task = store.unfinished.read(message.task_id)
        assert task is not None
        assert (task.since, task.sent_at, task.message) == (store.clock.time, None, message)
        assert store.all_ids() == [message.task_id]
        assert store.unanswered(message) == 1
        assert store.publisher.begin(message.task_id) == 1

    def test_it_ends_once_more(self, store: Store) -> None:
        message = store.accepted()
        store.end(message, status=TaskStatus.FAILED, response=None)
        store.revive(message)
        store.end(message)
        assert store.unanswered(message) == 0
        found = store.reader.get(message.task_id)
        assert found is not None
        assert found[0].status is TaskStatus.COMPLETED

    def test_a_task_that_has_not_ended_only_forgets_its_attempts(self, store: Store) -> None:
        # Given
        message = store.accepted()
        for _ in range(3):
            store.publisher.begin(message.task_id)
        # When, then
        assert store.revive(message) is Revival.STILL_ALIVE
        assert store.unanswered(message) == 1
        assert store.publisher.begin(message.task_id) == 1

    @pytest.mark.parametrize("status", [TaskStatus.COMPLETED, TaskStatus.HANDED_OFF])
    def test_an_answer_is_never_taken_back(self, store: Store, status: TaskStatus) -> None:
        message = store.accepted()
        store.end(message, status=status)
        assert store.revive(message) is Revival.ANSWERED
        found = store.reader.get(message.task_id)
        assert found is not None
        assert found[0].status is status
        assert store.unanswered(message) == 0

    def test_what_is_gone_stays_gone(self, store: Store) -> None:
        expired = store.accepted()
        store.clock.time += MONTH
        assert store.revive(a_message()) is Revival.GONE
        assert store.revive(expired) is Revival.GONE
        assert store.all_ids(before=NOW - timedelta(days=1)) == []

    def test_a_revived_task_can_be_read_for_as_long_as_a_new_one(self, store: Store) -> None:
        message = store.accepted()
        store.end(message, status=TaskStatus.FAILED, response=None)
        store.clock.time += timedelta(days=29)
        store.revive(message)
        store.clock.time += timedelta(days=29)
        assert store.reader.get(message.task_id) is not None

    def test_a_closed_conversations_task_is_revived_too(self, store: Store) -> None:
        message = store.accepted()
        store.end(message, status=TaskStatus.FAILED, response=None)
        store.conversations.set_status(message.conversation_id, ConversationStatus.CLOSED)
        assert store.revive(message) is Revival.REVIVED

    def test_a_task_is_revived_though_its_conversations_projection_is_gone(
        self, store: Store
    ) -> None:
        message = store.accepted()
        store.end(message, status=TaskStatus.FAILED, response=None)
        store.forget_conversation(message.conversation_id)
        assert store.revive(message) is Revival.REVIVED
        assert store.all_ids() == [message.task_id]


@mock_aws
def test_a_recorded_message_that_cannot_be_read_is_the_messages_fault() -> None:
    # Given
    client = boto3.client("dynamodb", region_name="us-east-1")
    table = make_table(client)
    message = a_message(accepted_at=table.now())
    DynamoDBTaskAcceptor(table).accept(
        an_acceptance(message, task_expires_at=table.now() + timedelta(days=1))
    )
    item = client.get_item(TableName="tasks", Key={"pk": {"S": f"TASK#{message.task_id}"}})["Item"]
    client.put_item(TableName="tasks", Item={**item, "message": {"S": '{"version": 2}'}})
    # When, then
    with pytest.raises(MessageError, match="cannot be read"):
        DynamoDBUnfinishedTasks(table).read(message.task_id)


@mock_aws
def test_bookmarks_are_kept_by_name() -> None:
    bookmarks = DynamoDBBookmarks(make_table(boto3.client("dynamodb", region_name="us-east-1")))
    assert bookmarks.load("tasks") is None
    bookmarks.save("tasks", "here")
    assert (bookmarks.load("tasks"), bookmarks.load("documents")) == ("here", None)
    bookmarks.save("tasks", None)
    assert bookmarks.load("tasks") is None


class TestPartitions:
    """DynamoDB takes so many writes a second to one key of an index; this is the adapter's own."""

    @pytest.fixture(params=["dynamodb", "simulated table"])
    def client(self, request: pytest.FixtureRequest) -> Iterator[Any]:
        if request.param == "simulated table":
            yield Table()
            return
        with mock_aws():
            client = boto3.client("dynamodb", region_name="us-east-1")
            make_table(client)
            yield client

    def put_in(self, client: Any, message: QueuedMessage, partition: str) -> None:
        client.update_item(
            TableName="tasks",
            Key={"pk": {"S": f"TASK#{message.task_id}"}},
            UpdateExpression="SET unfinished = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
        )

    def partition_of(self, client: Any, message: QueuedMessage) -> str:
        key = {"pk": {"S": f"TASK#{message.task_id}"}}
        return str(client.get_item(TableName="tasks", Key=key)["Item"]["unfinished"]["S"])

    def test_tasks_are_spread_evenly(self, client: Any) -> None:
        message = dynamodb_store(client).accepted()
        assert self.partition_of(client, message) == unfinished_partition(message.task_id)

        sizes = Counter(unfinished_partition(new_id("task")) for _ in range(1600))
        assert set(sizes) == set(UNFINISHED_PARTITIONS)
        assert max(sizes.values()) < 3 * sizes.total() / len(UNFINISHED_PARTITIONS)

    def test_a_revived_task_is_where_it_was(self, client: Any) -> None:
        store = dynamodb_store(client)
        message = store.accepted()
        before = self.partition_of(client, message)
        store.end(message, status=TaskStatus.FAILED, response=None)
        store.revive(message)
        assert self.partition_of(client, message) == before

    def test_what_the_release_before_has_recorded_is_seen_to(self, client: Any) -> None:
        # Given two tasks in the one partition that there was, with one that is recorded now
        store = dynamodb_store(client)
        messages = [store.accepted(accepted_at=NOW + timedelta(seconds=n)) for n in range(3)]
        former, new = messages[:2], messages[2]
        for message in former:
            self.put_in(client, message, "1")
        # When, then
        assert store.unfinished.oldest() == NOW
        assert store.all_ids(limit=1) == [message.task_id for message in messages]
        store.unfinished.mark_sent(former[0].task_id)
        task = store.unfinished.read(former[0].task_id)
        assert task is not None
        assert task.sent_at == NOW
        assert store.revive(former[1]) is Revival.STILL_ALIVE
        store.end(former[0])
        store.end(former[1])
        assert store.all_ids() == [new.task_id]

    def test_partitions_that_there_was_no_time_for_are_read_in_the_next_page(
        self, client: Any
    ) -> None:
        # Given tasks in many partitions
        store = dynamodb_store(client)
        ids = {store.accepted().task_id for _ in range(60)}
        # When time is over after a few of them
        left = iter([True] * 5)
        cut = store.unfinished.page(
            before=NOW + MONTH, cursor=None, limit=100, has_time=lambda: next(left, False)
        )
        # Then the rest follows, and nothing comes twice
        assert 0 < len(cut.task_ids) < 60
        rest = store.unfinished.page(before=NOW + MONTH, cursor=cut.cursor, limit=100)
        assert rest.cursor is None
        assert len(cut.task_ids) + len(rest.task_ids) == 60
        assert {*cut.task_ids, *rest.task_ids} == ids

    def test_a_bookmark_of_the_release_before_begins_anew(self, client: Any) -> None:
        store = dynamodb_store(client)
        message = store.accepted()
        key = {"pk": {"S": "TASK#task_1"}, "unfinished": {"S": "1"}}
        bookmark = json.dumps(key | {"created_at": {"S": "2026-11-22T00:00:00.000000Z"}})
        page = store.unfinished.page(before=NOW + MONTH, cursor=bookmark, limit=10)
        assert page.task_ids == (message.task_id,)
