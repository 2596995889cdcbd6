"""Functions may do on this machine what their roles grant them, and nothing else, as on AWS."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localstack.control import Control
from localstack.emulator.roles import key_id_of
from tests.support.stack import Stack

PREFIX = "frontdesk-local-"
BY_LAMBDA = {
    # What Lambda does with a function's role; here functions log to files, and are traced nowhere.
    *("logs:CreateLogStream", "logs:PutLogEvents"),
    *("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
    *("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
}
NOT_DRIVEN = {
    # Grants that no test on this stack needs: who has it, and what would need it.
    ("agent-worker", "ShareTheModelsCircuit", "dynamodb:UpdateItem"): "a model that fails",
    ("kb-ingest", "TakeEvents", "sqs:ChangeMessageVisibility"): "embeddings that are out of reach",
}


class SignedBy:
    """Makes clients of a stack that sign with a function's own key.

    Args:
        stack: The stack.
        function: The function's name, without the stack's.
    """

    def __init__(self, stack: Stack, function: str) -> None:
        owner = boto3.client("lambda", **stack.client_settings())
        config = owner.get_function_configuration(FunctionName=PREFIX + function)
        key_id = key_id_of(config["FunctionArn"], config["Role"])
        self._settings = stack.client_settings() | {"aws_access_key_id": key_id}

    def __call__(self, service: str) -> Any:
        signature = Config(signature_version="s3v4" if service == "s3" else "v4")
        return boto3.client(service, **self._settings, config=signature)  # type: ignore[call-overload]


def is_refused(call: Callable[..., Any], **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}
    return False


def key(value: str) -> dict[str, Any]:
    return {"pk": {"S": value}}


def permissions(stack: Stack) -> dict[str, set[tuple[str, ...]]]:
    told = Control(stack.environment["AWS_ENDPOINT_URL"]).permissions()
    return {
        name: {(one[0].removeprefix(PREFIX), *one[1:]) for one in listed}
        for name, listed in told.items()
    }


# The first two come before what is refused on purpose, and after all other tests on this stack.


def test_no_function_was_refused_anything(stack: Stack) -> None:
    told = permissions(stack)

    assert told["used"]
    assert told["refused"] == set()


def test_every_grant_is_needed(stack: Stack, request: pytest.FixtureRequest) -> None:
    files = {item.path for item in request.session.items}
    if not files >= {*Path(__file__).parent.glob("test_*.py")}:
        pytest.skip("grants are used by all tests on a stack together")

    told = permissions(stack)

    unused = {one for one in told["granted"] - told["used"] if one[2] not in BY_LAMBDA}
    assert unused <= NOT_DRIVEN.keys()
    # Housekeeping takes messages by itself.
    assert {one for one in told["used"] if one[2] == "sqs:DeleteMessage"} == {
        ("housekeeping", "TakeWhatWaitsForPeople", "sqs:DeleteMessage")
    }


def test_the_worker_writes_tasks_and_cannot_read_them(stack: Stack) -> None:
    table, signed = stack.environment["TASKS_TABLE"], SignedBy(stack, "agent-worker")

    assert not is_refused(signed("dynamodb").get_item, TableName=table, Key=key("BREAKER#model"))
    assert is_refused(signed("dynamodb").get_item, TableName=table, Key=key("TASK#1"))
    assert is_refused(signed("dynamodb").scan, TableName=table)


def test_the_status_cannot_be_written_by_who_reads_it(stack: Stack) -> None:
    table, signed = stack.environment["TASKS_TABLE"], SignedBy(stack, "status")

    assert not is_refused(signed("dynamodb").get_item, TableName=table, Key=key("TASK#1"))
    assert is_refused(signed("dynamodb").put_item, TableName=table, Item=key("TASK#1"))
    part = {"Put": {"TableName": table, "Item": key("TASK#1")}}
    assert is_refused(signed("dynamodb").transact_write_items, TransactItems=[part])


def test_who_accepts_messages_takes_none(stack: Stack) -> None:
    queue, signed = stack.environment["CHAT_QUEUE_URL"], SignedBy(stack, "chat-ingest")

    assert is_refused(signed("sqs").receive_message, QueueUrl=queue)
    assert is_refused(signed("secretsmanager").list_secrets)


def test_an_upload_is_held_to_the_folder_of_the_documents(stack: Stack) -> None:
    s3 = SignedBy(stack, "support-api")("s3")

    def put(name: str) -> int:
        where = {"Bucket": stack.environment["DOCUMENTS_BUCKET"], "Key": name}
        url = s3.generate_presigned_url("put_object", Params=where)
        # As browsers ask beforehand, without a credential of their own.
        asked = {"origin": stack.url, "access-control-request-method": "PUT"}
        assert httpx.options(url, headers=asked).is_success
        return httpx.put(url, content=b"# A title\n\nA text.").status_code

    assert put("elsewhere/a.md") == 403
    assert put("knowledge/permissions/a.md") == 200
    assert is_refused(
        s3.get_object, Bucket=stack.environment["DOCUMENTS_BUCKET"], Key="knowledge/a.md"
    )
