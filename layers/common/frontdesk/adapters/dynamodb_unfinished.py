"""Unfinished tasks in DynamoDB: found by a sparse index, read, noted, brought back to life."""

import json
from collections.abc import Callable
from datetime import datetime

from pydantic import ValidationError

from frontdesk.adapters.dynamodb_table import (
    UNFINISHED_PARTITIONS,
    ConditionFailedError,
    DynamoDBTable,
    Item,
    Write,
    conversation_key,
    epoch,
    moment,
    number,
    read_moment,
    task_key,
    text,
    unfinished_partition,
    update,
)
from frontdesk.domain.errors import InfrastructureError, MessageError
from frontdesk.domain.task import QueuedMessage, TaskStatus
from frontdesk.domain.unfinished import Revival, UnfinishedPage, UnfinishedTask

INDEX = "unfinished"
"""Tasks leave it when they end."""

_READ = (
    "task_id",
    "conversation_id",
    "status",
    "created_at",
    "revived_at",
    "sent_at",
    "message",
)
_NAMES = {"#status": "status", "#message": "message", "#result": "result"}
_RACE_ATTEMPTS = 3


def _always() -> bool:
    """Says that there is time, where nobody counts it."""
    return True


class DynamoDBUnfinishedTasks:
    """Housekeeping's side of the tasks table.

    Args:
        table: The tasks table.
    """

    def __init__(self, table: DynamoDBTable) -> None:
        self._table = table

    def page(
        self,
        *,
        before: datetime,
        cursor: str | None,
        limit: int,
        has_time: Callable[[], bool] = _always,
    ) -> UnfinishedPage:
        """Lists unfinished tasks, the oldest first.

        Args:
            before: Only tasks accepted until then.
            cursor: Where the page before ended; None to begin with the oldest.
            limit: How many at most.
            has_time: Tells whether another partition may be read; what is not is of the next page.

        Returns:
            The tasks. The index lags: one or the other may have ended by now.
        """
        starts = _starts(cursor)
        found: list[Item] = []
        left: set[str] = set()
        for partition, start in starts.items():
            if not has_time():
                left.add(partition)
                continue
            items, last = self._table.query_index(
                INDEX,
                "unfinished = :partition AND created_at <= :before",
                limit=limit,
                start=start,
                partition=text(partition),
                before=moment(before),
            )
            found += items
            if last is not None:
                left.add(partition)
        # Of one moment, the tasks of a partition stay in its order.
        found.sort(key=_created_at)
        left.update(map(_partition, found[limit:]))
        page = found[:limit]
        starts.update((_partition(item), item) for item in page)
        prefix = task_key("")
        return UnfinishedPage(
            tuple(item["pk"]["S"].removeprefix(prefix) for item in page),
            json.dumps({partition: starts[partition] for partition in left}) if left else None,
        )

    def oldest(self, has_time: Callable[[], bool] = _always) -> datetime | None:
        """Reads when the oldest unfinished task was accepted; None where there is none.

        Args:
            has_time: Tells whether another partition may be read; of those that are not, nothing
                is known.
        """
        oldest: list[Item] = []
        for partition in UNFINISHED_PARTITIONS:
            if not has_time():
                break
            items, _ = self._table.query_index(
                INDEX, "unfinished = :partition", limit=1, partition=text(partition)
            )
            oldest += items
        return read_moment(min(oldest, key=_created_at)["created_at"]) if oldest else None

    def read(self, task_id: str) -> UnfinishedTask | None:
        """Reads a task as it is at this moment.

        Args:
            task_id: The task.

        Returns:
            The task, or None where it has ended or is gone.

        Raises:
            MessageError: What is recorded of its message cannot be read.
        """
        item = self._table.get(task_key(task_id), *_READ)
        if item is None or TaskStatus(item["status"]["S"]).is_terminal:
            return None
        try:
            message = QueuedMessage.model_validate_json(item["message"]["S"])
        except (KeyError, ValidationError):
            raise MessageError("the recorded message cannot be read") from None
        return UnfinishedTask(
            task_id=item["task_id"]["S"],
            conversation_id=item["conversation_id"]["S"],
            status=TaskStatus(item["status"]["S"]),
            since=read_moment(item.get("revived_at", item["created_at"])),
            sent_at=read_moment(item["sent_at"]) if "sent_at" in item else None,
            message=message,
        )

    def mark_sent(self, task_id: str) -> None:
        """Notes that a task's message is in the queue, where the task has not ended.

        Args:
            task_id: The task.
        """
        write = update(
            task_key(task_id),
            "SET sent_at = :now",
            "attribute_exists(unfinished)",
            now=moment(self._table.now()),
        )
        try:
            self._table.update(write)
        except ConditionFailedError:
            return

    def revive(self, message: QueuedMessage, *, expires_at: datetime) -> Revival:
        """Makes a failed task one that waits for its answer again.

        Args:
            message: Its message, as it is sent next.
            expires_at: Until when it can be read back.

        Returns:
            What it was: failed until now; not ended, and then only its attempts are forgotten;
            answered, or gone, and then nothing is changed.

        Raises:
            InfrastructureError: It is not known to be revived.
        """
        for _ in range(_RACE_ATTEMPTS):
            item = self._table.get(task_key(message.task_id), "status")
            if item is None:
                return Revival.GONE
            status = TaskStatus(item["status"]["S"])
            try:
                if status is TaskStatus.FAILED:
                    self._revive_failed(message, expires_at)
                    return Revival.REVIVED
                if status.is_terminal:
                    return Revival.ANSWERED
                self._table.update(self._forget_attempts(message.task_id))
            except ConditionFailedError:
                continue
            else:
                return Revival.STILL_ALIVE
        raise InfrastructureError("DynamoDB: the task kept changing")

    def _revive_failed(self, message: QueuedMessage, expires_at: datetime) -> None:
        now = self._table.now()
        task = update(
            task_key(message.task_id),
            "SET #status = :queued, #message = :message, attempts = :zero, unfinished = :partition,"
            " revived_at = :now, expires_at = :expires"
            " REMOVE #result, completed_at, sent_at, stage",
            "#status = :failed",
            _NAMES,
            queued=text(TaskStatus.QUEUED),
            failed=text(TaskStatus.FAILED),
            message=text(message.model_dump_json()),
            zero=number(0),
            partition=text(unfinished_partition(message.task_id)),
            now=moment(now),
            expires=epoch(expires_at),
        )
        try:
            self._table.write_together([task, _one_unanswered(message.conversation_id)])
        except ConditionFailedError as error:
            if 0 in error.failed:
                raise
            # The projection is gone; the task is brought back all the same.
            self._table.update(task)

    def _forget_attempts(self, task_id: str) -> Write:
        return update(
            task_key(task_id),
            "SET attempts = :zero, revived_at = :now",
            "attribute_exists(unfinished)",
            zero=number(0),
            now=moment(self._table.now()),
        )


