"""Words that say by themselves what a message is: plain cues, beside its meaning.

The English ones stand here, since the classifier learns from them as well; those of the other
languages stand in the languages' files.
"""

import re

from agent_worker.languages import Language, detect, languages
from frontdesk.domain.actions import ActionKind
from frontdesk.domain.records import BillingCycle, Plan

_PERSON = (
    r"(?:human|person|people|operator|agent|representative|rep|supervisor|manager|advis[oe]r"
    r"|somebody|someone|anybody|employee|colleague|specialist|assistant"
    r"|member of (?:your )?staff)s?"
)
_REACH = r"(?:talk|speak|chat|connect(?:ed)?|transfer(?:red)?|put|switch|get|hand)"

_IN_CHARGE = (
    r"(?:human|person|operator|agent|representative|rep|supervisor|manager|advis[oe]r|specialist)s?"
    r"(?! (?:role|account|access|seat|permission|api|plan|licen[cs]e|view|right)s?)"
)
"""Who is asked for by name; «someone» and «people» are also whom one shares a board with."""

_WISH = re.compile(
    rf"\b(?:talk|speak|chat)(?:ing)?\b(?: directly)?(?: (?:to|with))?(?: \w+){{0,3}}? {_PERSON}\b"
    rf"|\b(?:connect(?:ed)? (?:(?:me|us) )?(?:to|with)"
    rf"|(?:transfer|put|switch|hand|pass|direct)(?:red|ed)? (?:me|us)|be transferred)\b"
    rf"(?: \w+){{0,4}}? {_PERSON}\b"
    rf"|\b(?:want|need|give me|get me|call|contact|reach|prefer|request|demand)\b"
    rf"(?: (?:a|an|the|your|to|with|me|us|real|live|human|actual|free|another))* {_IN_CHARGE}\b"
    r"|\b(?:real|live|actual|physical) (?:human|person|people|being|agent|operator)\b"
    r"|\b(?:human|customer|live) (?:agent|operator|representative|being)\b"
    r"|\b(?:not|don'?t|dont|no more|stop|hate|instead of)\b[^.?!]{0,25}\b(?:bots?|robots?)\b"
    r"|^\W*(?:human|operator|agent|representative|person)\b(?: please)?\W*$"
    r"|\b(?:human|agent|person|operator|representative),? please\b"
    r"|\b(?:somebody|someone|anyone|person|human)\b[^.?!]{0,20}\b(?:call|phone|ring|contact) me\b"
    r"|\b(?:get hold of|in touch with|assistance from|pass(?:ed)? (?:me |us )?(?:on )?to"
    r"|conversation with)\b"
    rf"(?: \w+){{0,4}} {_PERSON}\b"
    r"|\bescalate (?:it|this|that|my)\b|\b(?:this|that|it) escalated\b"
    r"|\bhuman (?:assistance|help|support)\b",
    re.IGNORECASE,
)
_COMPLAINT = re.compile(
    r"\bcomplain(?:t|ts|ing|ed)?\b|\bgrievance|\breclamation|\bdissatisf\w+"
    r"|\b(?:unhappy|not happy) with\b|\bbad experience\b"
    r"|\b(?:lodge|file|make|open|submit|register|send)\b[^.?!]{0,20}\bclaims?\b"
    r"|\b(?:raise|put in|bring|start)\b[^.?!]{0,20}\b(?:claims?|case) (?:with|against)\b",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"\blawyers?\b|\battorneys?\b|\blawsuit|\b(?:sue|suing)\b|\blegal (?:action|steps|team|advice)"
    r"|\b(?:to|in) court\b|\bthe police\b|\b(?:hold you|held) liable\b|\bombudsman\b"
    r"|\bconsumer (?:protection|rights|authority)\b|\bregulator\b",
    re.IGNORECASE,
)
_SAFETY = re.compile(
    r"\b(?:data (?:breach|leak|loss)|lost all (?:my|our) (?:data|work|files))\b"
    r"|\b(?:kill|hurt|harm)(?:ing)? (?:myself|me)\b|\bsuicid\w*|\bcaught fire\b|\bis on fire\b"
    r"|\bin danger\b|\bthreaten(?:ed|ing)?\b|\bgot (?:hurt|injured)\b"
    r"|\bhacked\b|\b(?:my|our) (?:\w+ )?account (?:was|got|is|has been)"
    r" (?:\w+ )?(?:stolen|compromised|hijacked|taken over)\b"
    r"|\b(?:someone|somebody)(?: else)? (?:has |is |was )?(?:us(?:es|ed|ing)|access(?:ed|ing)"
    r"|logged in ?to|broke into|stole|took over) (?:my|our) (?:account|login|data|password)\b",
    re.IGNORECASE,
)
_ANGER = re.compile(
    r"\bfuck\w*|\bbullshit\b|\bshit(?:ty)?\b|\bdamn\b|\bwtf\b|\bridiculous\b|\bunacceptable\b"
    r"|\boutrag\w+|\bfurious\b|\b(?:i'?m|i am|so|very|really|getting) (?:\w+ )?(?:angry|mad|upset"
    r"|frustrated|annoyed|disappointed)\b|\blivid\b|\bfed up\b|\b(?:sick|tired) of\b"
    r"|\bincompeten\w+|\bdisgust\w+|\bfrustrating\b|\bappalling\b|\bhow dare\b|\bshameful\b"
    r"|\b(?:terrible|awful|horrible|worst|pathetic|lousy) (?:\w+ )?(?:service|support|experience"
    r"|company|customer)\b|\bwaste of (?:time|money)\b"
    r"|\b(?:is|what|such) (?:a |an )?(?:\w+ )?joke\b"
    r"|\b(?:scam|scammers?|rip-?off|thieves)\b"
    r"|\b(?:lost|losing) my patience\b|\b(?:this|that|it)(?:'s| is) (?:fraud|theft)\b"
    r"|\bwhat the hell\b"
    r"|\b(?:no one|nobody) (?:is )?(?:helps|helping|cares|answers|answering|listens|replies)\b"
    r"|\bashamed of yourselves\b|\b(?:cheated|insulted|betrayed) by (?:you|your)\b|\bwas rude\b",
    re.IGNORECASE,
)

