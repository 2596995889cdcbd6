"""Tasks in DynamoDB: taken up, published once, and read back."""

import contextlib
import secrets
from datetime import datetime

from frontdesk.adapters.dynamodb_table import (
    ConditionFailedError,
    DynamoDBTable,
    Item,
    Write,
    conversation_key,
    may_exist,
    moment,
    number,
    read_moment,
    task_key,
    text,
    update,
)
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.task import Stage, Task, TaskResult, TaskStatus

_READ = (
    "task_id",
    "conversation_id",
    "correlation_id",
    "owner_subject",
    "status",
    "stage",
    "created_at",
    "result",
)
_STATUS_NAME = {"#status": "status"}
_NOT_ENDED = "attribute_exists(pk) AND #status IN (:queued, :processing)"
_NOT_ENDED_VALUES = {
    "queued": text(TaskStatus.QUEUED),
    "processing": text(TaskStatus.PROCESSING),
}
_TASK, _CONVERSATION = 0, 1


class DynamoDBTaskPublisher:
    """The worker's side of the tasks table; implements `frontdesk.ports.TaskPublisher`."""

    def __init__(self, table: DynamoDBTable) -> None:
        self._table = table

    def begin(self, task_id: str) -> int:
        """Marks a task as processing and counts the attempt.

        Args:
            task_id: The task taken up.

        Returns:
            How often it was taken up without an orderly end, this time included; 0 where it
            has ended already, or has expired.
        """
        # The SDK sends a call again whose answer is late: that is no further attempt.
        begun = secrets.token_hex(8)
        write = update(
            task_key(task_id),
            "SET #status = :processing, begun = :begun,"
            " attempts = if_not_exists(attempts, :zero) + :one",
            f"{_NOT_ENDED} AND (attribute_not_exists(begun) OR begun <> :begun)",
            _STATUS_NAME,
            zero=number(0),
            one=number(1),
            begun=text(begun),
            **_NOT_ENDED_VALUES,
        )
        try:
            changed = self._table.update(write, returned="UPDATED_NEW", refused="ALL_OLD")
            return int(changed["attempts"]["N"])
        except ConditionFailedError as error:
            if error.item is None or error.item.get("begun") != text(begun):
                return 0
            return int(error.item["attempts"]["N"])

    def release(self, task_id: str) -> None:
        """Takes back an attempt that ended in order but has to be made again.

        Args:
            task_id: The task that goes back to the queue; nothing happens where it has ended.
        """
        write = update(
            task_key(task_id),
            "SET attempts = attempts - :one REMOVE stage",
            "#status = :processing AND attempts > :zero",
            _STATUS_NAME,
            processing=text(TaskStatus.PROCESSING),
            zero=number(0),
            one=number(1),
        )
        with contextlib.suppress(ConditionFailedError):
            self._table.update(write)

    def stage(self, task_id: str, stage: Stage) -> None:
        """Says what is being done; best effort, it never raises.

        Args:
            task_id: The task.
            stage: What its turn is doing now.
        """
        write = update(
            task_key(task_id),
            "SET stage = :stage",
            "#status = :processing",
            _STATUS_NAME,
            stage=text(stage),
            processing=text(TaskStatus.PROCESSING),
        )
        with contextlib.suppress(ConditionFailedError, InfrastructureError):
            self._table.update(write)

    def publish(self, task_id: str, conversation_id: str, result: TaskResult) -> bool:
        """Publishes the end of a task, once; drops its text and principal.

        Args:
            task_id: The task.
            conversation_id: Its conversation, whose unanswered count goes down by one.
            result: How it ended; its status is a terminal one.

        Returns:
            False where it had ended already, or has expired (nothing is changed then).

        Raises:
            InfrastructureError: It is not known to be published.
        """
        if not result.status.is_terminal:
            raise ValueError(f"a task cannot end as {result.status!r}")
        end = _end_of(task_id, result)
        try:
            self._table.write_together([end, _one_answered(conversation_id)])
        except ConditionFailedError as error:
            if _TASK in error.failed:
                return False
            return self._publish_alone(end)
        return True

    def hand_on(self, conversation_id: str, *, former: str, owner: str) -> None:
        """Tells ingest whose a conversation is now.

        Args:
            conversation_id: The conversation.
            former: The subject it was of; nothing happens where it is of another one.
            owner: The subject it is of now.

        Raises:
            InfrastructureError: It is not known to be told.
        """
        write = update(
            conversation_key(conversation_id),
            "SET owner_subject = :owner",
            "owner_subject = :former",
            owner=text(owner),
            former=text(former),
        )
        with contextlib.suppress(ConditionFailedError):
            self._table.update(write)

    def _publish_alone(self, end: Write) -> bool:
        # A projection that lags or is gone must not keep an answer from its reader.
        try:
            self._table.update(end)
        except ConditionFailedError:
            return False
        return True


class DynamoDBTaskReader:
    """The reader's side of the tasks table; implements `frontdesk.ports.TaskReader`."""

    def __init__(self, table: DynamoDBTable) -> None:
        self._table = table

    def get(self, task_id: str) -> tuple[Task, str] | None:
        """Reads a task.

        Args:
            task_id: The task; any text a caller may send.

        Returns:
            The task and its owner's subject, or None where there is none (or it expired).
        """
        if not may_exist(task_id):
            return None
        item = self._table.get(task_key(task_id), *_READ)
        return None if item is None else (_to_task(item), item["owner_subject"]["S"])

    def conversation_owner(self, conversation_id: str) -> str | None:
        """Reads whose a conversation is now.

        Args:
            conversation_id: The conversation.

        Returns:
            The owner's subject, or None where it is not known.
        """
        if not may_exist(conversation_id):
            return None
        item = self._table.get(conversation_key(conversation_id), "owner_subject")
        return None if item is None else item["owner_subject"]["S"]


def _end_of(task_id: str, result: TaskResult) -> Write:
    return update(
        task_key(task_id),
        "SET #status = :status, #result = :result, completed_at = :completed_at "
        "REMOVE #message, stage, unfinished",
        _NOT_ENDED,
        {**_STATUS_NAME, "#result": "result", "#message": "message"},
        status=text(result.status),
        result=text(result.model_dump_json()),
        completed_at=moment(result.completed_at),
        **_NOT_ENDED_VALUES,
    )


def _one_answered(conversation_id: str) -> Write:
    return update(
        conversation_key(conversation_id),
        "SET unanswered = unanswered - :one",
        "unanswered >= :one",
        one=number(1),
    )


def _to_task(item: Item) -> Task:
    created_at: datetime = read_moment(item["created_at"])
    task = Task(
        task_id=item["task_id"]["S"],
        conversation_id=item["conversation_id"]["S"],
        correlation_id=item["correlation_id"]["S"],
        status=TaskStatus(item["status"]["S"]),
        stage=Stage(item["stage"]["S"]) if "stage" in item else None,
        created_at=created_at,
    )
    if "result" in item:
        return task.ended(TaskResult.model_validate_json(item["result"]["S"]))
    return task
