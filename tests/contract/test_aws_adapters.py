"""What the AWS adapters make of what AWS answers: outages, throttling, conflicts, secrets."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.stub import ANY, Stubber
from moto import mock_aws

from frontdesk.adapters import aws_clients, sqs_chat
from frontdesk.adapters.aws_errors import infrastructure_errors
from frontdesk.adapters.dynamodb_acceptor import DynamoDBTaskAcceptor
from frontdesk.adapters.dynamodb_table import CONFLICT_ATTEMPTS, DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskPublisher, DynamoDBTaskReader
from frontdesk.adapters.secrets import KEPT_SECONDS, SecretsManagerSecrets
from frontdesk.adapters.sqs_chat import SQSChatDelivery, SQSChatSender
from frontdesk.domain.acceptance import AcceptedTask
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.task import Stage
from tests.support.chat import a_message, a_result, an_acceptance

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NO_REASON: dict[str, Any] = {"Code": "None"}
CONFLICT: dict[str, Any] = {"Code": "TransactionConflict"}


@pytest.fixture
def client() -> "DynamoDBClient":
    return boto3.client("dynamodb", region_name="us-east-1")


@pytest.fixture
def stub(client: "DynamoDBClient") -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def table(client: "DynamoDBClient", pauses: list[float]) -> DynamoDBTable:
    return DynamoDBTable(client, "tasks", pause=pauses.append)


def cancelled(*reasons: dict[str, Any]) -> dict[str, Any]:
    return {
        "method": "transact_write_items",
        "service_error_code": "TransactionCanceledException",
        "modeled_fields": {"CancellationReasons": list(reasons)},
    }


class TestConflicts:
    def test_a_transaction_in_the_way_is_waited_for(
        self, table: DynamoDBTable, stub: Stubber, pauses: list[float]
    ) -> None:
        stub.add_client_error(**cancelled(NO_REASON, CONFLICT))
        stub.add_client_error(**cancelled(CONFLICT, NO_REASON))
        stub.add_response("transact_write_items", {})
        outcome = DynamoDBTaskAcceptor(table).accept(an_acceptance())
        assert isinstance(outcome, AcceptedTask)
        assert len(pauses) == 2
        assert all(0 < pause < 0.2 for pause in pauses)

    def test_one_that_stays_is_an_outage(self, table: DynamoDBTable, stub: Stubber) -> None:
        for _ in range(CONFLICT_ATTEMPTS):
            stub.add_client_error(**cancelled(NO_REASON, CONFLICT))
        with pytest.raises(InfrastructureError):
            DynamoDBTaskAcceptor(table).accept(an_acceptance())

    def test_a_reason_that_has_passed_is_tried_again(
        self, table: DynamoDBTable, stub: Stubber
    ) -> None:
        # Given a conversation that was full, and is not any more when it is looked at
        message = a_message()
        stub.add_client_error(**cancelled(NO_REASON, {"Code": "ConditionalCheckFailed"}))
        stub.add_response("get_item", {"Item": a_conversation(message.conversation_id)})
        stub.add_response("transact_write_items", {})
        # When
        outcome = DynamoDBTaskAcceptor(table).accept(
            an_acceptance(message, is_new_conversation=False)
        )
        # Then
        assert isinstance(outcome, AcceptedTask)

    def test_an_item_that_cannot_be_stored_is_no_outage(
        self, table: DynamoDBTable, stub: Stubber
    ) -> None:
        stub.add_client_error(**cancelled({"Code": "ValidationError"}, NO_REASON))
        with pytest.raises(ValueError, match="cannot take"):
            DynamoDBTaskPublisher(table).publish("task_1", "conv_1", a_result())


def a_conversation(conversation_id: str) -> dict[str, Any]:
    return {
        "pk": {"S": f"CONV#{conversation_id}"},
        "conversation_id": {"S": conversation_id},
        "owner_subject": {"S": "https://id.example|john"},
        "status": {"S": "open"},
        "unanswered": {"N": "3"},
        "created_at": {"S": "2026-05-04T12:30:15.123456Z"},
    }


@pytest.mark.parametrize(
    "code",
    ["ProvisionedThroughputExceededException", "InternalServerError", "AccessDeniedException"],
)
def test_what_dynamodb_refuses_is_an_outage(table: DynamoDBTable, stub: Stubber, code: str) -> None:
    stub.add_client_error("get_item", code)
    with pytest.raises(InfrastructureError, match=code):
        DynamoDBTaskReader(table).get("task_1")


def test_saying_the_stage_never_raises(table: DynamoDBTable, stub: Stubber) -> None:
    stub.add_client_error("update_item", "ThrottlingException")
    DynamoDBTaskPublisher(table).stage("task_1", Stage.ROUTING)


def test_what_is_out_of_reach_is_an_outage() -> None:
    with pytest.raises(InfrastructureError), infrastructure_errors("SQS"):
        raise EndpointConnectionError(endpoint_url="https://sqs.example")


def test_our_own_faults_are_no_outage() -> None:
    error: Any = {"Error": {"Code": "ValidationException"}}
    with pytest.raises(ClientError), infrastructure_errors("DynamoDB"):
        raise ClientError(error, "PutItem")


def test_status_polls_read_no_text(table: DynamoDBTable, stub: Stubber) -> None:
    expected = {
        "TableName": "tasks",
        "Key": {"pk": {"S": "TASK#task_1"}},
        "ConsistentRead": True,
        "ProjectionExpression": ANY,
        "ExpressionAttributeNames": ANY,
    }
    stub.add_response("get_item", {}, expected)
    assert DynamoDBTaskReader(table).get("task_1") is None


class TestQueue:
    def test_the_trace_goes_on_in_the_worker(self, monkeypatch: pytest.MonkeyPatch) -> None:
        header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
        monkeypatch.setenv(sqs_chat.TRACE_VARIABLE, header)
        client = boto3.client("sqs", region_name="us-east-1")
        attributes = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
        with Stubber(client) as stub:
            expected = {
                "QueueUrl": "q",
                "MessageBody": ANY,
                "MessageGroupId": ANY,
                "MessageDeduplicationId": ANY,
                "MessageSystemAttributes": attributes,
            }
            stub.add_response("send_message", {}, expected)
            SQSChatSender(client, "q").send(a_message())

    def test_a_message_is_hidden_for_the_seconds_given(self) -> None:
        client = boto3.client("sqs", region_name="us-east-1")
        with Stubber(client) as stub:
            expected = {"QueueUrl": "q", "ReceiptHandle": "r", "VisibilityTimeout": 30}
            stub.add_response("change_message_visibility", {}, expected)
            SQSChatDelivery(client, "q", "dlq").hide("r", 30)
            stub.assert_no_pending_responses()

    def test_a_handle_of_the_past_is_an_outage(self) -> None:
        client = boto3.client("sqs", region_name="us-east-1")
        with Stubber(client) as stub:
            stub.add_client_error("change_message_visibility", "ReceiptHandleIsInvalid")
            with pytest.raises(InfrastructureError):
                SQSChatDelivery(client, "q", "dlq").hide("r", 0)


class TestSecrets:
    @mock_aws
    def test_a_secret_is_read_once_in_five_minutes(self) -> None:
        # Given
        client = boto3.client("secretsmanager", region_name="us-east-1")
        arn = client.create_secret(Name="s", SecretString="one")["ARN"]
        seconds = 0.0
        read = SecretsManagerSecrets(client, now=lambda: seconds)
        # When, then
        assert read(arn) == "one"
        client.put_secret_value(SecretId=arn, SecretString="two")
        assert read(arn) == "one"
        seconds = KEPT_SECONDS
        assert read(arn) == "two"
        # And while it cannot be read, the last one is good
        client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
        seconds = 3 * KEPT_SECONDS
        assert read(arn) == "two"

    @mock_aws
    def test_a_secret_that_never_could_be_read_is_an_outage(self) -> None:
        client = boto3.client("secretsmanager", region_name="us-east-1")
        with pytest.raises(InfrastructureError):
            SecretsManagerSecrets(client)("arn:unknown")


def test_clients_are_made_once_with_tight_time_outs() -> None:
    makers = (
        aws_clients.dynamodb_client,
        aws_clients.sqs_client,
        aws_clients.secrets_client,
    )
    for make in makers:
        assert make() is make()
        config: Any = make().meta.config
        assert config.connect_timeout == aws_clients.CONNECT_TIMEOUT
        assert config.read_timeout == aws_clients.READ_TIMEOUT
        assert config.retries["total_max_attempts"] == aws_clients.MAX_ATTEMPTS
