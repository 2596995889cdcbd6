"""Sections, cut into passages that are embedded, searched and quoted as a whole."""

import re
from collections.abc import Iterable, Iterator
from math import ceil

from frontdesk.domain.knowledge import Passage, Section

PASSAGE_BYTES = 900
"""About 200 tokens of English: what small embedding models read of a text, and what a customer
reads of a quotation. Bytes of UTF-8 rather than characters, because scripts that say more with a
character take more bytes and more tokens for it."""

MAX_TABLE_HEADER_BYTES = 300
"""Of a table that is cut, said again above its further rows: without, they say little."""

MAX_LEAD_BYTES = 300
"""Of what is said right above code that is cut: «To install it, run:» answers nothing alone."""

PATH_SEPARATOR = " > "

_FENCE = re.compile(r"[ \t]{0,3}(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_TABLE_HEADER = re.compile(r"^[ \t]*(\|.*\n[ \t]*\|[-:| \t]+)$", re.MULTILINE)


def split(sections: Iterable[Section], *, title: str) -> tuple[Passage, ...]:
    """Cuts sections into passages: never across a heading, evenly within a section.

    Args:
        sections: The document's sections, in order.
        title: The document's title; a first heading that repeats it is left out of the path.

    Returns:
        The passages in the document's order.
    """
    pieces = (
        (section_path(section.path, title), piece)
        for section in sections
        for piece in _pieces(section.text)
    )
    return tuple(
        Passage(ordinal=ordinal, section=path, content=piece)
        for ordinal, (path, piece) in enumerate(pieces)
    )


def section_path(path: tuple[str, ...], title: str) -> str:
    """Writes a heading path in one line, without the document's own title.

    Args:
        path: The headings, outermost first.
        title: The document's title.

    Returns:
        The headings joined with `` > ``; '' at the top of the document.
    """
    inner = path[1:] if path and path[0].casefold() == title.casefold() else path
    return PATH_SEPARATOR.join(inner)


def _pieces(text: str) -> Iterator[str]:
    size = _bytes(text)
    if size <= PASSAGE_BYTES:
        yield text.strip("\n")
        return
    # Imported here because only publishing needs it, and search shares this package.
    from semchunk.semchunk import chunk

    # Even pieces: filling up each one would leave a last one of a few words.
    target = min(PASSAGE_BYTES, ceil(size / ceil(size / PASSAGE_BYTES) * 1.1))
    pieces = (str(piece).strip() for piece in chunk(text, target, _bytes, memoize=False))
    yield from _with_fences(_with_leads(_with_table_headers(piece for piece in pieces if piece)))


def _with_table_headers(pieces: Iterable[str]) -> Iterator[str]:
    """Says a table's header again at the top of each piece that goes on with the table."""
    header: str | None = None
    for piece in pieces:
        goes_on = header is not None and piece.startswith("|")
        found = _TABLE_HEADER.findall(piece)
        if goes_on and not _TABLE_HEADER.match(piece):
            yield f"{header}\n{piece}"
        else:
            yield piece
        if found and _bytes(found[-1]) <= MAX_TABLE_HEADER_BYTES:
            header = found[-1]
        elif found or not goes_on:
            header = None
        if not piece.rpartition("\n")[2].lstrip().startswith("|"):
            header = None


def _with_leads(pieces: Iterable[str]) -> Iterator[str]:
    """Moves what leads to code from the end of a piece to the code."""
    held: str | None = None
    for piece in pieces:
        if held is None:
            held = piece
            continue
        before, _, lead = held.rpartition("\n\n")
        leads = _FENCE.match(piece.partition("\n")[0]) and 0 < _bytes(lead) <= MAX_LEAD_BYTES
        # The end of other code leads to none, and neither does a paragraph that ends in itself.
        if leads and not _is_fenced(held) and (not before or lead.endswith(":")):
            if before:
                yield before.rstrip()
            held = f"{lead}\n\n{piece}"
        else:
            yield held
            held = piece
    if held is not None:
        yield held


def _with_fences(pieces: Iterable[str]) -> Iterator[str]:
    """Closes a fence at the end of a piece, and opens it again in the next one."""
    fence: tuple[str, str] | None = None
    for piece in pieces:
        lines = piece.split("\n")
        before = fence
        if fence is not None and _fence_after(lines[0], fence) is None:
            # The piece before was closed already.
            lines, before, fence = lines[1:], None, None
        for line in lines:
            fence = _fence_after(line, fence)
        if fence is not None and _fence_after(lines[-1], None) == fence:
            # Opened for the next piece.
            lines.pop()
        elif fence is not None:
            lines.append(fence[0])
        text = "\n".join(lines).strip("\n")
        if text:
            yield text if before is None else f"{before[0]}{before[1]}\n{text}"


def _fence_after(line: str, fence: tuple[str, str] | None) -> tuple[str, str] | None:
    match = _FENCE.match(line)
    if match is None:
        return fence
    if fence is None:
        return match[1], "".join(match[2].split()[:1])
    closes = match[1].startswith(fence[0]) and not match[2].strip()
    return None if closes else fence


def _is_fenced(piece: str) -> bool:
    return _FENCE.match(piece.rpartition("\n")[2]) is not None


def _bytes(text: str) -> int:
    return len(text.encode())
