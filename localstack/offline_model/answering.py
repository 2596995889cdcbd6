"""Composes an answer from what tools found, and from nothing else."""

import re
from collections.abc import Mapping
from typing import Any

from localstack.offline_model.conversation import (
    Conversation,
    Passage,
    ToolResult,
    pleasantry,
    read_passages,
)
from localstack.offline_model.embedding import Embedder
from localstack.offline_model.features import ANGER, MONEY_TAKEN
from localstack.offline_model.languages import ENGLISH, asks_to_reach_us, languages
from localstack.offline_model.proposals import demands
from localstack.offline_model.quoting import FollowUp, quote
from localstack.offline_model.records import describe, describe_error
from localstack.offline_model.routing import ESCALATION, OUT_OF_SCOPE, Route
from localstack.offline_model.translated import decline, describe_in, sympathy

DECLINES_FROM = 0.8
"""Confidence from which a question without an answer is taken to be none of the company's."""

_WAY_TO_REACH = re.compile(
    r"\w@\w|\+\d|\b\d{3,}[ -]\d{3,}|\b\d{1,2}:\d\d\b|\b\d{1,2} ?(?:[ap]\.?m\b|o'clock|uhr\b|h\b)"
    r"|\b24/7\b|\bround the clock\b",
    re.IGNORECASE,
)
"""An address, a number, or a time: what answers how and when somebody is reached."""

_NAMED = re.compile(r"\([\w-]+(?:, [\w-]+)+\)$")
"""What is compared, as the agents name it behind such a question."""
COMPARED = "Which plans are there?"

WELCOME = "You are welcome! Is there anything else that I can help you with?"
_THANKED = re.compile(r"\bthank|\bthx\b|\bcheers\b|\b(helped|worked|helpful)\b")

PROPOSED: Mapping[str, str] = {
    "en": "I can do that for you.",
    "de": "Das kann ich für Sie tun.",
    "fr": "Je peux le faire pour vous.",
    "es": "Puedo hacerlo por usted.",
    "pt": "Posso fazer isso por si.",
    "it": "Posso farlo per lei.",
}


def answer(conversation: Conversation, route: Route, embedder: Embedder) -> str:
    """Answers the question of a conversation.

    Args:
        conversation: What was asked, and what tools or the prompt say about it.
        route: What the question seems to be.
        embedder: Compares meanings.

    Returns:
        Markdown; quotes carry their passage's number in brackets.
    """
    if conversation.small_talk:
        return _small_talk(conversation)
    if conversation.out_of_scope:
        return _decline(conversation)
    for result in conversation.results:
        if isinstance(result.payload, dict) and "proposed_action" in result.payload:
            # What it does, and how it is confirmed, is not the model's to say.
            return "\n\n".join(
                [PROPOSED[_spoken(conversation)], *_asked_beside(conversation, embedder)]
            )
        if isinstance(result.payload, dict) and result.payload.get("error") == "not_allowed":
            # Who refuses does so in the customer's language.
            in_english = _spoken(conversation) == ENGLISH
            return (
                _record(result.payload, conversation)
                if in_english
                else str(result.payload.get("message"))
            )
    profile = _asked_for_profile(conversation)
    parts, searched = ([profile], False) if profile else _parts(conversation, embedder)
    if parts and _says_money_was_taken(conversation):
        parts.append(str(languages()[_spoken(conversation)]["phrases"]["offer_look"]))
    if parts:
        return _sorry(conversation) + "\n\n".join(parts)
    return _without_findings(conversation, route, searched=searched)


def _asked_for_profile(conversation: Conversation) -> str:
    """What the prompt says of the company, where that is what is asked."""
    name = re.escape(conversation.company)
    asked = re.search(
        rf"^\W*(?:what(?:'s| is| does)?|who is|tell me about|explain) {name}(?: do)?\W*$",
        conversation.question,
        re.IGNORECASE,
    )
    said = re.search(rf"^{name}: (?P<profile>.+)$", conversation.system, re.MULTILINE)
    return said["profile"] if asked and said else ""


def _parts(conversation: Conversation, embedder: Embedder) -> tuple[list[str], bool]:
    """Tells what was looked up, in order, and whether anything was searched for."""
    parts: list[str] = []
    found: dict[str, list[Passage]] = {}
    if conversation.provided:
        found[conversation.topic] = list(conversation.provided)
    for result in conversation.results:
        passages = read_passages(result.payload)
        if passages is not None:
            found.setdefault(_asked(result, conversation), []).extend(passages)
    quoted = {
        asked: _quoted(asked, passages, embedder, _follow_up(asked, conversation))
        for asked, passages in found.items()
    }
    for result in conversation.results:
        text = (
            quoted[_asked(result, conversation)]
            if read_passages(result.payload) is not None
            else _record(result.payload, conversation)
        )
        if text and text not in parts:
            parts.append(text)
    parts += [text for text in quoted.values() if text and text not in parts]
    return parts, bool(found)


def _says_money_was_taken(conversation: Conversation) -> bool:
    """Tells whether records alone are no answer: somebody has to see whether they are right."""
    made = any(
        "ticket" in one.payload for one in conversation.results if isinstance(one.payload, dict)
    )
    return not made and MONEY_TAKEN.search(conversation.question.lower()) is not None


