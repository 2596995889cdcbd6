"""Sentences that we say ourselves, without a model."""

from datetime import datetime

from frontdesk.domain.actions import ProposedAction
from frontdesk.domain.conversation import TicketIntent

APOLOGY = "Our assistant is out of reach at the moment."

QUOTING = f"{APOLOGY} This is what our help pages say:"
NOTHING_FOUND = (
    f"{APOLOGY} I found nothing in our help pages that answers this. Please try again in a few "
    "minutes, or write that you would like to speak to a person, and I will open a ticket."
)
SIGN_IN = (
    "To look at your account I need to know who you are: please sign in and ask again. General "
    "questions I can answer right away."
)
NO_ACCOUNT = (
    "I found no account for this sign-in. If you have one under another address, please sign in "
    "with that; or write that you would like to speak to a person, and I will open a ticket."
)
NO_SUBSCRIPTION = "There is no subscription in your account."
ESCALATED = "I'm sorry for the trouble. A person of our team will look into this."
DECLINED = "All right. Nothing has been changed."
NOT_CONFIRMABLE = (
    "This cannot be confirmed any more, and nothing has been changed. If you still want it, just "
    "ask again."
)
NOT_DONE = "I could not do this, and nothing has been changed."


def proposal_sentence(action: ProposedAction, now: datetime) -> str:
    """Says what a proposed action does, and how it is confirmed.

    Args:
        action: The action.
        now: The time.

    Returns:
        A paragraph of Markdown.
    """
    minutes = max(1, round((action.expires_at - now).total_seconds() / 60))
    return (
        f"**{action.title}?** {action.effect} Nothing is done yet: answer **yes** within "
        f"{minutes} minutes to confirm, or **no** to leave everything as it is."
    )


def action_done(action: ProposedAction) -> str:
    """Says that a confirmed action is done.

    Args:
        action: The action.

    Returns:
        A sentence or two.
    """
    return f"Done. {action.effect}"


def ticket_sentence(intent: TicketIntent) -> str:
    """Names a ticket and says by when a person answers.

    Args:
        intent: The ticket.

    Returns:
        One sentence of Markdown.
    """
    return (
        f"Your ticket is **{intent.number}**; a person of our team answers by "
        f"{moment(intent.expected_response_at)}."
    )


def moment(when: datetime) -> str:
    """Writes a time for people: `22 November 2026, 15:04 UTC`.

    Args:
        when: The time, in UTC.

    Returns:
        Its text.
    """
    return f"{when.day} {when:%B %Y, %H:%M} UTC"
