"""Sources of an answer: only passages that were given to the model, numbered as they appear."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from frontdesk.domain.knowledge import SearchHit
from frontdesk.domain.task import Citation

SNIPPET_CHARACTERS = 240
"""Two or three lines under an answer: enough to recognise the place."""

# Code is left alone: `tasks[1]` is no source.
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
# [1], [1, 2] and [1-3]; not the text of a Markdown link.
_NUMBERS = r"\d+(?:\s*[,;–-]\s*\d+)*"
_MARKER = re.compile(rf"(?P<space>[ \t]?)\[(?P<numbers>{_NUMBERS})\](?!\()")
_FULL_WIDTH = str.maketrans({"【": "[", "】": "]", "［": "[", "］": "]"})
_MAX_RANGE = 20
_OWN_MARKER = re.compile(rf"[\[【［]({_NUMBERS})[\]】］](?!\()")


@dataclass(frozen=True, slots=True)
class CitedReply:
    """A reply whose every marker has its citation."""

    text: str
    citations: tuple[Citation, ...]


def cite(reply: str, passages: Mapping[int, SearchHit]) -> CitedReply:
    """Keeps the markers that stand for passages the model was given, and renumbers them.

    Args:
        reply: The model's text with markers such as ``[2]``.
        passages: The passages of this turn by the number they were given under.

    Returns:
        The reply with markers 1 to n in order of appearance, and their citations; markers of
        nothing are gone.
    """
    order: dict[int, int] = {}
    parts = _CODE.split(reply.translate(_FULL_WIDTH))
    # re.split with one group: code stands at the odd places.
    texts = [
        part if place % 2 else _MARKER.sub(lambda found: _renumbered(found, passages, order), part)
        for place, part in enumerate(parts)
    ]
    citations = tuple(citation(number, passages[given]) for given, number in order.items())
    return CitedReply("".join(texts).strip(), citations)


def without_markers(content: str) -> str:
    """Writes a document's own references so that no reply that quotes them cites by them.

    Args:
        content: A passage, perhaps of an article with footnotes: ``40 cards [2]``.

    Returns:
        The same with ``(2)``; code is left alone.
    """
    parts = _CODE.split(content)
    return "".join(
        part if place % 2 else _OWN_MARKER.sub(r"(\1)", part) for place, part in enumerate(parts)
    )


def citation(number: int, hit: SearchHit) -> Citation:
    """Makes the citation of a passage.

    Args:
        number: Its number in the reply.
        hit: The passage.

    Returns:
        The citation with a snippet.
    """
    return Citation(
        number=number,
        document_id=hit.document_id,
        title=hit.title,
        section=hit.section,
        snippet=clipped(hit.content, SNIPPET_CHARACTERS),
        source_url=hit.source_url,
    )


def clipped(text: str, characters: int) -> str:
    """Shortens a text at a word's end.

    Args:
        text: The text.
        characters: How long it may be.

    Returns:
        The text on one line, with an ellipsis where something was cut off.
    """
    line = " ".join(text.split())
    if len(line) <= characters:
        return line
    return line[: characters - 1].rsplit(" ", 1)[0] + "…"


def _renumbered(
    found: re.Match[str], passages: Mapping[int, SearchHit], order: dict[int, int]
) -> str:
    known = [number for number in _numbers(found["numbers"]) if number in passages]
    if not known:
        return ""
    for number in known:
        order.setdefault(number, len(order) + 1)
    markers = "".join(f"[{order[number]}]" for number in dict.fromkeys(known))
    return found["space"] + markers


def _numbers(text: str) -> Sequence[int]:
    numbers: list[int] = []
    for part in re.split(r"[,;]", text):
        first, *last = (int(number) for number in re.split(r"[–-]", part))
        end = last[-1] if last else first
        numbers += range(first, min(end, first + _MAX_RANGE) + 1)
    return numbers
