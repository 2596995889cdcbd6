"""Proposed actions: kept with the reply that proposes them, done with the turn that confirms.

All of it runs within a turn's commit, under the conversation's row lock, so an action is settled
once, and by one turn.
"""

from typing import Any, LiteralString

from psycopg import sql
from psycopg.types.json import Jsonb

from frontdesk.adapters.postgres.accounts import (
    CUSTOMER,
    INVOICES,
    REFUNDS_REQUESTED,
    SUBSCRIPTION,
)
from frontdesk.adapters.postgres.audit import write_entry
from frontdesk.adapters.postgres.database import Connection
from frontdesk.domain.actions import (
    MAX_INVOICES,
    Account,
    ActionKind,
    ActionStatus,
    Effect,
    ProposedAction,
    RefusalReason,
    StoredAction,
    effect_to_carry_out,
    entry_of,
    still_valid,
)
from frontdesk.domain.conversation import Confirmation, Conversation
from frontdesk.domain.errors import ActionRefusedError
from frontdesk.domain.records import Customer, Invoice, Subscription

_TABLES: dict[str, LiteralString] = {"subscription": "subscriptions", "customer": "customers"}


def pending_action(connection: Connection, conversation_id: str) -> StoredAction | None:
    """Reads the action that waits to be confirmed.

    Args:
        connection: A connection within a transaction of this conversation.
        conversation_id: The conversation.

    Returns:
        Its latest proposal that is not settled, or None.
    """
    row = connection.execute(
        """
        SELECT * FROM proposed_actions WHERE conversation_id = %s AND status = 'proposed'
        ORDER BY created_at DESC, token LIMIT 1
        """,
        (conversation_id,),
    ).fetchone()
    return StoredAction.model_validate(row) if row else None


def propose(
    connection: Connection, action: ProposedAction, conversation: Conversation, task_id: str
) -> None:
    """Keeps a proposal until it is settled.

    Args:
        connection: A connection within the turn's commit, of this customer.
        action: What is proposed.
        conversation: The conversation, locked; it speaks for a customer.
        task_id: The task whose reply proposes it.
    """
    connection.execute(
        """
        INSERT INTO proposed_actions (token, task_id, conversation_id, owner_subject, customer_id,
            kind, title, effect, arguments, created_at, expires_at)
        VALUES (%(token)s, %(task)s, %(conversation)s, %(owner)s, %(customer)s, %(kind)s, %(title)s,
            %(effect)s, %(arguments)s, now(), %(expires_at)s)
        """,
        action.model_dump(exclude={"arguments"})
        | {
            "arguments": Jsonb(action.arguments),
            "task": task_id,
            "conversation": conversation.id,
            "owner": conversation.owner_subject,
            "customer": conversation.customer_id,
        },
    )


def drop(connection: Connection, token: str, task_id: str) -> None:
    """Settles a proposal that was not confirmed.

    Args:
        connection: A connection within the turn's commit.
        token: The proposal; nothing happens where it is settled already.
        task_id: The task that dropped it.
    """
    _settle(connection, token, ActionStatus.DROPPED, task_id)


def carry_out(
    connection: Connection, confirmation: Confirmation, conversation: Conversation, task_id: str
) -> Effect:
    """Does what was confirmed.

    Args:
        connection: A connection within the turn's commit, of this customer.
        confirmation: What was confirmed, by whom.
        conversation: The conversation, locked.
        task_id: The task whose message confirms it.

    Returns:
        What was done.

    Raises:
        ActionRefusedError: It was not; the proposal is settled all the same.
    """
    row = connection.execute(
        "SELECT * FROM proposed_actions WHERE token = %s AND conversation_id = %s FOR UPDATE",
        (confirmation.token, conversation.id),
    ).fetchone()
    action = StoredAction.model_validate(row) if row else None
    if action is None or not still_valid(
        action,
        subject=confirmation.confirmed_by.subject,
        customer_id=conversation.customer_id,
        now=confirmation.at,
    ):
        raise ActionRefusedError(RefusalReason.NOT_CONFIRMABLE)
    # From here to the end of the transaction the database lets the records be changed.
    _settle(connection, action.token, ActionStatus.CONFIRMED, task_id)
    try:
        effect = effect_to_carry_out(
            action, _account(connection, action), confirmation.policy, confirmation.at.date()
        )
    except ActionRefusedError:
        _settle(connection, action.token, ActionStatus.REFUSED, task_id)
        raise
    if effect.after:
        _write(connection, effect)
    write_entry(
        connection,
        entry_of(
            action, effect, actor=confirmation.confirmed_by,
            correlation_id=confirmation.correlation_id,
        ),
    )  # fmt: skip
    _settle(connection, action.token, ActionStatus.DONE, task_id)
    return effect


def _account(connection: Connection, action: StoredAction) -> Account:
    """Reads the customer's records; what the action changes is locked."""
    changes_customer = action.kind is ActionKind.UPDATE_CONTACT
    changes_subscription = action.kind in {ActionKind.CHANGE_PLAN, ActionKind.CANCEL_RENEWAL}
    whose: dict[str, Any] = {"customer": action.customer_id}
    customer = connection.execute(_locked(CUSTOMER, changes_customer), whose).fetchone()
    if customer is None:
        raise ActionRefusedError(RefusalReason.NO_ACCOUNT)
    subscription = connection.execute(_locked(SUBSCRIPTION, changes_subscription), whose).fetchone()
    invoices = connection.execute(
        INVOICES, whose | {"status": None, "limit": MAX_INVOICES}
    ).fetchall()
    refunds = connection.execute(REFUNDS_REQUESTED, whose).fetchall()
    return Account(
        customer=Customer.model_validate(customer),
        subscription=Subscription.model_validate(subscription) if subscription else None,
        invoices=tuple(Invoice.model_validate(row) for row in invoices),
        refunds_requested=frozenset(row["invoice_number"] for row in refunds),
    )


def _locked(query: LiteralString, lock: bool) -> LiteralString:
    return f"{query} FOR UPDATE" if lock else query


def _write(connection: Connection, effect: Effect) -> None:
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
        for name in effect.after
    )
    changed = connection.execute(
        sql.SQL(
            "UPDATE {} SET {}, version = version + 1, updated_at = now() WHERE id = %(record_id)s"
        ).format(sql.Identifier(_TABLES[effect.object_kind]), assignments),
        effect.after | {"record_id": effect.object_id},
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"{effect.object_kind} {effect.object_id!r} was not to be changed")


def _settle(connection: Connection, token: str, status: ActionStatus, task_id: str) -> None:
    connection.execute(
        """
        UPDATE proposed_actions SET status = %s, settled_by_task = %s, settled_at = now()
        WHERE token = %s AND status IN ('proposed', 'confirmed')
        """,
        (status, task_id, token),
    )
