"""What may be proposed, by which policy, and what it comes to."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.clock import utc_now
from frontdesk.domain.actions import (
    NO_ACTIONS,
    Account,
    ActionKind,
    ActionStatus,
    Effect,
    StoredAction,
    action_token,
    effect_of,
    effect_to_carry_out,
    entry_of,
    period_end,
    renews_on,
    still_valid,
)
from frontdesk.domain.errors import ActionRefusedError
from frontdesk.domain.records import BillingCycle
from tests.support.actions import EVERYTHING, a_subscription, an_account, an_invoice
from tests.support.worker import DAVID, JOHN

TODAY = date(2026, 11, 22)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def effect(
    kind: ActionKind, account: Account | None = None, today: date = TODAY, **arguments: str
) -> Effect:
    return effect_of(kind, arguments, account or an_account(), EVERYTHING, today)


def stored(found: Effect, kind: ActionKind, **changes: Any) -> StoredAction:
    now = utc_now()
    defaults: dict[str, Any] = {
        "token": action_token("task_1", kind, found.arguments),
        "kind": kind,
        "title": "What it is",
        "effect": "What it does, in whatever language",
        "arguments": found.arguments,
        "expires_at": now + timedelta(minutes=15),
        "task_id": "task_1",
        "conversation_id": "conv_1",
        "owner_subject": JOHN.subject,
        "customer_id": "cus_1",
        "created_at": now,
    }
    return StoredAction.model_validate(defaults | changes)


def test_a_plan_changes_when_the_paid_period_ends() -> None:
    found = effect(ActionKind.CHANGE_PLAN, plan="starter")

    assert found.after == {"next_plan": "starter", "next_plan_on": date(2026, 11, 30)}
    assert found.before == {"next_plan": None, "next_plan_on": None}
    assert found.arguments == {
        "subscription_id": found.object_id,
        "from_plan": "professional",
        "plan": "starter",
        "effective_on": "2026-11-30",
    }


def test_a_cancelled_renewal_ends_the_subscription_and_what_was_agreed_for_later() -> None:
    agreed = a_subscription(next_plan="starter", next_plan_on=date(2026, 11, 30))

    found = effect(ActionKind.CANCEL_RENEWAL, an_account(subscription=agreed))

    assert found.after == {"end_date": date(2026, 11, 30), "next_plan": None, "next_plan_on": None}


def test_a_cancelled_trial_ends_with_the_trial() -> None:
    trial = a_subscription(status="trial", trial_end_date=date(2026, 11, 25))

    found = effect(ActionKind.CANCEL_RENEWAL, an_account(subscription=trial))

    assert found.after["end_date"] == date(2026, 11, 25)


def test_a_refund_changes_no_record() -> None:
    found = effect(
        ActionKind.REQUEST_REFUND,
        an_account(invoices=(an_invoice(paid_date=TODAY - timedelta(days=7)),)),
        invoice_number="inv-1",
    )

    assert found.after == {}
    assert found.arguments == {"invoice_number": "INV-1", "amount": "53.41", "currency": "USD"}


def test_contact_details_change_where_they_differ() -> None:
    found = effect(ActionKind.UPDATE_CONTACT, phone="+1-555-0101", company_name="  New   Name ")

    assert found.after == found.arguments == {"company_name": "New Name"}


@pytest.mark.parametrize(
    ("kind", "account", "arguments"),
    [
        (ActionKind.CHANGE_PLAN, {}, {"plan": "platinum"}),
        (ActionKind.CHANGE_PLAN, {}, {}),
        (ActionKind.CHANGE_PLAN, {}, {"plan": "professional"}),
        (ActionKind.CHANGE_PLAN, {"subscription": None}, {"plan": "starter"}),
        (ActionKind.CHANGE_PLAN, {"status": "past_due"}, {"plan": "starter"}),
        (ActionKind.CHANGE_PLAN, {"status": "trial"}, {"plan": "starter"}),
        (ActionKind.CHANGE_PLAN, {"end_date": date(2026, 11, 30)}, {"plan": "starter"}),
        (
            ActionKind.CHANGE_PLAN,
            {"next_plan": "starter", "next_plan_on": date(2026, 11, 30)},
            {"plan": "starter"},
        ),
        (ActionKind.CANCEL_RENEWAL, {"end_date": date(2026, 11, 30)}, {}),
        (ActionKind.CANCEL_RENEWAL, {"status": "cancelled"}, {}),
        (ActionKind.CANCEL_RENEWAL, {"subscription": None}, {}),
        (ActionKind.REQUEST_REFUND, {}, {"invoice_number": "INV-2"}),
        (ActionKind.REQUEST_REFUND, {}, {}),
        (
            ActionKind.REQUEST_REFUND,
            {"invoices": (an_invoice(paid_date=TODAY - timedelta(days=8)),)},
            {"invoice_number": "INV-1"},
        ),
        (
            ActionKind.REQUEST_REFUND,
            {"invoices": (an_invoice(status="open", paid_date=None),)},
            {"invoice_number": "INV-1"},
        ),
        (
            ActionKind.REQUEST_REFUND,
            {"refunds_requested": frozenset({"INV-1"})},
            {"invoice_number": "INV-1"},
        ),
        (ActionKind.UPDATE_CONTACT, {}, {}),
        (ActionKind.UPDATE_CONTACT, {}, {"email": "other@example.com"}),
        (ActionKind.UPDATE_CONTACT, {}, {"phone": "+1-555-0101"}),
        (ActionKind.UPDATE_CONTACT, {}, {"phone": "call me maybe"}),
        (ActionKind.UPDATE_CONTACT, {}, {"first_name": "   "}),
        (ActionKind.UPDATE_CONTACT, {}, {"company_name": "x" * 201}),
    ],
)
def test_what_the_policy_does_not_allow(
    kind: ActionKind, account: dict[str, Any], arguments: dict[str, str]
) -> None:
    parts = {name: value for name, value in account.items() if name in Account.model_fields}
    rest = {name: value for name, value in account.items() if name not in parts}
    found = an_account(**({"subscription": a_subscription(**rest)} if rest else {}), **parts)

    with pytest.raises(ActionRefusedError):
        effect_of(kind, arguments, found, EVERYTHING, TODAY)


@pytest.mark.parametrize("kind", ActionKind)
def test_what_is_switched_off_is_refused(kind: ActionKind) -> None:
    with pytest.raises(ActionRefusedError):
        effect_of(kind, {"plan": "starter"}, an_account(), NO_ACTIONS, TODAY)


def test_a_yearly_subscription_is_refunded_for_longer() -> None:
    yearly = an_account(
        subscription=a_subscription(billing_cycle="yearly"),
        invoices=(an_invoice(paid_date=TODAY - timedelta(days=30)),),
    )

    assert effect(ActionKind.REQUEST_REFUND, yearly, invoice_number="INV-1").label == "INV-1"


def test_what_was_confirmed_is_done_only_while_it_is_the_same() -> None:
    kind = ActionKind.CHANGE_PLAN
    found = effect(kind, plan="starter")

    same = effect_to_carry_out(stored(found, kind), an_account(
        subscription=a_subscription(id=found.object_id)), EVERYTHING, TODAY)  # fmt: skip

    assert same.after == found.after
    for changed in (
        a_subscription(id="sub_other"),
        a_subscription(id=found.object_id, plan="enterprise"),
        a_subscription(id=found.object_id, billing_cycle="yearly"),
    ):
        with pytest.raises(ActionRefusedError):
            effect_to_carry_out(
                stored(found, kind), an_account(subscription=changed), EVERYTHING, TODAY
            )
    with pytest.raises(ActionRefusedError):
        # The period that was meant is over.
        effect_to_carry_out(
            stored(found, kind),
            an_account(subscription=a_subscription(id=found.object_id)),
            EVERYTHING,
            date(2026, 12, 1),
        )


def test_only_its_owner_confirms_an_action_and_only_in_time() -> None:
    kind = ActionKind.CANCEL_RENEWAL
    action = stored(effect(kind), kind)
    valid = {"subject": JOHN.subject, "customer_id": "cus_1", "now": utc_now()}

    assert still_valid(action, **valid)  # type: ignore[arg-type]
    for changes in (
        {"subject": DAVID.subject},
        {"subject": None},
        {"customer_id": "cus_2"},
        {"customer_id": None},
        {"now": action.expires_at},
    ):
        assert not still_valid(action, **(valid | changes))  # type: ignore[arg-type]
    for status in set(ActionStatus) - {ActionStatus.PROPOSED}:
        done = action.model_copy(update={"status": status})
        assert not still_valid(done, **valid)  # type: ignore[arg-type]


@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_a_token_is_of_its_arguments_only(one: dict[str, str], other: dict[str, str]) -> None:
    tokens = [action_token("task_1", ActionKind.UPDATE_CONTACT, each) for each in (one, other)]

    assert (tokens[0] == tokens[1]) == (one == other)
    assert tokens[0] != action_token("task_2", ActionKind.UPDATE_CONTACT, one)


@given(DAYS, DAYS, st.sampled_from(BillingCycle))
def test_a_period_ends_after_today_within_one_cycle(
    start: date, today: date, cycle: BillingCycle
) -> None:
    end = period_end(a_subscription(start_date=start, billing_cycle=cycle), today)

    assert end > today
    longest = 31 if cycle is BillingCycle.MONTHLY else 366
    assert (end - max(today, start)).days <= longest
    assert end.day in {start.day, 28, 29, 30}


@given(DAYS, DAYS)
def test_the_same_arguments_give_the_same_effect_again(start: date, today: date) -> None:
    account = an_account(subscription=a_subscription(start_date=start))
    first = effect(ActionKind.CHANGE_PLAN, account, today, plan="starter")

    again = effect(ActionKind.CHANGE_PLAN, account, today, **first.arguments)

    assert again == first


def test_the_audit_log_says_what_changed_and_no_contact_details() -> None:
    plan = effect(ActionKind.CHANGE_PLAN, plan="starter")
    contact = effect(ActionKind.UPDATE_CONTACT, phone="+1-555-0199")

    entries = [
        entry_of(stored(found, kind), found, actor=JOHN, correlation_id="corr-1")
        for found, kind in (
            (plan, ActionKind.CHANGE_PLAN),
            (contact, ActionKind.UPDATE_CONTACT),
        )
    ]

    assert entries[0].action == "subscription.change_plan"
    assert entries[0].details["before"] == {"next_plan": None, "next_plan_on": None}
    assert entries[0].details["after"] == {"next_plan": "starter", "next_plan_on": "2026-11-30"}
    assert entries[1].details["changed"] == ["phone"]
    assert "0199" not in str(entries[1].details)
    assert "0101" not in str(entries[1].details)


@pytest.mark.parametrize(
    ("changes", "renewal"),
    [
        ({}, date(2026, 6, 1)),
        ({"billing_cycle": "yearly"}, date(2027, 1, 1)),
        ({"end_date": date(2026, 6, 1)}, None),
        ({"price": "0.00"}, None),
        ({"status": "trial"}, None),
        ({"status": "past_due"}, None),
        ({"status": "cancelled"}, None),
    ],
)
def test_only_what_is_paid_and_goes_on_renews(
    changes: dict[str, Any], renewal: date | None
) -> None:
    subscription = a_subscription(**{"start_date": date(2026, 1, 1), **changes})

    assert renews_on(subscription, date(2026, 5, 4)) == renewal
