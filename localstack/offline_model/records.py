"""Puts records that tools looked up into sentences; nothing is said that they do not hold."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_INVOICE_NUMBER = re.compile(r"\b[A-Z]{2,5}-\d[\d-]*\d\b", re.IGNORECASE)
_TICKET_NUMBER = re.compile(r"\bFD-[0-9A-Z]{5}\b", re.IGNORECASE)
_TICKET_STATES: Mapping[str, str] = {
    "open": "is **open** and waits for a person of our team",
    "in_progress": "is **in progress**, a person of our team is working on it",
    "waiting": "is **waiting** for your answer",
}
_UNPAID = frozenset({"open", "overdue"})
_ASKS_WHAT_IS_OWED = re.compile(r"\b(owe|outstanding|unpaid|overdue|past due|to pay|left to pay)\b")
_FOUND_NOTHING: tuple[Any, ...] = (None, "", [], {})

type Record = Mapping[str, Any]


def describe(payload: Any, question: str) -> str | None:
    """Describes what an account tool answered.

    Args:
        payload: The tool's JSON.
        question: What the customer asked; an invoice that it names is shown alone.

    Returns:
        Markdown, or None where the payload is no record.
    """
    if not isinstance(payload, dict):
        return None
    if "subscription" in payload:
        return _subscription(payload["subscription"])
    if isinstance(payload.get("invoices"), list):
        return _invoices([row for row in payload["invoices"] if isinstance(row, dict)], question)
    if "customer" in payload:
        return _customer(payload["customer"])
    if isinstance(payload.get("tickets"), list):
        rows = [row for row in payload["tickets"] if isinstance(row, dict)]
        return _tickets(rows, question, payload.get("settled"))
    return _ticket(payload["ticket"]) if isinstance(payload.get("ticket"), dict) else None


def describe_error(code: str, message: str = "") -> str:
    """Says what a tool's error means for the customer."""
    if code == "not_allowed" and message:
        return f"I am sorry, I cannot do that: {message}"
    if code == "not_signed_in":
        return (
            "Please sign in first: I can look into an account only for the signed-in customer it "
            "belongs to. Once you are signed in, just ask again."
        )
    if code == "no_account":
        return (
            "I found no account for the e-mail address that you are signed in with. If you have "
            "an account under another address, please sign in with that one."
        )
    return "I could not look that up just now, so I'd rather not say anything about it."


def named_invoices(records: Sequence[Record], question: str) -> list[Record]:
    """Chooses the invoices that a question names; all of them where it names none."""
    named = _named(question)
    return [
        record
        for record in records
        if not named or str(record.get("invoice_number", "")).upper() in named
    ]


def named_ticket(question: str) -> str | None:
    """Finds the number of the ticket that a question is about."""
    found = _TICKET_NUMBER.search(question)
    return found[0].upper() if found else None


def as_words(value: Any) -> str:
    """Writes a value for people: `past due`."""
    return str(value or "").replace("_", " ")


def as_date(value: Any) -> str:
    """Writes the day of a date or a time."""
    return str(value)[:10]


