"""Failed turns that make way for another try."""

from frontdesk.adapters.postgres.audit import write_entry
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.task import TaskResult


class PostgresFailedTurns:
    """Withdraws what was committed as failed, and nothing else.

    Args:
        database: The database, opened with the agent's role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def withdraw(self, conversation_id: str, task_id: str, entry: AuditEntry) -> TaskResult | None:
        """Makes room for another turn of a task.

        Args:
            conversation_id: The conversation.
            task_id: The task.
            entry: What the audit log says of it, whatever it finds.

        Returns:
            The result of a turn that did not fail, and stays; None where the task may be
            answered again.
        """
        with self._database.transaction(RowScope(conversation_id)) as connection:
            write_entry(connection, entry)
            row = connection.execute(
                "SELECT withdraw_failed_turn(%s) AS withdrawn", (task_id,)
            ).fetchone()
            if row is not None and row["withdrawn"]:
                return None
            left = connection.execute(
                "SELECT result FROM turns WHERE task_id = %s", (task_id,)
            ).fetchone()
        return TaskResult.model_validate(left["result"]) if left else None
