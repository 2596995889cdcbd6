"""Erasing what the tasks table holds of erased conversations."""

from collections.abc import Collection, Iterator

from frontdesk.adapters.dynamodb_table import DynamoDBTable, conversation_key, task_key
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


def _is_of(message: QueuedMessage, subjects: Collection[str], emails: Collection[str]) -> bool:
    named = (message.account_email, message.contact_email, message.stated_email)
    owners = (message.principal.subject, message.claimed_subject)
    return any(owner in subjects for owner in owners) or any(
        email.lower() in emails for email in named if email
    )
