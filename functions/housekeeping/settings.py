"""What housekeeping needs to know."""

from datetime import timedelta

from pydantic import Field

from frontdesk.config import DatabaseSettings, EventSettings, TasksTableSettings
from frontdesk.domain.unfinished import Patience
from housekeeping.retention import Periods


class HousekeepingSettings(TasksTableSettings, DatabaseSettings, EventSettings):
    """Everything that it compares, and how long it waits before it sees to something.

    Attributes:
        chat_queue_url: Where messages wait for the worker.
        chat_dlq_url: Where messages wait for people.
        knowledge_queue_url: Where changes of documents wait for ingest.
        documents_bucket: The bucket of the S3 drop.
        unsent_minutes: After how long a recorded message that was never sent is sent.
        chat_queue_days: How long the chat queue keeps a message.
        drift_minutes: How long a change of a document may be on its way.
        task_retention_days: How long a task that was brought back to life can be read back.
        conversation_retention_days: After how long conversations at rest are deleted, with their
            tickets; 0 keeps them.
        audit_retention_days: After how long entries of the audit log are deleted; 0 keeps them.
        event_retention_days: After how long published events are deleted.
    """

    chat_queue_url: str
    chat_dlq_url: str
    knowledge_queue_url: str
    documents_bucket: str
    unsent_minutes: int = Field(default=10, ge=1)
    chat_queue_days: int = Field(default=4, ge=1)
    drift_minutes: int = Field(default=10, ge=1)
    task_retention_days: int = Field(default=30, ge=1)
    conversation_retention_days: int = Field(default=730, ge=0)
    audit_retention_days: int = Field(default=1095, ge=0)
    event_retention_days: int = Field(default=7, ge=1)

    @property
    def patience(self) -> Patience:
        """How long a task may take before somebody sees to it."""
        return Patience(
            sending=timedelta(minutes=self.unsent_minutes),
            queue=timedelta(days=self.chat_queue_days),
        )

    @property
    def periods(self) -> Periods:
        """How long things are kept."""
        return Periods(
            conversations=_days(self.conversation_retention_days),
            audit=_days(self.audit_retention_days),
            events=timedelta(days=self.event_retention_days),
        )


def _days(number: int) -> timedelta | None:
    return timedelta(days=number) if number else None
