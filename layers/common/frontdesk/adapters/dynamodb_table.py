"""The tasks table: its keys and the few calls that the adapters on it are made of.

======================  ==============================================================
``TASK#<task id>``      a task; with ``message`` (text and principal) until it ends, and
                        ``unfinished`` as long (a sparse index for housekeeping, in sixteen
                        partitions: a hexadecimal digit of the id's digest)
``IDEM#<caller>#<key>``  which task a caller's Idempotency-Key stands for
``CONV#<conversation>``  the projection of a conversation that ingest decides by
``KEY#<sha-256>``       a service's key
``KEYRING``             the list of all services' keys
``BREAKER#<name>``      a circuit that opens while a service is out of reach
``HOUSEKEEPING#<name>``  where a sweep that was cut short goes on
``LIMIT#<counter>``      how much of a limit was used in a window
======================  ==============================================================

``expires_at`` (seconds since the epoch) is the table's TTL. DynamoDB deletes within days, so every
read compares it.
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from botocore.exceptions import ClientError

from frontdesk.adapters.aws_errors import error_code, infrastructure_errors
from frontdesk.clock import sleep, utc_now
from frontdesk.domain.errors import InfrastructureError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Attribute = dict[str, Any]
type Item = dict[str, Attribute]

CONFLICT_ATTEMPTS = 6
"""Tries of a transaction that meets another one: messages of one conversation sent at once."""

CONFLICT_PAUSE = 0.03
"""Seconds before the second try, growing with each: a transaction takes about ten milliseconds."""

MAX_TRANSACTION = 100
"""Writes that DynamoDB takes in one transaction."""

UNFINISHED_PARTITIONS = "0123456789abcdef"
"""DynamoDB takes 1,000 write units a second to one key of an index, and a task writes to it twice.
Until November 2026 all tasks were in the partition "1"."""

_MAX_ID_LENGTH = 200
_CANCELLED = "TransactionCanceledException"
_CONDITION_FAILED = "ConditionalCheckFailedException"
_REASON_CONDITION = "ConditionalCheckFailed"


class Write(NamedTuple):
    """One write, as the client takes it; those of a transaction have a condition."""

    kind: str
    arguments: dict[str, Any]


class ConditionFailedError(Exception):
    """The item is not as the write demands.

    Attributes:
        failed: Of a transaction's writes, those whose condition failed, by position.
        item: The item as it is, where that was asked for and there is one.
    """

    def __init__(self, failed: Sequence[int] = (0,), item: "Item | None" = None) -> None:
        super().__init__(f"conditions failed: {list(failed)}")
        self.failed = frozenset(failed)
        self.item = item


class DynamoDBTable:
    """The table, with vendor errors turned into ours and expired items gone.

    Args:
        client: A low-level client.
        name: The table's name.
        now: Tells the time.
        pause: Waits for a number of seconds.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        *,
        now: Callable[[], datetime] = utc_now,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        self._client = client
        self._name = name
        self._pause = pause
        self.now = now

    def get(self, key: str, *attributes: str) -> Item | None:
        """Reads an item, as it is at this moment.

        Args:
            key: The item's key.
            *attributes: What to read of it; everything where none is named.

        Returns:
            The item, or None where there is none or it has expired.
        """
        arguments: dict[str, Any] = {}
        if attributes:
            names = {f"#{name}": name for name in (*attributes, "expires_at")}
            arguments["ProjectionExpression"] = ", ".join(names)
            arguments["ExpressionAttributeNames"] = names
        with infrastructure_errors("DynamoDB"):
            answer = self._client.get_item(
                TableName=self._name, Key={"pk": {"S": key}}, ConsistentRead=True, **arguments
            )
        item = cast("Item | None", answer.get("Item"))
        return None if item is None or self._has_expired(item) else item

    def get_all(self, keys: Sequence[str], *attributes: str) -> list[Item | None]:
        """Reads a few items at once, as they are at this moment.

        Args:
            keys: Their keys; no more than a single call returns.
            *attributes: What to read of them, besides their keys.

        Returns:
            The items, in order; None where there is none or it has expired.
        """
        names = {f"#{name}": name for name in ("pk", *attributes, "expires_at")}
        wanted: Any = {
            "Keys": [{"pk": {"S": key}} for key in keys],
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(names),
            "ExpressionAttributeNames": names,
        }
        with infrastructure_errors("DynamoDB"):
            answer = self._client.batch_get_item(RequestItems={self._name: wanted})
        if answer.get("UnprocessedKeys"):
            raise InfrastructureError("DynamoDB left some items unread")
        items = cast("list[Item]", answer["Responses"].get(self._name, []))
        found = {item["pk"]["S"]: item for item in items if not self._has_expired(item)}
        return [found.get(key) for key in keys]

    def query_index(
        self,
        index: str,
        condition: str,
        *,
        limit: int,
        start: Item | None = None,
        **values: Attribute,
    ) -> tuple[list[Item], Item | None]:
        """Reads some items of an index, in its order; it lags behind the table.

        Args:
            index: The index's name.
            condition: Which items, by the index's keys.
            limit: How many at most.
            start: The key of the item before the first one; None for the beginning.
            **values: The condition's values, without their colons.

        Returns:
            The items as far as the index holds them, and where to go on: None at the end.
        """
        arguments: dict[str, Any] = {} if start is None else {"ExclusiveStartKey": start}
        with infrastructure_errors("DynamoDB"):
            answer = self._client.query(
                TableName=self._name,
                IndexName=index,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=_values(values),
                Limit=limit,
                **arguments,
            )
        return cast("list[Item]", answer["Items"]), cast(
            "Item | None", answer.get("LastEvaluatedKey")
        )

    def update(
        self,
        write: Write,
        *,
        returned: Literal["NONE", "UPDATED_NEW", "ALL_NEW"] = "NONE",
        refused: Literal["NONE", "ALL_OLD"] = "NONE",
    ) -> Item:
        """Changes one item.

        Args:
            write: What `update` makes.
            returned: Which attributes come back, as DynamoDB names it.
            refused: Which come with a refusal, by the same names: what a reading afterwards
                would tell, without the permission to read.

        Returns:
            Those attributes.

        Raises:
            ConditionFailedError: The item is not as the write demands; carries what it is.
        """
        with infrastructure_errors("DynamoDB"):
            try:
                answer = self._client.update_item(
                    TableName=self._name,
                    ReturnValues=returned,
                    ReturnValuesOnConditionCheckFailure=refused,
                    **write.arguments,
                )
            except ClientError as error:
                if error_code(error) == _CONDITION_FAILED:
                    item = cast("Item | None", error.response.get("Item"))
                    raise ConditionFailedError(item=item) from error
                raise
        return cast("Item", answer.get("Attributes", {}))

    def put(self, item: Item) -> None:
        """Writes an item, whatever was there.

        Args:
            item: The item, its key included.
        """
        with infrastructure_errors("DynamoDB"):
            self._client.put_item(TableName=self._name, Item=item)

    def delete_all(self, keys: Iterable[str]) -> None:
        """Deletes items, whether they are there or not.

        Args:
            keys: Their keys.

        Raises:
            InfrastructureError: Some may be left; it can be done again.
        """
        # By transactions, which need the permission to delete and no other.
        for batch in batched(dict.fromkeys(keys), MAX_TRANSACTION, strict=False):
            self.write_together([delete(key) for key in batch])

    def write_together(self, writes: Sequence[Write]) -> None:
        """Makes all writes, or none; tries again while other transactions are in the way.

        Args:
            writes: What to write, each of another item.

        Raises:
            ConditionFailedError: Says which writes' items are not as they demand.
            InfrastructureError: Other transactions stayed in the way.
        """
        calls = [{write.kind: {"TableName": self._name, **write.arguments}} for write in writes]
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            if self._try_transaction(calls):
                return
            self._pause(CONFLICT_PAUSE * attempt * random.uniform(0.5, 1.5))  # noqa: S311
        raise InfrastructureError("DynamoDB: other transactions stayed in the way")

    def _try_transaction(self, calls: Sequence[Any]) -> bool:
        with infrastructure_errors("DynamoDB"):
            try:
                self._client.transact_write_items(TransactItems=calls)
            except ClientError as error:
                if error_code(error) != _CANCELLED:
                    raise
                reasons: Sequence[Any] = error.response.get("CancellationReasons", ())
                codes = [reason.get("Code") for reason in reasons]
                failed = [i for i, code in enumerate(codes) if code == _REASON_CONDITION]
                if failed:
                    raise ConditionFailedError(failed) from error
                if "ValidationError" in codes:
                    raise ValueError("DynamoDB cannot take one of the items") from error
                return False
        return True

    def _has_expired(self, item: Item) -> bool:
        expires_at = item.get("expires_at")
        return expires_at is not None and int(expires_at["N"]) <= self.now().timestamp()


