"""What every chat queue promises: held by SQS's adapter and by its fake alike."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from frontdesk.adapters.sqs_chat import SQSChatDelivery, SQSChatSender
from frontdesk.domain.task import QueuedMessage
from frontdesk.ports import ChatDelivery, ChatSender
from tests.support.chat import a_message
from tests.support.fake_queue import FakeChatQueue


@dataclass
class Queue:
    sender: ChatSender
    delivery: ChatDelivery
    sent: Callable[[], list[QueuedMessage]]
    aside: Callable[[], list[dict[str, str]]]


def receive(client: Any, url: str) -> list[dict[str, Any]]:
    answer = client.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        AttributeNames=["All"],
        MessageAttributeNames=["All"],
    )
    return list(answer.get("Messages", []))


def sqs_queue() -> Queue:
    client = boto3.client("sqs", region_name="us-east-1")
    urls = [
        client.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
        for name in ("chat.fifo", "chat-dlq.fifo")
    ]

    def sent() -> list[QueuedMessage]:
        messages = receive(client, urls[0])
        for message in messages:
            body = json.loads(message["Body"])
            assert message["Attributes"]["MessageGroupId"] == body["conversation_id"]
            assert message["Body"].isascii()
        return [QueuedMessage.model_validate_json(message["Body"]) for message in messages]

    def aside() -> list[dict[str, str]]:
        return [
            {
                "body": message["Body"],
                "group": message["Attributes"]["MessageGroupId"],
                "reason": message["MessageAttributes"]["reason"]["StringValue"],
            }
            for message in receive(client, urls[1])
        ]

    return Queue(
        SQSChatSender(client, urls[0]), SQSChatDelivery(client, urls[0], urls[1]), sent, aside
    )


def fake_queue() -> Queue:
    fake = FakeChatQueue()

    def aside() -> list[dict[str, str]]:
        return [
            {"body": kept.body, "group": kept.conversation_id, "reason": kept.reason}
            for kept in fake.aside
        ]

    return Queue(fake, fake, lambda: list(fake.sent), aside)


@pytest.fixture(params=["sqs", "fake"])
def queue(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    if request.param == "fake":
        yield fake_queue()
        return
    with mock_aws():
        yield sqs_queue()


def test_a_message_arrives_as_it_was_sent(queue: Queue) -> None:
    message = a_message(text="Grüße 👋 \ufffe\n", language="de", contact_email="x@example.com")
    queue.sender.send(message)
    assert queue.sent() == [message]


def test_a_task_is_queued_once(queue: Queue) -> None:
    message = a_message()
    queue.sender.send(message)
    queue.sender.send(message)
    assert queue.sent() == [message]


def test_a_task_can_be_queued_again_on_purpose(queue: Queue) -> None:
    message = a_message()
    queue.sender.send(message)
    queue.sender.send(message, deduplication_id=f"{message.task_id}-2")
    assert len(queue.sent()) in (1, 2)  # SQS holds the second back while the first is in flight
    other = a_message()
    queue.sender.send(other, deduplication_id=message.task_id)
    assert other not in queue.sent()


def test_what_cannot_be_answered_is_set_aside_with_its_reason(queue: Queue) -> None:
    queue.delivery.set_aside(
        "not json", conversation_id="conv_1", deduplication_id="task_1", reason="unreadable"
    )
    queue.delivery.set_aside(
        "not json", conversation_id="conv_2", deduplication_id="task_2", reason="crashed"
    )
    assert queue.aside() == [
        {"body": "not json", "group": "conv_1", "reason": "unreadable"},
        {"body": "not json", "group": "conv_2", "reason": "crashed"},
    ]