_OWN_RECORD = re.compile(
    r"\b(?:my|our) (?:(?:last|latest|recent|next|current|new|previous|upcoming) )?(?:order|invoice"
    r"|bill|payment|transfer|refund|package|parcel|purchase|balance|account|statement|plan"
    r"|subscription|transaction|delivery|card|trial|seats?|receipt|renewal)",
    re.IGNORECASE,
)
_GENERAL = re.compile(
    r"^\W*(?:how (?:do|can|to|does|long|much|many)|what(?:'s| is| are) (?:the|your)"
    r"|do you|can (?:i|we)"
    r"|is (?:there|it possible)|are there|which|where (?:do|can))\b",
    re.IGNORECASE,
)
_BUSINESS = re.compile(
    r"order|purchase|invoice|bill|payment|pay|account|card|refund|deliver|ship|plan|subscri"
    r"|password|pin|transfer|balance|charge|fee|money|cash|currenc|deposit|statement",
    re.IGNORECASE,
)
_WAITING = re.compile(
    r"\b(?:pending|still|hasn'?t|haven'?t|not (?:showing|arrived)|didn'?t|yet|already)\b",
    re.IGNORECASE,
)

_PLAN_CHANGE = r"(?:upgrade|downgrade|switch|move|change|go|put|bring|take)"
_OWN = r"(?:me|us|(?:my|our)(?: \w+){1,2})"
_DETAIL = r"(?:phone|telephone|mobile|company|first|last|family)(?: (?:name|number))*"
_OWN_CHANGE = re.compile(
    r"^\W*(?:(?:hi|hello|hey)\W+)?(?:please |kindly |(?:can|could|would|will) you (?:please )?"
    r"|(?:i|we)(?: would|'d|’d)? (?:like|want|wish|need)(?: you)? to |let'?s )?"
    rf"(?:{_PLAN_CHANGE} (?:{_OWN} )?(?:back |up |down |over )*(?:to|on|onto) (?:the |a |an )?"
    rf"(?:{'|'.join([*Plan, *BillingCycle])}|annual|(?:\w+ )?plan)\b"
    rf"|(?:change|update|correct|set|replace) (?:my|our) {_DETAIL} (?:to|into|from)\b)"
    rf"|\b(?:my|our) (?:new )?{_DETAIL} is now\b"
    r"|^\W*(?:please |(?:i|we)(?: would|'d|’d)? (?:like|want|wish|need) to )?"
    r"cancel(?: please)?\W*$",
    re.IGNORECASE,
)
"""Somebody wants their own account changed, and says to what; asking how it is done is no wish."""

_PLAN = re.compile(rf"\b(?:{'|'.join(Plan)})\b", re.IGNORECASE)

