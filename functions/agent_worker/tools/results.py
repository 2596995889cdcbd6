"""What the model sees of a tool's result: JSON, in which everything is plainly data."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from agent_worker.citations import without_markers
from frontdesk.domain.actions import ProposedAction, renews_on
from frontdesk.domain.conversation import answer_due, is_late
from frontdesk.domain.knowledge import SearchHit
from frontdesk.domain.records import Customer, Invoice, Subscription, Ticket

_SUBSCRIPTION = {
    "plan",
    "status",
    "billing_cycle",
    "price",
    "currency",
    "seats",
    "features",
    "start_date",
    "end_date",
    "trial_end_date",
    "next_plan",
    "next_plan_on",
}
_INVOICE = {
    "invoice_number",
    "status",
    "amount",
    "tax",
    "total",
    "currency",
    "due_date",
    "paid_date",
    "description",
}


_TICKET = {
    "number",
    "subject",
    "category",
    "priority",
    "status",
}
"""Beside its times. Who has it, who is written to and what was noted is not told."""


def as_text(result: Mapping[str, Any]) -> str:
    """Writes a result as the model is given it.

    Args:
        result: JSON.

    Returns:
        Its text.
    """
    return json.dumps(result, ensure_ascii=False)


def passages(numbered: Iterable[tuple[int, SearchHit]]) -> dict[str, Any]:
    """Shows passages under the numbers that an answer quotes them by."""
    return {
        "passages": [
            {
                "number": number,
                "title": hit.title,
                "section": hit.section,
                "content": without_markers(hit.content),
                "source_url": hit.source_url,
            }
            for number, hit in numbered
        ]
    }


def customer(record: Customer) -> dict[str, Any]:
    """Shows the sender's own record."""
    return {
        "customer": {
            "name": record.name,
            "email": record.email,
            "company_name": record.company_name,
            "phone": record.phone,
            "metadata": record.metadata,
        }
    }


def subscription(record: Subscription | None, today: date) -> dict[str, Any]:
    """Shows the sender's own subscription, where there is one, and when it is renewed."""
    if record is None:
        return {"subscription": None}
    renewal = renews_on(record, today)
    return {
        "subscription": record.model_dump(mode="json", include=_SUBSCRIPTION)
        | {"renews_on": renewal and renewal.isoformat()}
    }


def invoices(records: Iterable[Invoice]) -> dict[str, Any]:
    """Shows the sender's own invoices."""
    return {"invoices": [record.model_dump(mode="json", include=_INVOICE) for record in records]}


def tickets(
    records: Iterable[Ticket], now: datetime, *, settled: bool | None = None
) -> dict[str, Any]:
    """Shows the sender's own tickets, and which of them were asked for."""
    shown = [_own_ticket(record, now) for record in records]
    return {"tickets": shown} if settled is None else {"tickets": shown, "settled": settled}


def _own_ticket(record: Ticket, now: datetime) -> dict[str, Any]:
    times = {
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "expected_response_at": answer_due(record, now),
    }
    shown = record.model_dump(mode="json", include=_TICKET) | {
        name: at and at.isoformat(timespec="minutes") for name, at in times.items()
    }
    return shown | {"is_late": is_late(record, now)}


def ticket(
    *,
    number: str,
    priority: str,
    status: str,
    expected_response_at: datetime | None,
    already_open: bool,
) -> dict[str, Any]:
    """Shows the ticket that the turn makes or adds to."""
    due = expected_response_at
    return {
        "ticket": {
            "number": number,
            "priority": priority,
            "status": status,
            "expected_response_at": due and due.isoformat(timespec="minutes"),
            "already_open": already_open,
        }
    }


def proposal(action: ProposedAction) -> dict[str, Any]:
    """Shows the action that the sender is asked to confirm."""
    return {
        "proposed_action": {
            "title": action.title,
            "effect": action.effect,
            "done": False,
            "note": "Nothing is done yet. The exact effect and how to confirm it are put below "
            "your answer by the system: do not repeat them, and do not say that it is done.",
        }
    }


def error(kind: str, message: str) -> dict[str, Any]:
    """Tells the model that a tool has nothing for it, and why."""
    return {"error": kind, "message": message}