def put(item: Item, condition: str, **values: Attribute) -> Write:
    """Makes a conditional put.

    Args:
        item: The item, its key included.
        condition: What has to be true of the item that is there.
        **values: The condition's values, without their colons.

    Returns:
        The write.
    """
    arguments: dict[str, Any] = {"Item": item, "ConditionExpression": condition}
    if values:
        arguments["ExpressionAttributeValues"] = _values(values)
    return Write("Put", arguments)


def update(
    key: str,
    expression: str,
    condition: str | None = None,
    names: Mapping[str, str] | None = None,
    **values: Attribute,
) -> Write:
    """Makes an update.

    Args:
        key: The item's key.
        expression: What to change.
        condition: What has to be true of the item; None where it may be made whatever is there.
        names: Attribute names that DynamoDB reserves, by their alias.
        **values: The expressions' values, without their colons.

    Returns:
        The write.
    """
    arguments: dict[str, Any] = {
        "Key": {"pk": {"S": key}},
        "UpdateExpression": expression,
    }
    if condition is not None:
        arguments["ConditionExpression"] = condition
    if names:
        arguments["ExpressionAttributeNames"] = names
    if values:
        arguments["ExpressionAttributeValues"] = _values(values)
    return Write("Update", arguments)


def delete(key: str, condition: str | None = None, **values: Attribute) -> Write:
    """Makes a deletion.

    Args:
        key: The item's key.
        condition: What has to be true of the item, or of there being none; None where it may be
            made whatever is there.
        **values: The condition's values, without their colons.

    Returns:
        The write.
    """
    arguments: dict[str, Any] = {"Key": {"pk": {"S": key}}}
    if condition is not None:
        arguments["ConditionExpression"] = condition
    if values:
        arguments["ExpressionAttributeValues"] = _values(values)
    return Write("Delete", arguments)


