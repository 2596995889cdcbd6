"""Chooses the tool that proposes a change, where a customer plainly asks for one."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from localstack.offline_model.conversation import Conversation
from localstack.offline_model.languages import languages
from localstack.offline_model.requests import FunctionSpec
from localstack.offline_model.text import words

_ASKS = re.compile(
    r"\bhow (do|can|to|would|should|long|much)\b|\bpolic(y|ies)\b|\bcan i\b|\bwhat happens\b"
    r"|\bwhat if\b|\bis it possible\b|\bdo you (offer|give|have)\b|\b(did|was|has|have)\b.*\?"
)
_SENTENCE_END = re.compile(r"(?<=[.?!;])\s+")
_NEXT = re.compile(r",?\s+(?:and|also|but|then)\s+", re.IGNORECASE)
_CANCEL = re.compile(
    r"\b(cancel|stop|end (my|our|the)|terminate|turn off|discontinue)\b.{0,40}"
    r"\b(renew\w*|auto-?renew\w*|subscription|membership|plan)\b"
    r"|\b(don'?t|do not|not|never)\b.{0,20}\brenew"
)
_CANCEL_IT = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|then|yes|please|so|and|i (?:want|wish|need) to|i(?:'d| would) like to)"
    r"\W+)*"
    r"cancel(?: (?:it|that|this|one))?(?: (?:please|then|now))*\W*$"
)
_HAS_SUBSCRIPTION = re.compile(r"\b(?:subscription|membership|plan|renew\w*|trial)\b")
_CHANGE = re.compile(
    r"\b(?:upgrade|downgrade|switch|change|move|go|put)\b.{0,60}?\b(?:to|on|onto)\s+"
    r"(?:(?:the|your|a|an|our|my)\s+)?(?P<plan>\w+)"
)
_REFUND = re.compile(r"\brefund\w*\b|\bmoney back\b|\breimburse\w*\b")
_INVOICE_NUMBER = re.compile(r"\b[A-Z]{2,5}-\d[\d-]*\d\b", re.IGNORECASE)
_CONTACT = re.compile(r"\b(change|update|set|correct|replace|is now|new)\b")
_FIELDS: Mapping[str, re.Pattern[str]] = {
    "phone": re.compile(
        r"\b(?:phone|telephone|mobile|telefonnummer|handynummer|rufnummer|téléphone|teléfono|móvil"
        r"|telefone|telemóvel|celular|telefono|cellulare|numéro|número|numero)\b.{0,30}?"
        r"(?:to|is(?: now)?|:|auf|in|zu|en|par|pour|à|a|al|por|para|con)\s*"
        r"(?P<value>\+?\d[\d ()/.-]+\d)",
        re.IGNORECASE,
    ),
    "company_name": re.compile(
        r"\bcompany(?:'s)?(?: name)?\b.{0,20}?(?:to|is(?: now)?|:)\s+(?P<value>[^.,;!?\n]+)",
        re.IGNORECASE,
    ),
    "first_name": re.compile(
        r"\bfirst name\b.{0,10}?(?:to|is(?: now)?|:)\s+(?P<value>[^\s.,;!?]+)", re.IGNORECASE
    ),
    "last_name": re.compile(
        r"\b(?:last|family) name\b.{0,10}?(?:to|is(?: now)?|:)\s+(?P<value>[^\s.,;!?]+)",
        re.IGNORECASE,
    ),
}

type _Read = Callable[[Conversation, Mapping[str, Any]], dict[str, str] | None]


def is_proposal(tool: FunctionSpec) -> bool:
    """Tells whether a tool proposes a change."""
    return tool.name.startswith("propose_")


def wanted_proposal(
    conversation: Conversation, tools: Sequence[FunctionSpec]
) -> tuple[str, dict[str, str]] | None:
    """Finds the change that a customer asks for.

    Args:
        conversation: What was said, and what tools have answered since.
        tools: What may be asked for and was not yet.

    Returns:
        The tool's name and its arguments; None where no change is plainly wanted, or where what
        it needs is still to be looked up.
    """
    for part in demands(conversation.question):
        found = _proposal(replace(conversation, question=part), tools)
        if found is not None:
            return found
    return None


def demands(question: str) -> list[str]:
    """Finds the parts of a question in which a change may be wanted.

    Args:
        question: What the customer wrote.

    Returns:
        All of it, where nothing in it asks how things are; of each sentence that does, what
        stands before: «cancel my renewal and tell me how long my data is kept».
    """
    if not _ASKS.search(question.lower()):
        return [question]
    before = [_until_it_asks(sentence) for sentence in _SENTENCE_END.split(question)]
    return [part for part in before if part]


def _until_it_asks(sentence: str) -> str:
    start, *rest = _NEXT.split(sentence)
    if _ASKS.search(start.lower()):
        return ""
    return start if any(_ASKS.search(part.lower()) for part in rest) else sentence


def _proposal(
    conversation: Conversation, tools: Sequence[FunctionSpec]
) -> tuple[str, dict[str, str]] | None:
    for tool in tools:
        if not is_proposal(tool):
            continue
        properties: Mapping[str, Any] = (tool.parameters or {}).get("properties", {})
        for word, read in _READERS.items():
            if word in tool.name:
                arguments = read(conversation, properties)
                if arguments is not None:
                    return tool.name, arguments
    return None


def _cancellation(conversation: Conversation, _: Mapping[str, Any]) -> dict[str, str] | None:
    question = conversation.question
    is_wanted = _CANCEL.search(question.lower()) is not None
    is_wanted = is_wanted or _is_demanded("cancel_renewal", question)
    if not is_wanted and _CANCEL_IT.search(question.lower()):
        # What else was spoken of cannot be cancelled; who spoke of nothing can mean only this.
        before = conversation.asked_before().lower()
        is_wanted = not before or _HAS_SUBSCRIPTION.search(before) is not None
    return {} if is_wanted else None


def _plan_change(
    conversation: Conversation, properties: Mapping[str, Any]
) -> dict[str, str] | None:
    plans = properties.get("plan", {}).get("enum", ())
    question = conversation.question.lower()
    found = _CHANGE.search(question)
    if found and found["plan"] in plans:
        return {"plan": found["plan"]}
    # «Von Professional auf Starter»: where one goes to comes last.
    named = [word for word in words(question) if word in plans]
    return {"plan": named[-1]} if named and _is_demanded("change_plan", question) else None


def _refund(conversation: Conversation, _: Mapping[str, Any]) -> dict[str, str] | None:
    question = conversation.question
    if not (_REFUND.search(question.lower()) or _is_demanded("request_refund", question)):
        return None
    named = _INVOICE_NUMBER.search(conversation.question)
    if named:
        return {"invoice_number": named.group(0).upper()}
    paid = [
        invoice["invoice_number"]
        for result in conversation.results
        if isinstance(result.payload, dict)
        for invoice in result.payload.get("invoices") or ()
        if invoice.get("status") == "paid"
    ]
    # The latest comes first.
    return {"invoice_number": paid[0]} if paid else None


def _contact_update(
    conversation: Conversation, properties: Mapping[str, Any]
) -> dict[str, str] | None:
    question = conversation.question
    if not (_CONTACT.search(question.lower()) or _is_demanded("update_contact", question)):
        return None
    found = {
        name: match["value"].strip()
        for name, pattern in _FIELDS.items()
        if name in properties and (match := pattern.search(conversation.question))
    }
    return found or None


def _is_demanded(kind: str, question: str) -> bool:
    """Tells whether a change is demanded in another language than English."""
    return any(
        _has(changes["demand"], question)
        and not _has(changes["question"], question)
        and all(_has(pattern, question) for pattern in changes[kind])
        for changes in (one["changes"] for one in languages().values())
        if changes
    )


def _has(pattern: str, question: str) -> bool:
    return re.search(pattern, question, re.IGNORECASE) is not None


_READERS: Mapping[str, _Read] = {
    "renewal": _cancellation,
    "plan": _plan_change,
    "refund": _refund,
    "contact": _contact_update,
}
