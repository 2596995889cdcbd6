"""Words of a PDF's page that leave no mark on it.

White letters may stand on a dark bar, or on white paper. What is drawn shows it: a page with pale,
transparent or outlying letters is rendered, and where they stand is looked for a difference. Text
that is not drawn at all stays: scanners lay what they have recognised over the picture that way.
"""

import ctypes
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

PALE = 240
"""Of 255; darker letters are seen on white."""

CONTRAST = 16
"""Of 255, between the darkest and the brightest spot where a letter stands that is seen."""

MAX_RENDERED_PIXELS = 2_000
"""Of a page's longer side; posters are rendered smaller than a pixel a point."""

_WORD = re.compile(r"\S+")

type _Box = tuple[float, float, float, float]


def without_unseen_words(page: "PdfTextPage", text: str, places: Sequence[int]) -> str:
    """Blanks out what nobody sees.

    Args:
        page: The page.
        text: Its text.
        places: Where each letter of it is among PDFium's.

    Returns:
        The text, as long as before.
    """
    from pypdfium2 import raw

    texts = list(page.page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]))
    colour = _Colour()
    is_any_pale = any(colour.is_pale(raw.FPDFPageObj_GetFillColor, text) for text in texts)
    is_any_outside = any(_is_outside(page.page, text.get_bounds()) for text in texts)
    if not (is_any_pale or is_any_outside):
        return text

    def is_doubtful(place: int) -> bool:
        if is_any_pale and colour.is_pale(raw.FPDFText_GetFillColor, page, place):
            return True
        return is_any_outside and _is_outside(page.page, page.get_charbox(place))

    look = Look(page.page)

    def seen(word: re.Match[str]) -> str:
        # By its first letter: a book has a million of them.
        if not is_doubtful(places[word.start()]):
            return word[0]
        boxes = (page.get_charbox(places[letter]) for letter in range(*word.span()))
        lefts, bottoms, rights, tops = zip(*boxes, strict=True)
        box = min(lefts), min(bottoms), max(rights), max(tops)
        return word[0] if look.sees(box) else " " * len(word[0])

    return _WORD.sub(seen, text)


class _Colour:
    """Reads colours, each into the same memory."""

    def __init__(self) -> None:
        self._parts = [ctypes.c_uint() for _ in range(4)]

    def is_pale(self, read: Callable[..., int], *of: Any) -> bool:
        """Tells whether something is drawn in a colour that white paper does not show."""
        if not read(*of, *self._parts):
            return False
        *colours, opacity = (part.value for part in self._parts)
        return opacity < CONTRAST or min(colours) >= PALE


def _is_outside(page: "PdfPage", box: _Box) -> bool:
    left, bottom, right, top = page.get_bbox()
    return bool(box[2] <= left or box[0] >= right or box[3] <= bottom or box[1] >= top)


class Look:
    """A page as it is drawn."""

    def __init__(self, page: "PdfPage") -> None:
        scale = min(1.0, MAX_RENDERED_PIXELS / max(page.get_size()))
        bitmap = page.render(scale=scale, grayscale=True)
        self._page = page
        self._width, self._height = bitmap.width, bitmap.height
        self._stride = bitmap.stride
        self._pixels = bytes(bitmap.buffer)
        bitmap.close()

    def sees(self, box: _Box) -> bool:
        """Tells whether anything is to be seen in a part of the page."""
        left, bottom, right, top = box
        corners = self._pixel(left, bottom), self._pixel(right, top)
        (x0, x1), (y0, y1) = (sorted(one) for one in zip(*corners, strict=True))
        # With what is around it: a thin letter may fill its box.
        x0, x1 = max(0, x0 - 1), min(self._width, x1 + 2)
        rows = range(max(0, y0 - 1), min(self._height, y1 + 2))
        part = b"".join(
            self._pixels[row * self._stride + x0 : row * self._stride + x1] for row in rows
        )
        return bool(part) and max(part) - min(part) >= CONTRAST

    def _pixel(self, x: float, y: float) -> tuple[int, int]:
        from pypdfium2 import raw

        across, down = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(self._page, 0, 0, self._width, self._height, 0, x, y, across, down)
        return across.value, down.value
