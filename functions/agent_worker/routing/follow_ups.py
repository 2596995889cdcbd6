"""Short follow-ups, which say nothing by themselves: they belong to whoever spoke last."""

import re

from agent_worker.memory import Window
from frontdesk.domain.conversation import Message, MessageRole
from frontdesk.domain.task import AgentName, Route, RouteLabel

MAX_WORDS = 5
"""«And what about the second?» has five; what is longer can stand alone."""

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
_PLEASANTRY = re.compile(
    r"\b(?:thanks?|thank you|thx|cheers|bye|goodbye|great|perfect)\b", re.IGNORECASE
)
_OWN_TOPIC = re.compile(
    r"\b(?:my|our)\b|\b(?:invoices?|subscription|plan|bill|account|payment|refund|password|cancel)",
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
    if len(text.split()) > MAX_WORDS or _PLEASANTRY.search(text):
        return None
    if _YES.match(text) and offers_a_person(last):
        return Route(
            agent=RouteLabel.ESCALATION,
            confidence=CONFIDENCE,
            reasoning="A short follow-up that accepts the offer of a person or a ticket.",
        )
    if last.agent is AgentName.ESCALATION and "?" not in last.content:
        # Nothing was asked, so «ok» adds nothing to the ticket.
        return None
    leans = _YES.match(text) or _NO.match(text) or _LEANING.match(text)
    if not leans or _OWN_TOPIC.search(text):
        return None
    return Route(
        agent=_BY_AGENT[last.agent],
        confidence=CONFIDENCE,
        reasoning=f"A short follow-up stays with the {last.agent.value} agent, who spoke last.",
    )


def offers_a_person(reply: Message) -> bool:
    """Tells whether a reply offers a ticket or a person.

    Args:
        reply: An agent's.

    Returns:
        True where it asks whether one is wanted.
    """
    return _OFFER.search(reply.content) is not None
