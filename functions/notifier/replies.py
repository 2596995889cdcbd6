"""A person's reply, and the mail that is made of it for a customer who is not there any more.

A customer is there who has been shown the reply, or has written after it. The event of a reply
waits in the queue for some minutes before anybody asks; who has not come for it by then has left.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from frontdesk.domain.errors import FrontdeskError
from frontdesk.domain.mail import Mail, MailRefusedError, StaffReply
from notifier.ports import Mailer, ReplyStore


class Outcome(StrEnum):
    """What became of a reply."""

    MAILED = "mailed"
    READ = "read"
    GONE = "gone"
    MAILED_BEFORE = "mailed_before"
    NO_ADDRESS = "no_address"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words around a reply, in one language.

    Attributes:
        subject: With ``{company}``, and ``{ticket}`` where there is one.
        greeting: Before the reply, with ``{company}``.
        link: Before the link back.
        no_reply: At the end.
    """

    subject: str
    greeting: str
    link: str
    no_reply: str


WORDINGS: Mapping[str, Wording] = {
    "en": Wording(
        "{company} has answered you{ticket}",
        "A person of {company} has answered you:",
        "To read all of it and to answer:",
        "Please answer there: nobody reads replies to this mail.",
    ),
    "de": Wording(
        "{company} hat Ihnen geantwortet{ticket}",
        "Jemand von {company} hat Ihnen geantwortet:",
        "Hier lesen Sie alles und können antworten:",
        "Bitte antworten Sie dort: Antworten auf diese E-Mail liest niemand.",
    ),
    "es": Wording(
        "{company} le ha respondido{ticket}",
        "Una persona de {company} le ha respondido:",
        "Para leerlo todo y responder:",
        "Responda allí, por favor: nadie lee las respuestas a este correo.",
    ),
    "fr": Wording(
        "{company} vous a répondu{ticket}",
        "Une personne de {company} vous a répondu :",
        "Pour tout lire et répondre :",
        "Merci de répondre là-bas : personne ne lit les réponses à ce message.",
    ),
}
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class ReplyMailer:
    """Mails replies that were not read.

    Attributes:
        replies: Replies, and which of them were mailed.
        mailer: Sends mails.
        count: Counts outcomes.
        company_name: Who answers.
        portal_url: Where customers talk to it; '' leaves the link out.
    """

    replies: ReplyStore
    mailer: Mailer
    count: Callable[[str], None]
    company_name: str
    portal_url: str

    def see_to(self, conversation_id: str, message_id: str) -> Outcome:
        """Mails a reply, once, where its customer has not been shown it.

        Args:
            conversation_id: The conversation.
            message_id: The reply.

        Returns:
            What became of it.

        Raises:
            InfrastructureError: A store or the mail service is out of reach; to be tried again.
        """
        outcome = self._see_to(conversation_id, message_id)
        self.count(f"Replies{''.join(part.title() for part in outcome.split('_'))}")
        return outcome

    def _see_to(self, conversation_id: str, message_id: str) -> Outcome:
        reply = self.replies.find(conversation_id, message_id)
        if reply is None:
            return Outcome.GONE
        if reply.was_read:
            return Outcome.READ
        if reply.email is None:
            return Outcome.NO_ADDRESS
        if not self.replies.claim(reply):
            return Outcome.MAILED_BEFORE
        try:
            self.mailer.send(self._compose(reply, reply.email))
        except MailRefusedError:
            # For good: another try would be refused as well.
            self.replies.settle(reply)
            return Outcome.REFUSED
        except FrontdeskError:
            self.replies.release(reply)
            raise
        self.replies.settle(reply)
        return Outcome.MAILED

    def _compose(self, reply: StaffReply, email: str) -> Mail:
        wording = WORDINGS.get((reply.language or "")[:2].lower(), WORDINGS[DEFAULT_LANGUAGE])
        ticket = f" ({reply.ticket_number})" if reply.ticket_number else ""
        parts = [wording.greeting.format(company=self.company_name), reply.content]
        if self.portal_url:
            # An id, and no credential: who follows it signs in, or has the guest's token.
            query = urlencode({"conversation": reply.conversation_id})
            separator = "&" if "?" in self.portal_url else "?"
            parts.append(f"{wording.link}\n{self.portal_url}{separator}{query}")
        parts.append(wording.no_reply)
        return Mail(
            recipient=email,
            subject=wording.subject.format(company=self.company_name, ticket=ticket),
            text="\n\n".join(parts) + "\n",
            reference=reply.message_id,
        )
