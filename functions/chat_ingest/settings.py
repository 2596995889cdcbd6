"""What ingest needs to know."""

from pydantic import Field

from frontdesk.config import (
    GuestTokenSettings,
    RequestRateSettings,
    TasksTableSettings,
    TokenBudgetSettings,
)


class ChatIngestSettings(
    TasksTableSettings, GuestTokenSettings, RequestRateSettings, TokenBudgetSettings
):
    """The queue, and the limits of what is accepted.

    Attributes:
        task_retention_days: How long a task can be read back.
        max_message_characters: Of a message after normalising: beyond it, it is a document.
        max_unanswered_messages: Of a conversation: beyond it, a person is not waiting for
            answers but flooding.
        idempotency_hours: How long a retry with the same key is the same request.
    """

    chat_queue_url: str
    task_retention_days: int = Field(default=30, ge=1)
    max_message_characters: int = Field(default=4000, ge=1)
    max_unanswered_messages: int = Field(default=10, ge=1)
    idempotency_hours: int = Field(default=24, ge=1)
