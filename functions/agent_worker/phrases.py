"""Sentences that we say ourselves, without a model; most of them stand in the languages' files."""

from collections.abc import Sequence
from datetime import datetime

from agent_worker.languages import Language, language
from frontdesk.domain.actions import ProposedAction
from frontdesk.domain.conversation import TicketIntent

ENGLISH = language("en")
"""What is spoken where nothing else is known."""

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


def ticket_sentence(intent: TicketIntent, speaks: Language = ENGLISH) -> str:
    """Names a ticket and says by when a person answers.

    Args:
        intent: The ticket.
        speaks: The language to say it in.

    Returns:
        One sentence of Markdown.
    """
    when = intent.expected_response_at
    return speaks.phrases["ticket"].format(number=intent.number, moment=moment(when, speaks))


def reaching(
    intents: Sequence[TicketIntent], address_noted: bool, speaks: Language = ENGLISH
) -> str | None:
    """Asks for an address where a ticket has none, or thanks for the one that was given.

    Args:
        intents: The tickets that are made.
        address_noted: True where the message has just given one.
        speaks: The language to say it in.

    Returns:
        A sentence or two; None where there is nothing to say.
    """
    if any(intent.contact_email is None for intent in intents):
        return speaks.phrases["ask_address"]
    return speaks.phrases["address_noted"] if address_noted else None


def moment(when: datetime, speaks: Language = ENGLISH) -> str:
    """Writes a time for people: `22 November 2026, 15:04 UTC`, or `2026-11-22 15:04 UTC`.

    Args:
        when: The time, in UTC.
        speaks: The language; only in English the month has a name.

    Returns:
        Its text.
    """
    if speaks is ENGLISH:
        return f"{when.day} {when:%B %Y, %H:%M} UTC"
    return f"{when:%Y-%m-%d %H:%M} UTC"