def task_key(task_id: str) -> str:
    """Returns the key of a task."""
    return f"TASK#{task_id}"


def unfinished_partition(task_id: str) -> str:
    """Returns in which partition of the index of unfinished tasks a task is."""
    digest = hashlib.sha256(task_id.encode()).digest()
    return UNFINISHED_PARTITIONS[digest[0] % len(UNFINISHED_PARTITIONS)]


def conversation_key(conversation_id: str) -> str:
    """Returns the key of a conversation's projection."""
    return f"CONV#{conversation_id}"


def service_key_key(key_hash: str) -> str:
    """Returns the key of a service's key, by its digest."""
    return f"KEY#{key_hash}"


def limit_key(counter: str) -> str:
    """Returns the key of a limit's counter."""
    return f"LIMIT#{counter}"


def idempotency_key(caller: str | None, key: str) -> str:
    """Returns the key of what an Idempotency-Key stands for.

    Args:
        caller: The principal's subject, or None without a credential.
        key: What the caller sent.

    Returns:
        The key. The subject's digest is in it, since a subject may hold any character and one
        caller's key must never spell another's.
    """
    scope = "anonymous" if caller is None else hashlib.sha256(caller.encode()).hexdigest()[:32]
    return f"IDEM#{scope}#{key}"


def may_exist(identifier: str) -> bool:
    """Tells whether a caller's text can be an identifier at all.

    Args:
        identifier: What a caller sent.

    Returns:
        False where DynamoDB would refuse it as a key, and where it has what none of ours has: what
        a policy makes of a line's end in a key is written nowhere.
    """
    is_readable = identifier.isascii() and identifier.isprintable()
    return is_readable and 0 < len(identifier) <= _MAX_ID_LENGTH


def text(value: str) -> Attribute:
    """Writes a string attribute."""
    return {"S": value}


def number(value: int) -> Attribute:
    """Writes a number attribute."""
    return {"N": str(value)}


def epoch(moment: datetime) -> Attribute:
    """Writes a moment as the TTL wants it: whole seconds since the epoch."""
    return number(int(moment.timestamp()))


def moment(value: datetime) -> Attribute:
    """Writes a moment as text that sorts by time."""
    return text(value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


def read_moment(attribute: Attribute) -> datetime:
    """Reads what `moment` wrote."""
    return datetime.fromisoformat(attribute["S"])


def read_text(item: Item, name: str) -> str | None:
    """Reads a string attribute; None where the item has none."""
    return item[name]["S"] if name in item else None


def _values(values: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {f":{name}": value for name, value in values.items()}
