"""Look-ups that route and message make near-certain: done before the model is asked at all."""

import re

from agent_worker.agents.roster import FirstLookUp, Specialist
from agent_worker.memory import Window
from agent_worker.tools.arguments import CUSTOMER, INVOICES, SEARCH, SUBSCRIPTION
from frontdesk.domain.conversation import MessageRole
from frontdesk.domain.model import ToolCall

SHORT_MESSAGE_WORDS = 4
"""«And for a year?» says little by itself: the question before it is searched for too."""

_RECORDS = {
    SUBSCRIPTION: re.compile(
        r"\b(?:plans?|subscri\w+|seats?|trial|renew\w*|member(?:ship)?|licen[cs]es?|tier"
        r"|billing cycle|upgrade|downgrade|my account)\b",
        re.IGNORECASE,
    ),
    INVOICES: re.compile(
        r"\b(?:invoices?|bills?|billed|charge[ds]?|payments?|paid|pay|owe|owed|due|overdue|unpaid"
        r"|receipts?|refund(?:ed)?|transactions?|amount)\b|\b[A-Z]{2,5}-\d",
        re.IGNORECASE,
    ),
    CUSTOMER: re.compile(
        r"\bmy (?:\w+ )?(?:profile|name|e-?mail|phone|company|contact|details|address)\b",
        re.IGNORECASE,
    ),
}
_KNOWLEDGE = re.compile(
    r"\bhow (?:do|can|to|would|should|does|long)\b|\bpolic(?:y|ies)\b|\bcan i\b|\bwhat happens\b"
    r"|\b(?:cancel|refund|upgrade|downgrade|change|switch)\b",
    re.IGNORECASE,
)


def first_calls(specialist: Specialist, window: Window) -> list[ToolCall]:
    """Says what to look up before the first model call.

    Args:
        specialist: Who answers.
        window: The conversation, and the message to be answered.

    Returns:
        Calls of the specialist's own tools; none where nothing is near-certain.
    """
    query = search_query(window)
    return [
        ToolCall(
            id=f"call_first_{number}",
            name=name,
            arguments={"query": query} if name == SEARCH else {},
        )
        for number, name in enumerate(_tools(specialist.first_look_up, query))
    ]


def search_query(window: Window) -> str:
    """Says what to search for.

    Args:
        window: The conversation, and the message to be answered.

    Returns:
        The message; together with the customer's one before where it is very short.
    """
    if len(window.text.split()) >= SHORT_MESSAGE_WORDS:
        return window.text
    asked = [message.content for message in window.earlier if message.role is MessageRole.CUSTOMER]
    return f"{asked[-1]} {window.text}" if asked else window.text


def _tools(first: FirstLookUp, query: str) -> list[str]:
    match first:
        case FirstLookUp.NONE:
            return []
        case FirstLookUp.KNOWLEDGE:
            return [SEARCH]
        case FirstLookUp.RECORDS:
            records = [name for name, words in _RECORDS.items() if words.search(query)]
            # A question of both kinds gets both; knowledge alone is no account answer.
            return [*records, SEARCH] if records and _KNOWLEDGE.search(query) else records
