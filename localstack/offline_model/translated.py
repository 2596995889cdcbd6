"""Tells what tools answered in languages besides English, in the sentences of the agents' files."""

from collections.abc import Mapping
from typing import Any

from localstack.offline_model.languages import languages
from localstack.offline_model.records import (
    as_date,
    as_moment,
    as_words,
    named_invoices,
    named_ticket,
)

type Record = Mapping[str, Any]

_ERRORS: Mapping[str, str] = {"not_signed_in": "sign_in", "no_account": "no_account"}


def sympathy(code: str) -> str:
    """Says sorry for the trouble.

    Args:
        code: A language's code.

    Returns:
        A sentence: the first of what is said where a person takes over.
    """
    return _says(code)["escalated"].partition(". ")[0] + "."


def decline(code: str) -> str:
    """Says that a question is none of the company's business.

    Args:
        code: A language's code.

    Returns:
        Some sentences.
    """
    return _says(code)["safe"]


def describe_in(code: str, payload: Any, question: str) -> str | None:
    """Describes what an account tool answered.

    Args:
        code: A language's code.
        payload: The tool's JSON.
        question: What the customer asked; an invoice that it names is shown alone.

    Returns:
        Markdown; None where there is no sentence for it.
    """
    if not isinstance(payload, dict):
        return None
    says = _says(code)
    if error := payload.get("error"):
        return says[_ERRORS[error]] if error in _ERRORS else None
    if "subscription" in payload:
        subscription = payload["subscription"]
        return _subscription(subscription, says) if subscription else _no_subscription(code)
    if invoices := payload.get("invoices"):
        shown = named_invoices(invoices, question)
        return "\n\n".join([says["invoices"], _invoices(shown, says)]) if shown else None
    if isinstance(tickets := payload.get("tickets"), list):
        return _tickets(tickets, question, says)
    ticket = payload.get("ticket")
    return _ticket(ticket, says) if isinstance(ticket, dict) else None


def _subscription(record: Record, says: Mapping[str, str]) -> str:
    seats = record.get("seats")
    text = says["subscription"].format(
        plan=as_words(record.get("plan")),
        status=as_words(record.get("status")),
        price=record.get("price"),
        currency=record.get("currency"),
        cycle=as_words(record.get("billing_cycle")),
        seats=says["seat" if seats == 1 else "seats"].format(n=seats),
        since=as_date(record.get("start_date")),
    )
    for said, name in (("trial", "trial_end_date"), ("renews", "renews_on")):
        if record.get(name):
            text += " " + says[said].format(day=as_date(record[name]))
    return text


def _invoices(records: list[Record], says: Mapping[str, str]) -> str:
    return "\n".join(
        says["invoice"].format(
            number=record.get("invoice_number"),
            total=record.get("total") or record.get("amount"),
            currency=record.get("currency"),
            status=as_words(record.get("status")),
            day=as_date(record.get("due_date")),
        )
        for record in records
    )


def _ticket(record: Record, says: Mapping[str, str]) -> str | None:
    expected = record.get("expected_response_at")
    if not expected:
        return None
    return says["ticket"].format(number=record.get("number"), moment=as_moment(expected))


def _tickets(records: list[Record], question: str, says: Mapping[str, str]) -> str:
    if not records:
        number = named_ticket(question)
        return says["no_such_ticket"].format(number=number) if number else says["no_tickets"]
    return "\n\n".join(
        [says["tickets"], "\n".join(_own_ticket(record, says) for record in records)]
    )


def _own_ticket(record: Record, says: Mapping[str, str]) -> str:
    text = says["own_ticket"].format(
        number=record.get("number"),
        subject=record.get("subject"),
        day=as_date(record.get("created_at")),
        state=says[f"ticket_{record.get('status')}"],
    )
    if expected := record.get("expected_response_at"):
        said = says["answer_late" if record.get("is_late") else "answer_due"]
        text += said.format(moment=as_moment(expected))
    return text


def _no_subscription(code: str) -> str:
    return str(languages()[code]["refusals"]["no_subscription"])


def _says(code: str) -> Mapping[str, str]:
    says: Mapping[str, str] = languages()[code]["phrases"]
    return says
