"""What a request's messages say: who asks what, and what is already known."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from frontdesk.domain.addresses import only_address_in
from localstack.offline_model.languages import tried_in_vain
from localstack.offline_model.requests import FunctionCall, Message, ToolSpec
from localstack.offline_model.text import STOP_WORDS, words

_COMPANY = re.compile(r"\bagent of (?P<name>.+?)['’]s? support team", re.IGNORECASE)
_AGENT = re.compile(r"^\W*you are the (?P<name>\w+) agent\b", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"\bin (?:the language with the tag `(?P<tag>[a-z]{2,3})\b"
    r"|(?P<name>[A-Z][a-z]+), the language that the sender writes in)"
)
_OUT_OF_SCOPE = re.compile(
    r"^\W*routed?\b[^\n]*\bout_of_scope\b|\b(last )?message has nothing to do with\b",
    re.IGNORECASE | re.MULTILINE,
)
_SMALL_TALK = re.compile(r"\blast message greets, thanks or says goodbye\b", re.IGNORECASE)
_SPOKE = re.compile(r"^\((?P<name>\w+) agent:\)")
_DATA = re.compile(r'\{\s*"passages"\s*:')
_TAG = re.compile(r"</?[a-z_]+>")

FOLLOW_UP_WORDS = 8
"""A longer message says by itself what it is about."""
_FOLLOW_UP_START = re.compile(
    r"^((and|also|or|but|then|so|what about|how about|what if|same for|ok(ay)?|yes|yeah|yep|no|nope"
    r"|sure|please do|go ahead|which one)\b"
    r"|(why( not)?|how|when|where|how (much|many|long))\W*$)"
)
_REFERS_BACK = re.compile(
    r"\b(it|its|that|this|those|these|them|they|there|the (first|second|third|last|other|same)"
    r"( one)?|the (one|ones)|one)\b"
)
_AFFIRMATION = re.compile(
    r"^\W*(yes|yeah|yep|sure|ok(ay)?|please( do)?|go ahead|do (it|that)|that would be (great|nice)"
    r"|of course|absolutely|ja|jawohl|gerne?|oui|d'accord|volontiers|s[ií]|claro|sim|certo"
    r"|va bene)\b"
)
_OFFERED_PERSON = re.compile(
    r"(would you like|shall i|do you want|i can|may i|should i)[^.?!]{0,80}"
    r"\b(ticket|person|human|colleague|team|someone)\b"
    r"|\b(soll ich|voulez-vous|quiere|quer que|vuole)\b[^.?!]{0,80}\bticket\b"
)
_PLEASANTRY = re.compile(
    r"^\W*((hi|hello|hey|good (morning|afternoon|evening|day)|greetings)( there| all| team)?"
    r"|(many )?thanks?( you)?( so much| a lot| very much)?|thx|ty|cheers|bye|goodbye"
    r"|(great|perfect|super|ok|okay|cool|got it|that'?s all))"
    r"([\s,.!]+(hi|hello|hey|thanks?( you)?|bye|good (morning|afternoon|evening)"
    r"|that'?s all|that'?s great|great|perfect))*\W*$"
)
_THANKS = re.compile(
    r"\b(thank|thanks|thx|ty|cheers|great|perfect|super|cool|got it|that'?s all)\b"
)
_FAREWELL = re.compile(r"\b(bye|goodbye)\b")


@dataclass(frozen=True)
class Passage:
    """A piece of the knowledge base."""

    number: int
    title: str
    section: str
    content: str


@dataclass(frozen=True)
class ToolResult:
    """What a tool answered."""

    name: str
    payload: Any
    """Its JSON, or its text where it is none."""
    query: str = ""
    """What was searched for, where it was asked with a query."""


@dataclass(frozen=True)
class Conversation:
    """A request's messages, read once."""

    system: str
    question: str
    """The last message of the user, without data that came with it."""
    earlier: tuple[Message, ...] = ()
    """What was said before it."""
    results: tuple[ToolResult, ...] = ()
    """What the tools have answered since."""
    provided: tuple[Passage, ...] = ()
    """Passages that the prompt itself contains."""
    company: str = "our"
    language: str = ""
    """The tag or the name of the language to answer in, where the prompt says it."""
    agent: str = ""
    """`faq`, `order` or `escalation`, where the prompt says so."""
    out_of_scope: bool = False
    small_talk: bool = False
    called: frozenset[str] = field(default_factory=frozenset)
    """Names of the tools asked for since the question."""

    @property
    def found_words(self) -> Counter[str]:
        """The words of the passages that were found, in lower case."""
        found = [*self.provided]
        for result in self.results:
            found += read_passages(result.payload) or []
        return Counter(words(" ".join(f"{one.title} {one.section} {one.content}" for one in found)))

    @property
    def is_follow_up(self) -> bool:
        """Whether the question cannot be understood without the turns before it."""
        if not any(message.role == "user" for message in self.earlier):
            return False
        return refers_back(self.question)

    @property
    def topic(self) -> str:
        """The question; for a follow-up, with the question that it follows."""
        if not self.is_follow_up:
            return self.question
        asked = self.asked_before()
        return f"{asked} {self.question}" if asked else self.question

    @property
    def wants_offered_person(self) -> bool:
        """Whether the customer says yes to a ticket or a person that was offered."""
        # «Ok, and how much for five?» asks something else.
        if len(words(self.question)) > FOLLOW_UP_WORDS or "?" in self.question:
            return False
        return bool(_AFFIRMATION.search(self.question.lower())) and bool(
            _OFFERED_PERSON.search(self.last_reply.lower())
        )

    def asked_before(self) -> str:
        """Returns the customer's latest message that stands by itself, or an empty string."""
        for message in reversed(self.earlier):
            text = message.content or ""
            if message.role != "user" or refers_back(text) or pleasantry(text):
                continue
            # Who answers «please sign in» with an address has said before what it is about.
            if only_address_in(text) is None:
                return text
        return ""

    @property
    def last_agent(self) -> str:
        """Who gave the last reply, where the prompt says so in front of it."""
        return _first_group(_SPOKE, self.last_reply)

    @property
    def last_reply(self) -> str:
        """What was answered last; '' where nothing was."""
        replies = (m.content for m in reversed(self.earlier) if m.role == "assistant" and m.content)
        return next(replies, "")


