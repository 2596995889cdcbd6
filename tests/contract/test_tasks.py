"""What every store of tasks promises: held by DynamoDB's adapters and by their fake alike."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from frontdesk.adapters.dynamodb_acceptor import DynamoDBTaskAcceptor
from frontdesk.adapters.dynamodb_conversations import DynamoDBConversations
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskPublisher, DynamoDBTaskReader
from frontdesk.domain.acceptance import AcceptedTask, Refusal
from frontdesk.domain.conversation import ConversationStatus
from frontdesk.domain.ids import new_id
from frontdesk.domain.task import (
    AgentName,
    Citation,
    RecordReference,
    Route,
    RouteLabel,
    Stage,
    TaskError,
    TaskResult,
    TaskStatus,
    TicketSummary,
    Timings,
    Usage,
)
from frontdesk.ports import ConversationProjections, TaskAcceptor, TaskPublisher, TaskReader
from tests.chaos.table import Table
from tests.support.chat import JOHN, NOW, a_claim, a_message, a_result, an_acceptance
from tests.support.fake_tasks import FakeTasks

GUEST = "guest:0123"


class SetClock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@dataclass
class Store:
    acceptor: TaskAcceptor
    publisher: TaskPublisher
    reader: TaskReader
    conversations: ConversationProjections
    clock: SetClock
    raw_task: Callable[[str], dict[str, Any]]

    def accepted(self, **changes: Any) -> AcceptedTask:
        outcome = self.acceptor.accept(an_acceptance(**changes))
        assert isinstance(outcome, AcceptedTask)
        return outcome

    def status(self, task_id: str) -> TaskStatus:
        found = self.reader.get(task_id)
        assert found is not None
        return found[0].status


def make_table(client: Any, name: str = "tasks") -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "unfinished", "AttributeType": "S"},
            {"AttributeName": "created_at", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "unfinished",
                "KeySchema": [
                    {"AttributeName": "unfinished", "KeyType": "HASH"},
                    {"AttributeName": "created_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def dynamodb_store(client: Any) -> Store:
    clock = SetClock()
    table = DynamoDBTable(client, "tasks", now=clock, pause=lambda _: None)

    def raw_task(task_id: str) -> dict[str, Any]:
        answer = client.get_item(TableName="tasks", Key={"pk": {"S": f"TASK#{task_id}"}})
        return dict(answer["Item"])

    return Store(
        DynamoDBTaskAcceptor(table),
        DynamoDBTaskPublisher(table),
        DynamoDBTaskReader(table),
        DynamoDBConversations(table),
        clock,
        raw_task,
    )


def fake_store() -> Store:
    clock = SetClock()
    fake = FakeTasks(clock)

    def raw_task(task_id: str) -> dict[str, Any]:
        stored = fake.tasks[task_id]
        return {} if stored.message is None else {"message": stored.message.text}

    return Store(fake, fake, fake, fake, clock, raw_task)


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


class TestAccepting:
    def test_a_new_conversation_is_recorded_with_its_task(self, store: Store) -> None:
        # Given
        message = a_message(previous_conversation_id="conv_before")
        # When
        outcome = store.acceptor.accept(an_acceptance(message, customer_hash="c1"))
        # Then
        assert outcome == AcceptedTask(
            message.task_id, message.conversation_id, NOW, unsent=message, replayed=False
        )
        found = store.reader.get(message.task_id)
        assert found is not None
        task, owner = found
        assert owner == JOHN.subject
        assert (task.status, task.created_at, task.correlation_id) == ("queued", NOW, "corr-1")
        projection = store.conversations.conversation(message.conversation_id)
        assert projection is not None
        assert projection.owner_subject == JOHN.subject
        assert projection.status is ConversationStatus.OPEN
        assert projection.unanswered == 1
        assert projection.customer_hash == "c1"
        assert projection.created_at == NOW
        assert projection.previous_conversation_id == "conv_before"
        assert store.reader.conversation_owner(message.conversation_id) == JOHN.subject

    def test_a_further_message_counts_as_unanswered(self, store: Store) -> None:
        first = store.accepted()
        more = a_message(conversation_id=first.conversation_id)
        outcome = store.acceptor.accept(an_acceptance(more, is_new_conversation=False))
        assert isinstance(outcome, AcceptedTask)
        projection = store.acceptor.conversation(first.conversation_id)
        assert projection is not None
        assert projection.unanswered == 2

    @pytest.mark.parametrize("conversation_id", ["conv_unknown", "", "x" * 3000, "ü\n#"])
    def test_an_unknown_conversation_takes_nothing(
        self, store: Store, conversation_id: str
    ) -> None:
        message = a_message(conversation_id=conversation_id)
        assert store.acceptor.conversation(conversation_id) is None
        assert store.reader.conversation_owner(conversation_id) is None
        if conversation_id == "conv_unknown":
            outcome = store.acceptor.accept(an_acceptance(message, is_new_conversation=False))
            assert outcome is Refusal.NOT_OWNED
            assert store.reader.get(message.task_id) is None

    def test_somebody_elses_conversation_takes_nothing(self, store: Store) -> None:
        first = store.accepted()
        message = a_message(conversation_id=first.conversation_id)
        outcome = store.acceptor.accept(
            an_acceptance(
                message, owner_subject="https://id.example|eve", is_new_conversation=False
            )
        )
        assert outcome is Refusal.NOT_OWNED
        assert store.reader.get(message.task_id) is None
        assert store.reader.conversation_owner(first.conversation_id) == JOHN.subject

    def test_a_closed_conversation_takes_nothing_until_it_is_open_again(self, store: Store) -> None:
        # Given
        first = store.accepted()
        store.conversations.set_status(first.conversation_id, ConversationStatus.CLOSED)
        message = a_message(conversation_id=first.conversation_id)
        again = an_acceptance(message, is_new_conversation=False)
        # When, then
        assert store.acceptor.accept(again) is Refusal.CLOSED
        store.conversations.set_status(first.conversation_id, ConversationStatus.OPEN)
        assert isinstance(store.acceptor.accept(again), AcceptedTask)

    def test_closing_an_unknown_conversation_makes_none(self, store: Store) -> None:
        store.conversations.set_status("conv_unknown", ConversationStatus.CLOSED)
        assert store.conversations.conversation("conv_unknown") is None

    def test_the_limit_of_unanswered_messages_is_the_limit(self, store: Store) -> None:
        # Given
        first = store.accepted()

        def send_one_more() -> AcceptedTask | Refusal:
            message = a_message(conversation_id=first.conversation_id)
            return store.acceptor.accept(
                an_acceptance(message, is_new_conversation=False, max_unanswered=2)
            )

        # When, then: the second is taken, the third is not, until one is answered
        assert isinstance(send_one_more(), AcceptedTask)
        assert send_one_more() is Refusal.FULL
        assert store.publisher.publish(first.task_id, first.conversation_id, a_result())
        assert isinstance(send_one_more(), AcceptedTask)

    def test_a_conversation_keeps_to_its_first_customer(self, store: Store) -> None:
        # Given a conversation that names no customer yet
        first = store.accepted()

        def name(customer_hash: str | None) -> AcceptedTask | Refusal:
            message = a_message(conversation_id=first.conversation_id)
            return store.acceptor.accept(
                an_acceptance(message, is_new_conversation=False, customer_hash=customer_hash)
            )

        # When, then
        assert isinstance(name("one"), AcceptedTask)
        assert isinstance(name(None), AcceptedTask)
        assert isinstance(name("one"), AcceptedTask)
        assert name("two") is Refusal.OTHER_CUSTOMER


class TestClaiming:
    def test_a_guests_conversation_becomes_the_customers(self, store: Store) -> None:
        # Given
        first = store.accepted(owner_subject=GUEST)
        message = a_message(conversation_id=first.conversation_id, claimed_subject=GUEST)
        # When
        outcome = store.acceptor.accept(an_acceptance(message, is_new_conversation=False))
        # Then
        assert isinstance(outcome, AcceptedTask)
        assert store.reader.conversation_owner(first.conversation_id) == JOHN.subject

    def test_earlier_conversations_come_along(self, store: Store) -> None:
        first = store.accepted(owner_subject=GUEST)
        message = a_message(claimed_subject=GUEST, previous_conversation_id=first.conversation_id)
        store.accepted(message=message, claimed_conversation_ids=(first.conversation_id,))
        assert store.reader.conversation_owner(first.conversation_id) == JOHN.subject

    def test_what_the_worker_took_along_is_the_customers(self, store: Store) -> None:
        first, other = store.accepted(owner_subject=GUEST), store.accepted()
        for conversation_id in (first.conversation_id, other.conversation_id, "conv_unknown"):
            store.publisher.hand_on(conversation_id, former=GUEST, owner="issuer|jane")
        assert store.reader.conversation_owner(first.conversation_id) == "issuer|jane"
        assert store.reader.conversation_owner(other.conversation_id) == JOHN.subject
        assert store.conversations.conversation("conv_unknown") is None

    def test_nothing_of_anybody_else_can_be_claimed(self, store: Store) -> None:
        first = store.accepted(owner_subject="guest:9999")
        message = a_message(claimed_subject=GUEST)
        acceptance = an_acceptance(message, claimed_conversation_ids=(first.conversation_id,))
        assert store.acceptor.accept(acceptance) is Refusal.NOT_OWNED
        assert store.reader.get(message.task_id) is None
        assert store.reader.conversation_owner(first.conversation_id) == "guest:9999"


class TestIdempotency:
    def test_a_replay_returns_the_first_task_and_its_unsent_message(self, store: Store) -> None:
        first = store.accepted(idempotency=a_claim())
        replay = store.acceptor.accept(an_acceptance(idempotency=a_claim()))
        assert isinstance(replay, AcceptedTask)
        assert replay.replayed
        assert (replay.task_id, replay.conversation_id, replay.created_at, replay.unsent) == (
            first.task_id,
            first.conversation_id,
            first.created_at,
            first.unsent,
        )

    def test_a_replay_of_a_sent_message_sends_nothing(self, store: Store) -> None:
        first = store.accepted(idempotency=a_claim())
        store.acceptor.mark_sent(first.task_id)
        replay = store.acceptor.accept(an_acceptance(idempotency=a_claim()))
        assert isinstance(replay, AcceptedTask)
        assert replay.unsent is None

    @pytest.mark.parametrize("ends", [True, False])
    def test_a_replay_of_a_message_that_was_taken_up_sends_nothing(
        self, store: Store, ends: bool
    ) -> None:
        # Given a message whose sending was not noted
        first = store.accepted(idempotency=a_claim())
        store.publisher.begin(first.task_id)
        if ends:
            store.publisher.publish(first.task_id, first.conversation_id, a_result())
        # When
        replay = store.acceptor.accept(an_acceptance(idempotency=a_claim()))
        # Then
        assert isinstance(replay, AcceptedTask)
        assert (replay.task_id, replay.unsent) == (first.task_id, None)

    def test_another_body_is_refused(self, store: Store) -> None:
        store.accepted(idempotency=a_claim())
        other = an_acceptance(idempotency=a_claim(body_hash="hash-2"))
        assert store.acceptor.accept(other) is Refusal.KEY_REUSED
        assert store.reader.get(other.message.task_id) is None

    @pytest.mark.parametrize("caller", [None, "https://id.example|eve", "https://id.example|john#"])
    def test_a_key_is_its_callers_own(self, store: Store, caller: str | None) -> None:
        first = store.accepted(idempotency=a_claim())
        other = store.accepted(idempotency=a_claim(caller=caller))
        assert other.task_id != first.task_id
        assert not other.replayed

    def test_a_key_cannot_spell_another_callers(self, store: Store) -> None:
        store.accepted(idempotency=a_claim("b#c", caller="a"))
        assert not store.accepted(idempotency=a_claim("c", caller="a#b")).replayed

    def test_a_key_is_forgotten_when_it_expires(self, store: Store) -> None:
        first = store.accepted(idempotency=a_claim())
        store.clock.time += timedelta(hours=24)
        second = store.accepted(
            idempotency=a_claim(expires_at=store.clock.time + timedelta(hours=24))
        )
        assert second.task_id != first.task_id

    def test_a_replay_is_answered_though_the_conversation_was_closed_since(
        self, store: Store
    ) -> None:
        # Given
        opened = store.accepted()
        message = a_message(conversation_id=opened.conversation_id)
        acceptance = an_acceptance(message, is_new_conversation=False, idempotency=a_claim())
        first = store.acceptor.accept(acceptance)
        store.conversations.set_status(opened.conversation_id, ConversationStatus.CLOSED)
        # When
        retry = a_message(conversation_id=opened.conversation_id)
        replay = store.acceptor.accept(
            an_acceptance(retry, is_new_conversation=False, idempotency=a_claim())
        )
        # Then
        assert isinstance(first, AcceptedTask)
        assert isinstance(replay, AcceptedTask)
        assert replay.task_id == first.task_id

    def test_what_was_refused_leaves_its_key_free(self, store: Store) -> None:
        message = a_message(conversation_id="conv_unknown")
        refused = an_acceptance(message, is_new_conversation=False, idempotency=a_claim())
        assert store.acceptor.accept(refused) is Refusal.NOT_OWNED
        assert not store.accepted(idempotency=a_claim()).replayed


class Repeating:
    """Calls twice, as the SDK does where the first answer comes too late."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def update_item(self, **arguments: Any) -> Any:
        self._client.update_item(**arguments)
        return self._client.update_item(**arguments)


