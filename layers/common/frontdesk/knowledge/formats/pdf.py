"""PDF: the text of its pages in reading order, cut at lines that are set larger than the rest."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import Section
from frontdesk.knowledge.decoding import clean
from frontdesk.knowledge.extracted import Extracted, Limits, require_at_most

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

HEADING_RATIO = 1.15
"""A line so much taller than the body's is a heading; emphasis and formulas stay below."""

MAX_HEADING_CHARACTERS = 150
"""What is longer is an opening paragraph in large type."""

MAX_HEADING_LEVELS = 6

MARGIN_LINES = 2
"""At the top and at the bottom of a page, where running titles and page numbers stand."""

MIN_PAGES_OF_RUNNING_TITLE = 3

# PDFium's mark for a hyphen at the end of a line, whose word it has joined already.
_HYPHEN = "\ufffe"
_DIGITS = re.compile(r"\d+")
_PASSWORD_ERROR = 4


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text, and how tall its letters are in points."""

    text: str
    height: float


def read_pdf(data: bytes, limits: Limits) -> Extracted:
    """Reads a PDF that has text; scanned pages have none.

    Args:
        data: The file's bytes.
        limits: How much of it is read.

    Returns:
        Its text in sections under the headings that its letters' size shows.

    Raises:
        UnreadableDocumentError: It is encrypted, damaged, too long or without text.
    """
    # Imported here because each reader's libraries are loaded where they are used.
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        if error.err_code == _PASSWORD_ERROR:
            raise UnreadableDocumentError("the document is encrypted") from error
        raise UnreadableDocumentError("the PDF file is damaged") from error
    try:
        require_at_most(len(document), limits.pages, "pages")
        pages = list(_pages(document, limits))
    except PdfiumError as error:
        raise UnreadableDocumentError("the PDF file is damaged") from error
    finally:
        document.close()
    lines = [line for page in _without_running_titles(pages) for line in page]
    if not lines:
        raise UnreadableDocumentError("the document has no text: its pages are pictures or empty")
    return _extract(lines)


def _pages(document: "PdfDocument", limits: Limits) -> Iterator[list[_Line]]:
    length = 0
    for number in range(len(document)):
        page = document[number]
        text_page = page.get_textpage()
        try:
            length += text_page.count_chars()
            require_at_most(length, limits.text_bytes, "characters")
            yield list(_lines(text_page))
        finally:
            text_page.close()
            page.close()


def _lines(page: "PdfTextPage") -> Iterator[_Line]:
    text = page.get_text_range()
    place = 0
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            yield _Line(
                clean(stripped.replace(_HYPHEN, "")), _height(page, place + raw.index(stripped[0]))
            )
        place += len(raw) + 1


def _height(page: "PdfTextPage", place: int) -> float:
    _, bottom, _, top = page.get_charbox(place, loose=True)
    return round(float(top - bottom), 1)


def _without_running_titles(pages: Sequence[list[_Line]]) -> Iterator[list[_Line]]:
    """Leaves out what stands at the edge of at least half of the pages, but for its numbers."""
    seen = Counter(
        mark
        for page in pages
        for mark in {_mark(line) for line in page[:MARGIN_LINES] + page[-MARGIN_LINES:]}
    )
    wanted = max(MIN_PAGES_OF_RUNNING_TITLE, len(pages) / 2)
    repeated = {mark for mark, count in seen.items() if count >= wanted}
    for page in pages:
        last = len(page) - MARGIN_LINES
        yield [
            line
            for place, line in enumerate(page)
            if MARGIN_LINES <= place < last or _mark(line) not in repeated
        ]


def _mark(line: _Line) -> str:
    return _DIGITS.sub("#", line.text)


def _extract(lines: Sequence[_Line]) -> Extracted:
    levels = _heading_levels(lines)
    sections: list[Section] = []
    written: list[str] = []
    path: list[tuple[int, str]] = []
    body: list[str] = []
    heading: str | None = None
    for level, text in _joined(lines, levels):
        if level is None:
            body.append(text)
            continue
        _close(sections, path, body)
        path = [above for above in path if above[0] < level] + [(level, text)]
        heading = heading or text
        written += ["\n".join(body), f"{'#' * level} {text}"]
        body = []
    _close(sections, path, body)
    written.append("\n".join(body))
    text = "\n\n".join(part for part in written if part)
    return Extracted(text=text, sections=sections, heading=heading)


def _heading_levels(lines: Sequence[_Line]) -> dict[float, int]:
    """Numbers the heights of letters above the body's, the tallest first."""
    written: Counter[float] = Counter()
    for line in lines:
        written[line.height] += len(line.text)
    [(body, _)] = written.most_common(1)
    taller = sorted((height for height in written if height >= body * HEADING_RATIO), reverse=True)
    return {
        height: min(number, MAX_HEADING_LEVELS) for number, height in enumerate(taller, start=1)
    }


def _joined(lines: Sequence[_Line], levels: dict[float, int]) -> Iterator[tuple[int | None, str]]:
    """Puts headings of several lines together; a very long one is text."""
    place = 0
    while place < len(lines):
        end = place + 1
        level = levels.get(lines[place].height)
        if level is None:
            yield None, lines[place].text
        else:
            while end < len(lines) and lines[end].height == lines[place].height:
                end += 1
            text = " ".join(line.text for line in lines[place:end])
            if len(text) <= MAX_HEADING_CHARACTERS:
                yield level, text
            else:
                yield from ((None, line.text) for line in lines[place:end])
        place = end


def _close(sections: list[Section], path: list[tuple[int, str]], body: list[str]) -> None:
    if body:
        sections.append(Section(path=tuple(text for _, text in path), text="\n".join(body)))
