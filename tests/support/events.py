"""Domain events in tests: an outbox and a bus in memory, and a bus of moto's that can be read."""

import json
from collections.abc import Sequence
from typing import Any

import boto3

from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.events import SOURCE, DomainEvent, read_event
from frontdesk.event_publishing import EventPublisher
from tests.support.chat import NOW

BUS = "frontdesk-events"


def an_event(event_id: str = "evt_1") -> DomainEvent:
    return read_event(
        event_id=event_id,
        type_="knowledge.failed",
        version=1,
        occurred_at=NOW,
        data={"document_id": "doc_1", "source": "s3"},
    )


class FakeOutbox:
    """Implements EventOutbox; set `is_down` to make every call fail."""

    def __init__(self, *events: DomainEvent) -> None:
        self.waiting = list(events)
        self.claimed: list[DomainEvent] = []
        self.settled: list[str] = []
        self.is_down = False

    def claim(self, limit: int) -> list[DomainEvent]:
        self._check()
        claimed, self.waiting = self.waiting[:limit], self.waiting[limit:]
        self.claimed += claimed
        return claimed

    def settle(self, event_ids: Sequence[str]) -> None:
        self._check()
        self.settled += event_ids
        self.claimed = [event for event in self.claimed if event.event_id not in event_ids]

    def release(self, event_ids: Sequence[str]) -> None:
        self.waiting += [event for event in self.claimed if event.event_id in event_ids]
        self.claimed = [event for event in self.claimed if event.event_id not in event_ids]

    def _check(self) -> None:
        if self.is_down:
            raise InfrastructureError("postgres: down")


class FakeBus:
    """Implements EventBus; what is in `refused` is not taken."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.refused: set[str] = set()
        self.is_down = False

    def put(self, events: Sequence[DomainEvent]) -> list[str]:
        if self.is_down:
            raise InfrastructureError("EventBridge is out of reach")
        taken = [event.event_id for event in events if event.event_id not in self.refused]
        self.taken += taken
        return taken


def no_publisher() -> EventPublisher:
    """A publisher that has nothing to publish."""
    return EventPublisher(FakeOutbox(), FakeBus())


class ReadableBus:
    """A bus of moto's with a rule that carries every event of ours to a queue.

    To be made within `mock_aws`.
    """

    def __init__(self) -> None:
        events, self._sqs = boto3.client("events"), boto3.client("sqs")
        self._queue = self._sqs.create_queue(QueueName="events")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._queue, AttributeNames=["QueueArn"]
        )
        events.create_event_bus(Name=BUS)
        events.put_rule(Name="all", EventBusName=BUS, EventPattern=json.dumps({"source": [SOURCE]}))
        events.put_targets(
            Rule="all",
            EventBusName=BUS,
            Targets=[{"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}],
        )

    def received(self) -> list[dict[str, Any]]:
        """Takes what has arrived, the oldest first."""
        answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        return sorted(bodies, key=lambda body: str(body["detail"]["occurred_at"]))
