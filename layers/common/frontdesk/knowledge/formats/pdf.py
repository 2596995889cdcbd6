"""PDF: the text of its pages in reading order, cut at lines that are set larger or bolder."""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import Section
from frontdesk.knowledge.decoding import clean
from frontdesk.knowledge.extracted import Extracted, Limits, require_at_most
from frontdesk.knowledge.formats.pdf_fields import BORDER, Field, filled_fields
from frontdesk.knowledge.formats.pdf_raised import in_line, put_apart
from frontdesk.knowledge.formats.pdf_visibility import without_unseen_words

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

HEADING_RATIO = 1.15
"""A line so much taller than the body's is a heading; emphasis and formulas stay below."""

MAX_HEADING_CHARACTERS = 150
"""What is longer is an opening paragraph in large type."""

MAX_HEADING_LEVELS = 6

MAX_BOLD_HEADING_CHARACTERS = 100
"""In the letters of the body; what is longer is a warning, not the name of what follows."""

CLOSE = 1.4
"""How far below the line above, in heights of letters, what continues a heading may begin."""

CLOSE_WHEN_FULL = 2.0
"""The same, below a line of a heading that is nearly as wide as the page's widest."""

NEARLY = 0.75

APART = 1.25
"""How many times as far as lines mostly do a line stands below another that begins a paragraph."""

LEAST_LEGIBLE = 2.0
"""Points; what is set smaller was not written for people."""

LEAST_SHARE_OF_USUAL = 0.1
"""Of the distances between lines; paragraphs of single lines are farther apart than lines are."""

MIN_ROWS_OF_COLUMNS = 6
"""Lines side by side; fewer may be anything."""

MIN_COLUMN_CHARACTERS = 20
"""In a line of a column of text, on average; cells of tables have fewer."""

ROWS_LOOKED_AT = 15
"""At the top of a page, for lines of two columns in one; measuring every letter takes long."""

CELL_GAP = 1.5
"""Heights of letters between two words that stand in different cells of a table."""

SIZE_ON_PICTURES = 10.0
"""Points; the letters of fields where the page has no others."""

MARGIN_LINES = 2
"""At the top and at the bottom of a page, where running titles and page numbers stand."""

MIN_PAGES_OF_RUNNING_TITLE = 3

MIN_PAGES_OF_LARGER = 2
"""With lines larger than a title that counts the pages: those are the headings. The first page has
the document's own."""

# PDFium's mark for a hyphen at the end of a line, whose word it has joined already.
_HYPHEN = "\ufffe"
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u065f\u066e-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]{2,}"
)
_DIGITS = re.compile(r"\d+")
_BOLD_FONT = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600
_FONT_NAME_BYTES = 128
_SENTENCE_END = tuple(".!?:;。！？")
_NO_HEADING_END = tuple(".,;。，；")
_PASSWORD_ERROR = 4


