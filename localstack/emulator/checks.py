"""What AWS asks the policies of a caller about a request: actions, each on a resource.

What it takes from the emulator, which asks the same where its ``AUTH`` is on, is the actions and
resources of a request. Added is what it leaves out: the leading keys of DynamoDB's items, the
sender of a mail, and the single action that a batch of SQS needs.
"""

# ruff: noqa: SLF001

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs

_LEADING_KEYS = "dynamodb:leadingkeys"
_EQUALITY = re.compile(r"([#\w.]+)\s*=\s*(:\w+)")

_PARTS_OF_TRANSACTIONS = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Get": "dynamodb:GetItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
"""A transaction is no action of its own: each part needs what it would need alone."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request to AWS.

    Attributes:
        method: The HTTP method.
        path: The path, decoded.
        query: The query's parameters, decoded.
        headers: With names in lower case.
        body: The body; nothing where an object is put.
        region: The region that it is signed for.
        account: The caller's account.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    region: str
    account: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a policy has to allow.

    Attributes:
        action: As policies name it.
        resource: An ARN; a star for an action on nothing in particular.
        context: The keys that conditions can be on, their names in lower case.
    """

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


def service_of(request: SignedRequest) -> str:
    """Names the service that the emulator takes a request to."""
    from ministack.core import router

    name: str = router.detect_service(
        request.method, request.path, dict(request.headers), _parameters(request)
    )
    return name


def checks_of(request: SignedRequest) -> list[Check]:
    """Lists what a request needs.

    Args:
        request: The request, the account and region of which are the emulator's current ones.

    Returns:
        All that has to be allowed; nothing where the action is not known.
    """
    from ministack.core import iam_actions

    service, parameters = service_of(request), _parameters(request)
    place = (request.method, request.path, dict(request.headers), request.body, parameters)
    action: str | None = iam_actions.extract_iam_action(service, *place)
    if action is None:
        return []
    where = (request.region, request.account)
    resource: str = iam_actions.extract_resource_arn(service, *place, *where)
    checks = [Check(action, resource)]
    match service:
        case "dynamodb":
            checks = list(_of_items(action, json.loads(request.body or b"{}"), request))
        case "events":
            buses = iam_actions.eventbridge_resource_arns(request.body, *where)
            checks = [Check(action, bus) for bus in buses or [resource]]
        case "s3":
            checks = _of_objects(action, resource, request, parameters)
        case "ses":
            checks = _of_mails(action, json.loads(request.body or b"{}"), request)
        case "sqs":
            checks = [Check(action.removesuffix("Batch"), resource)]
    return checks


def _parameters(request: SignedRequest) -> dict[str, list[str]]:
    """Returns the query's parameters, and those of a form in the body."""
    form: dict[str, list[str]] = {}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {**form, **request.query}


def _of_items(action: str, asked: Any, request: SignedRequest) -> Iterable[Check]:
    operation = action.partition(":")[2]
    match operation:
        case "TransactWriteItems" | "TransactGetItems":
            parts = [
                (name, part)
                for item in asked.get("TransactItems", [])
                for name, part in item.items()
            ]
            # Which keys AWS compares for a part, its own or all of them, is written nowhere. All
            # of them is the narrower reading: what it allows is allowed under the other as well.
            keys = [key for _, part in parts for key in _keys(part["TableName"], part)]
            for name, part in parts:
                table = _table(part["TableName"], request)
                yield Check(_PARTS_OF_TRANSACTIONS[name], table, {_LEADING_KEYS: keys})
        case "BatchGetItem" | "BatchWriteItem":
            for name, content in asked.get("RequestItems", {}).items():
                items = _items_of_batch(content)
                keys = [key for item in items for key in _keys(name, item)]
                yield Check(action, _table(name, request), {_LEADING_KEYS: keys})
        case _ if "TableName" in asked:
            index = f"/index/{asked['IndexName']}" if "IndexName" in asked else ""
            keys = list(_keys(asked["TableName"], asked))
            # A request without a key has none to compare, and is held to no condition on them.
            context = {_LEADING_KEYS: keys} if keys else {}
            yield Check(action, _table(asked["TableName"], request) + index, context)
        case _:
            yield Check(action, "*")


def _items_of_batch(content: Any) -> list[dict[str, Any]]:
    if isinstance(content, list):
        return [one for write in content for one in write.values()]
    return [{"Key": key} for key in content.get("Keys", [])]


def _table(name: str, request: SignedRequest) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:aws:dynamodb:{request.region}:{request.account}:table/{name}"


def _keys(table: str, asked: Any) -> Iterable[str]:
    """Finds the values of the partition key that a part of a request names."""
    name = _partition_key(table, asked.get("IndexName"))
    value = {**asked.get("Item", {}), **asked.get("Key", {})}.get(name)
    if value is None:
        names = asked.get("ExpressionAttributeNames", {})
        for left, right in _EQUALITY.findall(asked.get("KeyConditionExpression", "")):
            if names.get(left, left) == name:
                value = asked["ExpressionAttributeValues"][right]
    if value is not None:
        yield str(next(iter(value.values())))


def _partition_key(table: str, index: str | None) -> str | None:
    from ministack.services import dynamodb

    record = dynamodb._tables.get(table.rpartition("/")[2]) or {}
    schemas = {
        one["IndexName"]: one["KeySchema"]
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
        for one in record.get(kind) or ()
    }
    schema = record.get("KeySchema", ()) if index is None else schemas.get(index, ())
    return next((one["AttributeName"] for one in schema if one["KeyType"] == "HASH"), None)


def _of_objects(
    action: str, resource: str, request: SignedRequest, parameters: dict[str, list[str]]
) -> list[Check]:
    from ministack.core import iam_actions

    headers = dict(request.headers)
    context = iam_actions.s3_service_context(action, parameters, request.path, headers)
    more = iam_actions.s3_additional_checks(
        request.method, request.path, headers, request.body, parameters
    )
    return [
        Check(action, resource, {name.lower(): value for name, value in context.items()}),
        *(Check(*one) for one in more),
    ]


def _of_mails(action: str, asked: Any, request: SignedRequest) -> list[Check]:
    if action != "ses:SendEmail":
        return [Check(action, "*")]
    from ministack.services import ses_v2

    sender = parseaddr(asked.get("FromEmailAddress", ""))[1] or _sender_of(asked)
    # The address, where it is verified by itself, before its domain.
    identity = sender if ses_v2._identities.get(sender) else sender.rpartition("@")[2]
    resource = f"arn:aws:ses:{request.region}:{request.account}:identity/{identity}"
    actions = [action, "ses:SendRawEmail"] if "Raw" in asked.get("Content", {}) else [action]
    return [Check(one, resource, {"ses:fromaddress": sender}) for one in actions]


def _sender_of(asked: Any) -> str:
    raw = base64.b64decode(asked.get("Content", {}).get("Raw", {}).get("Data", ""))
    found = re.search(rb"^From:(.*)$", raw, re.IGNORECASE | re.MULTILINE)
    return parseaddr(found[1].decode("ascii", "replace"))[1] if found else ""
