"""Whether a message confirms what the reply before it proposed, and what becomes of that.

No model is asked: a proposal is confirmed by its token, or by a message that is a plain yes and
nothing else. Whatever else is said in the turn after it drops it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent_worker import phrases
from agent_worker.memory import Window
from agent_worker.tools.arguments import TicketArguments
from agent_worker.tools.toolbox import MAY_CONFIRM, Toolbox
from frontdesk.domain.actions import ActionKind, ActionPolicy, StoredAction, still_valid
from frontdesk.domain.conversation import Confirmation, Conversation, MessageRole, TicketIntent
from frontdesk.domain.records import TicketCategory, TicketPriority
from frontdesk.domain.task import QueuedMessage, RecordReference

_PLEASE = r"(?:please|bitte|por favor|s'il (?:vous|te) pla[iî]t|svp|per favore|alsjeblieft|graag)"
_YES = re.compile(
    rf"(?:{_PLEASE}[\s,]+)?"
    r"(?:yes|yeah|yep|yup|sure|ok|okay|confirm|confirmed|i confirm|go ahead|do (?:it|that|so)"
    r"|ja|jawohl|gerne|einverstanden|bestätigt|bestätige|mach das|machen sie das"
    r"|oui|d'accord|je confirme|vas-y|allez-y|s[ií]|claro|confirmo|de acuerdo|adelante"
    r"|sim|certo|confermo|va bene|procedi|akkoord)"
    rf"(?:[\s,!.]+(?:{_PLEASE}|yes|do (?:it|that|so)|go ahead|i confirm|confirm|that'?s right"
    r"|of course|thanks|thank you|danke|merci|gracias|obrigad[oa]|grazie|dank je))*",
    re.IGNORECASE,
)
_NO = re.compile(
    r"(?:no|nope|nah|no,? thanks|no,? thank you|never ?mind|leave it|don'?t|do not|cancel that"
    r"|nein|nein,? danke|doch nicht|non|non,? merci|no,? gracias|não|nao|no,? grazie|nee)",
    re.IGNORECASE,
)
_AROUND = " \t\n.!,;:👍🙏"

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
    if message.confirm_action is not None:
        return _by_token(message, conversation, pending, toolbox, policy, now)
    if pending is None:
        return Settled()
    text = message.text.strip(_AROUND)
    # Who could not see the proposal yet did not answer it.
    if _YES.fullmatch(text) and message.accepted_at >= pending.created_at:
        return _confirmed(message, conversation, pending, toolbox, policy, now)
    if _NO.fullmatch(text):
        return Settled(phrases.DECLINED, "The proposed action was declined.", drops=pending.token)
    return Settled(drops=pending.token)


def _by_token(
    message: QueuedMessage,
    conversation: Conversation,
    pending: StoredAction | None,
    toolbox: Toolbox,
    policy: ActionPolicy,
    now: datetime,
) -> Settled:
    if pending is not None and pending.token == message.confirm_action:
        return _confirmed(message, conversation, pending, toolbox, policy, now)
    return Settled(
        phrases.NOT_CONFIRMABLE,
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
) -> Settled:
    principal = message.principal
    valid = principal.kind in MAY_CONFIRM and still_valid(
        pending, subject=principal.subject, customer_id=conversation.customer_id, now=now
    )
    if not valid:
        return Settled(
            phrases.NOT_CONFIRMABLE,
            "The proposed action cannot be confirmed any more.",
            drops=pending.token,
        )
    ticket = _refund_ticket(pending, toolbox) if _needs_person(pending) else None
    done = phrases.action_done(pending)
    return Settled(
        f"{done}\n\n{phrases.ticket_sentence(ticket)}" if ticket else done,
        "The proposed action was confirmed.",
        Confirmation(
            token=pending.token,
            confirmed_by=principal,
            correlation_id=message.correlation_id,
            policy=policy,
            at=now,
            ticket=ticket,
            refusal=phrases.NOT_DONE,
        ),
        records=_records(pending, toolbox),
    )


def _needs_person(action: StoredAction) -> bool:
    return action.kind is ActionKind.REQUEST_REFUND


def _refund_ticket(action: StoredAction, toolbox: Toolbox) -> TicketIntent:
    toolbox.request_ticket(
        TicketArguments(
            subject=f"{REFUND_SUBJECT}: {action.arguments['invoice_number']}",
            description=f"The customer asked for this and confirmed it. {action.effect}",
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
