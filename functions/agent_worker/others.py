"""Messages that ask for somebody else's account: what is said does not depend on whether it exists.

The tools show nobody but the sender, so nothing is given away in any case. But an answer from the
sender's own records would look like one about the person who was asked for.
"""

import re
from collections.abc import Collection

from agent_worker import phrases
from agent_worker.languages import detect, language, spoken_in
from agent_worker.memory import Window
from agent_worker.routing.cues import escalating_cue
from agent_worker.routing.spelling import ENGLISH, vocabulary
from agent_worker.routing.wishes import requests
from agent_worker.tools.toolbox import MAY_CONFIRM, Toolbox
from frontdesk.domain.addresses import addresses_in
from frontdesk.domain.task import QueuedMessage

REASONING = "By its words: somebody else's account."

MAX_ADDRESSES = 5
"""Who pastes a list of them asks something else."""

_RECORDS = (
    r"(?:plan|tarif|forfait|plano|piano|subscription|abo(?:nnement)?|suscripción|assinatura"
    r"|abbonamento|membership|trial|renewal|invoice|rechnung|facture|factura|fatura|fattura|bill"
    r"|receipt|payment|charge|balance|account|konto|compte|cuenta|conta|profile|phone number"
    r"|password|passwort|ticket|data)(?:s|e|en|es)?\b"
)
_FROM_HERE_ON = r"(?:\W+\w+){0,3}?\W+(?:of|for|von|für|de|du|pour|para|di|per|belonging to)\W+"
_OF_AN_ADDRESS = (
    rf"\b{_RECORDS}{_FROM_HERE_ON}(?:(?:the|el|le|la|il|customer|client|user|kunde\w*) )*<?%s"
    rf"|%s>?(?:['’]s)?\W+(?:\w+\W+){{0,2}}?{_RECORDS}"
    rf"|\b(?:what|which) {_RECORDS} (?:is|does|has|did) %s"
    r"|\b(?:is|does|did|has) %s"
    r" (?:have|pay|owe|paid|subscribed|on|a (?:paying )?(?:customer|user))\b"
)
_NAME = r"([^\W\d_]{2,}(?: [^\W\d_]{2,}){0,2}?)"
_OF_A_NAME = re.compile(
    rf"\b(?:what|which) (?:plan|subscription|tier) (?:is|are) {_NAME} on\W*$"
    rf"|\b(?:what|which|how (?:much|many)) {_RECORDS} (?:does|do|did|has) {_NAME}"
    r" (?:have|pay|owe|paid)\b"
    rf"|\b(?:does|did|has) {_NAME} (?:pay|paid|owe)\b"
    rf"|(?<![\w'’]){_NAME}['’]s (?:(?:last|latest|current|open|unpaid) )?{_RECORDS}"
    rf"|\b{_RECORDS} of (?:customer |user )?{_NAME}(?=\W*(?:$|[,;.?!]|please\b))",
    re.IGNORECASE,
)
_OF_A_STRANGER = re.compile(
    r"\b(?:what|which|when|how (?:much|many)|show|tell|give|send|see|look|check|list|find|read)\b"
    r"[^.?!]{0,30}?\b(?:(?:my|our) (?:colleague|co-?worker|boss|friend|neighbou?r|competitor"
    r"|wife|husband|partner|ex)|(?:another|other|a different) (?:customer|client|person|user"
    r"|compan(?:y|ie))s?|(?:some(?:body|one)|any(?:body|one)) else|other people)['’]?s?['’]?"
    rf" (?:\w+ )?{_RECORDS}"
    r"|^\W*(?:(?:please|can you|could you) )*(?:show|list|give|tell|print|send|export)\b"
    r"[^.?!]{0,20}\b(?:all|other|another|every)\b[^.?!]{0,15}\b(?:customer|client)s?\b"
    r"(?! (?:of|in|on|from) (?:my|our)\b)",
    re.IGNORECASE,
)
_ASKS_HOW = re.compile(
    r"\bhow (?:do|can|to|would|should)\b|\b(?:my|our) (?:own )?account\b", re.IGNORECASE
)


def answer_about_others(
    message: QueuedMessage, window: Window, toolbox: Toolbox, company: str
) -> str | None:
    """Answers a message that asks for somebody else's account.

    Args:
        message: The message.
        window: The conversation.
        toolbox: Knows who the sender is.
        company: Whose support this is.

    Returns:
        What to say; None where the message is about something else, wants a person, or is of one
        who is not signed in, or may ask for others.
    """
    email = message.account_email
    if message.principal.kind not in MAY_CONFIRM or email is None:
        return None
    parts = requests(message.text) or [message.text]
    known = (company,)
    if not any(asks_for_others(part, own=(email,), known=known) for part in parts):
        return None
    # Only now it is worth reading what the sender is called.
    own = [email]
    if toolbox.account_problem() is None and toolbox.customer is not None:
        own += [toolbox.customer.name, toolbox.customer.company_name]
    about_others = any(asks_for_others(part, own=own, known=known) for part in parts)
    if not about_others or escalating_cue(message.text) is not None:
        return None
    return (spoken_in(message.language, window.written) or phrases.ENGLISH).phrases["own_account"]


def asks_for_others(text: str, *, own: Collection[str], known: Collection[str]) -> bool:
    """Tells whether a message asks for the account of somebody who is not the sender.

    Args:
        text: The message.
        own: The sender's addresses and names.
        known: Other names that nobody has an account under, such as the company's.

    Returns:
        True where it names somebody else, or speaks of another customer, and of what an account
        holds; False where it asks how something is done.
    """
    if _ASKS_HOW.search(text):
        return False
    mine = {name.lower() for name in own}
    for address in sorted(addresses_in(text))[:MAX_ADDRESSES]:
        pattern = _OF_AN_ADDRESS.replace("%s", re.escape(address))
        if address.lower() not in mine and re.search(pattern, text, re.IGNORECASE):
            return True
    if detect(text) not in (None, language(ENGLISH)):
        # Names are told by the words that are none of English.
        return False
    if _OF_A_STRANGER.search(text):
        return True
    mine_or_known = {word for name in (*mine, *known) for word in name.lower().split()}
    return any(
        _is_name(name, mine_or_known)
        for found in _OF_A_NAME.finditer(text)
        for name in found.groups()
        if name is not None
    )


def _is_name(name: str, mine_or_known: Collection[str]) -> bool:
    """True where a part of it is no word, and none of it is the sender's or the company's."""
    words = vocabulary()
    parts = name.split()
    if any(part.lower() in mine_or_known for part in parts):
        return False
    return any(
        part.lower() not in words and (part.istitle() or words.nearest(part.lower()) is None)
        for part in parts
    )
