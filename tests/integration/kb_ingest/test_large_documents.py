"""Large documents are read within bounds, or refused with the reason."""

import pytest

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import DocumentDraft, StoredObject
from frontdesk.knowledge.apart import Bounds, read_apart
from frontdesk.knowledge.extracted import Limits

PAGES = 300
LINES = 40
FIFTY_MEGABYTES = 50_000_000

BOUNDS = Bounds(seconds=60, memory_bytes=400_000_000)
"""A third of the memory that ingest allows; time enough for a machine that does much else."""


_BOX = "/MediaBox [0 0 595 842]"
_FONT = "/Resources << /Font << /F1 3 0 R >> >>"


def read(name: str, data: bytes) -> DocumentDraft:
    stored = StoredObject(key=f"knowledge/{name}", version="v1", size=len(data))
    return read_apart(stored, data, limits=Limits(), bounds=BOUNDS)


def test_pdf_of_three_hundred_pages_is_read_whole() -> None:
    draft = read("handbook.pdf", a_pdf(PAGES))
    for page in (1, PAGES // 2, PAGES):
        for line in (1, LINES):
            assert rule(page, line) in draft.content
    assert sum(len(passage.content) for passage in draft.passages) > 0.95 * len(draft.content)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.html"])
def test_fifty_megabytes_of_text_are_refused(name: str) -> None:
    line = b"All work and no play, says the handbook.\n"
    with pytest.raises(UnreadableDocumentError, match=r"too many bytes of (text|HTML): 5000"):
        read(name, line * (FIFTY_MEGABYTES // len(line) + 1))


@pytest.mark.parametrize("name", ["a.pdf", "a.docx"])
def test_fifty_megabytes_of_nothing_readable_are_refused(name: str) -> None:
    with pytest.raises(UnreadableDocumentError):
        read(name, b"%PDF-1.7\n" + b"\0" * FIFTY_MEGABYTES)


def rule(page: int, line: int) -> str:
    """A line like no other, but for its numbers; so is each page's first and last."""
    return f"Rule {page * LINES + line} is told on page {page}."


def a_pdf(pages: int) -> bytes:
    """Writes a plain PDF, a font and so many pages of text."""
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for page in range(1, pages + 1):
        number = len(objects) + 2
        lines = (f"({rule(page, line)}) Tj T*" for line in range(1, LINES + 1))
        stream = f"BT /F1 10 Tf 14 TL 50 780 Td {' '.join(lines)} ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R {_BOX} {_FONT} /Contents {number} 0 R >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    written = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    )
    return written + trailer.encode()
