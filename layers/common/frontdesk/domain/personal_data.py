"""Everything that is held about a person: to hand it out, and to erase it."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontdesk.domain.audit import RecordedAccess
from frontdesk.domain.conversation import Conversation, Message, StoredTurn
from frontdesk.domain.records import Customer, Invoice, Subscription, Ticket
from frontdesk.domain.tickets import TicketComment


@dataclass(frozen=True, slots=True)
class WholeConversation:
    """A conversation with all of its messages and turns, oldest first."""

    conversation: Conversation
    messages: Sequence[Message]
    turns: Sequence[StoredTurn]


@dataclass(frozen=True, slots=True)
class WholeTicket:
    """A ticket with all of its comments, oldest first."""

    ticket: Ticket
    comments: Sequence[TicketComment]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Everything that is held about a customer.

    Attributes:
        conversations: Those of the customer's record; those of the customer's subjects from
            before there was one; guests' who left the customer's address.
        accesses: Who else saw or changed any of it.
    """

    customer: Customer
    subscriptions: Sequence[Subscription]
    invoices: Sequence[Invoice]
    tickets: Sequence[WholeTicket]
    conversations: Sequence[WholeConversation]
    accesses: Sequence[RecordedAccess]


@dataclass(frozen=True, slots=True)
class Remains:
    """What other stores hold of erased conversations, by name.

    Attributes:
        subjects: Whose messages that nobody has taken up yet go as well.
        emails: Likewise: messages from these addresses, and for them.
    """

    conversation_ids: Sequence[str]
    task_ids: Sequence[str]
    subjects: Sequence[str] = ()
    emails: Sequence[str] = ()
