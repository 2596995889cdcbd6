"""Whether a message confirms what the reply before it proposed, and what becomes of that.

No model is asked: a proposal is confirmed by its token, or by a message that is a plain yes and
nothing else. Whatever else is said in the turn after it drops it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from agent_worker import phrases
from agent_worker.languages import Language, languages, spoken_in
from agent_worker.memory import Window
from agent_worker.routing.follow_ups import offers_a_person
from agent_worker.tools.arguments import TicketArguments
from agent_worker.tools.toolbox import MAY_CONFIRM, Toolbox
from frontdesk.domain.actions import ActionKind, ActionPolicy, StoredAction, still_valid
from frontdesk.domain.conversation import Confirmation, Conversation, MessageRole, TicketIntent
from frontdesk.domain.records import TicketCategory, TicketPriority
from frontdesk.domain.task import AgentName, QueuedMessage, RecordReference

_AROUND = " \t\n.!,;:👍🙏"
_THANKS = re.compile(r"\b(?:thank|danke|merci|gracias|obrigad|grazie)", re.IGNORECASE)
_BETWEEN = r"[\s,!.]+"

REFUND_SUBJECT = "Refund requested"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a message means for the proposal before it.

    Attributes:
        reply: What is answered without a model; None where the team answers as ever.
        reasoning: Why, for the route of such an answer.
        confirmation: The action that the turn carries out.
        drops: The token of the action that the turn drops.
        records: What the reply speaks of.
    """

    reply: str | None = None
    reasoning: str = ""
    confirmation: Confirmation | None = None
    drops: str | None = None
    records: tuple[RecordReference, ...] = ()


def settle(
    message: QueuedMessage,
    conversation: Conversation,
    window: Window,
    find_pending: Callable[[], StoredAction | None],
    toolbox: Toolbox,
    policy: ActionPolicy,
    now: datetime,
) -> Settled:
    """Tells what a message means for the proposal that the reply before it made, if it made one.

    Args:
        message: The message.
        conversation: The conversation, as it was taken up.
        window: What was said before.
        find_pending: Reads the action that waits to be confirmed.
        toolbox: Makes the ticket of what a person has to do.
        policy: What is allowed.
        now: The time.

    Returns:
        What to answer and to settle.
    """
    last = window.earlier[-1] if window.earlier else None
    pending = None
    if last is not None and last.role is MessageRole.ASSISTANT and last.proposed_action is not None:
        pending = find_pending()
        if pending is not None and pending.task_id != last.task_id:
            pending = None
    if message.confirm_action is None and pending is None:
        return Settled()
    speaks = spoken_in(message.language, window.written) or phrases.ENGLISH
    if message.confirm_action is not None or pending is None:
        return _by_token(message, conversation, pending, toolbox, policy, now, speaks)
    # Who could not see the proposal yet did not answer it.
    if _says("yes", message.text) and message.accepted_at >= pending.created_at:
        return _confirmed(message, conversation, pending, toolbox, policy, now, speaks)
    if _says("no", message.text):
        declined = speaks.phrases["declined"]
        return Settled(declined, "The proposed action was declined.", drops=pending.token)
    return Settled(drops=pending.token)


def declines_offer(window: Window) -> bool:
    """Tells whether a message is a plain no, to what there is nothing to settle about.

    Args:
        window: The conversation.

    Returns:
        True where a ticket or a person was offered or has been asked for, where nothing was asked,
        or where the no is one with thanks; any other question may have asked for it.
    """
    last = window.earlier[-1] if window.earlier else None
    if last is None or last.role is not MessageRole.ASSISTANT or not _says("no", window.text):
        return False
    # After an escalation «no» is no further matter for the ticket.
    about_a_person = last.agent is AgentName.ESCALATION or offers_a_person(last)
    asked_nothing = "?" not in last.content
    return about_a_person or asked_nothing or _THANKS.search(window.text) is not None


def _says(answer: str, text: str) -> bool:
    """True for a plain answer in any of the languages, and nothing else beside it."""
    said = text.replace("’", "'").strip(_AROUND)
    return _answers(answer).fullmatch(said) is not None


