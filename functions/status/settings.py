"""What the status function needs to know."""

from frontdesk.config import TasksTableSettings


class StatusSettings(TasksTableSettings):
    """Where tasks live."""
