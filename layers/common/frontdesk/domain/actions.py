"""Changes that an agent proposes and the customer confirms, with the policy that each keeps to.

::

    proposed ─► confirmed ─► done       in one transaction, with the turn that confirms
       │            └──────► refused    the policy, asked again, says no by now
       └───────────────────► dropped    declined, overtaken by another message, or expired

A proposal is bound to its exact arguments, to who may confirm it, and to the next turn. What it
does is worked out of the account each time (`effect_of`): when it is proposed, and again, on
locked rows, when it is done. Where the two differ, nothing is done. The arguments are all that it
depends on and all that the customer is shown of it, in whichever language: there are no words here.
"""

import json
import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.errors import ActionRefusedError
from frontdesk.domain.ids import derived_id
from frontdesk.domain.records import (
    BillingCycle,
    Customer,
    Invoice,
    InvoiceStatus,
    Plan,
    Subscription,
    SubscriptionStatus,
)
from frontdesk.principal import Principal

MAX_CONTACT_CHARACTERS = 200
"""As long as the records' own names may be."""

MAX_INVOICES = 100
"""How many of the latest invoices are looked at: eight years of monthly ones."""

_MONTHS = {BillingCycle.MONTHLY: 1, BillingCycle.YEARLY: 12}
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,28}[0-9]")


class ActionKind(StrEnum):
    """What may be proposed."""

    CHANGE_PLAN = "change_plan"
    CANCEL_RENEWAL = "cancel_renewal"
    REQUEST_REFUND = "request_refund"
    UPDATE_CONTACT = "update_contact"


class ActionStatus(StrEnum):
    """Where a proposal is in its short life."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DONE = "done"
    REFUSED = "refused"
    DROPPED = "dropped"


class RefusalReason(StrEnum):
    """Why a change is not made; those that are a subscription's status are named like it."""

    SWITCHED_OFF = "switched_off"
    NO_ACCOUNT = "no_account"
    NO_SUBSCRIPTION = "no_subscription"
    TRIAL = "trial"
    PAST_DUE = "past_due"
    CANCELLED = "cancelled"
    ENDING = "ending"
    NO_SUCH_PLAN = "no_such_plan"
    SAME_PLAN = "same_plan"
    AGREED_ALREADY = "agreed_already"
    NO_SUCH_INVOICE = "no_such_invoice"
    NOT_PAID = "not_paid"
    REFUND_REQUESTED = "refund_requested"
    REFUND_TOO_LATE = "refund_too_late"
    NOTHING_NEW = "nothing_new"
    EMPTY_NAME = "empty_name"
    TOO_LONG = "too_long"
    NO_PHONE_NUMBER = "no_phone_number"
    CHANGED_SINCE = "changed_since"
    NOT_CONFIRMABLE = "not_confirmable"