class _Placed(NamedTuple):
    """A line of text where it stands; its letters are PDFium's of ``span``, but for filled ones."""

    text: str
    span: range
    left: float
    bottom: float
    right: float
    top: float
    is_filled: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text.

    Attributes:
        height: How tall its letters are, in points.
        is_bold: Whether it begins and ends in bold letters, in one cell.
        pitch: How far below the line above it stands, in heights; None at the top of a column.
        is_below_full: Whether the line above is nearly as wide as the page's widest.
        level: Of a heading, 1 for the topmost; None for text.
    """

    text: str
    height: float
    is_bold: bool = False
    pitch: float | None = None
    is_below_full: bool = False
    level: int | None = None


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
        reason = "" if data else ": it is empty"
        raise UnreadableDocumentError(f"the PDF file is damaged{reason}") from error
    try:
        document.init_forms()
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
            fields = list(filled_fields(page))
            length += text_page.count_chars() + sum(len(field.text) for field in fields)
            require_at_most(length, limits.text_bytes, "characters")
            yield list(_lines(text_page, fields))
        finally:
            text_page.close()
            page.close()


def _lines(page: "PdfTextPage", fields: Sequence[Field]) -> Iterator[_Line]:
    text = page.get_text_range()
    places = _places(page, text)
    text = _in_reading_order(page, text, places)
    text = put_apart(page, without_unseen_words(page, text, places), places)
    place = 0
    found: list[_Placed] = []
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            begin = place + raw.index(stripped[0])
            span = range(places[begin], places[begin + len(stripped) - 1] + 1)
            found.append(_placed(page, stripped, span))
        place += len(raw) + 1
    if not found:
        # A form that is filled in on a picture.
        yield from (_Line(field.text, SIZE_ON_PICTURES) for field in fields)
        return
    found = _filled(page, found, fields)
    widest = max((line.right - line.left for line in found), default=0.0)
    above: tuple[float, float] | None = None
    for stripped, span, left, bottom, right, top, is_filled in _column_by_column(page, found):
        height = _size(page, span[0]) or round(float(top - bottom), 1)
        if height < LEAST_LEGIBLE:
            continue
        drop = 0.0 if above is None else (above[0] - top) / height
        yield _Line(
            text=clean(in_line(stripped.replace(_HYPHEN, ""))),
            height=height,
            is_bold=not is_filled and _is_bold(page, span, height),
            pitch=drop if drop > 0 else None,
            is_below_full=above is not None and above[1] >= NEARLY * widest,
        )
        above = (top, right - left)


def _placed(page: "PdfTextPage", text: str, span: range) -> _Placed:
    left, bottom, _, top = page.get_charbox(span[0], loose=True)
    return _Placed(text, span, left, bottom, page.get_charbox(span[-1], loose=True)[2], top)


def _filled(
    page: "PdfTextPage", lines: Sequence[_Placed], fields: Sequence[Field]
) -> list[_Placed]:
    """Says what fields hold in the lines that they are filled in beside, or else below."""
    cuts: dict[int, list[tuple[int, str]]] = {}
    for field in fields:
        place, cut = _place_of(page, lines, field)
        cuts.setdefault(place, []).append((cut, field.text))
    return [
        _with_cuts(line, cuts[place]) if place in cuts else line for place, line in enumerate(lines)
    ]


def _with_cuts(line: _Placed, cuts: Sequence[tuple[int, str]]) -> _Placed:
    parts: list[str] = []
    begin = 0
    for cut, text in sorted(cuts, key=lambda one: one[0]):
        parts += [line.text[begin:cut].strip(), text]
        begin = cut
    parts.append(line.text[begin:].strip())
    return line._replace(text=" ".join(filter(None, parts)), is_filled=True)


def _place_of(page: "PdfTextPage", lines: Sequence[_Placed], field: Field) -> tuple[int, int]:
    """Finds the line that a field belongs to, and before which letter of it."""
    middle = {place: (line.bottom + line.top) / 2 for place, line in enumerate(lines)}
    beside = [place for place in middle if field.bottom <= middle[place] <= field.top]
    above = [place for place in middle if middle[place] > field.top]
    if beside:
        place = max(beside, key=lambda place: _nearness(lines[place], field))
        line = lines[place]
        if len(line.span) != len(line.text):
            return place, len(line.text) if line.left < field.left else 0
        boxes = ((end, page.get_charbox(letter)) for end, letter in enumerate(line.span, start=1))
        # A space that is no letter of the page has no width.
        before = (end for end, box in boxes if box[0] < box[2] <= field.left + BORDER)
        return place, max(before, default=0)
    if above:
        place = min(above, key=lambda place: _distance(lines[place], field))
        return place, len(lines[place].text)
    return 0, 0


def _nearness(line: _Placed, field: Field) -> tuple[bool, float, float]:
    """Prefers words to the left of a field, then the nearest, then the first of several lines."""
    is_left = line.left < field.left
    return is_left, line.left if is_left else -line.left, line.top


def _distance(line: _Placed, field: Field) -> float:
    aside = max(0.0, line.left - field.right, field.left - line.right)
    return line.bottom - field.top + aside


def _column_by_column(page: "PdfTextPage", lines: Sequence[_Placed]) -> Iterator[_Placed]:
    """Puts columns one after the other that the document holds row by row."""
    looked_at = lines[:ROWS_LOOKED_AT]
    if sum(_halves(page, line) is not None for line in looked_at) < MIN_ROWS_OF_COLUMNS:
        yield from lines
        return
    rows: list[_Placed] = []
    halves: list[tuple[_Placed, _Placed]] = []
    for line in [*lines, None]:
        cut = None if line is None else _halves(page, line)
        if line is not None and cut is not None:
            rows.append(line)
            halves.append(cut)
            continue
        if _are_columns(halves):
            yield from (left for left, _ in halves)
            yield from (right for _, right in halves)
        else:
            yield from rows
        rows, halves = [], []
        if line is not None:
            yield line


def _halves(page: "PdfTextPage", line: _Placed) -> tuple[_Placed, _Placed] | None:
    """Cuts a line at its one wide gap; None where it has none, or several, as a table's row."""
    if len(line.span) != len(line.text) or len(line.text) < 2 * MIN_COLUMN_CHARACTERS:
        return None
    written = [place for place, letter in enumerate(line.text) if not letter.isspace()]
    boxes = [page.get_charbox(line.span[place], loose=True) for place in written]
    gap = CELL_GAP * (line.top - line.bottom)
    wide = [
        number
        for number, (before, after) in enumerate(pairwise(boxes), start=1)
        if after[0] - before[2] > gap
    ]
    if len(wide) != 1:
        return None
    end, begin = written[wide[0] - 1] + 1, written[wide[0]]
    return (
        _placed(page, line.text[:end], line.span[:end]),
        _placed(page, line.text[begin:], line.span[begin:]),
    )


