"""What a format's reader makes of a file, and how much of it a reader may take."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import Section


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a format's reader found.

    Attributes:
        text: The whole text, as it is kept for people to read.
        sections: The same, cut at headings.
        heading: The first heading, or what stands as one, where there is one.
        fields: What the document says of itself (``title``, ``category``, …).
    """

    text: str
    sections: list[Section]
    heading: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a document is read; what is more is refused, never cut off silently.

    Attributes:
        text_bytes: Of a file that is text or markup, and of the text in any other: a reader
            takes some twenty times as much memory.
        pages: Of a PDF.
        rows: Of a table; each is a passage.
        unpacked_bytes: Of an archive, which is what a DOCX is.
    """

    text_bytes: int = 5_000_000
    pages: int = 1_000
    rows: int = 5_000
    unpacked_bytes: int = 50_000_000


def require_at_most(count: int, limit: int, of: str) -> None:
    """Refuses a document that has too much of something.

    Args:
        count: How much it has.
        limit: How much is read.
        of: Of what, in the plural.

    Raises:
        UnreadableDocumentError: It has too much.
    """
    if count > limit:
        raise UnreadableDocumentError(f"the document has too many {of}: {count}, at most {limit}")
