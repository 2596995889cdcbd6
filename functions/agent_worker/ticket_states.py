"""What a reply says of how tickets stand: only what a look at them has shown."""

import re
from collections.abc import Collection, Iterator, Mapping

from frontdesk.domain.conversation import SETTLED_TICKETS
from frontdesk.domain.records import TicketStatus

_STATES: Mapping[TicketStatus, str] = {
    # «Ouvert le 4 mai» tells when it was opened.
    TicketStatus.OPEN: r"(?:open|offen|ouverte?|abierto|aberto|aperto)(?! (?:on|le|el|il|em|am)\b)",
    TicketStatus.IN_PROGRESS: (
        r"in[ _]progress|being (?:worked on|looked (?:at|into)|reviewed|handled|investigated)"
        r"|in bearbeitung|en cours(?: de traitement)?|en (?:curso|proceso)|em (?:andamento|curso)"
        r"|in (?:corso|lavorazione)"
    ),
    TicketStatus.WAITING: (
        r"waiting|on hold|pending|wartend|wartet|en attente|en espera|à espera|in attesa"
    ),
    TicketStatus.RESOLVED: (
        r"resolved|solved|fixed|gelöst|erledigt|résolue?|resuelto|resolvido|risolto"
    ),
    TicketStatus.CLOSED: r"closed|geschlossen|fermée?|clos|cerrado|fechado|chiuso",
}
_YOUR = r"(?:your|this|ihr|dieses|dein|votre|ce|su|este|seu|suo|questo)"
_SAYS = (
    r"(?:\b(?:is|was|has been|remains|as|status|ist|wurde|bleibt|est|reste|a été|está|fue|ha sido"
    r"|é|foi|è|rimane)\b|[:,(|–—-])"
)
_BESIDE = (
    r"(?:now|still|currently|already|marked|been|as|status|noch|jetzt|bereits|derzeit|toujours"
    r"|déjà|actuellement|encore|todavía|aún|ya|actualmente|ainda|já|atualmente|ancora|già"
    r"|attualmente|stat[oa]|sido)"
)
_STATED = re.compile(
    r"(?:\b(?P<number>FD-[0-9A-Z]{5})\b"
    rf"|\b{_YOUR} (?:\w+ ){{0,2}}?(?:ticket|chamado)\b(?!\W{{1,5}}FD-))"
    rf"(?:(?!\bFD-)[^.!?;\n]){{0,120}}?{_SAYS}\W{{0,4}}(?:{_BESIDE}\W{{1,4}}){{0,3}}"
    rf"\b(?:{'|'.join(f'(?P<{status}>{words})' for status, words in _STATES.items())})\b",
    re.IGNORECASE,
)
_SUPPOSES = re.compile(
    r"\b(?:if|once|when|until|unless|after|as soon as|whether|wenn|sobald|falls|ob|si|lorsque|dès"
    r"|quand|cuando|quando|se|assim que|appena)\b[^.!?;\n]*$",
    re.IGNORECASE,
)


def false_states(
    reply: str, known: Mapping[str, TicketStatus], passages: Collection[str] = ()
) -> list[str]:
    """Finds the statements of how a ticket stands that nothing shows.

    Args:
        reply: The reply, without the tickets' own subjects.
        known: How the tickets stand that were looked at, by their numbers.
        passages: What may say it of everybody's: «your ticket is closed after seven days».

    Returns:
        The statements, as the reply has them.
    """
    return [
        said[0]
        for said in _stated(reply)
        if not _is_so(said, known)
        and not any(said[0].lower() in passage.lower() for passage in passages)
    ]


def without_true_states(reply: str, known: Mapping[str, TicketStatus]) -> str:
    """Takes out what is truly said of tickets: «it has been resolved» is no promise then.

    Args:
        reply: The reply.
        known: How the tickets stand that were looked at, by their numbers.

    Returns:
        The rest of it.
    """
    for said in reversed([said for said in _stated(reply) if _is_so(said, known)]):
        reply = f"{reply[: said.start()]}•{reply[said.end() :]}"
    return reply


def without(reply: str, subjects: Collection[str]) -> str:
    """Takes out what tickets are called: «Sheet is closed» is no state.

    Args:
        reply: The reply.
        subjects: The tickets' subjects.

    Returns:
        The rest of it.
    """
    for subject in subjects:
        reply = reply.replace(subject, "•")
    return reply


def _stated(reply: str) -> Iterator[re.Match[str]]:
    return (said for said in _STATED.finditer(reply) if not _SUPPOSES.search(reply[: said.start()]))


def _is_so(said: re.Match[str], known: Mapping[str, TicketStatus]) -> bool:
    number = said["number"]
    present = [known[number.upper()]] if number and number.upper() in known else []
    if number is None:
        present = list(known.values())
    state = next(status for status in TicketStatus if said[status])
    if state is TicketStatus.OPEN:
        # In plain words, all that is not done with is open.
        return any(status not in SETTLED_TICKETS for status in present)
    return state in present
