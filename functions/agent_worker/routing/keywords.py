"""Routing by a few words, for when no model can be asked."""

import re

from frontdesk.domain.task import Route, RouteLabel

REASONING = "By keywords, because the model did not answer."

MATCHED_CONFIDENCE = 0.6
UNMATCHED_CONFIDENCE = 0.3

_ESCALATION = re.compile(
    r"\b(?:complain\w*|complaint|lawyer|attorney|lawsuit|legal action|scam|fraud|furious|angry"
    r"|frustrat\w*|unacceptable|outrag\w*|ridiculous|disgust\w*|terrible service|worst"
    r"|charged (?:me )?(?:twice|two times)|double[- ]charged?|charged wrong\w*|manager|supervisor"
    r"|(?:real|live|human|actual) (?:person|agent|being)|a human|someone real"
    r"|(?:speak|talk|chat) (?:to|with) (?:a |an |some|your |the )?\w*"
    r"(?:person|human|agent|one|body|people|representative|operator|assistant|team))\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:my|our) (?:\w+ ){0,2}(?:subscription|plan|account|invoices?|bills?|billing|payments?"
    r"|charges?|orders?|receipts?|renewal|trial|seats?|profile|refund)\b"
    r"|\b(?:am i|was i|have i been|did i) (?:\w+ ){0,2}(?:on|pay|paid|charged|billed|subscribed)\b"
    r"|\binvoice [a-z]{0,4}-?\d",
    re.IGNORECASE,
)
_HOW_TO = re.compile(
    r"^\W*(?:how|where|what happens|can i|could i|is it possible)\b", re.IGNORECASE
)


def route_by_keywords(text: str) -> Route:
    """Routes a message without a model.

    Args:
        text: The message.

    Returns:
        A route of little confidence; never out of scope, which words cannot tell.
    """
    if _ESCALATION.search(text):
        return _route(RouteLabel.ESCALATION, MATCHED_CONFIDENCE)
    if _ORDER.search(text) and not _HOW_TO.search(text):
        return _route(RouteLabel.ORDER, MATCHED_CONFIDENCE)
    return _route(RouteLabel.FAQ, UNMATCHED_CONFIDENCE)


def _route(agent: RouteLabel, confidence: float) -> Route:
    return Route(agent=agent, confidence=confidence, reasoning=REASONING)