@cache
def _answers(answer: str) -> re.Pattern[str]:
    word = "|".join(one.answers[answer].pattern for one in languages())
    courtesy = "|".join(one.answers["courtesy"].pattern for one in languages())
    return re.compile(
        rf"(?:(?:{courtesy}){_BETWEEN})?(?:{word})(?:{_BETWEEN}(?:{courtesy}|{word}))*",
        re.IGNORECASE,
    )


def _by_token(
    message: QueuedMessage,
    conversation: Conversation,
    pending: StoredAction | None,
    toolbox: Toolbox,
    policy: ActionPolicy,
    now: datetime,
    speaks: Language,
) -> Settled:
    if pending is not None and pending.token == message.confirm_action:
        return _confirmed(message, conversation, pending, toolbox, policy, now, speaks)
    return Settled(
        speaks.phrases["not_confirmable"],
        "The token is of no action that waits to be confirmed.",
        drops=pending.token if pending else None,
    )


def _confirmed(
    message: QueuedMessage,
    conversation: Conversation,
    pending: StoredAction,
    toolbox: Toolbox,
    policy: ActionPolicy,
    now: datetime,
    speaks: Language,
) -> Settled:
    principal = message.principal
    valid = principal.kind in MAY_CONFIRM and still_valid(
        pending, subject=principal.subject, customer_id=conversation.customer_id, now=now
    )
    if not valid:
        return Settled(
            speaks.phrases["not_confirmable"],
            "The proposed action cannot be confirmed any more.",
            drops=pending.token,
        )
    ticket = _refund_ticket(pending, toolbox) if _needs_person(pending) else None
    # In the words that were confirmed.
    done = speaks.phrases["done"].format(effect=pending.effect)
    return Settled(
        f"{done}\n\n{phrases.ticket_sentence(ticket, speaks)}" if ticket else done,
        "The proposed action was confirmed.",
        Confirmation(
            token=pending.token,
            confirmed_by=principal,
            correlation_id=message.correlation_id,
            policy=policy,
            at=now,
            ticket=ticket,
            refusal=speaks.phrases["not_done"],
            reasons=dict(speaks.refusals),
        ),
        records=_records(pending, toolbox),
    )


def _needs_person(action: StoredAction) -> bool:
    return action.kind is ActionKind.REQUEST_REFUND


def _refund_ticket(action: StoredAction, toolbox: Toolbox) -> TicketIntent:
    wanted = action.arguments
    toolbox.request_ticket(
        TicketArguments(
            subject=f"{REFUND_SUBJECT}: {wanted['invoice_number']}",
            description=(
                f"The customer asked for a refund of invoice {wanted['invoice_number']} over "
                f"{wanted['amount']} {wanted['currency']} and confirmed it; decide by the refund "
                f"policy."
            ),
            category=TicketCategory.BILLING,
            priority=TicketPriority.MEDIUM,
        )
    )
    # Made with the action or not at all, so it is the confirmation's, not the turn's.
    return toolbox.intents.pop()


def _records(action: StoredAction, toolbox: Toolbox) -> tuple[RecordReference, ...]:
    """The record that the action is about."""
    if toolbox.account_problem() is not None or toolbox.customer is None:
        return ()
    match action.kind:
        case ActionKind.UPDATE_CONTACT:
            customer = toolbox.customer
            return (RecordReference(kind="customer", id=customer.id, label=customer.name),)
        case ActionKind.REQUEST_REFUND:
            number = action.arguments["invoice_number"]
            return tuple(
                RecordReference(kind="invoice", id=invoice.id, label=number)
                for invoice in toolbox.read_invoices(None, None)
                if invoice.invoice_number == number
            )
        case _:
            subscription = toolbox.read_subscription()
            if subscription is None:
                return ()
            label = f"{subscription.plan}, {subscription.status.replace('_', ' ')}"
            return (RecordReference(kind="subscription", id=subscription.id, label=label),)
