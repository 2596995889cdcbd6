"""Messages that were set aside for people."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message in the dead-letter queue, held for a while by who received it.

    Attributes:
        message_id: The queue's own name for it.
        receipt_handle: The handle of this delivery.
        body: The message; a customer's words, so it is shown to nobody.
        reason: Why it was set aside, in words that quote nobody; None where the chat queue did
            it by itself, after too many deliveries.
        set_aside_at: Since when it has been there.
    """

    message_id: str
    receipt_handle: str
    body: str
    reason: str | None
    set_aside_at: datetime