@mock_aws
def test_an_attempt_that_the_sdk_writes_twice_counts_once() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    make_table(client)
    store = dynamodb_store(client)
    task_id = store.accepted().task_id
    repeating = DynamoDBTaskPublisher(
        DynamoDBTable(cast("Any", Repeating(client)), "tasks", now=store.clock)
    )

    assert [repeating.begin(task_id) for _ in range(2)] == [1, 2]
    store.publisher.publish(task_id, store.raw_task(task_id)["conversation_id"]["S"], a_result())
    assert repeating.begin(task_id) == 0


class TestWorking:
    def test_attempts_are_counted_and_taken_back(self, store: Store) -> None:
        task_id = store.accepted().task_id
        assert store.publisher.begin(task_id) == 1
        assert store.publisher.begin(task_id) == 2
        store.publisher.release(task_id)
        assert store.publisher.begin(task_id) == 2
        assert store.status(task_id) is TaskStatus.PROCESSING

    def test_releasing_never_goes_below_nothing(self, store: Store) -> None:
        task_id = store.accepted().task_id
        store.publisher.begin(task_id)
        for _ in range(3):
            store.publisher.release(task_id)
        assert store.publisher.begin(task_id) == 1

    def test_the_stage_shows_while_it_is_processed(self, store: Store) -> None:
        task_id = store.accepted().task_id
        store.publisher.stage(task_id, Stage.ROUTING)
        found = store.reader.get(task_id)
        assert found is not None
        assert found[0].stage is None
        store.publisher.begin(task_id)
        store.publisher.stage(task_id, Stage.ANSWERING)
        found = store.reader.get(task_id)
        assert found is not None
        assert found[0].stage is Stage.ANSWERING

    def test_an_unknown_task_is_neither_begun_nor_ended(self, store: Store) -> None:
        store.publisher.stage("task_unknown", Stage.ROUTING)
        store.publisher.release("task_unknown")
        store.acceptor.mark_sent("task_unknown")
        assert store.publisher.begin("task_unknown") == 0
        assert not store.publisher.publish("task_unknown", "conv_unknown", a_result())
        assert store.reader.get("task_unknown") is None

    def test_a_task_ends_once(self, store: Store) -> None:
        # Given
        first = store.accepted()
        store.publisher.begin(first.task_id)
        store.publisher.stage(first.task_id, Stage.ROUTING)
        # When
        published = store.publisher.publish(first.task_id, first.conversation_id, a_result())
        late = a_result(status=TaskStatus.FAILED, response=None)
        again = store.publisher.publish(first.task_id, first.conversation_id, late)
        # Then
        assert (published, again) == (True, False)
        assert store.publisher.begin(first.task_id) == 0
        store.publisher.release(first.task_id)
        store.publisher.stage(first.task_id, Stage.ROUTING)
        found = store.reader.get(first.task_id)
        assert found is not None
        task, _ = found
        assert (task.status, task.stage) == (TaskStatus.COMPLETED, None)
        assert task.response == "Open the settings [1]."
        projection = store.conversations.conversation(first.conversation_id)
        assert projection is not None
        assert projection.unanswered == 0

    def test_a_task_can_end_without_having_been_taken_up(self, store: Store) -> None:
        first = store.accepted()
        assert store.publisher.publish(first.task_id, first.conversation_id, a_result())

    def test_a_task_ends_though_its_conversation_counts_nothing(self, store: Store) -> None:
        first, second = store.accepted(), store.accepted()
        assert store.publisher.publish(first.task_id, "conv_unknown", a_result())
        # The first conversation's count went to nothing with the second's task.
        store.publisher.publish(second.task_id, first.conversation_id, a_result())
        third = a_message(conversation_id=first.conversation_id)
        store.accepted(message=third, is_new_conversation=False)
        store.publisher.publish(third.task_id, first.conversation_id, a_result())
        projection = store.conversations.conversation(first.conversation_id)
        assert projection is not None
        assert projection.unanswered == 0

    def test_text_and_principal_go_when_the_task_ends(self, store: Store) -> None:
        first = store.accepted()
        assert "reset my password" in json.dumps(store.raw_task(first.task_id))
        store.publisher.publish(first.task_id, first.conversation_id, a_result())
        left = json.dumps(store.raw_task(first.task_id))
        assert "reset my password" not in left
        assert "john@example.com" not in left
        assert "unfinished" not in left

    def test_only_an_end_is_published(self, store: Store) -> None:
        first = store.accepted()
        with pytest.raises(ValueError, match="cannot end"):
            store.publisher.publish(
                first.task_id, first.conversation_id, a_result(status=TaskStatus.PROCESSING)
            )

    def test_every_field_of_a_result_comes_back_exactly(self, store: Store) -> None:
        # Given
        first = store.accepted()
        result = TaskResult(
            status=TaskStatus.COMPLETED,
            completed_at=NOW + timedelta(microseconds=1),
            agent=AgentName.FAQ,
            route=Route(agent=RouteLabel.OUT_OF_SCOPE, confidence=0.1 + 0.2, reasoning="„why“"),
            response="Grüße 👋 [1]\n",
            citations=(Citation(number=1, document_id="doc_1", title="T", snippet="s"),),
            records=(RecordReference(kind="invoice", id="i", label="INV-2024-005"),),
            ticket=TicketSummary(
                id="t",
                number="FD-7K2M9",
                priority="high",
                status="open",
                expected_response_at=NOW,
            ),
            degraded=True,
            usage=Usage(llm_calls=3, input_tokens=10, output_tokens=2, cost_usd=Decimal("0.0012")),
            timings_ms=Timings(queued=1, routing=2, answering=3, total=6),
            error=TaskError(type="urn:x", title="X"),
        )
        # When
        store.publisher.publish(first.task_id, first.conversation_id, result)
        # Then
        found = store.reader.get(first.task_id)
        assert found is not None
        task, _ = found
        assert {name: getattr(task, name) for name in TaskResult.model_fields} == {
            name: getattr(result, name) for name in TaskResult.model_fields
        }
        assert json.loads(task.model_dump_json())["usage"]["cost_usd"] == "0.001200"


class TestReading:
    @pytest.mark.parametrize("task_id", ["", "task_unknown", "x" * 5000, "../#\u202e"])
    def test_an_unknown_task_is_none(self, store: Store, task_id: str) -> None:
        assert store.reader.get(task_id) is None

    def test_an_expired_task_is_none(self, store: Store) -> None:
        first = store.accepted(task_expires_at=NOW + timedelta(seconds=10))
        store.clock.time += timedelta(seconds=9)
        assert store.reader.get(first.task_id) is not None
        store.clock.time += timedelta(seconds=1)
        assert store.reader.get(first.task_id) is None

    def test_another_items_key_is_no_task(self, store: Store) -> None:
        first = store.accepted(idempotency=a_claim())
        assert store.reader.get(f"CONV#{first.conversation_id}") is None
        assert store.reader.get(new_id("task")) is None
