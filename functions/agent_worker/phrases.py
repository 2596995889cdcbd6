"""Sentences that we say ourselves, without a model; their words stand in the languages' files."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from agent_worker.languages import Language, language
from frontdesk.domain.actions import ActionKind, ProposedAction
from frontdesk.domain.conversation import TicketIntent, answer_due, is_late
from frontdesk.domain.errors import ActionRefusedError
from frontdesk.domain.records import Ticket

ENGLISH = language("en")
"""What is spoken where nothing else is known."""


def action_title(kind: ActionKind, arguments: Mapping[str, str], speaks: Language = ENGLISH) -> str:
    """Names a proposed action.

    Args:
        kind: What is proposed.
        arguments: With what, as worked out of the account.
        speaks: The language to say it in.

    Returns:
        A few words.
    """
    return speaks.titles[kind].format(**_facts(kind, arguments, speaks))


def action_effect(
    kind: ActionKind, arguments: Mapping[str, str], speaks: Language = ENGLISH
) -> str:
    """Says what a proposed action does; it is as true when it is done.

    Args:
        kind: What is proposed.
        arguments: With what, as worked out of the account.
        speaks: The language to say it in.

    Returns:
        A sentence; days as `2026-11-30`, amounts with the code of their currency.
    """
    return speaks.effects[kind].format(**_facts(kind, arguments, speaks))


def refusal(error: ActionRefusedError, speaks: Language = ENGLISH) -> str:
    """Says why a change is not made.

    Args:
        error: Why.
        speaks: The language to say it in.

    Returns:
        A sentence.
    """
    return speaks.refusals[error.reason].format(**error.facts)


def proposal_sentence(action: ProposedAction, now: datetime, speaks: Language = ENGLISH) -> str:
    """Says what a proposed action does, and how it is confirmed.

    Args:
        action: The action.
        now: The time.
        speaks: The language to say it in.

    Returns:
        A paragraph of Markdown.
    """
    says = speaks.phrases
    minutes = max(1, round((action.expires_at - now).total_seconds() / 60))
    return says["proposal"].format(
        title=action.title,
        effect=action.effect,
        minutes=says["minute" if minutes == 1 else "minutes"].format(n=minutes),
    )


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


def own_ticket(ticket: Ticket, now: datetime, speaks: Language = ENGLISH) -> str:
    """Says how a ticket stands.

    Args:
        ticket: The ticket, as it is stored.
        now: The time.
        speaks: The language to say it in.

    Returns:
        A line of a list in Markdown.
    """
    says = speaks.phrases
    fact = says["own_ticket"].format(
        number=ticket.number,
        subject=ticket.subject,
        day=ticket.created_at.date().isoformat(),
        state=says[f"ticket_{ticket.status}"],
    )
    if due := answer_due(ticket, now):
        said = says["answer_late" if is_late(ticket, now) else "answer_due"]
        fact += said.format(moment=moment(due, speaks))
    return fact


def no_ticket(number: str | None, speaks: Language = ENGLISH) -> str:
    """Says that there is no ticket of the sender's; it may well be somebody else's.

    Args:
        number: The number that was asked for, if one was.
        speaks: The language to say it in.

    Returns:
        A sentence.
    """
    says = speaks.phrases
    return says["no_tickets"] if number is None else says["no_such_ticket"].format(number=number)


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


def _facts(kind: ActionKind, arguments: Mapping[str, str], speaks: Language) -> Mapping[str, str]:
    """What an action's title and effect may name."""
    if kind is ActionKind.UPDATE_CONTACT:
        details = (
            f"{speaks.contact[name]}: {value or speaks.contact['removed']}"
            for name, value in arguments.items()
        )
        return {"changes": "; ".join(details)}
    plans = {name: arguments[name].title() for name in ("from_plan", "plan") if name in arguments}
    return {**arguments, **plans}