def _are_columns(rows: Sequence[tuple[_Placed, _Placed]]) -> bool:
    """Tells columns of text from a table: most of their lines go to the end, and are long."""
    if len(rows) < MIN_ROWS_OF_COLUMNS:
        return False
    lefts, rights = zip(*rows, strict=True)
    if max(line.right for line in lefts) >= min(line.left for line in rights):
        return False
    return all(
        sum(len(line.text) for line in lines) >= MIN_COLUMN_CHARACTERS * len(lines)
        and sum(_width(line) >= NEARLY * max(map(_width, lines)) for line in lines)
        >= NEARLY * len(lines)
        for lines in (lefts, rights)
    )


def _width(line: _Placed) -> float:
    return line.right - line.left


def _places(page: "PdfTextPage", text: str) -> Sequence[int]:
    """Tells where each letter of a page's text is among PDFium's.

    It counts in UTF-16, and counts letters that the document does not tell the meaning of.
    """
    from pypdfium2 import raw

    count = page.count_chars()
    if count == len(text):
        return range(count)
    codes = (raw.FPDFText_GetUnicode(page, place) for place in range(count))
    places = [place for place, code in enumerate(codes) if code and not 0xDC00 <= code < 0xE000]
    return places if len(places) == len(text) else range(len(text))


def _in_reading_order(page: "PdfTextPage", text: str, places: Sequence[int]) -> str:
    """Turns words round that are written from right to left and came from left to right."""

    def left(place: int) -> float:
        return float(page.get_charbox(places[place], loose=True)[0])

    def turn(word: re.Match[str]) -> str:
        is_turned = left(word.start()) < left(word.end() - 1)
        return word[0][::-1] if is_turned else word[0]

    return _RIGHT_TO_LEFT.sub(turn, text)


