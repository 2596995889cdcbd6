"""A function that asks AWS for what its role does not grant, through botocore as it is."""

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import dynamodb, iam, lambda_svc, ses_v2, sts

from localstack.emulator.ledger import Ledger
from localstack.emulator.roles import HeldToRoles, issue_credentials, key_id_of

ACCOUNT, REGION = "000000000000", "us-east-1"
ROLE, FUNCTION, TABLE, BUCKET = "worker-role-1A", "worker", "tasks", "documents"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{FUNCTION}"
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"
QUEUE_URL = f"http://127.0.0.1:4566/{ACCOUNT}/queue"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/{FUNCTION}"
CONFIG = {"FunctionName": FUNCTION, "FunctionArn": FUNCTION_ARN, "Role": ROLE_ARN}


class Emulator:
    """What is behind the guard: notes what reaches it, and answers as it is told to."""

    def __init__(self) -> None:
        self.reached: list[bytes] = []
        self.status = 200

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.reached.append(body)
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"" if self.status > 200 else b"{}"})


class Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.getvalue()


class World:
    """A role, a function with it, and a guard in front of an emulator."""

    def __init__(self, file: Path) -> None:
        self.emulator, self.ledger = Emulator(), Ledger(file)
        self.guard = HeldToRoles(self.emulator, self.ledger)
        self.credentials = issue_credentials(CONFIG)

    def grant(self, *statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": [*statements]})
        iam._roles[ROLE] = {"InlinePolicies": {"own": document}, "AttachedPolicies": []}

    def client(self, service: str, *, key_id: str | None = None) -> Any:
        client = boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url="http://127.0.0.1:4566",
            region_name=REGION,
            aws_access_key_id=key_id or self.credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.credentials["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, signature_version=_version(service)),
        )
        client.meta.events.register("before-send", self.serve)
        return client

    def serve(self, request: Any, **_: Any) -> AWSResponse:
        body = request.body or b""
        return self.send(request.method, request.url, dict(request.headers), body)

    def send(self, method: str, url: str, headers: dict[str, Any], body: Any = b"") -> AWSResponse:
        parts, sent = urlsplit(url), []
        if hasattr(body, "read"):
            body = body.read()
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": [
                (k.lower().encode(), v if isinstance(v, bytes) else str(v).encode())
                for k, v in headers.items()
            ],
        }
        halves = [body[: len(body) // 2], body[len(body) // 2 :]]

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": halves.pop(0), "more_body": bool(halves)}

        async def keep(message: dict[str, Any]) -> None:
            sent.append(message)

        asyncio.run(self.guard(scope, receive, keep))
        content = Raw(b"".join(message.get("body", b"") for message in sent))
        answered: Any = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return AWSResponse(url, sent[0]["status"], answered, content)


def _version(service: str) -> str | None:
    return "s3v4" if service == "s3" else None


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A function whose role grants nothing yet, and a table it may be granted."""
    set_request_account_id(ACCOUNT)
    set_request_region(REGION)
    dynamodb._tables[TABLE] = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "unfinished",
                "KeySchema": [{"AttributeName": "unfinished", "KeyType": "HASH"}],
            }
        ],
    }
    made = World(tmp_path / "permissions.jsonl")
    made.grant()
    yield made
    del dynamodb._tables[TABLE], iam._roles[ROLE]
    sts._sessions.clear()


def allow(actions: Any, resource: Any = TABLE_ARN, *keys: str, sid: str = "Own") -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
    if keys:
        like = {"dynamodb:LeadingKeys": [*keys]}
        statement["Condition"] = {"ForAllValues:StringLike": like}
    return statement


def key(value: str) -> dict[str, Any]:
    return {"pk": {"S": value}}


def update(value: str) -> dict[str, Any]:
    return {"TableName": TABLE, "Key": key(value), "UpdateExpression": "SET a = :a"}


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    answer = raised.value.response
    error = answer["Error"]
    return error["Code"], error["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_what_a_policy_allows_reaches_the_emulator_as_it_was_sent(world: World) -> None:
    world.grant(allow("dynamodb:GetItem"))

    world.client("dynamodb").get_item(TableName=TABLE, Key=key("TASK#1"))

    (body,) = world.emulator.reached
    assert json.loads(body) == {"TableName": TABLE, "Key": key("TASK#1")}


def test_what_no_policy_allows_is_refused_in_the_words_of_aws(world: World) -> None:
    world.grant(allow("dynamodb:UpdateItem"))

    answer = refusal(world.client("dynamodb").get_item, TableName=TABLE, Key=key("TASK#1"))

    text = (
        f"User: {CALLER} is not authorized to perform: dynamodb:GetItem on resource: {TABLE_ARN}"
        " because no identity-based policy allows the dynamodb:GetItem action"
    )
    assert answer == ("AccessDeniedException", text, 400)
    assert not world.emulator.reached


def test_an_action_is_allowed_on_the_resource_that_is_named(world: World) -> None:
    world.grant(allow("dynamodb:GetItem", f"{TABLE_ARN}-of-others"))

    answer = refusal(world.client("dynamodb").get_item, TableName=TABLE, Key=key("TASK#1"))

    assert answer[0] == "AccessDeniedException"


def test_a_denial_wins(world: World) -> None:
    world.grant(allow("dynamodb:GetItem"), {**allow("dynamodb:GetItem"), "Effect": "Deny"})

    answer = refusal(world.client("dynamodb").get_item, TableName=TABLE, Key=key("TASK#1"))

    assert "with an explicit deny in an identity-based policy" in answer[1]


@pytest.mark.parametrize(("value", "allowed"), [("TASK#1", True), ("KEY#1", False)])
@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem", "PutItem", "DeleteItem"])
def test_items_are_held_to_the_beginning_of_their_key(
    world: World, operation: str, value: str, *, allowed: bool
) -> None:
    world.grant(allow(f"dynamodb:{operation}", TABLE_ARN, "TASK#*", "CONV#*"))
    client = world.client("dynamodb")
    calls: dict[str, Callable[[], Any]] = {
        "GetItem": lambda: client.get_item(TableName=TABLE, Key=key(value)),
        "UpdateItem": lambda: client.update_item(
            **update(value), ExpressionAttributeValues={":a": {"S": "a"}}
        ),
        "PutItem": lambda: client.put_item(TableName=TABLE, Item={**key(value), "a": {"S": "a"}}),
        "DeleteItem": lambda: client.delete_item(TableName=TABLE, Key=key(value)),
    }

    if allowed:
        calls[operation]()
    else:
        assert refusal(calls[operation])[0] == "AccessDeniedException"


def test_every_key_of_a_batch_has_to_be_allowed(world: World) -> None:
    world.grant(allow("dynamodb:BatchGetItem", TABLE_ARN, "LIMIT#*"))
    client = world.client("dynamodb")

    def read(*keys: str) -> Any:
        return client.batch_get_item(RequestItems={TABLE: {"Keys": [key(one) for one in keys]}})

    read("LIMIT#1", "LIMIT#2")
    assert refusal(lambda: read("LIMIT#1", "TASK#1"))[0] == "AccessDeniedException"


def test_a_query_is_held_to_its_index_and_partition(world: World) -> None:
    world.grant(allow("dynamodb:Query", f"{TABLE_ARN}/index/unfinished", "0*"))
    client = world.client("dynamodb")

    def query(partition: str, **index: str) -> Any:
        return client.query(
            TableName=TABLE,
            KeyConditionExpression="#key = :key AND created_at <= :before",
            ExpressionAttributeNames={"#key": "unfinished"},
            ExpressionAttributeValues={":key": {"S": partition}, ":before": {"S": "2027"}},
            **index,
        )

    query("01", IndexName="unfinished")
    assert refusal(lambda: query("11", IndexName="unfinished"))[0] == "AccessDeniedException"
    assert refusal(lambda: query("01"))[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    "part",
    [
        {"Put": {"TableName": TABLE, "Item": key("TASK#1")}},
        {"Update": update("TASK#1")},
        {"Delete": {"TableName": TABLE, "Key": key("TASK#1")}},
        {
            "ConditionCheck": {
                "TableName": TABLE,
                "Key": key("TASK#1"),
                "ConditionExpression": "attribute_exists(pk)",
            }
        },
    ],
    ids=lambda part: next(iter(part)),
)
def test_each_part_of_a_transaction_needs_its_own_permission(
    world: World, part: dict[str, Any]
) -> None:
    (name,) = part
    action = f"dynamodb:{name}Item"
    others = {f"dynamodb:{one}Item" for one in ("Put", "Update", "Delete", "ConditionCheck")}
    client = world.client("dynamodb")

    world.grant(allow(sorted(others - {action}), TABLE_ARN, "TASK#*"))
    refused = refusal(client.transact_write_items, TransactItems=[part])
    world.grant(allow(action, TABLE_ARN, "TASK#*"))
    client.transact_write_items(TransactItems=[part])

    assert action in refused[1]


def test_one_statement_has_to_allow_all_keys_of_a_transaction(world: World) -> None:
    world.grant(
        allow("dynamodb:UpdateItem", TABLE_ARN, "TASK#*"),
        allow("dynamodb:UpdateItem", TABLE_ARN, "CONV#*"),
    )
    client = world.client("dynamodb")
    parts = [{"Update": update("TASK#1")}, {"Update": update("CONV#1")}]

    assert refusal(client.transact_write_items, TransactItems=parts)[0] == "AccessDeniedException"
    world.grant(allow("dynamodb:UpdateItem", TABLE_ARN, "TASK#*", "CONV#*"))
    client.transact_write_items(TransactItems=parts)


def test_queues_refuse_as_sqs_does(world: World) -> None:
    world.grant(allow("sqs:SendMessage", QUEUE_ARN))
    client = world.client("sqs")

    client.send_message(QueueUrl=QUEUE_URL, MessageBody="a")
    client.send_message_batch(QueueUrl=QUEUE_URL, Entries=[{"Id": "1", "MessageBody": "a"}])
    code, text, status = refusal(client.receive_message, QueueUrl=QUEUE_URL)

    assert (code, status) == ("AccessDenied", 403)
    assert f"to perform: sqs:receivemessage on resource: {QUEUE_ARN} because" in text
    assert "other" in refusal(client.send_message, QueueUrl=QUEUE_URL + "-other", MessageBody="")[1]


def test_objects_are_held_to_their_bucket_and_folder(world: World) -> None:
    world.grant(allow(["s3:GetObject", "s3:ListBucket"], f"arn:aws:s3:::{BUCKET}/knowledge/*"))
    client = world.client("s3")

    client.get_object(Bucket=BUCKET, Key="knowledge/a.md")
    code, text, status = refusal(client.get_object, Bucket=BUCKET, Key="other/a.md")

    assert (code, status) == ("AccessDenied", 403)
    assert f's3:GetObject on resource: "arn:aws:s3:::{BUCKET}/other/a.md" because' in text
    # A version is another action, a listing is of the bucket, a HEAD has nothing to word it in.
    versioned = refusal(client.get_object, Bucket=BUCKET, Key="knowledge/a.md", VersionId="1")
    assert "s3:GetObjectVersion" in versioned[1]
    assert "s3:ListBucket" in refusal(client.list_objects_v2, Bucket=BUCKET)[1]
    assert refusal(client.head_object, Bucket=BUCKET, Key="other/a.md")[::2] == ("403", 403)


def test_a_listing_is_held_to_its_prefix(world: World) -> None:
    statement = allow("s3:ListBucketVersions", f"arn:aws:s3:::{BUCKET}")
    world.grant({**statement, "Condition": {"StringLike": {"s3:prefix": "knowledge/*"}}})
    client = world.client("s3")

    def versions(**prefix: str) -> Any:
        try:
            return client.list_object_versions(Bucket=BUCKET, **prefix)
        finally:
            world.emulator.status = 200

    assert refusal(versions)[0] == "AccessDenied"
    assert refusal(versions, Prefix="other/")[0] == "AccessDenied"
    assert not world.emulator.reached
    world.emulator.status = 503
    assert refusal(versions, Prefix="knowledge/a")[2] == 503


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_who_may_not_list_a_bucket_is_not_told_what_it_lacks(world: World, operation: str) -> None:
    call = getattr(world.client("s3"), operation)
    read = allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*")
    world.emulator.status = 404

    world.grant(read)
    hidden = refusal(call, Bucket=BUCKET, Key="a.md")
    world.grant(read, allow("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"))
    told = refusal(call, Bucket=BUCKET, Key="a.md")

    assert (hidden[2], told[2]) == (403, 404)


def test_an_address_is_held_to_the_role_of_who_signed_it(world: World) -> None:
    world.grant(allow("s3:PutObject", f"arn:aws:s3:::{BUCKET}/knowledge/*"))
    client = world.client("s3")

    def put(name: str) -> int:
        where = {"Bucket": BUCKET, "Key": name}
        url = client.generate_presigned_url("put_object", Params=where)
        return world.send("PUT", url, {"host": "127.0.0.1:4566"}, b"a text").status_code

    assert (put("knowledge/a.md"), put("other/a.md")) == (200, 403)
    assert world.emulator.reached == [b"a text"]


def test_secrets_and_events_are_held_to_what_is_named(world: World) -> None:
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:own-123456"
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/own"
    world.grant(allow("secretsmanager:GetSecretValue", secret), allow("events:PutEvents", bus))
    secrets, events = world.client("secretsmanager"), world.client("events")

    def put(*buses: str) -> Any:
        return events.put_events(Entries=[{"EventBusName": one, "Source": "a"} for one in buses])

    secrets.get_secret_value(SecretId=secret)
    put("own")
    assert refusal(secrets.get_secret_value, SecretId=secret.replace("own", "other"))[2] == 400
    assert "event-bus/other" in refusal(lambda: put("own", "other"))[1]


@pytest.mark.parametrize("verified", ["example.com", "support@example.com"])
def test_mails_are_held_to_their_identity_and_sender(world: World, verified: str) -> None:
    statement = allow(
        ["ses:SendEmail", "ses:SendRawEmail"],
        f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{verified}",
    )
    sender = {"StringEquals": {"ses:FromAddress": "support@example.com"}}
    world.grant({**statement, "Condition": sender})
    client = world.client("sesv2")

    def mail(address: str) -> Any:
        return client.send_email(FromEmailAddress=address, Content={"Raw": {"Data": b"a mail"}})

    ses_v2._identities[verified] = {"Identity": verified}
    try:
        mail("Support <support@example.com>")
        assert refusal(lambda: mail("boss@example.com"))[0] == "AccessDeniedException"
        # SES asks for the second action where a mail is written out whole.
        world.grant({**statement, "Action": "ses:SendEmail", "Condition": sender})
        assert "ses:SendRawEmail" in refusal(lambda: mail("support@example.com"))[1]
    finally:
        del ses_v2._identities[verified]


def test_an_action_that_cannot_be_told_is_refused(world: World) -> None:
    world.grant({**allow("*", "*")})
    client = world.client("s3")
    url = client.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "a"})

    assert world.send("PATCH", url, {"host": "127.0.0.1:4566"}).status_code == 403


def test_a_browser_may_ask_beforehand_whether_it_may_upload(world: World) -> None:
    where = {"Bucket": BUCKET, "Key": "a"}
    url = world.client("s3").generate_presigned_url("put_object", Params=where)

    assert world.send("OPTIONS", url, {"host": "127.0.0.1:4566"}).status_code == 200


def test_who_does_not_sign_as_a_function_is_asked_for_nothing(world: World) -> None:
    # The stack's own key, and a developer's session on AWS.
    for key_id in ("test", "ASIAIOSFODNN7EXAMPLE"):
        world.client("dynamodb", key_id=key_id).get_item(TableName=TABLE, Key=key("TASK#1"))
    world.send("GET", "http://127.0.0.1:4566/health", {})

    assert len(world.emulator.reached) == 3


def test_a_session_that_nobody_knows_is_nobodys(world: World) -> None:
    world.grant(allow("dynamodb:GetItem"))
    sts._sessions.clear()

    answer = refusal(world.client("dynamodb").get_item, TableName=TABLE, Key=key("TASK#1"))

    assert answer[0] == "UnrecognizedClientException"


def test_a_changed_policy_counts_at_once(world: World) -> None:
    client = world.client("dynamodb")
    refusal(client.get_item, TableName=TABLE, Key=key("TASK#1"))

    world.grant(allow("dynamodb:GetItem"))

    client.get_item(TableName=TABLE, Key=key("TASK#1"))


def test_attached_policies_count_as_well(world: World) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/shared"
    document = json.dumps({"Statement": [allow("dynamodb:GetItem")]})
    versions = {"v1": {"Document": document}}
    iam._policies[arn] = {"DefaultVersionId": "v1", "Versions": versions}
    iam._roles[ROLE]["AttachedPolicies"] = [arn]
    try:
        world.client("dynamodb").get_item(TableName=TABLE, Key=key("TASK#1"))
    finally:
        del iam._policies[arn]


def test_uses_and_refusals_are_told_once_and_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # given a role with a grant that is used, and others
    world.grant(
        allow(["dynamodb:GetItem", "dynamodb:PutItem"], sid="Tasks"),
        allow("sqs:SendMessage", QUEUE_ARN, sid="Send"),
    )
    functions = {(ACCOUNT, REGION, FUNCTION): {"config": CONFIG}}
    monkeypatch.setattr(lambda_svc._functions, "_data", functions)
    client = world.client("dynamodb")

    # when it reads twice, and is twice refused to delete
    for _ in range(2):
        client.get_item(TableName=TABLE, Key=key("TASK#1"))
        refusal(client.delete_item, TableName=TABLE, Key=key("TASK#1"))

    # then each is told once, after a restart as well
    for ledger in (world.ledger, Ledger(tmp_path / "permissions.jsonl")):
        assert ledger.report() == {
            "granted": [
                [FUNCTION, "Send", "sqs:SendMessage"],
                [FUNCTION, "Tasks", "dynamodb:GetItem"],
                [FUNCTION, "Tasks", "dynamodb:PutItem"],
            ],
            "used": [[FUNCTION, "Tasks", "dynamodb:GetItem"]],
            "refused": [[FUNCTION, "dynamodb:DeleteItem", TABLE_ARN]],
        }


def test_a_key_is_the_same_at_every_start_and_another_for_another_role() -> None:
    first = key_id_of(FUNCTION_ARN, ROLE_ARN)

    assert first == key_id_of(FUNCTION_ARN, ROLE_ARN)
    assert first != key_id_of(FUNCTION_ARN, ROLE_ARN + "B")
    assert first.isalnum()
    assert len(first) == 20
