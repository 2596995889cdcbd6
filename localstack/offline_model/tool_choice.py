"""Decides which of the offered tools a question needs, and with which arguments."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localstack.offline_model.conversation import Conversation, ToolResult, pleasantry
from localstack.offline_model.embedding import Embedder
from localstack.offline_model.features import ANGER, COMPLAINT, LEGAL, MONEY_TAKEN, is_shouting
from localstack.offline_model.proposals import is_proposal, wanted_proposal
from localstack.offline_model.records import named_ticket
from localstack.offline_model.requests import FunctionSpec
from localstack.offline_model.routing import ESCALATION, FAQ, Route
from localstack.offline_model.schema_filling import (
    Filler,
    choose_by_meaning,
    is_optional,
    simplified,
)
from localstack.offline_model.text import content_stems, sentences, shorten, stem

SUBJECT_LENGTH = 80
MAX_QUERY_LENGTH = 400
SHARED_WORD = 0.25
"""What a word in common counts for beside the cosine of question and description."""
NEEDED_FROM = 0.25
"""The score from which a part of the question is taken to want a tool of its own."""
SEARCHES_BESIDE_RECORDS = 0.5
"""From this likelihood of a general question on, an account question is searched for too."""

# Customers' words for what tools' descriptions call by one name.
_CONCEPTS: Mapping[str, str] = {
    "invoice": "bill billed billing charge charged paid pay payment payments owe owed due overdue"
    " unpaid receipt amount total transaction statement cost refund money fee tax debit",
    "subscription": "plan plans trial seat seats renew renewal tier membership subscribed licence"
    " license feature features cycle contract expire expires upgrade downgrade cancel",
    "ticket": "ticket tickets",
    "customer": "name email mail phone company profile address detail details contact personal",
}
_WHOLE_ACCOUNT = re.compile(r"\bmy account\b|\baccount (status|overview)\b")
_ASKS_HOW = re.compile(r"\bhow (do|can|to|would|should)\b|\bpolicy\b|\bcan i\b|\bwhat happens\b")
_WANTS_ACTION = re.compile(
    r"\b(cancel|refund|upgrade|downgrade|change|update|switch|delete|close|add|remove)\b"
)
_RECORD_NUMBER = re.compile(r"\b[A-Za-z]{2,5}-\d[\d-]*\b")
_CLAUSE_END = re.compile(r"[.?!;]\s+|,\s+|\s+(?:and|also|plus|as well as)\s+", re.IGNORECASE)
_GREETING = re.compile(
    r"^\W*(hi|hello|hey|dear \w+|good (morning|afternoon|evening))( there| team| all)?\b[\s,.!:-]*",
    re.IGNORECASE,
)

_URGENT = re.compile(
    r"\burgent|\bemergency|\bcritical\b|\bproduction\b.{0,20}\bdown\b|\bsystem is down\b"
    r"|\boutage|\blocked out\b|\bdata (loss|breach|leak)|\bhacked\b|\bstolen\b|\bsecurity\b"
)
_PRESSING = re.compile(r"\bimmediate|\basap\b|\bright (now|away)\b|\btoday\b|\bat once\b|\bnow!")
_HIGH = re.compile("|".join(one.pattern for one in (_PRESSING, COMPLAINT, MONEY_TAKEN)))
_MILD = re.compile(r"\b(feature|suggestion|feedback|idea|would be (nice|great)|no rush|whenever)\b")

_CATEGORY_WORDS: Mapping[str, str] = {
    "billing": "bill billed billing charge charged invoice payment pay paid refund money price"
    " subscription plan card twice fee cost debit credit discount",
    "technical": "error sync integration api sso okta slow loading connect install setup server"
    " timeout fail failing down outage load webhook upload",
    "account": "login log password account profile email locked access permission user delete 2fa"
    " sign seat member",
    "feature_request": "feature suggestion wish roadmap missing support idea improvement",
    "bug_report": "bug crash crashes broken freezes glitch wrong disappeared lost",
}


_ABOUT_TICKET = re.compile(
    r"\b(?:tickets?|chamados?|support[- ](?:requests?|cases?))\b|\bFD-[0-9A-Z]{5}\b", re.IGNORECASE
)


@dataclass(frozen=True)
class WantedCall:
    """A tool and what to ask it."""

    name: str
    arguments: Mapping[str, Any]

    @property
    def arguments_json(self) -> str:
        """The arguments as the client gets them."""
        return json.dumps(self.arguments, ensure_ascii=False)


def wanted_calls(
    conversation: Conversation, tools: Sequence[FunctionSpec], route: Route, embedder: Embedder
) -> list[WantedCall]:
    """Decides which tools to ask for now.

    Args:
        conversation: What was said, and what tools have answered since.
        tools: What may be asked for.
        route: What the question seems to be.
        embedder: Compares meanings.

    Returns:
        Calls in the order in which the tools were offered; none where it is time to answer.
    """
    offered = [tool for tool in tools if tool.name not in conversation.called]
    if conversation.out_of_scope or not conversation.question:
        return []
    if pleasantry(conversation.question) and not conversation.wants_offered_person:
        return []
    if any(map(_is_proposed, conversation.results)):
        return []
    proposal = wanted_proposal(conversation, offered)
    if proposal is not None:
        return [WantedCall(*proposal)]
    offered = [tool for tool in offered if not is_proposal(tool)]
    chosen = {
        tool.name for tool in offered if is_ticket(tool) and _wants_ticket(conversation, route)
    }
    if not conversation.results and not conversation.provided:
        lookups = [tool for tool in offered if not is_ticket(tool) and not is_search(tool)]
        lookups = [tool for tool in lookups if not _hands_over(tool)]
        searches = [tool for tool in offered if is_search(tool)]
        if chosen:
            # A person will take care of it: quotes are for those who ask how, too.
            asks_how = _ASKS_HOW.search(conversation.question.lower()) is not None
            chosen |= {tool.name for tool in searches if asks_how}
        else:
            chosen |= _lookups(conversation, lookups, embedder)
            if not chosen or _wants_knowledge_too(conversation, route):
                chosen |= {tool.name for tool in searches}
    return [
        WantedCall(tool.name, arguments(conversation, tool, embedder))
        for tool in offered
        if tool.name in chosen
    ]


def forced_call(conversation: Conversation, tool: FunctionSpec, embedder: Embedder) -> WantedCall:
    """Makes the call that the client demands."""
    return WantedCall(tool.name, arguments(conversation, tool, embedder))


def is_search(tool: FunctionSpec) -> bool:
    """Tells whether a tool searches for text."""
    return "search" in tool.name or "retrieve" in tool.name


def is_ticket(tool: FunctionSpec) -> bool:
    """Tells whether a tool makes a ticket."""
    return (
        "ticket" in tool.name and re.search(r"create|open|make|file|raise", tool.name) is not None
    )


def arguments(conversation: Conversation, tool: FunctionSpec, embedder: Embedder) -> dict[str, Any]:
    """Fills a tool's parameters from the conversation.

    Args:
        conversation: What was said.
        tool: The tool, with the JSON schema of its parameters.
        embedder: Compares meanings.
    """
    schema: dict[str, Any] = tool.parameters or {}
    properties: Mapping[str, Any] = schema.get("properties", {})
    matter = _matter(conversation)
    known: dict[str, Any] = {}
    if is_ticket(tool):
        known = {
            "subject": _subject(matter),
            "description": matter,
            "category": _category(matter, _enum(properties, "category"), embedder),
            "priority": priority(matter, _enum(properties, "priority")),
        }
    elif _concept(tool) == "ticket" and (number := named_ticket(conversation.topic)):
        known = {"number": number}
    elif is_search(tool):
        known = {"query": shorten(conversation.topic, MAX_QUERY_LENGTH)}
    filler = Filler(
        text=conversation.topic,
        choose=lambda name, values: choose_by_meaning(conversation.topic, name, values, embedder),
        copied={name: value for name, value in known.items() if value is not None},
    )
    filled: dict[str, Any] = {}
    for name, property_ in properties.items():
        left_out = name not in known and is_optional(name, property_, schema)
        if not left_out or _is_said(conversation.question, property_, tool):
            holder = {"type": "object", "properties": {name: property_}}
            filled[name] = filler.fill(holder | {"$defs": schema.get("$defs", {})})[name]
        elif name in schema.get("required", ()):
            filled[name] = None
    return filled


def priority(text: str, allowed: Sequence[str]) -> str:
    """Tells how pressing a matter is.

    Args:
        text: The customer's words.
        allowed: The values there are, or none to take the usual four.
    """
    lowered = text.lower()
    upset = bool(ANGER.search(lowered) or LEGAL.search(lowered) or is_shouting(text))
    if _URGENT.search(lowered):
        wanted = "urgent"
    elif upset or _HIGH.search(lowered) or text.count("!") > 1:
        wanted = "high"
    else:
        wanted = "low" if _MILD.search(lowered) else "medium"
    order = {"urgent": ("urgent", "high"), "high": ("high", "urgent"), "low": ("low", "medium")}
    for value in order.get(wanted, ("medium", "normal")):
        if not allowed or value in allowed:
            return value
    return allowed[0]


def _is_proposed(result: ToolResult) -> bool:
    return isinstance(result.payload, dict) and "proposed_action" in result.payload


def _wants_ticket(conversation: Conversation, route: Route) -> bool:
    return ESCALATION in {conversation.agent, route.label} or conversation.wants_offered_person


def _hands_over(tool: FunctionSpec) -> bool:
    # The router has decided with the same classifier: nobody else would be chosen now.
    return re.search(r"hand_?(over|off)|transfer_to|delegate", tool.name) is not None


def _wants_knowledge_too(conversation: Conversation, route: Route) -> bool:
    lowered = conversation.question.lower()
    return (
        route.probabilities.get(FAQ, 0.0) >= SEARCHES_BESIDE_RECORDS
        or _ASKS_HOW.search(lowered) is not None
        or _WANTS_ACTION.search(lowered) is not None
    )


def _lookups(
    conversation: Conversation, tools: Sequence[FunctionSpec], embedder: Embedder
) -> set[str]:
    """Chooses account tools for each part of the question."""
    topic = conversation.topic
    if not _ABOUT_TICKET.search(topic):
        # Nothing else is answered by how a ticket stands.
        tools = [tool for tool in tools if _concept(tool) != "ticket"]
    if not tools:
        return set()
    if _WHOLE_ACCOUNT.search(topic.lower()):
        about = {tool.name for tool in tools if _concept(tool) in {"invoice", "subscription"}}
        if about:
            return about
    clauses = [clause for clause in _CLAUSE_END.split(topic) if content_stems(clause)] or [topic]
    described = [f"{tool.name.replace('_', ' ')}. {tool.description or ''}" for tool in tools]
    vectors = embedder.embed([*clauses, *described])
    cosines = vectors[: len(clauses)] @ vectors[len(clauses) :].T
    chosen: set[str] = set()
    best_alone, best_score = tools[0].name, float("-inf")
    for row, clause in enumerate(clauses):
        stems = content_stems(clause)
        scores = [
            float(cosines[row, column]) + SHARED_WORD * len(stems & _vocabulary(tool))
            for column, tool in enumerate(tools)
        ]
        top = max(range(len(tools)), key=lambda column: scores[column])
        if scores[top] > best_score:
            best_alone, best_score = tools[top].name, scores[top]
        if scores[top] >= NEEDED_FROM and stems & _vocabulary(tools[top]):
            chosen.add(tools[top].name)
    if not chosen and _ABOUT_TICKET.search(topic):
        # The nearest of the others would tell of something else altogether.
        return {tool.name for tool in tools if _concept(tool) == "ticket"}
    return chosen or {best_alone}


def _concept(tool: FunctionSpec) -> str:
    named = content_stems(tool.name.replace("_", " "))
    described = content_stems(tool.description or "")
    for stems in (named, described):
        for concept in _CONCEPTS:
            if stem(concept) in stems:
                return concept
    return ""


def _vocabulary(tool: FunctionSpec) -> set[str]:
    concept = _concept(tool)
    return {stem(word) for word in _CONCEPTS.get(concept, "").split()} | content_stems(
        tool.name.replace("_", " ").replace("get", "")
    )


def _is_said(question: str, property_: Mapping[str, Any], tool: FunctionSpec) -> bool:
    """Tells whether the customer asks for a part only: "overdue invoices", "the last 3"."""
    if is_search(tool) or _RECORD_NUMBER.search(question):
        return False
    lowered = question.lower()
    schema, _ = simplified(property_, property_)
    values = [str(value).replace("_", " ") for value in schema.get("enum", ()) if value]
    if values:
        vocabulary = _vocabulary(tool)
        followers = re.findall(rf"\b(?:{'|'.join(map(re.escape, values))})\s+([a-z]+)", lowered)
        return any(stem(word) in vocabulary for word in followers)
    if schema.get("type") == "integer":
        return re.search(r"\b(last|latest|first|recent|past)\s+\d+\b", lowered) is not None
    return False


def _enum(properties: Mapping[str, Any], name: str) -> list[str]:
    values = properties.get(name, {}).get("enum") or ()
    return [str(value) for value in values if value is not None]


def _matter(conversation: Conversation) -> str:
    """What a ticket is about: a bare "yes please" is about what was asked before."""
    question = conversation.question
    if conversation.wants_offered_person or conversation.is_follow_up:
        return conversation.asked_before() or question
    return question


def _subject(text: str) -> str:
    said = _GREETING.sub("", text).strip() or text
    first = next(iter(sentences(said)), said)
    subject = shorten(first.rstrip(" .!"), SUBJECT_LENGTH)
    return subject[:1].upper() + subject[1:]


def _category(text: str, allowed: Sequence[str], embedder: Embedder) -> str:
    stems = content_stems(text)
    counts = {
        category: len(stems & {stem(word) for word in vocabulary.split()})
        for category, vocabulary in _CATEGORY_WORDS.items()
        if not allowed or category in allowed
    }
    best = max(counts, key=lambda category: counts[category], default="other")
    if counts.get(best):
        return best
    if not allowed or "other" in allowed:
        return "other"
    return str(choose_by_meaning(text, "category", allowed, embedder).value)