def _size(page: "PdfTextPage", place: int) -> float:
    """Returns the size of a letter as it is seen, in points: what fonts call 10 varies little."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    if not raw.FPDFText_GetMatrix(page, place, matrix):
        return 0.0
    scale = math.hypot(matrix.c, matrix.d)
    return round(float(raw.FPDFText_GetFontSize(page, place)) * scale, 1)


def _is_bold(page: "PdfTextPage", span: range, height: float) -> bool:
    if len(span) > MAX_BOLD_HEADING_CHARACTERS:
        return False
    if not (_is_bold_letter(page, span[0]) and _is_bold_letter(page, span[-1])):
        return False
    boxes = [page.get_charbox(place, loose=True) for place in span]
    written = [box for box in boxes if box[2] > box[0]]
    return all(after[0] - before[2] < CELL_GAP * height for before, after in pairwise(written))


def _is_bold_letter(page: "PdfTextPage", place: int) -> bool:
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(_FONT_NAME_BYTES)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(page, place, name, _FONT_NAME_BYTES, ctypes.byref(flags))
    if _BOLD_FONT.search(name.value.decode("utf-8", "replace")):
        return True
    return bool(raw.FPDFText_GetFontWeight(page, place) >= _BOLD_WEIGHT)


def _without_running_titles(pages: Sequence[list[_Line]]) -> Iterator[list[_Line]]:
    """Leaves out what stands at the edge of at least half of the pages, but for its numbers."""
    seen: dict[str, dict[int, _Line]] = {}
    for number, page in enumerate(pages):
        for line in page[:MARGIN_LINES] + page[-MARGIN_LINES:]:
            seen.setdefault(_mark(line), {})[number] = line
    wanted = max(MIN_PAGES_OF_RUNNING_TITLE, len(pages) / 2)
    # The first row of a page is like those below it, but for its numbers.
    rows = {_mark(line) for page in pages for line in page[MARGIN_LINES:-MARGIN_LINES]}
    heights = _by_height(line for page in pages for line in page).most_common(1)
    body = heights[0][0] if heights else 0.0
    repeated = {
        mark
        for mark, lines in seen.items()
        if len(lines) >= wanted and mark not in rows and not _are_headings(lines, pages, body)
    }
    for page in pages:
        last = len(page) - MARGIN_LINES
        yield [
            line
            for place, line in enumerate(page)
            if MARGIN_LINES <= place < last or _mark(line) not in repeated
        ]


def _are_headings(
    lines: Mapping[int, _Line], pages: Sequence[Sequence[_Line]], body: float
) -> bool:
    """Tells headings that differ in their numbers, as of errors, from titles with a page number.

    Args:
        lines: The lines that are alike, by their page.
        pages: All lines of each page.
        body: How tall the letters of most of the text are.
    """
    texts = {line.text for line in lines.values()}
    if len(texts) < len(lines) or not any(map(str.isalpha, "".join(texts))):
        return False
    numbers = (
        [int(found) - page for found in _DIGITS.findall(line.text)] for page, line in lines.items()
    )
    counts_pages = any(len(set(one)) == 1 for one in zip(*numbers, strict=False))
    if all(line.height >= body * HEADING_RATIO for line in lines.values()):
        # «Slide 3» names what stands on its page, where nothing else does.
        return not (counts_pages and _name_nothing(lines, pages))
    return not counts_pages and all(line.is_bold for line in lines.values())


def _name_nothing(lines: Mapping[int, _Line], pages: Sequence[Sequence[_Line]]) -> bool:
    """Tells large lines that are the last of their pages, or beside headings that are larger."""
    if all(len(pages[page]) > 1 and pages[page][-1] is line for page, line in lines.items()):
        return True
    with_larger = sum(
        any(other.height > line.height for other in pages[page]) for page, line in lines.items()
    )
    return with_larger >= MIN_PAGES_OF_LARGER


def _mark(line: _Line) -> str:
    return _DIGITS.sub("#", line.text)


def _extract(lines: Sequence[_Line]) -> Extracted:
    sections: list[Section] = []
    written: list[str] = []
    path: list[tuple[int, str]] = []
    body: list[str] = []
    heading: str | None = None
    for level, text in _joined(_levelled(lines)):
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
    text = "\n\n".join(part for part in (part.strip("\n") for part in written) if part)
    return Extracted(text=text, sections=sections, heading=heading)


def _levelled(lines: Sequence[_Line]) -> list[_Line]:
    """Numbers the heights of letters above the body's, the tallest first; bold ones come last."""
    bold = sum(len(line.text) * line.is_bold for line in lines)
    written = _by_height(lines)
    [(body, _)] = written.most_common(1)
    taller = sorted((height for height in written if height >= body * HEADING_RATIO), reverse=True)
    levels = {
        height: min(number, MAX_HEADING_LEVELS) for number, height in enumerate(taller, start=1)
    }
    of_bold = min(len(taller) + 1, MAX_HEADING_LEVELS)
    is_bold_rare = bold * 2 < written.total()
    usual = _usual_pitch(lines, body)
    found: list[_Line] = []
    for number, line in enumerate(lines):
        level = levels.get(line.height)
        after = lines[number + 1] if number + 1 < len(lines) else None
        if (
            level is None
            and is_bold_rare
            and line.is_bold
            and line.height >= body * 0.95
            and _parts(found[-1] if found else None, line, usual)
            and _names(line.text)
            and (after is None or not after.is_bold or _parts(line, after, usual))
        ):
            level = of_bold
        if level is None and found and found[-1].level is None and found[-1].text:
            is_apart = line.pitch is not None and line.pitch > APART * usual
            if is_apart and found[-1].text.endswith(_SENTENCE_END):
                # An empty line parts paragraphs.
                found.append(_Line("", line.height))
        found.append(replace(line, level=level))
    return found


