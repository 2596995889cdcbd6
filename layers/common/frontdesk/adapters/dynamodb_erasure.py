"""Erasing what the tasks table holds of erased conversations."""

from frontdesk.adapters.dynamodb_table import DynamoDBTable, conversation_key, task_key
from frontdesk.domain.personal_data import Remains


class DynamoDBErasure:
    """Forgets tasks and projections; a message that is still queued finds no task to take up.

    Args:
        table: The tasks table.
    """

    def __init__(self, table: DynamoDBTable) -> None:
        self._table = table

    def forget(self, remains: Remains) -> None:
        """Deletes tasks and projections, whether they are there or not.

        Args:
            remains: The conversations and tasks that are erased elsewhere.

        Raises:
            InfrastructureError: Some may be left; it can be done again.
        """
        self._table.delete_all(
            [
                *map(conversation_key, remains.conversation_ids),
                *map(task_key, remains.task_ids),
            ]
        )
