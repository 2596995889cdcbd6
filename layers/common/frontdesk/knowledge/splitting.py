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

PATH_SEPARATOR = " > "

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
    yield from _with_table_headers(piece for piece in pieces if piece)


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


def _bytes(text: str) -> int:
    return len(text.encode())
