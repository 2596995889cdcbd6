"""Proposed actions: what every store promises of them, kept by Postgres and by the fake."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.clock import utc_now
from frontdesk.domain.actions import (
    NO_ACTIONS,
    Account,
    ActionKind,
    ProposedAction,
    RefusalReason,
    action_token,
    effect_of,
)
from frontdesk.domain.conversation import Confirmation, Handler
from frontdesk.domain.errors import ActionRefusedError
from frontdesk.domain.records import Subscription
from frontdesk.domain.task import TaskResult, TaskStatus
from tests.contract.test_conversations import World, a_turn, an_intent, world
from tests.support.actions import EVERYTHING, a_subscription, an_invoice
from tests.support.chat import a_message
from tests.support.worker import DAVID, JOHN

__all__ = ["world"]


def propose(world: World, conversation_id: str, wanted: dict[str, str], kind: ActionKind) -> str:
    """Commits a turn that proposes what `effect_of` makes of a wish."""
    message = a_message(conversation_id=conversation_id, principal=JOHN)
    taken = world.store.take_up(message, subject_line="")
    account = world.account(message.account_email)
    customer = account.customer()
    assert customer is not None
    found = effect_of(
        kind,
        wanted,
        Account(
            customer=customer,
            subscription=account.subscription(),
            invoices=tuple(account.invoices()),
            refunds_requested=account.refunds_requested(),
        ),
        EVERYTHING,
        utc_now().date(),
    )
    proposal = ProposedAction(
        token=action_token(message.task_id, kind, found.arguments),
        kind=kind,
        title=kind.value,
        effect="What it does, in the customer's language.",
        arguments=found.arguments,
        expires_at=utc_now() + timedelta(minutes=15),
    )
    world.store.commit(a_turn(message, taken.version, proposed_action=proposal))
    return proposal.token


def a_confirmation(token: str, **changes: Any) -> Confirmation:
    defaults: dict[str, Any] = {
        "token": token,
        "confirmed_by": JOHN,
        "correlation_id": "corr-1",
        "policy": EVERYTHING,
        "at": utc_now(),
        "refusal": "Not done.",
        "reasons": {reason: f"Because of {reason}." for reason in RefusalReason}
        | {RefusalReason.ENDING: "It ends on {day}."},
    }
    return Confirmation.model_validate(defaults | changes)


def confirm(world: World, conversation_id: str, token: str, **changes: Any) -> TaskResult:
    by = changes.get("confirmed_by", JOHN)
    message = a_message(conversation_id=conversation_id, principal=by)
    taken = world.store.take_up(message, subject_line="")
    turn = a_turn(message, taken.version).model_copy(
        update={"confirmation": a_confirmation(token, **changes)}
    )
    return world.store.commit(turn)


@pytest.fixture
def with_account(world: World) -> World:
    customer_id = world.add_customer("john@startup.example")
    world.add_subscription(a_subscription(customer_id))
    world.add_invoice(
        an_invoice(customer_id, "INV-1", paid_date=utc_now().date() - timedelta(days=1))
    )
    return world


def the_subscription(world: World) -> Subscription:
    found = world.account("john@startup.example").subscription()
    assert found is not None
    return found


def test_a_proposal_waits_and_is_shown_with_its_message(with_account: World) -> None:
    token = propose(with_account, "conv_1", {}, ActionKind.CANCEL_RENEWAL)

    pending = with_account.store.pending_action("conv_1")
    (_, reply) = with_account.store.recent_messages("conv_1", limit=2)

    assert pending is not None
    assert (pending.token, pending.owner_subject) == (token, JOHN.subject)
    assert pending.task_id == reply.task_id
    assert reply.proposed_action is not None
    assert reply.proposed_action.token == token
    assert with_account.store.pending_action("conv_2") is None
    assert the_subscription(with_account).end_date is None


@pytest.mark.parametrize(
    ("kind", "wanted", "changed"),
    [
        (ActionKind.CANCEL_RENEWAL, {}, lambda world: the_subscription(world).end_date),
        (
            ActionKind.CHANGE_PLAN,
            {"plan": "starter"},
            lambda world: the_subscription(world).next_plan,
        ),
        (
            ActionKind.UPDATE_CONTACT,
            {"phone": "+1 555 0199", "first_name": "Jon"},
            lambda world: world.account("john@startup.example").customer().phone,
        ),
        (
            ActionKind.REQUEST_REFUND,
            {"invoice_number": "INV-1"},
            lambda world: world.account("john@startup.example").refunds_requested(),
        ),
    ],
)
def test_what_is_confirmed_is_done_once(
    with_account: World,
    kind: ActionKind,
    wanted: dict[str, str],
    changed: Callable[[World], Any],
) -> None:
    token = propose(with_account, "conv_1", wanted, kind)
    assert not changed(with_account)

    first = confirm(with_account, "conv_1", token)
    done = changed(with_account)
    second = confirm(with_account, "conv_1", token)

    assert done
    assert first.response == "Click it [1]."
    assert second.response == "Not done. Because of not_confirmable."
    assert changed(with_account) == done
    assert with_account.store.pending_action("conv_1") is None
    assert [action.split(".")[1] for action in with_account.audit()] == [kind]


@pytest.mark.parametrize(
    "changes",
    [
        {"confirmed_by": DAVID},
        {"at": utc_now() + timedelta(days=1)},
        {"policy": NO_ACTIONS},
        {"token": "act_other"},
    ],
)
def test_what_is_not_rightly_confirmed_is_not_done(
    with_account: World, changes: dict[str, Any]
) -> None:
    token = propose(with_account, "conv_1", {}, ActionKind.CANCEL_RENEWAL)
    message = a_message(conversation_id="conv_1", principal=JOHN)
    taken = with_account.store.take_up(message, subject_line="")

    result = with_account.store.commit(
        a_turn(message, taken.version).model_copy(
            update={"confirmation": a_confirmation(**({"token": token} | changes))}
        )
    )

    assert result.response is not None
    assert result.response.startswith("Not done. ")
    assert the_subscription(with_account).end_date is None
    assert with_account.audit() == []


def test_a_token_of_another_conversation_confirms_nothing(with_account: World) -> None:
    token = propose(with_account, "conv_1", {}, ActionKind.CANCEL_RENEWAL)

    result = confirm(with_account, "conv_2", token)

    assert result.response is not None
    assert result.response.startswith("Not done. ")
    assert the_subscription(with_account).end_date is None


def test_what_the_account_has_come_to_forbid_is_refused_for_good(with_account: World) -> None:
    first = propose(with_account, "conv_1", {"plan": "starter"}, ActionKind.CHANGE_PLAN)
    other = propose(with_account, "conv_2", {}, ActionKind.CANCEL_RENEWAL)
    confirm(with_account, "conv_2", other)

    result = confirm(with_account, "conv_1", first)

    assert result.response is not None
    ends = the_subscription(with_account).end_date
    assert result.response == f"Not done. It ends on {ends}."
    assert the_subscription(with_account).next_plan is None
    assert with_account.store.pending_action("conv_1") is None


def test_a_dropped_proposal_cannot_be_confirmed(with_account: World) -> None:
    token = propose(with_account, "conv_1", {}, ActionKind.CANCEL_RENEWAL)
    message = a_message(conversation_id="conv_1", principal=JOHN)
    taken = with_account.store.take_up(message, subject_line="")
    with_account.store.commit(a_turn(message, taken.version).model_copy(update={"drops": token}))

    assert with_account.store.pending_action("conv_1") is None
    confirm(with_account, "conv_1", token)
    assert the_subscription(with_account).end_date is None


def test_a_turn_that_was_overtaken_does_nothing_of_what_was_confirmed(
    with_account: World,
) -> None:
    token = propose(with_account, "conv_1", {}, ActionKind.CANCEL_RENEWAL)
    message = a_message(conversation_id="conv_1", principal=JOHN)
    taken = with_account.store.take_up(message, subject_line="")
    with_account.change("conv_1", handler=Handler.HUMAN)

    result = with_account.store.commit(
        a_turn(message, taken.version).model_copy(update={"confirmation": a_confirmation(token)})
    )

    assert result.status is TaskStatus.HANDED_OFF
    assert the_subscription(with_account).end_date is None


def test_the_ticket_of_a_confirmed_action_is_made_with_it_or_not_at_all(
    with_account: World,
) -> None:
    wanted = {"invoice_number": "INV-1"}
    token = propose(with_account, "conv_1", wanted, ActionKind.REQUEST_REFUND)
    done = confirm(with_account, "conv_1", token, ticket=an_intent("task_refund"))
    again = confirm(with_account, "conv_1", token, ticket=an_intent("task_again"))

    assert done.ticket is not None
    assert again.ticket is None
    with pytest.raises(ActionRefusedError):
        propose(with_account, "conv_2", wanted, ActionKind.REQUEST_REFUND)
