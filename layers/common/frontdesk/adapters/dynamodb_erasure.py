"""Erasing what the tasks table holds of erased conversations."""

from collections.abc import Collection, Iterator
from itertools import batched

from frontdesk.adapters.dynamodb_table import (
    MAX_TRANSACTION,
    ConditionFailedError,
    DynamoDBTable,
    Write,
    conversation_key,
    delete,
    number,
    task_key,
)
from frontdesk.adapters.dynamodb_unfinished import DynamoDBUnfinishedTasks
from frontdesk.domain.errors import MessageError
from frontdesk.domain.personal_data import Remains
from frontdesk.domain.task import QueuedMessage

_PAGE = 100


class DynamoDBErasure:
    """Forgets tasks and projections; a message that is still queued finds no task to take up.

    Args:
        table: The tasks table.
    """

    def __init__(self, table: DynamoDBTable) -> None:
        self._table = table

    def forget(self, remains: Remains) -> None:
        """Deletes tasks and projections, whether they are there or not.

        Conversations whose first message nobody has taken up yet are known here alone; they are
        found among the tasks that have not ended.

        Args:
            remains: The conversations and tasks that are erased elsewhere, and whose they are.

        Raises:
            InfrastructureError: Some may be left; it can be done again.
        """
        queued = list(self._queued_of(remains))
        self._table.delete_all(
            [
                *map(conversation_key, remains.conversation_ids),
                *map(task_key, remains.task_ids),
                *(conversation_key(message.conversation_id) for message in queued),
                *(task_key(message.task_id) for message in queued),
            ]
        )

    def forget_resting(self, conversation_ids: Collection[str]) -> list[str]:
        """Deletes the projections of conversations in which nobody waits for an answer.

        Args:
            conversation_ids: The conversations; without a projection, nobody waits there.

        Returns:
            Those of which nothing is left. The others have a message that was accepted and has not
            been answered yet: it came after they were looked up.

        Raises:
            InfrastructureError: Some may be left; it can be done again.
        """
        forgotten: list[str] = []
        for batch in batched(conversation_ids, MAX_TRANSACTION, strict=False):
            resting = list(batch)
            while resting:
                try:
                    self._table.write_together([_unless_unanswered(each) for each in resting])
                except ConditionFailedError as error:
                    resting = [each for n, each in enumerate(resting) if n not in error.failed]
                else:
                    break
            forgotten += resting
        return forgotten

    def _queued_of(self, remains: Remains) -> Iterator[QueuedMessage]:
        if not remains.subjects and not remains.emails:
            return
        unfinished, cursor = DynamoDBUnfinishedTasks(self._table), None
        emails = {email.lower() for email in remains.emails}
        while True:
            page = unfinished.page(before=self._table.now(), cursor=cursor, limit=_PAGE)
            for task_id in page.task_ids:
                try:
                    task = unfinished.read(task_id)
                except MessageError:
                    # Nobody can tell whose it is; it ends as failed, and its text with it.
                    continue
                if task is not None and _is_of(task.message, remains.subjects, emails):
                    yield task.message
            cursor = page.cursor
            if cursor is None:
                return


def _unless_unanswered(conversation_id: str) -> Write:
    return delete(
        conversation_key(conversation_id),
        "attribute_not_exists(unanswered) OR unanswered = :none",
        none=number(0),
    )


def _is_of(message: QueuedMessage, subjects: Collection[str], emails: Collection[str]) -> bool:
    named = (message.account_email, message.contact_email, message.stated_email)
    owners = (message.principal.subject, message.claimed_subject)
    return any(owner in subjects for owner in owners) or any(
        email.lower() in emails for email in named if email
    )
