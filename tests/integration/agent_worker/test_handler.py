"""The handler as Lambda calls it: wiring, settings, SQS event in, partial batch response out."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from agent_worker import app
from frontdesk.adapters import aws_clients, secrets
from frontdesk.adapters.dynamodb_acceptor import DynamoDBTaskAcceptor
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskReader
from frontdesk.adapters.sqs_chat import SQSChatSender
from frontdesk.clock import utc_now
from frontdesk.config import SettingsError
from frontdesk.domain.task import QueuedMessage, Task, TaskStatus
from tests.contract.test_tasks import make_table
from tests.support.chat import a_message, an_acceptance
from tests.support.events import BUS, ReadableBus
from tests.support.openai_server import ScriptedOpenAI, calls, routes, says
from tests.support.postgres import TestDatabase
from tests.support.worker import API_KEY, JOHN

pytestmark = pytest.mark.integration

TABLE = "tasks"


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class Cloud:
    """Queue and table as moto has them."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", region_name="us-east-1")
        self.dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        make_table(self.dynamodb, TABLE)
        self.queue_url = self._make_queue("chat.fifo")
        self.dlq_url = self._make_queue("dlq.fifo")
        self.table = DynamoDBTable(self.dynamodb, TABLE)
        self.bus = ReadableBus()

    def _make_queue(self, name: str) -> str:
        made = self.sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})
        return made["QueueUrl"]

    def accept(self, **changes: Any) -> QueuedMessage:
        message = a_message(principal=JOHN, accepted_at=utc_now(), **changes)
        DynamoDBTaskAcceptor(self.table).accept(an_acceptance(message, task_expires_at=FAR))
        SQSChatSender(self.sqs, self.queue_url).send(message)
        return message

    def task(self, message: QueuedMessage) -> Task:
        found = DynamoDBTaskReader(self.table).get(message.task_id)
        assert found is not None
        return found[0]

    def event(self) -> dict[str, Any]:
        """What the event source mapping would hand to the function now."""
        received = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=1, MessageSystemAttributeNames=["All"]
        )
        return {
            "Records": [
                {
                    "messageId": one["MessageId"],
                    "receiptHandle": one["ReceiptHandle"],
                    "body": one["Body"],
                    "attributes": one["Attributes"],
                }
                for one in received["Messages"]
            ]
        }


FAR = utc_now().replace(year=2099)


def forget_clients() -> None:
    for cached in (
        app.build_worker,
        app.build_router,
        app.build_prompts,
        app.build_embeddings,
        app.build_events,
        app.build_database,
        app.build_telemetry,
        app.build_settings,
        aws_clients.dynamodb_client,
        aws_clients.events_client,
        aws_clients.sqs_client,
        aws_clients.secrets_client,
        secrets._process_secrets,
    ):
        cached.cache_clear()


@pytest.fixture
def cloud(
    monkeypatch: pytest.MonkeyPatch,
    database: TestDatabase,
    openai_server: ScriptedOpenAI,
    fill: Callable[[], None],
) -> Iterator[Cloud]:
    fill()
    with mock_aws():
        cloud = Cloud()
        secret = boto3.client("secretsmanager", region_name="us-east-1").create_secret(
            Name="llm", SecretString=json.dumps({"api_key": API_KEY})
        )
        for name, value in {
            "ENVIRONMENT": "local",
            "POWERTOOLS_SERVICE_NAME": "agent_worker",
            "POWERTOOLS_METRICS_NAMESPACE": "Frontdesk",
            "TASKS_TABLE": TABLE,
            "EVENT_BUS_NAME": BUS,
            "CHAT_QUEUE_URL": cloud.queue_url,
            "CHAT_DLQ_URL": cloud.dlq_url,
            "DATABASE_URL": database.agent_url,
            "LLM_SECRET_ARN": secret["ARN"],
            "OPENAI_BASE_URL": openai_server.base_url,
            "LLM_MODEL": "gpt-4o-mini",
            "LLM_TEMPERATURE": "0.1",
            "ROUTER_CONFIDENCE": "2",
            # Vectors of hashed words say nothing of how near a passage is.
            "ANSWER_CONFIDENCE": "0",
            "COMPANY_NAME": "CloudFlow",
            "COMPANY_PROFILE": "CloudFlow is software for planning projects.",
            "ALLOWED_LINK_HOSTS": "cloudflow.com, docs.example",
        }.items():
            monkeypatch.setenv(name, value)
        forget_clients()
        yield cloud
        app.build_worker().store._database.close()  # type: ignore[attr-defined]
        forget_clients()