def as_moment(value: Any) -> str:
    """Writes a time to the minute."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    zone = " UTC" if moment.utcoffset() is not None and not moment.utcoffset() else ""
    return f"{moment:%Y-%m-%d %H:%M}{zone}"


def _subscription(record: Record | None) -> str:
    if not record:
        return "There is no subscription on your account."
    plan, status = as_words(record.get("plan")), as_words(record.get("status"))
    opening = f"You are on the **{plan}** plan" if plan else "You have a subscription"
    lines = [f"{opening}, and its status is **{status}**." if status else f"{opening}."]
    facts = []
    if record.get("price"):
        cycle = as_words(record.get("billing_cycle"))
        billed = f", billed {cycle}" if cycle else ""
        facts.append(f"Price: {_money(record['price'], record.get('currency'))}{billed}")
    if record.get("seats") is not None:
        facts.append(f"Seats: {record['seats']}")
    if record.get("features"):
        facts.append("Features: " + ", ".join(map(str, record["features"])))
    for name, label in (
        ("trial_end_date", "Trial ends"),
        ("start_date", "Started"),
        ("renews_on", "Renews"),
        ("end_date", "Ends"),
        ("next_plan_on", "Another plan begins"),
    ):
        if record.get(name):
            facts.append(f"{label}: {as_date(record[name])}")
    return "\n\n".join(part for part in ("".join(lines), _bullets(facts)) if part)


def _invoices(records: Sequence[Record], question: str) -> str:
    if not records:
        return "I found no such invoices on your account."
    if named := _named(question):
        shown = named_invoices(records, question)
        if not shown:
            return f"I found no invoice {', '.join(sorted(named))} among those of your account."
        return _bullets([_invoice(record) for record in shown])
    parts = []
    if _ASKS_WHAT_IS_OWED.search(question.lower()):
        parts.append(_owed(records))
    parts.append("Here is your invoice:" if len(records) == 1 else "Here are your invoices:")
    parts.append(_bullets([_invoice(record) for record in records]))
    return "\n\n".join(parts)


def _named(question: str) -> set[str]:
    return {number.upper() for number in _INVOICE_NUMBER.findall(question)}


def _owed(records: Sequence[Record]) -> str:
    totals: dict[str, Decimal] = {}
    for record in records:
        if record.get("status") in _UNPAID:
            currency = str(record.get("currency") or "")
            try:
                amount = Decimal(str(record.get("total")))
            except InvalidOperation:
                continue
            totals[currency] = totals.get(currency, Decimal()) + amount
    if not totals:
        return "None of these invoices is waiting for payment."
    owed = " and ".join(_money(total, currency) for currency, total in totals.items())
    return f"Of these invoices, **{owed}** is still to be paid."


def _invoice(record: Record) -> str:
    total = _money(record.get("total") or record.get("amount"), record.get("currency"))
    tax = record.get("tax")
    if record.get("total") and record.get("amount") and tax and _is_positive(tax):
        total += f" ({record['amount']} + {tax} tax)"
    status = as_words(record.get("status"))
    text = f"**{record.get('invoice_number', 'Invoice')}**: {total}, {status}"
    if record.get("paid_date"):
        text += f" on {as_date(record['paid_date'])}"
    if record.get("due_date"):
        text += f", due {as_date(record['due_date'])}"
    if record.get("description"):
        text += f"; {record['description']}"
    return text


def _customer(record: Record | None) -> str:
    if not record:
        return describe_error("no_account")
    name = record.get("name") or " ".join(
        str(record[part]) for part in ("first_name", "last_name") if record.get(part)
    )
    facts = [
        f"{label}: {value}"
        for label, value in (
            ("Name", name),
            ("E-mail", record.get("email")),
            ("Company", record.get("company_name")),
            ("Phone", record.get("phone")),
        )
        if value
    ]
    metadata = record.get("metadata")
    if isinstance(metadata, dict):
        facts += [
            f"{as_words(key).capitalize()}: {value}"
            for key, value in metadata.items()
            if value not in _FOUND_NOTHING and not isinstance(value, dict)
        ]
    return "This is what we have on file for you:\n\n" + _bullets(facts)


def _tickets(records: Sequence[Record], question: str, settled: bool | None) -> str:
    kind = "" if settled is None else "settled " if settled else "open "
    if not records:
        number = named_ticket(question)
        if number:
            return f"I found no ticket {number} of yours."
        return f"I found no {kind}tickets of yours."
    one = len(records) == 1
    start = f"This is your {kind}ticket:" if one else f"These are your latest {kind}tickets:"
    return f"{start}\n\n{_bullets([_own_ticket(record) for record in records])}"


def _own_ticket(record: Record) -> str:
    status = str(record.get("status"))
    state = _TICKET_STATES.get(status, f"is **{as_words(status)}**")
    subject, day = record.get("subject"), as_date(record.get("created_at"))
    text = f"**{record.get('number')}** ({subject}), opened on {day}, {state}"
    expected = record.get("expected_response_at")
    if expected and record.get("is_late"):
        text += f"; an answer was due by **{as_moment(expected)}**: I am sorry that it is late"
    elif expected:
        text += f"; an answer is due by **{as_moment(expected)}**"
    return text


def _ticket(record: Record) -> str:
    number, priority = record.get("number"), as_words(record.get("priority"))
    with_priority = f" with **{priority}** priority" if priority else ""
    if record.get("already_open"):
        first = f"Your ticket **{number}** is already open{with_priority}; I have added this to it."
    else:
        first = f"I have opened ticket **{number}** for you{with_priority}."
    expected = record.get("expected_response_at")
    if not expected:
        return f"{first} A person of our team will look into it."
    return f"{first} You can expect an answer from our team by **{as_moment(expected)}**."


def _bullets(facts: Sequence[str]) -> str:
    return "\n".join(f"- {fact}" for fact in facts)


def _money(amount: Any, currency: Any) -> str:
    return f"{amount} {currency}".strip() if currency else str(amount)


def _is_positive(amount: Any) -> bool:
    try:
        return Decimal(str(amount)) > 0
    except InvalidOperation:
        return False