CONTACT_FIELDS = ("first_name", "last_name", "company_name", "phone")
"""What may be changed of a customer; an e-mail address is who one is, and changes only where one
signs in."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ProposedAction(_Part):
    """What a customer is asked to confirm.

    Attributes:
        token: Confirms it, once; derived from the task, the kind and the arguments.
        title: What it is, in a few words of the customer's language.
        effect: What happens exactly, true before and after it is done; made of the arguments.
    """

    token: str
    kind: ActionKind
    title: str
    effect: str
    arguments: dict[str, str]
    expires_at: datetime


class StoredAction(ProposedAction):
    """A proposal as it is kept; what was proposed never changes.

    Attributes:
        task_id: The task whose reply proposed it.
        owner_subject: Who may confirm it.
        customer_id: Whose account it changes.
        settled_by_task: The task that did, refused or dropped it.
    """

    task_id: str
    conversation_id: str
    owner_subject: str
    customer_id: str
    status: ActionStatus = ActionStatus.PROPOSED
    created_at: datetime
    settled_by_task: str | None = None


class ActionPolicy(_Part):
    """What the company allows.

    Attributes:
        kinds: What may be proposed at all; none switches actions off.
        refund_days: Days after a payment within which a refund may be asked for.
        valid_for: How long a proposal can be confirmed.
    """

    kinds: frozenset[ActionKind] = frozenset()
    refund_days: dict[BillingCycle, int] = {BillingCycle.MONTHLY: 7, BillingCycle.YEARLY: 30}
    valid_for: timedelta = timedelta(minutes=15)


NO_ACTIONS = ActionPolicy()
"""Nothing may be proposed."""


class Account(_Part):
    """What an action is judged by.

    Attributes:
        refunds_requested: Numbers of the invoices whose refund was asked for already.
    """

    customer: Customer
    subscription: Subscription | None = None
    invoices: tuple[Invoice, ...] = ()
    refunds_requested: frozenset[str] = frozenset()


class Effect(_Part):
    """What an action comes to, worked out of the account.

    Attributes:
        arguments: All that it depends on: what was asked for, and what followed from it; what is
            not among them is neither shown nor confirmed.
        object_kind: The kind of record that it is about.
        before: The fields that it changes, as they are.
        after: The same fields, as they are to be; none where it changes no record.
    """

    arguments: dict[str, str]
    object_kind: str
    object_id: str
    label: str
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


def effect_of(
    kind: ActionKind,
    arguments: Mapping[str, str],
    account: Account,
    policy: ActionPolicy,
    today: date,
) -> Effect:
    """Works out what an action would do, where the policy allows it.

    Args:
        kind: What is wanted.
        arguments: With what; the arguments of an effect give the same effect again.
        account: The customer's records as they are.
        policy: What is allowed.
        today: The day it is.

    Returns:
        The effect.

    Raises:
        ActionRefusedError: It is not allowed.
    """
    if kind not in policy.kinds:
        raise ActionRefusedError(RefusalReason.SWITCHED_OFF)
    match kind:
        case ActionKind.CHANGE_PLAN:
            return _change_plan(arguments, account, today)
        case ActionKind.CANCEL_RENEWAL:
            return _cancel_renewal(account, today)
        case ActionKind.REQUEST_REFUND:
            return _request_refund(arguments, account, policy, today)
        case ActionKind.UPDATE_CONTACT:
            return _update_contact(arguments, account)


def action_token(task_id: str, kind: ActionKind, arguments: Mapping[str, str]) -> str:
    """Makes the token that confirms an action with these arguments and with no others.

    Args:
        task_id: The task whose reply proposes it.
        kind: What is proposed.
        arguments: With what.

    Returns:
        The token; the same for the same proposal, so that making it twice is making it once.
    """
    return derived_id("act", task_id, kind, json.dumps(dict(arguments), sort_keys=True))


def still_valid(
    action: StoredAction, *, subject: str | None, customer_id: str | None, now: datetime
) -> bool:
    """Tells whether somebody may confirm an action now.

    Args:
        action: The action.
        subject: Who confirms.
        customer_id: The customer that the conversation speaks for.
        now: The time.

    Returns:
        True where it waits for just this confirmation.
    """
    return (
        action.status is ActionStatus.PROPOSED
        and action.owner_subject == subject
        and action.customer_id == customer_id
        and now < action.expires_at
    )


def effect_to_carry_out(
    action: StoredAction, account: Account, policy: ActionPolicy, today: date
) -> Effect:
    """Works out an action's effect once more, when it is to be done.

    Args:
        action: The confirmed action.
        account: The customer's records, locked.
        policy: What is allowed.
        today: The day it is.

    Returns:
        The effect, which is the one that was confirmed.

    Raises:
        ActionRefusedError: It is not allowed any more, or would not do what was confirmed.
    """
    effect = effect_of(action.kind, action.arguments, account, policy, today)
    if effect.arguments != action.arguments:
        raise ActionRefusedError(RefusalReason.CHANGED_SINCE)
    return effect


def entry_of(
    action: StoredAction, effect: Effect, *, actor: Principal, correlation_id: str
) -> AuditEntry:
    """Says what the audit log is to say of an action that is done.

    The log outlives a customer's erasure, so it says of contact details which of them changed;
    the values are with the action, which is erased.

    Args:
        action: The action.
        effect: What it did.
        actor: The customer, or the service that spoke for it.
        correlation_id: The request's correlation id.

    Returns:
        The entry.
    """
    details: dict[str, Any] = {"via": "agent", "action": action.token}
    if effect.object_kind == "customer":
        details["changed"] = sorted(effect.after)
    elif effect.after:
        details["before"] = {name: _as_text(value) for name, value in effect.before.items()}
        details["after"] = {name: _as_text(value) for name, value in effect.after.items()}
    else:
        details["arguments"] = action.arguments
    return AuditEntry(
        actor=actor,
        action=f"{effect.object_kind}.{action.kind}",
        object_kind=effect.object_kind,
        object_id=effect.object_id,
        customer_id=action.customer_id,
        correlation_id=correlation_id,
        details=details,
    )


def period_end(subscription: Subscription, today: date) -> date:
    """Tells when the present paid period of a subscription ends.

    Args:
        subscription: The subscription.
        today: The day it is.

    Returns:
        The first day that is not paid for: after today, a whole number of cycles from the start.
    """
    months = _MONTHS[subscription.billing_cycle]
    start = subscription.start_date
    passed = (today.year - start.year) * 12 + today.month - start.month
    cycles = max(passed // months, 0)
    while (end := _months_later(start, cycles * months)) <= today:
        cycles += 1
    return end


def renews_on(subscription: Subscription, today: date) -> date | None:
    """Tells when a subscription is renewed next.

    Args:
        subscription: The subscription.
        today: The day it is.

    Returns:
        The first day of the next paid period; None for one that is not paid, or not renewed.
    """
    renewed = subscription.status is SubscriptionStatus.ACTIVE and subscription.end_date is None
    return period_end(subscription, today) if renewed and subscription.price else None


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year += day.year
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _active(account: Account, *also: SubscriptionStatus) -> Subscription:
    subscription = account.subscription
    if subscription is None:
        raise ActionRefusedError(RefusalReason.NO_SUBSCRIPTION)
    if subscription.status not in (SubscriptionStatus.ACTIVE, *also):
        raise ActionRefusedError(RefusalReason(subscription.status))
    if subscription.end_date is not None:
        raise ActionRefusedError(RefusalReason.ENDING, day=str(subscription.end_date))
    return subscription


def _change_plan(arguments: Mapping[str, str], account: Account, today: date) -> Effect:
    try:
        plan = Plan(arguments.get("plan", ""))
    except ValueError:
        raise ActionRefusedError(RefusalReason.NO_SUCH_PLAN) from None
    subscription = _active(account)
    if plan is subscription.plan:
        raise ActionRefusedError(RefusalReason.SAME_PLAN, plan=plan.title())
    if plan is subscription.next_plan:
        raise ActionRefusedError(
            RefusalReason.AGREED_ALREADY, plan=plan.title(), day=str(subscription.next_plan_on)
        )
    ends = period_end(subscription, today)
    return Effect(
        arguments={
            "subscription_id": subscription.id,
            "from_plan": subscription.plan.value,
            "plan": plan.value,
            "effective_on": ends.isoformat(),
        },
        object_kind="subscription",
        object_id=subscription.id,
        label=_label(subscription),
        before={
            "next_plan": subscription.next_plan,
            "next_plan_on": subscription.next_plan_on,
        },
        after={"next_plan": plan, "next_plan_on": ends},
    )


def _cancel_renewal(account: Account, today: date) -> Effect:
    subscription = _active(account, SubscriptionStatus.TRIAL)
    ends = period_end(subscription, today)
    if subscription.status is SubscriptionStatus.TRIAL:
        ends = max(subscription.trial_end_date or ends, today)
    return Effect(
        arguments={
            "subscription_id": subscription.id,
            "plan": subscription.plan.value,
            "ends_on": ends.isoformat(),
        },
        object_kind="subscription",
        object_id=subscription.id,
        label=_label(subscription),
        before={
            "end_date": subscription.end_date,
            "next_plan": subscription.next_plan,
            "next_plan_on": subscription.next_plan_on,
        },
        # A plan that would begin after the end never begins.
        after={"end_date": ends, "next_plan": None, "next_plan_on": None},
    )


def _request_refund(
    arguments: Mapping[str, str], account: Account, policy: ActionPolicy, today: date
) -> Effect:
    number = arguments.get("invoice_number", "").strip().upper()
    invoice = next((one for one in account.invoices if one.invoice_number.upper() == number), None)
    if invoice is None:
        raise ActionRefusedError(RefusalReason.NO_SUCH_INVOICE)
    if invoice.status is not InvoiceStatus.PAID or invoice.paid_date is None:
        raise ActionRefusedError(RefusalReason.NOT_PAID, number=invoice.invoice_number)
    if invoice.invoice_number in account.refunds_requested:
        raise ActionRefusedError(RefusalReason.REFUND_REQUESTED, number=invoice.invoice_number)
    subscription = account.subscription
    cycle = subscription.billing_cycle if subscription is not None else BillingCycle.MONTHLY
    days = policy.refund_days[cycle]
    if today > invoice.paid_date + timedelta(days=days):
        raise ActionRefusedError(
            RefusalReason.REFUND_TOO_LATE,
            number=invoice.invoice_number,
            day=str(invoice.paid_date),
            days=str(days),
        )
    return Effect(
        arguments={
            "invoice_number": invoice.invoice_number,
            "amount": str(invoice.total),
            "currency": invoice.currency,
        },
        object_kind="invoice",
        object_id=invoice.id,
        label=invoice.invoice_number,
    )


def _update_contact(arguments: Mapping[str, str], account: Account) -> Effect:
    customer = account.customer
    wanted = {
        name: " ".join(arguments[name].split()) for name in CONTACT_FIELDS if name in arguments
    }
    changes = {
        name: wanted[name]
        for name in CONTACT_FIELDS
        if name in wanted and wanted[name] != getattr(customer, name)
    }
    if not changes:
        raise ActionRefusedError(RefusalReason.NOTHING_NEW)
    for name, value in changes.items():
        if not value and name in {"first_name", "last_name"}:
            raise ActionRefusedError(RefusalReason.EMPTY_NAME)
        if len(value) > MAX_CONTACT_CHARACTERS:
            raise ActionRefusedError(RefusalReason.TOO_LONG)
        if name == "phone" and value and not _PHONE.fullmatch(value):
            raise ActionRefusedError(RefusalReason.NO_PHONE_NUMBER)
    return Effect(
        arguments=changes,
        object_kind="customer",
        object_id=customer.id,
        label=customer.name,
        before={name: getattr(customer, name) for name in changes},
        after=dict(changes),
    )


def _label(subscription: Subscription) -> str:
    return f"{subscription.plan}, {subscription.status.replace('_', ' ')}"