def test_a_queued_message_is_answered_as_the_settings_say(
    cloud: Cloud, openai_server: ScriptedOpenAI, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(request: dict[str, Any]) -> None:
        assert (request["model"], request["temperature"]) == ("gpt-4o-mini", 0.1)
        system = request["messages"][0]["content"]
        assert "agent of CloudFlow's support team." in system
        assert "software for planning projects" in system

    openai_server.will(
        routes("faq").checked(check),
        says("See [1] and https://cloudflow.com, not https://evil.example.").checked(check),
    )
    message = cloud.accept(text="How do I create a new project?")

    response = app.handler(cloud.event(), Context())

    assert response == {"batchItemFailures": []}
    task = cloud.task(message)
    assert task.status is TaskStatus.COMPLETED
    assert task.response == "See [1] and https://cloudflow.com, not (link removed)."
    output = capsys.readouterr().out
    lines = [json.loads(line) for line in output.splitlines()]
    metrics = next(line for line in lines if "_aws" in line)
    assert metrics["service"] == "agent_worker"
    assert metrics["Answers"] == [1.0]
    logged = [line for line in lines if "message" in line]
    assert cloud.bus.received() == []
    assert {line["message"] for line in logged} >= {"turn.taken_up", "turn.published"}
    assert {line["task_id"] for line in logged} == {message.task_id}
    assert {line["correlation_id"] for line in logged} == {message.correlation_id}
    assert "new project" not in output


def test_a_ticket_is_told_of_once_it_is_committed(
    cloud: Cloud, openai_server: ScriptedOpenAI
) -> None:
    openai_server.will(
        routes("escalation"),
        calls(
            (
                "create_support_ticket",
                {
                    "subject": "Refund",
                    "description": "Wants money back.",
                    "category": "billing",
                    "priority": "high",
                },
            )
        ),
        says("A person will look into it."),
    )
    message = cloud.accept(text="Give me my money back, my name is Zorbo.")

    app.handler(cloud.event(), Context())

    ticket = cloud.task(message).ticket
    assert ticket is not None
    opened, waiting = cloud.bus.received()
    assert (opened["detail-type"], waiting["detail-type"]) == (
        "ticket.opened",
        "conversation.waiting",
    )
    assert opened["detail"]["data"]["ticket_id"] == ticket.id
    assert waiting["detail"]["data"]["conversation_id"] == message.conversation_id
    assert "Zorbo" not in json.dumps([opened, waiting])
    assert "Wants money" not in json.dumps([opened, waiting])
    assert "@" not in json.dumps([opened, waiting])


def test_what_cannot_be_answered_goes_to_the_dead_letters(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    message = cloud.accept()
    event = cloud.event()
    event["Records"][0]["body"] = event["Records"][0]["body"].replace('"version":1', '"version":7')

    assert app.handler(event, Context()) == {"batchItemFailures": []}

    assert cloud.task(message).status is TaskStatus.FAILED
    [dead] = cloud.sqs.receive_message(QueueUrl=cloud.dlq_url, MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert dead["MessageAttributes"]["reason"]["StringValue"].startswith("the message cannot be")
    assert '"FailedTasks"' in capsys.readouterr().out


def test_an_outage_returns_the_message_and_those_behind_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:9/none")
    app.build_worker.cache_clear()
    cloud.accept()
    event = cloud.event()
    event["Records"].append({**event["Records"][0], "messageId": "behind"})

    response = app.handler(event, Context())

    first = event["Records"][0]["messageId"]
    assert response == {
        "batchItemFailures": [{"itemIdentifier": first}, {"itemIdentifier": "behind"}]
    }


def test_a_missing_setting_is_named(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHAT_DLQ_URL")
    app.build_worker.cache_clear()

    with pytest.raises(SettingsError, match="CHAT_DLQ_URL"):
        app.build_worker()
    monkeypatch.setenv("CHAT_DLQ_URL", cloud.dlq_url)
