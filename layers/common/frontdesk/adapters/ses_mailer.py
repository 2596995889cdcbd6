"""Mails to customers: Amazon SES."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from frontdesk.adapters.aws_errors import error_code, infrastructure_errors
from frontdesk.domain.mail import Mail, MailRefusedError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_PLAIN = SMTP.clone(cte_type="7bit")
"""Nothing but ASCII on the way: not every server on it takes more."""

_REFUSED = frozenset({"BadRequestException"})
"""SES will not take this very mail; whatever else it answers may pass.

``MessageRejected`` is not among them: it is also what every mail gets while the account is in SES's
sandbox, or an identity is not verified, and then none must be lost. What is at fault itself ends
in the dead-letter queue with the others.
"""


class SESMailer:
    """Sends mails in plain text.

    Args:
        client: SES, version 2.
        sender: The address that mails come from.
        sender_name: Whose address that is, as recipients read it.
    """

    def __init__(self, client: "SESV2Client", sender: str, sender_name: str) -> None:
        self._client = client
        self._sender = sender
        self._sender_name = sender_name

    def send(self, mail: Mail) -> None:
        """Sends a mail.

        Args:
            mail: The mail.

        Raises:
            MailRefusedError: SES takes no such mail, now or ever.
            InfrastructureError: It is not known to be sent.
        """
        with infrastructure_errors("SES"):
            try:
                content = self._write(mail)
                self._client.send_email(
                    FromEmailAddress=self._sender,
                    Destination={"ToAddresses": [mail.recipient]},
                    Content={"Raw": {"Data": content}},
                )
            except ClientError as error:
                if error_code(error) in _REFUSED:
                    raise MailRefusedError(f"SES refused with {error_code(error)!r}") from error
                raise

    def _write(self, mail: Mail) -> bytes:
        message = EmailMessage(policy=_PLAIN)
        try:
            message["From"] = Address(self._sender_name, addr_spec=self._sender)
            message["To"] = Address(addr_spec=mail.recipient)
            message["Subject"] = mail.subject
        except (ValueError, MessageError) as error:
            # An address that no header can hold, or a line break where there can be none.
            raise MailRefusedError("the mail cannot be written") from error
        # So that no automatic answer is sent to it (RFC 3834).
        message["Auto-Submitted"] = "auto-generated"
        message["X-Frontdesk-Reference"] = mail.reference
        message.set_content(mail.text)
        return message.as_bytes()
