"""E-mail addresses that senders type: they open no account, and may say where to write to."""

from agent_worker import phrases
from agent_worker.languages import spoken_in
from agent_worker.memory import Window
from frontdesk.domain.addresses import only_address_in
from frontdesk.domain.task import QueuedMessage
from frontdesk.principal import PrincipalKind

REASONING = "By its words: an e-mail address, and nothing else."


def given_before(window: Window) -> str | None:
    """Finds the address that a sender gave in a message of its own, before the present one.

    Args:
        window: The conversation.

    Returns:
        The latest; None where there is none.
    """
    questions = reversed(window.earlier_questions)
    return next((address for text in questions if (address := only_address_in(text))), None)


def answer_to_address(message: QueuedMessage, window: Window, *, noted: bool) -> str | None:
    """Answers a message that is nothing but an e-mail address, as who is told to sign in may send.

    Args:
        message: The message.
        window: The conversation.
        noted: True where a ticket was without an address, and has this one now.

    Returns:
        What to say; None where the message says more, or where an address may mean more than that:
        staff and services do name customers, and whose address is known has another reason.
    """
    guest = message.principal.kind is PrincipalKind.GUEST
    if message.principal.may_name_customer or only_address_in(message.text) is None:
        return None
    if guest and message.contact_email is not None and not noted:
        return None
    says = (spoken_in(message.language, window.written) or phrases.ENGLISH).phrases
    if noted:
        return says["address_noted"]
    return says["address_only" if guest else "own_account"]
