"""A mail to a customer, and a person's reply that one is made of."""

from dataclasses import dataclass

from frontdesk.domain.errors import FrontdeskError


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in plain text.

    Attributes:
        recipient: The address.
        subject: One line.
        text: Its lines.
        reference: The same for every try to send this mail, another for each other mail.
    """

    recipient: str
    subject: str
    text: str
    reference: str


@dataclass(frozen=True, slots=True)
class StaffReply:
    """A person's reply, as far as mailing it goes.

    Attributes:
        was_read: True where the customer was shown it, or has written after it.
        email: Where the customer is reached: the customer record's address, else one that was left
            for a person's answer; None where there is neither.
        ticket_number: The latest ticket of the conversation, where there is one.
        language: What the customer writes in, where known (such as ``de``).
    """

    message_id: str
    conversation_id: str
    content: str
    was_read: bool
    email: str | None = None
    ticket_number: str | None = None
    language: str | None = None


class MailRefusedError(FrontdeskError):
    """The mail service will not take a mail, however often it is asked."""
