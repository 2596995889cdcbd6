"""Numbers above or below the line of a PDF's text: marks of notes, exponents, indices.

PDFium tells them as any other letters, and begins a line after most of them. They are first put in
letters of their own, one for one, as places in the text count letters; and written in the line when
all lines are found.
"""

import ctypes
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from frontdesk.knowledge.formats.raised import MAX_MARK_CHARACTERS, lowered, raised

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

SMALLER = 0.9
"""Of the letter before it; a number as large as that is one of another line."""

LEAST_ABOVE, MOST_ABOVE = 0.15, 1.0
"""How far above the line, in sizes of the letter before, a raised number stands."""

LEAST_BELOW, MOST_BELOW = 0.08, 0.6

SAME_LINE = 0.1
"""Sizes of letters."""

CHARACTERS_BESIDE = 40

_SMALL = "0123456789,-–−()[]"
# Unicode keeps these for such use within a program.
_ABOVE = {letter: chr(0xFDD0 + number) for number, letter in enumerate(_SMALL)}
_BELOW = {digit: chr(0xFDE4 + number) for number, digit in enumerate("0123456789")}
_PLAIN = str.maketrans({put: letter for letter, put in (*_ABOVE.items(), *_BELOW.items())})
_PUT = re.compile("(?P<above>[\ufdd0-\ufde1]+)|[\ufde4-\ufded]+")
_FIRST = re.compile(r"(?<=\S)[0-9(\[–−-]")
_LINE_END = re.compile(r"\r?\n(?=\s?\S)")
# White space for those who look for words, and for nobody else.
_JOINT = "\x1c"


class _Letter(NamedTuple):
    left: float
    line: float


def put_apart(page: "PdfTextPage", text: str, places: Sequence[int]) -> str:
    """Puts numbers above and below the line in letters of their own, and goes on in the line.

    Args:
        page: The page.
        text: Its text.
        places: Where each letter of it is among PDFium's.

    Returns:
        The text, as long as before.
    """
    if not places or places[-1] >= page.count_chars():
        # Nobody knows where its letters are.
        return text
    parts: list[str] = []
    end = 0
    for begin, stop, put in _found(page, text, places):
        parts += [text[end:begin], put]
        end = stop
        broken = _LINE_END.match(text, end)
        if broken and _goes_on(page, places, begin - 1, broken.end()):
            parts.append(_JOINT * len(broken[0]))
            end = broken.end()
    return "".join([*parts, text[end:]])


def in_line(text: str) -> str:
    """Writes a line with its raised and lowered numbers in it.

    Args:
        text: The line, of a text that they were put apart in.

    Returns:
        What people read.
    """
    text = text.replace(_JOINT, "")
    written = ""
    end = 0
    for match in _PUT.finditer(text):
        written += text[end : match.start()]
        end = match.end()
        write = raised if match["above"] else lowered
        beside = text[end : end + CHARACTERS_BESIDE].translate(_PLAIN)
        written += write(written[-CHARACTERS_BESIDE:], match[0].translate(_PLAIN), beside)
    return written + text[end:]


def _found(page: "PdfTextPage", text: str, places: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    end = 0
    looked_at, first = -1, _Letter(0.0, 0.0)
    for match in _FIRST.finditer(text):
        begin = match.start()
        if begin < end:
            continue
        # Most come right after one that was looked at.
        base = first if begin == looked_at + 1 else _letter(page, places[begin - 1])
        first, looked_at = _letter(page, places[begin]), begin
        if base.line == first.line:
            continue
        size = _size(page, places[begin - 1])
        shift = (first.line - base.line) / size if size else 0.0
        letters = _ABOVE if shift > 0 else _BELOW
        least, most = (LEAST_ABOVE, MOST_ABOVE) if shift > 0 else (LEAST_BELOW, MOST_BELOW)
        if not least <= abs(shift) <= most or _size(page, places[begin]) > SMALLER * size:
            continue
        end = begin + 1
        while (
            end - begin < MAX_MARK_CHARACTERS
            and text[end : end + 1] in letters
            and abs(_letter(page, places[end]).line - first.line) < SAME_LINE * size
        ):
            end += 1
        if re.search(r"\d", text[begin:end]) and all(one in letters for one in text[begin:end]):
            yield begin, end, "".join(letters[one] for one in text[begin:end])


def _goes_on(page: "PdfTextPage", places: Sequence[int], base: int, following: int) -> bool:
    """Tells whether what is said to be the next line stands in the line of the letter before."""
    before, after = (_letter(page, places[place]) for place in (base, following))
    size = _size(page, places[base])
    return abs(after.line - before.line) < SAME_LINE * size and after.left > before.left


def _letter(page: "PdfTextPage", place: int) -> _Letter:
    from pypdfium2 import raw

    left, line = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(page, place, left, line)
    return _Letter(left.value, line.value)


def _size(page: "PdfTextPage", place: int) -> float:
    box = page.get_charbox(place, loose=True)
    return float(box[3] - box[1])
