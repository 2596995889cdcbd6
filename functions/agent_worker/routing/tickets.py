"""Questions about the sender's own tickets, known by their words in all the languages."""

import re

_TICKET_WORD = r"(?:(?:support[- ]?)?(?:tickets?|chamados?)|support[- ](?:requests?|cases?))"
_OWN = (
    r"(?:my|our|mine|mein(?:e[nmrs]?)?|unser(?:e[nmrs]?)?|mes|mon|nos|notre|mis?|nuestros?|meus?|nossos?"
    r"|(?:il |i )?mio|(?:i )?miei|nostr[oi])"
)
_STATES = {
    True: (
        (
            r"resolved|closed|solved|settled|finished|done|past|old"
            r"|(?:gelöst|geschlossen|erledigt|abgeschlossen)e[nrs]?"
        ),
        (
            r"résolus?|fermés?|clos|clôturés?|resueltos?|cerrados?|resolvidos?|fechados?"
            r"|encerrados?|risolt[io]|chius[io]"
        ),
    ),
    False: (
        (
            r"open|unresolved|unsolved|unanswered|pending|active|outstanding|current"
            r"|(?:offen|ungelöst|unbeantwortet)e[nrs]?"
        ),
        (
            r"ouverts?|en cours|en attente|abiertos?|pendientes?|abertos?|pendentes?|apert[io]"
            r"|in corso"
        ),
    ),
}
"""What stands before the word, and what stands behind it, by whether the ticket is settled."""
_OF_STATE = {
    settled: re.compile(
        rf"\b(?:{before})(?: (?:and|or|und|oder) \w+)? {_TICKET_WORD}\b"
        rf"|\b{_TICKET_WORD}(?: \w+ (?:et|ou|y|o|e))? (?:{behind})\b",
        re.IGNORECASE,
    )
    for settled, (before, behind) in _STATES.items()
}
"""Beside the word: «are my tickets closed?» and «is my ticket still open?» ask whether they are."""
_NUMBER = re.compile(r"\bFD-?([0-9A-Z]{5})\b", re.IGNORECASE)
MENTIONED = re.compile(rf"\b{_TICKET_WORD}\b|{_NUMBER.pattern}", re.IGNORECASE)
"""A word for a ticket, or a ticket's number."""
_STATE = (
    r"status|state|stand|statut|état|estado|stato|update|news|progress|neuigkeiten|neues"
    r"|nouvelles|novedades|novidades|novità|andamento|avancement"
)
_ABOUT = re.compile(
    rf"\b{_OWN} (?:\w+ ){{0,2}}?{_TICKET_WORD}\b"
    rf"|\b(?:{_STATE})\b[^.?!]{{0,30}}\b{_TICKET_WORD}\b"
    rf"|\b{_TICKET_WORD}\b[^.?!]{{0,30}}\b(?:{_STATE})\b"
    r"|\b(?:do|have) (?:i|we) (?:still )?(?:have |got )?(?:any |an? |some )?(?:\w+ )?"
    rf"{_TICKET_WORD}\b"
    rf"|^\W*(?:(?:show|list|any|are there|see|view|give|get|all|me|please|the|of|and) )*"
    rf"(?:(?:{_STATES[True][0]}|{_STATES[False][0]}) )+{_TICKET_WORD}\W*$"
    rf"|\b{_TICKET_WORD} (?:(?:do|have) (?:i|we)|(?:habe|haben) (?:ich|wir)|tengo|tenho|ho)\b",
    re.IGNORECASE,
)
_WAITED_FOR = re.compile(
    r"\b(?:nobody|no[- ]one|no (?:answer|reply|response)|wait(?:ing|ed)|still not|not (?:yet )?been"
    r"|(?:haven['’]?t|hasn['’]?t|ha(?:ve|s) not|did(?:n['’]?t| not)|never) (?:\w+ )?(?:answered"
    r"|replied|responded|heard|hear|got|get|received?|been)"
    r"|niemand|keine (?:antwort|rückmeldung)|warte|personne|pas de réponse|aucune réponse|attends"
    r"|nadie|sin respuesta|ninguna respuesta|esperando|ninguém|sem resposta|nenhuma resposta"
    r"|espera|nessuno|nessuna risposta|aspett\w+)\b",
    re.IGNORECASE,
)
"""That an answer has not come: what there is to tell first is by when one is due."""
_ASKS = re.compile(
    r"\?|^\W*(?:(?:hi|hello|hey|hallo|bonjour|hola|olá|ciao|please|bitte)\b\W*)*"
    r"(?:what|which|when|where|who|has|have|did|does|is|are|was|were|any|how long|can (?:you|i)"
    r"|could you|show|list|check|tell|give|look|status|zeig\w*|wie|was|wann|welche\w*|hat|ist|gibt"
    r"|montre\w*|quel\w*|où|est-ce|muéstr\w*|cuál|cómo|qué|mostr\w*|qual|como|come|che|quali)\b",
    re.IGNORECASE,
)
_WANTS_DONE = re.compile(
    r"\b(?:open|create|raise|file|submit|make|log|start|close|reopen|cancel|delete|withdraw"
    r"|escalate|merge|add|attach|change)(?:ing)?\b (?:up )?(?:a|an|the|my|our|this|that|another"
    r"|new|one|me|us|to|something)\b"
    r"|\b(?:öffne\w*|eröffn\w*|erstell\w*|schließ\w*|ouvr(?:ir|ez)|cré\w+|ferm(?:er|ez)|abr[aei]r?"
    r"|crear?|cri(?:ar|e)|cerrar|cierre|fech(?:ar|e)|apr(?:ire|a|i)|crea(?:re)?|chiud\w+)\b"
    r"|\bhow (?:do|can|to|would|should|does)\b(?![^.?!]*\bstand\b)"
    r"|\bwie (?:kann|öffne|erstelle)\b|\bcomment\b"
    r"|\bcómo (?:puedo|se)\b|\bcomo (?:posso|faço)\b|\bcome (?:posso|si)\b",
    re.IGNORECASE,
)


def asks_about_ticket(text: str) -> bool:
    """Tells whether a message plainly asks how a ticket of the sender's stands.

    Args:
        text: The message.

    Returns:
        True where it asks and wants nothing done: «open a ticket» and «how do I close my ticket?»
        are others' business.
    """
    about = _NUMBER.search(text) or _ABOUT.search(text)
    if about is None or _WANTS_DONE.search(text):
        return False
    only_a_number = not _NUMBER.sub("", text).strip(" \n.!#:")
    asks = _ASKS.search(text) or _WAITED_FOR.search(text)
    return only_a_number or asks is not None


def settled_tickets(text: str) -> bool | None:
    """Tells which of the sender's tickets a message is about.

    Args:
        text: The message.

    Returns:
        True for those that are resolved or closed, False for the others; None for both alike.
    """
    wanted = {settled for settled, words in _OF_STATE.items() if words.search(text)}
    return wanted.pop() if len(wanted) == 1 else None


def ticket_number_in(text: str) -> str | None:
    """Finds the ticket that a message names.

    Args:
        text: The message.

    Returns:
        Its number, as we write it; None where it names none, or several.
    """
    found = {f"FD-{number.upper()}" for number in _NUMBER.findall(text)}
    return found.pop() if len(found) == 1 else None
