"""What the notifier needs of the world, as Protocols."""

from typing import Protocol

from frontdesk.domain.mail import Mail, StaffReply


class ReplyStore(Protocol):
    """Persons' replies, and which of them were mailed."""

    def find(self, conversation_id: str, message_id: str) -> StaffReply | None:
        """Reads a reply; None where there is none (any more)."""
        ...

    def claim(self, reply: StaffReply) -> bool:
        """Takes on the mailing of a reply; False where it was mailed, or somebody is at it."""
        ...

    def release(self, reply: StaffReply) -> None:
        """Lets the mailing of a reply be tried again."""
        ...

    def settle(self, reply: StaffReply) -> None:
        """Notes that a reply was mailed."""
        ...


class Mailer(Protocol):
    """Sends mails."""

    def send(self, mail: Mail) -> None:
        """Sends a mail.

        Raises:
            MailRefusedError: The service takes no mail to this address, now or ever.
            InfrastructureError: It is not known to be sent.
        """
        ...