def read(messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Conversation:
    """Reads the messages of a request.

    Args:
        messages: As the client sent them.
        tools: What it offers. Passages in a user's message count only where no search is offered:
            who can search has no need of them, and customers could write their own.
    """
    system = "\n".join(m.content or "" for m in messages if m.role in {"system", "developer"})
    provided = list(passages_in(system))
    may_search = any("search" in tool.function.name for tool in tools)

    last, question = len(messages), ""
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].role != "user":
            continue
        text = messages[index].content or ""
        if not may_search:
            provided += passages_in(text)
            text = _without_data(text)
        last, question = index, _TAG.sub(" ", text).strip()
        if question:
            break

    since = messages[last + 1 :]
    calls = {call.id: call.function for message in since for call in message.tool_calls or ()}
    return Conversation(
        system=system,
        question=question,
        earlier=tuple(m for m in messages[:last] if m.role in {"user", "assistant"}),
        results=tuple(
            _result(calls.get(m.tool_call_id or ""), m.content or "")
            for m in since
            if m.role == "tool"
        ),
        provided=tuple(provided),
        company=_first_group(_COMPANY, system) or "our company",
        language=_language(system),
        agent=_first_group(_AGENT, system).lower(),
        out_of_scope=_OUT_OF_SCOPE.search(system) is not None,
        small_talk=_SMALL_TALK.search(system) is not None,
        called=frozenset(function.name for function in calls.values()),
    )


def refers_back(text: str) -> bool:
    """Tells whether a message leans on what was said before."""
    lowered = text.lower().strip()
    spoken = words(lowered)
    if not spoken or len(spoken) > FOLLOW_UP_WORDS:
        return False
    if _FOLLOW_UP_START.search(lowered) or tried_in_vain(text):
        return True
    meaningful = [word for word in spoken if word not in STOP_WORDS]
    return _REFERS_BACK.search(lowered) is not None and len(meaningful) <= 2


def pleasantry(text: str) -> str | None:
    """Returns `greeting`, `thanks` or `farewell` for a message that is nothing else."""
    lowered = text.lower().strip()
    if not _PLEASANTRY.match(lowered):
        return None
    if _FAREWELL.search(lowered):
        return "farewell"
    return "thanks" if _THANKS.search(lowered) else "greeting"


def read_passages(payload: Any) -> list[Passage] | None:
    """Returns the passages of a tool's answer, or None where it has another form."""
    if not isinstance(payload, dict) or not isinstance(payload.get("passages"), list):
        return None
    return [
        Passage(
            number=int(row.get("number") or index),
            title=str(row.get("title") or ""),
            section=str(row.get("section") or ""),
            content=str(row["content"]),
        )
        for index, row in enumerate(payload["passages"], start=1)
        if isinstance(row, dict) and row.get("content")
    ]


def passages_in(text: str) -> Iterator[Passage]:
    """Finds passages that stand as JSON within a text."""
    for payload, _, _ in _data_in(text):
        yield from read_passages(payload) or ()


def _without_data(text: str) -> str:
    for _, start, end in reversed(list(_data_in(text))):
        text = text[:start] + text[end:]
    return re.sub(r"^\s*(passages|question|message)\s*:\s*", "", text.strip(), flags=re.IGNORECASE)


def _data_in(text: str) -> Iterator[tuple[Any, int, int]]:
    decoder = json.JSONDecoder()
    position = 0
    while match := _DATA.search(text, position):
        try:
            payload, end = decoder.raw_decode(text, match.start())
        except ValueError:
            position = match.end()
            continue
        yield payload, match.start(), end
        position = end


def _result(asked: FunctionCall | None, content: str) -> ToolResult:
    if asked is None:
        return ToolResult("", _parsed(content))
    arguments = _parsed(asked.arguments)
    query = arguments.get("query") if isinstance(arguments, dict) else None
    return ToolResult(asked.name, _parsed(content), query=query if isinstance(query, str) else "")


def _parsed(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content


def _language(system: str) -> str:
    match = _LANGUAGE.search(system)
    return (match["tag"] or match["name"]).lower() if match else ""


def _first_group(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match["name"].strip() if match else ""