def _asked(result: ToolResult, conversation: Conversation) -> str:
    """The part of the question that was searched for, where it was a part, or more than it."""
    if conversation.question and result.query.startswith(f"{conversation.question} ("):
        return result.query
    part = result.query in conversation.question and result.query != conversation.question
    return result.query if result.query and part else conversation.topic


def _follow_up(asked: str, conversation: Conversation) -> FollowUp | None:
    """What is asked now, where what was asked before stands in front of it."""
    if asked == conversation.question or asked != conversation.topic:
        return None
    return FollowUp(conversation.question, conversation.last_reply)


def _asked_beside(conversation: Conversation, embedder: Embedder) -> list[str]:
    """Answers what was asked beside a change that is proposed."""
    wanted = demands(conversation.question)
    return [
        text
        for result in conversation.results
        if (asked := _asked(result, conversation)) != conversation.topic
        and not any(asked in part for part in wanted)
        and (text := _quoted(asked, read_passages(result.payload) or [], embedder, None))
    ]


def _quoted(
    asked: str, passages: list[Passage], embedder: Embedder, follow_up: FollowUp | None
) -> str:
    unique = list({passage.number: passage for passage in passages}.values())
    if asks_to_reach_us(asked):
        # «Contact support» says neither how nor when.
        unique = [passage for passage in unique if _WAY_TO_REACH.search(passage.content)]
    quotes = quote(asked, unique, embedder, follow_up)
    if not quotes and (named := _NAMED.search(asked)):
        # Which is the best for somebody is said nowhere; what each of them is may be.
        quotes = quote(f"{COMPARED} {named[0]}", unique, embedder)
    if not quotes and follow_up is not None:
        # It looked like a follow-up, and may be about something else.
        quotes = quote(follow_up.asked, unique, embedder)
    return "\n\n".join(item.markdown for item in quotes)


def _record(payload: Any, conversation: Conversation) -> str:
    spoken = _spoken(conversation)
    if spoken != ENGLISH:
        translated = describe_in(spoken, payload, conversation.question)
        if translated is not None:
            return translated
    if isinstance(payload, dict) and payload.get("error"):
        return describe_error(str(payload["error"]), str(payload.get("message") or ""))
    described = describe(payload, conversation.question)
    if described is not None:
        return described
    # Some tool of another form: its own words, rather than a guess at what they mean.
    return payload if isinstance(payload, str) else ""


def _sorry(conversation: Conversation) -> str:
    upset = ANGER.search(conversation.question.lower()) is not None
    if conversation.agent != ESCALATION and not upset:
        return ""
    spoken = _spoken(conversation)
    return "I am sorry about the trouble. " if spoken == ENGLISH else f"{sympathy(spoken)} "


def _without_findings(conversation: Conversation, route: Route, *, searched: bool) -> str:
    said = _pleasantry(conversation)
    if said is not None:
        return said
    if asks_to_reach_us(conversation.question):
        return str(languages()[_spoken(conversation)]["phrases"]["reach_us"])
    if route.label == OUT_OF_SCOPE and route.confidence >= DECLINES_FROM:
        return _decline(conversation)
    if route.label == ESCALATION:
        return (
            "I am sorry about the trouble. Would you like me to open a ticket, so that a person "
            "from our team takes care of it?"
        )
    return _does_not_know(conversation, searched=searched)


def _small_talk(conversation: Conversation) -> str:
    spoken = _spoken(conversation)
    said = _pleasantry(conversation) if spoken == ENGLISH else None
    if said is None and spoken == ENGLISH and _THANKED.search(conversation.question.lower()):
        said = WELCOME
    return said or str(languages()[spoken]["phrases"]["introduction"])


def _pleasantry(conversation: Conversation) -> str | None:
    match pleasantry(conversation.question):
        case "greeting":
            return f"Hello, and welcome to {conversation.company}! How can I help you?"
        case "thanks":
            return WELCOME
        case "farewell":
            return "Goodbye, and do write again whenever you need help."
    return None


def _does_not_know(conversation: Conversation, *, searched: bool) -> str:
    spoken = _spoken(conversation)
    if searched and spoken != ENGLISH:
        return str(languages()[spoken]["phrases"]["unknown"])
    start = (
        "I don't know the answer to that: I found nothing about it in our help articles."
        if searched
        else "I don't know the answer to that."
    )
    return f"{start} Would you like me to open a ticket, so that a person from our team can help?"


def _spoken(conversation: Conversation) -> str:
    """The code of the language to answer in; English where this model has no words of it."""
    named = conversation.language
    codes = (code for code, one in languages().items() if named in {code, one["name"].lower()})
    return next(codes, ENGLISH)


def _decline(conversation: Conversation) -> str:
    spoken = _spoken(conversation)
    if spoken != ENGLISH:
        return decline(spoken)
    return (
        f"I am sorry, that is outside of what I can help with. I am here for questions about "
        f"{conversation.company}: how things work, your account, subscription and invoices, or "
        f"to bring in a person from our team."
    )
