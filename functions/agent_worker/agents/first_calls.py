"""Look-ups that route and message make near-certain: done before the model is asked at all."""

import re
from collections.abc import Sequence
from typing import Any

from agent_worker.agents.roster import FirstLookUp, Specialist
from agent_worker.memory import Window
from agent_worker.routing.cues import compares_plans
from agent_worker.routing.own_records import (
    INVOICE_WORDS,
    NEXT_PAYMENT_WORDS,
    PLAN_WORDS,
    asks_for_own_profile,
)
from agent_worker.routing.tickets import (
    MENTIONED,
    asks_about_ticket,
    settled_tickets,
    ticket_number_in,
)
from agent_worker.routing.wishes import Wish, query_of
from agent_worker.tools.arguments import CUSTOMER, INVOICES, SEARCH, SUBSCRIPTION, TICKETS
from frontdesk.domain.model import ToolCall
from frontdesk.domain.records import Plan
from frontdesk.domain.task import RouteLabel

SHORT_MESSAGE_WORDS = 4
"""«And for a year?» says little by itself: the question before it tells which records matter."""

_LOOK_UPS = {
    RouteLabel.FAQ: FirstLookUp.KNOWLEDGE,
    RouteLabel.ORDER: FirstLookUp.RECORDS,
    RouteLabel.ESCALATION: FirstLookUp.NONE,
    RouteLabel.OUT_OF_SCOPE: FirstLookUp.NONE,
}
_RECORDS = {
    SUBSCRIPTION: re.compile(
        r"\b(?:plans?|subscri\w+|seats?|trial|renew\w*|member(?:ship)?|licen[cs]es?|tier"
        rf"|billing cycle|upgrade|downgrade|my account|{PLAN_WORDS}|{NEXT_PAYMENT_WORDS})\b",
        re.IGNORECASE,
    ),
    INVOICES: re.compile(
        r"\b(?:invoices?|bills?|billed|charge[ds]?|payments?|paid|pay|owe|owed|due|overdue|unpaid"
        rf"|receipts?|refund(?:ed)?|transactions?|amount|{INVOICE_WORDS})\b"
        r"|\b(?!FD-)[A-Z]{2,5}-\d",
        re.IGNORECASE,
    ),
    CUSTOMER: re.compile(
        r"\bmy (?:\w+ )?(?:profile|name|e-?mail|phone|company|contact|details|address)\b",
        re.IGNORECASE,
    ),
    TICKETS: MENTIONED,
}
_KNOWLEDGE = re.compile(
    r"\bhow (?:do|can|to|would|should|does|long)\b|\bpolic(?:y|ies)\b|\bcan i\b|\bwhat happens\b"
    r"|\b(?:cancel|refund|upgrade|downgrade|change|switch|delete|close|export)\b",
    re.IGNORECASE,
)


def first_calls(
    specialist: Specialist, window: Window, wishes: Sequence[Wish] = ()
) -> list[ToolCall]:
    """Says what to look up before the first model call.

    Args:
        specialist: Who answers.
        window: The conversation, and the message to be answered.
        wishes: The message's, where it has several.

    Returns:
        Calls of the specialist's own tools; none where nothing is near-certain.
    """
    if wishes:
        wanted = [
            (name, query_of(wish, window.text))
            for wish in wishes
            for name in _tools(_LOOK_UPS[wish.label], wish.text)
            if name in specialist.tools
        ]
    else:
        topic = _topic(window)
        wanted = [
            (name, topic if name == TICKETS else window.text)
            for name in _tools(specialist.first_look_up, topic)
        ]
    calls = [(name, _arguments(name, query)) for name, query in wanted]
    return [
        ToolCall(id=f"call_first_{number}", name=name, arguments=arguments)
        for number, (name, arguments) in enumerate(calls)
        # The same twice, such as the invoices for two wishes, is looked up once.
        if (name, arguments) not in calls[:number]
    ]


def _arguments(name: str, text: str) -> dict[str, Any]:
    if name == SEARCH:
        return {"query": _searched(text)}
    if name != TICKETS:
        return {}
    wanted = {"number": ticket_number_in(text), "settled": settled_tickets(text)}
    return {key: value for key, value in wanted.items() if value is not None}


def _topic(window: Window) -> str:
    """Returns the message, together with the customer's one before where it is very short."""
    if len(window.text.split()) >= SHORT_MESSAGE_WORDS or asks_about_ticket(window.text):
        return window.text
    asked = window.earlier_questions
    return f"{asked[-1]} {window.text}" if asked else window.text


def _tools(first: FirstLookUp, topic: str) -> list[str]:
    match first:
        case FirstLookUp.NONE:
            return []
        case FirstLookUp.KNOWLEDGE:
            return [SEARCH]
        case FirstLookUp.RECORDS:
            records = [name for name, words in _RECORDS.items() if words.search(topic)]
            if not records and asks_for_own_profile(topic):
                records = [CUSTOMER]
            # A question of both kinds gets both; knowledge alone is no account answer.
            return [*records, SEARCH] if records and _KNOWLEDGE.search(topic) else records


def _searched(query: str) -> str:
    """Names the plans to who asks about «the plans», as what is written about them does."""
    return f"{query} ({', '.join(Plan)})" if compares_plans(query) else query
