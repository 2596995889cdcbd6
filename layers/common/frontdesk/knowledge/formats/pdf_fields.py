"""What was filled into a PDF's form, or typed on its page: it stands apart from the page's text."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from frontdesk.knowledge.decoding import clean
from frontdesk.knowledge.formats.pdf_visibility import PALE, Look

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

TICK = "☑"
"""Says that a box beside some words is ticked; one that is not says nothing."""

BORDER = 2.0
"""Points; a field's own line around it shows nothing of what is in it."""


class Field(NamedTuple):
    """What is seen in a field, and where on the page it is."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def filled_fields(page: "PdfPage") -> Iterator[Field]:
    """Lists what is seen in a page's form and in the notes typed on it.

    Args:
        page: The page, of a document whose form was made ready.

    Yields:
        The fields that say something, from top to bottom.
    """
    from pypdfium2 import raw

    found = []
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        with _annotation(page, number) as annotation:
            text = clean(" ".join(_text(page, annotation).split()))
            box = raw.FS_RECTF()
            if text and raw.FPDFAnnot_GetRect(annotation, box):
                field = Field(text, box.left, box.bottom, box.right, box.top)
                if not _is_pale(page, annotation) or _is_seen(page, field):
                    found.append(field)
    yield from sorted(found, key=lambda field: (-field.top, field.left))


@contextmanager
def _annotation(page: "PdfPage", number: int) -> Iterator[Any]:
    from pypdfium2 import raw

    annotation = raw.FPDFPage_GetAnnot(page, number)
    try:
        yield annotation
    finally:
        raw.FPDFPage_CloseAnnot(annotation)


def _text(page: "PdfPage", annotation: Any) -> str:
    from pypdfium2 import raw

    unseen = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
    if raw.FPDFAnnot_GetFlags(annotation) & unseen:
        return ""
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind == raw.FPDF_ANNOT_FREETEXT:
        return _string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
    if kind != raw.FPDF_ANNOT_WIDGET or page.formenv is None:
        return ""
    return _value(page.formenv, annotation)


def _value(form: Any, annotation: Any) -> str:
    from pypdfium2 import raw

    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in {raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON}:
        return TICK if raw.FPDFAnnot_IsChecked(form, annotation) else ""
    if kind == raw.FPDF_FORMFIELD_TEXTFIELD:
        flags = raw.FPDFAnnot_GetFormFieldFlags(form, annotation)
        if flags & raw.FPDF_FORMFLAG_TEXT_PASSWORD:
            return ""
    elif kind not in {raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX}:
        return ""
    # What a choice is called may not be how it is stored.
    chosen = [
        _string(raw.FPDFAnnot_GetOptionLabel, form, annotation, option)
        for option in range(raw.FPDFAnnot_GetOptionCount(form, annotation))
        if raw.FPDFAnnot_IsOptionSelected(form, annotation, option)
    ]
    return ", ".join(chosen) or _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)


def _string(read: Callable[..., int], *of: Any) -> str:
    size = read(*of, None, 0)
    written = ctypes.create_string_buffer(size)
    read(*of, ctypes.cast(written, ctypes.POINTER(ctypes.c_ushort)), size)
    return written.raw.decode("utf-16-le", "replace").rstrip("\0")


def _is_pale(page: "PdfPage", annotation: Any) -> bool:
    from pypdfium2 import raw

    parts = [ctypes.c_uint() for _ in range(3)]
    if page.formenv is None or not raw.FPDFAnnot_GetFontColor(page.formenv, annotation, *parts):
        return False
    return min(part.value for part in parts) >= PALE


def _is_seen(page: "PdfPage", field: Field) -> bool:
    _, left, bottom, right, top = field
    return Look(page).sees((left + BORDER, bottom + BORDER, right - BORDER, top - BORDER))