class DynamoDBBookmarks:
    """Where a sweep that was cut short goes on, in the tasks table.

    Args:
        table: The tasks table.
    """

    def __init__(self, table: DynamoDBTable) -> None:
        self._table = table

    def load(self, name: str) -> str | None:
        """Reads a bookmark.

        Args:
            name: Whose.

        Returns:
            What was saved; None to begin at the beginning.
        """
        item = self._table.get(_bookmark_key(name), "cursor")
        return item["cursor"]["S"] if item is not None and "cursor" in item else None

    def save(self, name: str, cursor: str | None) -> None:
        """Sets a bookmark.

        Args:
            name: Whose.
            cursor: Where to go on; None for the beginning.
        """
        item = {"pk": text(_bookmark_key(name))}
        if cursor is not None:
            item["cursor"] = text(cursor)
        self._table.put(item)


def _starts(cursor: str | None) -> dict[str, Item | None]:
    """Reads after which task each partition goes on, of those that are not read to their end."""
    starts: dict[str, Item | None] = {} if cursor is None else json.loads(cursor)
    # A bookmark from before the partitions is no such thing: all are read from their beginning.
    if not starts or "pk" in starts:
        return dict.fromkeys(UNFINISHED_PARTITIONS)
    return starts


def _partition(item: Item) -> str:
    return str(item["unfinished"]["S"])


def _created_at(item: Item) -> str:
    return str(item["created_at"]["S"])


def _one_unanswered(conversation_id: str) -> Write:
    return update(
        conversation_key(conversation_id),
        "SET unanswered = unanswered + :one",
        "attribute_exists(pk)",
        one=number(1),
    )


def _bookmark_key(name: str) -> str:
    return f"HOUSEKEEPING#{name}"