def _by_height(lines: Iterable[_Line]) -> Counter[float]:
    """Counts letters by how tall they are; most are of the body."""
    written: Counter[float] = Counter()
    for line in lines:
        written[line.height] += len(line.text)
    return written


def _usual_pitch(lines: Sequence[_Line], body: float) -> float:
    """Finds how far apart lines of a paragraph are: the least distance that is no exception."""
    pitches = Counter(
        round(line.pitch, 1) for line in lines if line.pitch is not None and line.height == body
    )
    least = LEAST_SHARE_OF_USUAL * pitches.total()
    return min((pitch for pitch, count in pitches.items() if count >= least), default=1.0)


def _parts(above: _Line | None, line: _Line, usual: float) -> bool:
    """Tells whether a line stands apart from the one above it."""
    if above is None or above.level is not None or line.pitch is None:
        return True
    return line.pitch > APART * usual


def _names(text: str) -> bool:
    return any(character.isalpha() for character in text) and not text.endswith(_NO_HEADING_END)


def _joined(lines: Sequence[_Line]) -> Iterator[tuple[int | None, str]]:
    """Puts headings of several lines together; a very long one is text."""
    place = 0
    while place < len(lines):
        end = place + 1
        level = lines[place].level
        if level is None:
            yield None, lines[place].text
        else:
            while end < len(lines) and _continues(lines[place], lines[end]):
                end += 1
            text = " ".join(line.text for line in lines[place:end])
            if len(text) <= MAX_HEADING_CHARACTERS:
                yield level, text
            else:
                yield from ((None, line.text) for line in lines[place:end])
        place = end


def _continues(heading: _Line, line: _Line) -> bool:
    if line.level != heading.level or line.height != heading.height or line.pitch is None:
        return False
    return line.pitch <= (CLOSE_WHEN_FULL if line.is_below_full else CLOSE)


def _close(sections: list[Section], path: list[tuple[int, str]], body: list[str]) -> None:
    if any(body):
        sections.append(
            Section(path=tuple(text for _, text in path), text="\n".join(body).strip("\n"))
        )
