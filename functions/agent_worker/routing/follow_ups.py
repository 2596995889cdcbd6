"""Short follow-ups, which say nothing by themselves: they belong to whoever spoke last."""

import re

from agent_worker.languages import languages
from agent_worker.memory import Window
from frontdesk.domain.conversation import Message, MessageRole
from frontdesk.domain.task import AgentName, Route, RouteLabel
from frontdesk.knowledge.follow_ups import stands_alone

MAX_WORDS = 5
"""«And what about the second?» has five; what is longer can stand alone."""

MAX_WORDS_IN_VAIN = 8
"""«Sorry, but none of that has really helped» has eight; what is longer says what happens."""

CONFIDENCE = 0.9

_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok|okay|please(?: do)?|do (?:it|that|so)|go ahead|of course"
    r"|definitely|absolutely|that would be (?:great|good|nice)|sounds good"
    r"|ja|jawohl|gerne?|bitte|oui|d'accord|volontiers|s[ií]|claro|sim|por favor|certo|va bene)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^\W*(?:no|nope|nah|not (?:now|really|yet)|never ?mind|neither|no thanks|nein|non|não)\b",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"^\W*(?:and|or|also|but|what about|how about|then|how so|how come|since when|until when"
    r"|(?:why|when|where|which|how much|how long)(?: one| exactly| though| not| so| then)?\W*$"
    r"|how many(?: \w+)?\W*$"
    r"|the (?:first|second|third|last|other|next|former|latter|same)|this one|that one|these|those"
    r"|both|all of (?:them|it)|more|again|really|go on|continue|tell me more|for example"
    r"|such as|like what|(?:in|per|for) (?:a |the )?(?:day|week|month|year)s?|monthly|yearly"
    r"|\d+\W*$)(?!\w)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"^\W*(?:to|for|on|in|with|without|from|at|zum?r?|für|auf|mit|ohne|von|pour|avec|sans|sur|dans|au"
    r"|para|con|sin|al|com|sem|em|per|senza|su)(?: [\w-]+){1,3}\W*$",
    re.IGNORECASE,
)
"""«To Enterprise»: an answer, or the rest of a question."""
_SOMEBODY = re.compile(
    r"\b(?:persons?|people|humans?|agents?|operators?|managers?|someone|somebody|colleagues?|supervisor"
    r"|mensch\w*|mitarbeiter\w*|jemand\w*|chef\w*|personnes?|humain\w*|conseill\w*|quelqu\w*"
    r"|responsa\w*|personas?|human[oa]\w*|agentes?|alguien|pessoas?|alguém|atendente|person[ae]"
    r"|uman[oi]|operator[ei]|qualcuno)\b",
    re.IGNORECASE,
)
_PLEASANTRY = re.compile(
    r"\b(?:thanks?|thank you|thx|cheers|bye|goodbye|great|perfect)\b", re.IGNORECASE
)
_ANOTHER_DOES_IT = re.compile(
    r"\b(?:you|u|some(?:one|body)|any(?:one|body)|sie|du|ihr|jemand|vous|tu|quelqu['’]un"
    r"|usted(?:es)?|alguien|você|alguém|lei|voi|qualcuno)\b",
    re.IGNORECASE,
)
"""«Can you open one?» points back, and is a wish of its own."""
_OWN_TOPIC = re.compile(
    r"\b(?:my|our)\b|(?<!which )(?<!what )\b(?:invoices?|subscription|plan|bill|account|payment"
    r"|refund|password|cancel)",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:ticket|person|human|colleague|mensch\w*|personne|persona|pessoa)\b[^?]*\?",
    re.IGNORECASE,
)

_BY_AGENT = {
    AgentName.FAQ: RouteLabel.FAQ,
    AgentName.ORDER: RouteLabel.ORDER,
    AgentName.ESCALATION: RouteLabel.ESCALATION,
}


def follow_up_route(window: Window) -> Route | None:
    """Routes a message that leans on the reply before it.

    Args:
        window: The conversation, and the message to be routed.

    Returns:
        The route: the agent that spoke last, or escalation where its offer of a ticket or a
        person is accepted. None where the message can stand alone, or no agent spoke.
    """
    last = window.earlier[-1] if window.earlier else None
    if last is None or last.role is not MessageRole.ASSISTANT or last.agent is None:
        return None
    text = window.text
    if tried_in_vain(window):
        return _escalates("says that the answer before it was of no use")
    if len(text.split()) > MAX_WORDS or _PLEASANTRY.search(text):
        return None
    if _YES.match(text) and offers_a_person(last):
        return _escalates("accepts the offer of a person or a ticket")
    # After a ticket nothing was asked, so «ok» adds nothing to it.
    asked_nothing = last.agent is AgentName.ESCALATION and "?" not in last.content
    leans = any(match(text) for match in (_YES.match, _NO.match, _LEANING.match, _points_back))
    if asked_nothing or not leans or _OWN_TOPIC.search(text):
        return None
    return Route(
        agent=_BY_AGENT[last.agent],
        confidence=CONFIDENCE,
        reasoning=f"A short follow-up stays with the {last.agent.value} agent, who spoke last.",
    )


def _escalates(why: str) -> Route:
    return Route(
        agent=RouteLabel.ESCALATION,
        confidence=CONFIDENCE,
        reasoning=f"A short follow-up that {why}.",
    )


def tried_in_vain(window: Window) -> bool:
    """Tells whether a message says that what was told has not helped, and nothing else.

    Args:
        window: The conversation.

    Returns:
        True where something was told: an answer with sources.
    """
    if len(window.text.split()) > MAX_WORDS_IN_VAIN or not any(
        one.citations for one in window.earlier
    ):
        return False
    said = window.text.strip(" \t\n.,!?;:")
    return any(one.answers["in_vain"].fullmatch(said) for one in languages())


def _points_back(text: str) -> bool:
    """Tells whether a message says what it is about by pointing at what was said."""
    if _PLACE.match(text):
        return _SOMEBODY.search(text) is None
    asks = text.rstrip().endswith("?") and _ANOTHER_DOES_IT.search(text) is None
    return asks and not stands_alone(text)


def offers_a_person(reply: Message) -> bool:
    """Tells whether a reply offers a ticket or a person.

    Args:
        reply: An agent's.

    Returns:
        True where it asks whether one is wanted.
    """
    return _OFFER.search(reply.content) is not None