_TIER = r"(?:plan|tier|subscription|edition|package)"
_PLANS_COMPARED = re.compile(
    r"\b(?:the|your|all|which|what|available|different|compare|comparing|between|paid|pricing"
    rf"|these|those|other) (?:\w+ )?{_TIER}s\b(?! (?:for|to|on) )"
    r"|\b(?:cheapest|best|lowest|biggest|largest|smallest|(?:most|least) \w+|right|recommended)"
    rf"(?: \w+)? {_TIER}\b"
    rf"|\b(?:which|what) (?:\w+ )?{_TIER}\b[^.?!]{{0,40}}\b(?:cheap(?:est|er)|best|better"
    r"|(?:most|least) expensive|recommend\w*|right|should|take|choose|pick|suits?|fits?)\b",
    re.IGNORECASE,
)
_PLAN_WITH = re.compile(
    rf"\b(?:cheaper|bigger|smaller|free|paid)(?: \w+)? {_TIER}\b"
    rf"|\b(?:which|what) (?:\w+ )?{_TIER}\b[^.?!]{{0,40}}\b(?:need(?:ed)?|includes?|allows?"
    r"|supports?|comes|offers?|has|have|enough)\b",
    re.IGNORECASE,
)
_OWN_PLAN = re.compile(
    r"\b(?:my|our|mine|ours|am i|are we|i am|i['’]?m|we are|we['’]?re|(?:do|did|have) (?:i|we)"
    r"|(?:i|we) (?:have|had|pay|paid|got|bought|chose|took))\b(?! need| choose| pick| take)",
    re.IGNORECASE,
)
"""Of whoever says this, the account tells which plan is meant: «do we have the best plan?»."""

_SHOUTING_MIN_LETTERS = 8

_ESCALATING = (
    ("a wish for a person", _WISH),
    ("a complaint", _COMPLAINT),
    ("a legal matter", _LEGAL),
    ("a matter of safety", _SAFETY),
    ("anger", _ANGER),
)
_SOFT = (
    re.compile(rf"\b{_PERSON}\b", re.IGNORECASE),
    re.compile(rf"\b{_REACH}\b|\bcontact\b|\breach\b|\bescalat", re.IGNORECASE),
    re.compile(r"\d{4,}|#\d+"),
    _OWN_RECORD,
    re.compile(r"\bmy\b", re.IGNORECASE),
    _WAITING,
    _GENERAL,
    re.compile(r"\b(?:you|your|ur|u)\b", re.IGNORECASE),
    _BUSINESS,
)

CUES = len(_ESCALATING) + len(_SOFT) + 2
"""How many numbers `strengths` gives."""


def escalating_cue(text: str) -> str | None:
    """Finds what makes a message a matter for a person, whatever else it says.

    Args:
        text: The message.

    Returns:
        What it is, for the route's reasoning, or None.
    """
    for name, pattern in _ESCALATING:
        if pattern.search(text):
            return name
    spoken = detect(text)
    # «Justice» is no legal matter in English; in a message of two words it may be any language.
    for one in languages() if spoken is None else (spoken,):
        for name, pattern in one.cues.items():
            if pattern.search(text):
                return name
    return None


def wants_own_change(text: str) -> bool:
    """Tells whether a message plainly demands a change of the sender's own account.

    Args:
        text: The message.

    Returns:
        True where it says what is to be changed, and to what.
    """
    if _OWN_CHANGE.search(text):
        return True
    spoken = detect(text)
    return any(_demands_change(text, one) for one in (languages() if spoken is None else (spoken,)))


def _demands_change(text: str, one: Language) -> bool:
    if not one.changes:
        return False

    def says(name: str) -> bool:
        return all(pattern.search(text) for pattern in one.changes[name])

    if not says("demand") or says("question"):
        return False
    # A plan is called the same in every language.
    return (says(ActionKind.CHANGE_PLAN) and _PLAN.search(text) is not None) or any(
        says(kind) for kind in ActionKind if kind is not ActionKind.CHANGE_PLAN
    )


def compares_plans(text: str) -> bool:
    """Tells whether a message asks for all plans that there are: which is best, how they differ.

    Args:
        text: The message.

    Returns:
        True where it plainly does, and asks nothing about the sender's own plan.
    """
    return _PLANS_COMPARED.search(text) is not None and _OWN_PLAN.search(text) is None


def asks_about_plans(text: str) -> bool:
    """Tells whether a message asks about the plans that there are, or for one with some feature.

    Args:
        text: The message.

    Returns:
        True where it plainly does, and asks nothing about the sender's own plan.
    """
    return compares_plans(text) or (
        _PLAN_WITH.search(text) is not None and _OWN_PLAN.search(text) is None
    )


def strengths(text: str) -> list[float]:
    """Measures a message's cues.

    Args:
        text: The message.

    Returns:
        `CUES` numbers from 0 to 1, always in the same order.
    """
    patterns = [pattern for _name, pattern in _ESCALATING] + list(_SOFT)
    return [
        *(float(pattern.search(text) is not None) for pattern in patterns),
        float(_is_shouting(text)),
        min(2, text.count("!")) / 2,
    ]


def _is_shouting(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    return len(letters) > _SHOUTING_MIN_LETTERS and capitals > len(letters) / 2
