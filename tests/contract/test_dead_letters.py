"""What the dead-letter queue promises to people, and the knowledge queue to housekeeping."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from frontdesk.adapters.sqs_chat import SQSChatDelivery
from frontdesk.adapters.sqs_dead_letters import SQSDeadLetters
from frontdesk.adapters.sqs_delivery import SQSDelivery
from frontdesk.adapters.sqs_knowledge import SQSKnowledgeEvents
from frontdesk.domain.errors import InfrastructureError
from kb_ingest.events import changes

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HIDDEN = 60


@pytest.fixture
def sqs() -> Iterator["SQSClient"]:
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1")


class TestDeadLetters:
    @pytest.fixture
    def url(self, sqs: "SQSClient") -> str:
        return sqs.create_queue(QueueName="dlq.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]

    def set_aside(self, sqs: "SQSClient", url: str, body: str, group: str) -> None:
        SQSChatDelivery(sqs, "", url).set_aside(
            body, conversation_id=group, deduplication_id=body, reason="crashed"
        )

    def test_a_message_is_received_with_its_reason_and_age(
        self, sqs: "SQSClient", url: str
    ) -> None:
        self.set_aside(sqs, url, "one", "conv_1")
        (letter,) = SQSDeadLetters(sqs, url).receive(hidden_seconds=HIDDEN)
        assert (letter.body, letter.reason) == ("one", "crashed")
        assert datetime.now(UTC) - letter.set_aside_at < timedelta(minutes=1)

    def test_what_the_queue_itself_put_there_has_no_reason(
        self, sqs: "SQSClient", url: str
    ) -> None:
        sqs.send_message(
            QueueUrl=url, MessageBody="one", MessageGroupId="g", MessageDeduplicationId="d"
        )
        (letter,) = SQSDeadLetters(sqs, url).receive(hidden_seconds=HIDDEN)
        assert letter.reason is None

    def test_what_is_received_is_hidden_until_it_is_kept(self, sqs: "SQSClient", url: str) -> None:
        letters = SQSDeadLetters(sqs, url)
        self.set_aside(sqs, url, "one", "conv_1")
        (letter,) = letters.receive(hidden_seconds=HIDDEN)
        assert letters.receive(hidden_seconds=HIDDEN) == []
        letters.keep(letter)
        (again,) = letters.receive(hidden_seconds=HIDDEN)
        assert again.message_id == letter.message_id

    def test_what_is_removed_is_gone(self, sqs: "SQSClient", url: str) -> None:
        letters = SQSDeadLetters(sqs, url)
        for number in range(3):
            self.set_aside(sqs, url, f"{number}", f"conv_{number}")
        first, *others = letters.receive(hidden_seconds=HIDDEN)
        letters.remove(first)
        for letter in others:
            letters.keep(letter)
        left = letters.receive(hidden_seconds=HIDDEN)
        assert {one.body for one in left} == {one.body for one in others}

    def test_all_are_counted_held_or_not(self, sqs: "SQSClient", url: str) -> None:
        letters = SQSDeadLetters(sqs, url)
        assert letters.waiting() == 0
        for number in range(3):
            self.set_aside(sqs, url, f"{number}", "conv_1")
        letters.receive(hidden_seconds=HIDDEN)
        assert letters.waiting() == 3

    def test_a_queue_out_of_reach_is_infrastructure(self, sqs: "SQSClient", url: str) -> None:
        with pytest.raises(InfrastructureError):
            SQSDeadLetters(sqs, url + "-not").receive(hidden_seconds=HIDDEN)


class TestKnowledgeEvents:
    @pytest.fixture
    def url(self, sqs: "SQSClient") -> str:
        return sqs.create_queue(QueueName="knowledge")["QueueUrl"]

    @pytest.mark.parametrize("key", ["knowledge/a.md", "knowledge/Größe 1+1 %2F.md"])
    def test_ingest_reads_what_is_sent(self, sqs: "SQSClient", url: str, key: str) -> None:
        SQSKnowledgeEvents(sqs, url).send(key)
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        assert [change.key for change in changes(message["Body"])] == [key]
        assert json.loads(message["Body"])["Records"][0]["eventSource"] == "frontdesk:housekeeping"

    def test_what_waits_is_counted(self, sqs: "SQSClient", url: str) -> None:
        events = SQSKnowledgeEvents(sqs, url)
        assert events.waiting() == 0
        events.send("knowledge/a.md")
        events.send("knowledge/b.md")
        assert events.waiting() == 2

    def test_what_is_held_comes_back_when_it_is_told_to(self, sqs: "SQSClient", url: str) -> None:
        SQSKnowledgeEvents(sqs, url).send("knowledge/a.md")
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
        SQSDelivery(sqs, url).hide(message["ReceiptHandle"], 0)
        (again,) = sqs.receive_message(QueueUrl=url)["Messages"]
        assert again["MessageId"] == message["MessageId"]
        with pytest.raises(InfrastructureError):
            SQSDelivery(sqs, url + "-not").hide(again["ReceiptHandle"], 0)
