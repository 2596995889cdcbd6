"""A small model of a DynamoDB table, as a low-level client sees it.

It understands the expressions that the adapters write, and refuses any other, so that a new one
cannot pass unnoticed. tests/contract holds the adapters on it to what they promise on moto.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from botocore.exceptions import ClientError

type Attribute = dict[str, Any]
type Item = dict[str, Attribute]
type Names = Mapping[str, str]
type Values = Mapping[str, Attribute]
type Operand = Callable[[Item, Names, Values], Attribute | None]
type Condition = Callable[[Item, Names, Values], bool]
type Change = Callable[[Item, Item, Names, Values], None]

_TOKEN = re.compile(r"\s*(:\w+|#\w+|[A-Za-z_]\w*|<>|<=|>=|[=<>(),+-])")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


class Table:
    """Items by their key ``pk``, with one sparse index on ``unfinished`` and ``created_at``.

    Attributes are never changed in place, so items are copied no deeper than that.

    Args:
        on_change: Told of every item that changes: what it was, and what it is.
    """

    def __init__(
        self, on_change: Callable[[Item | None, Item | None], None] = lambda _, __: None
    ) -> None:
        self.items: dict[str, Item] = {}
        self._unfinished: set[str] = set()
        self._on_change = on_change

    def get_item(self, *, Key: Item, **_: Any) -> dict[str, Any]:  # noqa: N803 - as the client has it
        """Reads an item; all of it, whatever is asked for."""
        item = self.items.get(Key["pk"]["S"])
        return {} if item is None else {"Item": dict(item)}

    def batch_get_item(
        self,
        *,
        RequestItems: Mapping[str, Any],  # noqa: N803
    ) -> dict[str, Any]:
        """Reads a few items, in no order."""
        [(name, wanted)] = RequestItems.items()
        keys = [key["pk"]["S"] for key in wanted["Keys"]]
        found = [dict(self.items[key]) for key in keys if key in self.items]
        return {"Responses": {name: found}}

    def put_item(self, **arguments: Any) -> dict[str, Any]:
        """Writes an item."""
        self._write_all([("Put", arguments)])
        return {}

    def update_item(self, **arguments: Any) -> dict[str, Any]:
        """Changes an item; returns all of it, or what changed, where that is asked for."""
        key = arguments["Key"]["pk"]["S"]
        before = self.items.get(key, {})
        try:
            self._write_all([("Update", arguments)])
        except _ConditionFailedError as error:
            told = arguments.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            item = dict(before) if told and before else None
            refusal = _refusal("ConditionalCheckFailedException", "UpdateItem", item)
            raise refusal from error
        after = self.items[key]
        match arguments.get("ReturnValues"):
            case "ALL_NEW":
                return {"Attributes": dict(after)}
            case "UPDATED_NEW":
                changed = {
                    name: value for name, value in after.items() if before.get(name) != value
                }
                return {"Attributes": changed}
        return {}

    def transact_write_items(
        self,
        *,
        TransactItems: Sequence[dict[str, Any]],  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        """Makes all writes or none."""
        calls = [next(iter(item.items())) for item in TransactItems]
        try:
            self._write_all(calls)
        except _ConditionFailedError as error:
            reasons = [
                {"Code": "ConditionalCheckFailed" if i in error.failed else "None"}
                for i in range(len(calls))
            ]
            raise cancelled(reasons) from error
        return {}

    def query(self, **arguments: Any) -> dict[str, Any]:
        """Reads the index of unfinished tasks, the oldest first."""
        if arguments["IndexName"] != "unfinished":
            raise NotImplementedError(arguments["IndexName"])
        holds = _condition(arguments["KeyConditionExpression"])
        values = arguments["ExpressionAttributeValues"]
        found = sorted(
            (
                item
                for item in map(self.items.__getitem__, self._unfinished)
                if holds(item, {}, values)
            ),
            key=_place,
        )
        start = arguments.get("ExclusiveStartKey")
        if start is not None:
            found = [item for item in found if _place(item) > _place(start)]
        shown = found[: arguments["Limit"]]
        keys = [{n: item[n] for n in ("pk", "unfinished", "created_at")} for item in shown]
        answer: dict[str, Any] = {"Items": keys}
        if len(found) > len(shown):
            answer["LastEvaluatedKey"] = keys[-1]
        return answer

    def _write_all(self, calls: Sequence[tuple[str, dict[str, Any]]]) -> None:
        after: dict[str, Item | None] = {}
        failed: list[int] = []
        for position, (kind, arguments) in enumerate(calls):
            key = (arguments["Item"] if kind == "Put" else arguments["Key"])["pk"]["S"]
            item = self.items.get(key, {})
            names = arguments.get("ExpressionAttributeNames", {})
            values = arguments.get("ExpressionAttributeValues", {})
            condition = arguments.get("ConditionExpression")
            if condition is not None and not _condition(condition)(item, names, values):
                failed.append(position)
            elif kind == "Put":
                after[key] = dict(arguments["Item"])
            elif kind == "Delete":
                after[key] = None
            elif kind == "Update":
                changed = dict(item or arguments["Key"])
                _change(arguments["UpdateExpression"])(item, changed, names, values)
                after[key] = changed
            elif kind != "ConditionCheck":
                raise NotImplementedError(kind)
        if failed:
            raise _ConditionFailedError(failed)
        for key, new in after.items():
            self._replace(key, new)

    def _replace(self, key: str, new: Item | None) -> None:
        old = self.items.pop(key, None)
        self._unfinished.discard(key)
        if new is not None:
            self.items[key] = new
            if "unfinished" in new and "created_at" in new:
                self._unfinished.add(key)
        self._on_change(old, new)


class _ConditionFailedError(Exception):
    def __init__(self, failed: Sequence[int]) -> None:
        super().__init__(failed)
        self.failed = failed


def cancelled(reasons: Sequence[dict[str, str]]) -> ClientError:
    """Makes the error of a transaction that was not made."""
    error = _refusal("TransactionCanceledException", "TransactWriteItems")
    error.response["CancellationReasons"] = [{"Code": reason["Code"]} for reason in reasons]
    return error


def _refusal(code: str, operation: str, item: Item | None = None) -> ClientError:
    answer: dict[str, Any] = {"Error": {"Code": code, "Message": code}}
    if item is not None:
        answer["Item"] = item
    return ClientError(cast("Any", answer), operation)


def _place(item: Item) -> tuple[str, str]:
    return item["created_at"]["S"], item["pk"]["S"]


def _plain(attribute: Attribute | None) -> Any:
    if attribute is None:
        return None
    [(kind, value)] = attribute.items()
    return int(value) if kind == "N" else value


class _Parser:
    """Reads an expression from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            found = _TOKEN.match(text, position)
            if found is None:
                raise NotImplementedError(text)
            self._tokens.append(found[1])
            position = found.end()

    def peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def word(self) -> str:
        return self.peek().upper()

    def take(self, expected: str | None = None) -> str:
        token = self._tokens.pop(0) if self._tokens else ""
        if not token or (expected is not None and token.upper() != expected):
            raise NotImplementedError(f"{token!r} in {self._text!r}")
        return token

    def condition(self) -> Condition:
        parts = [self._conjunction()]
        while self.word() == "OR":
            self.take()
            parts.append(self._conjunction())
        return lambda item, names, values: any(part(item, names, values) for part in parts)

    def _conjunction(self) -> Condition:
        parts = [self._comparison()]
        while self.word() == "AND":
            self.take()
            parts.append(self._comparison())
        return lambda item, names, values: all(part(item, names, values) for part in parts)

    def _comparison(self) -> Condition:
        if self.word() == "NOT":
            self.take()
            inner = self._comparison()
            return lambda item, names, values: not inner(item, names, values)
        if self.peek() == "(":
            self.take()
            inner = self.condition()
            self.take(")")
            return inner
        if self.word() in ("ATTRIBUTE_EXISTS", "ATTRIBUTE_NOT_EXISTS"):
            wanted = self.take().upper() == "ATTRIBUTE_EXISTS"
            self.take("(")
            path = self.operand()
            self.take(")")
            return lambda item, names, values: (path(item, names, values) is not None) is wanted
        left = self.operand()
        if self.word() == "IN":
            self.take()
            self.take("(")
            choices = [self.operand()]
            while self.peek() == ",":
                self.take()
                choices.append(self.operand())
            self.take(")")
            return lambda item, names, values: (
                left(item, names, values) in [one(item, names, values) for one in choices]
            )
        compare, right = _COMPARISONS[self.take()], self.operand()

        def holds(item: Item, names: Names, values: Values) -> bool:
            a, b = left(item, names, values), right(item, names, values)
            return a is not None and b is not None and compare(_plain(a), _plain(b))

        return holds

    def operand(self) -> Operand:
        if self.word() == "IF_NOT_EXISTS":
            self.take()
            self.take("(")
            path = self.operand()
            self.take(",")
            default = self.operand()
            self.take(")")
            return lambda item, names, values: (
                path(item, names, values) or default(item, names, values)
            )
        token = self.take()
        if token.startswith(":"):
            return lambda item, names, values: values[token]
        if token.startswith("#"):
            return lambda item, names, values: item.get(names[token])
        return lambda item, names, values: item.get(token)

    def change(self) -> Change:
        changes: list[Change] = []
        while self.peek():
            clause = self.take().upper()
            changes.append(self._one_change(clause))
            while self.peek() == ",":
                self.take()
                changes.append(self._one_change(clause))

        def apply(item: Item, changed: Item, names: Names, values: Values) -> None:
            for change in changes:
                change(item, changed, names, values)

        return apply

    def _one_change(self, clause: str) -> Change:
        path = self.take()

        def name(names: Names) -> str:
            return names[path] if path.startswith("#") else path

        if clause == "REMOVE":
            return lambda item, changed, names, values: _remove(changed, name(names))
        if clause == "ADD":
            added = self.operand()
            return lambda item, changed, names, values: changed.__setitem__(
                name(names),
                _sum(item.get(name(names)) or {"N": "0"}, added(item, names, values), 1),
            )
        if clause != "SET":
            raise NotImplementedError(clause)
        self.take("=")
        left = self.operand()
        if self.peek() not in ("+", "-"):
            return lambda item, changed, names, values: changed.__setitem__(
                name(names), _present(left(item, names, values))
            )
        sign = 1 if self.take() == "+" else -1
        right = self.operand()
        return lambda item, changed, names, values: changed.__setitem__(
            name(names), _sum(left(item, names, values), right(item, names, values), sign)
        )


def _remove(changed: Item, name: str) -> None:
    changed.pop(name, None)


def _sum(left: Attribute | None, right: Attribute | None, sign: int) -> Attribute:
    return {"N": str(int(_present(left)["N"]) + sign * int(_present(right)["N"]))}


def _present(attribute: Attribute | None) -> Attribute:
    if attribute is None:
        raise _refusal("ValidationException", "UpdateItem")
    return attribute


@cache
def _condition(expression: str) -> Condition:
    return _Parser(expression).condition()


@cache
def _change(expression: str) -> Change:
    return _Parser(expression).change()
