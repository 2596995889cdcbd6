"""Bytes of a document, read: its text in sections, and what it says of itself."""

import posixpath
import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from enum import StrEnum

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import (
    Category,
    DocumentDraft,
    Section,
    StoredObject,
    Visibility,
)
from frontdesk.knowledge import front_matter, language, markdown
from frontdesk.knowledge.decoding import decode
from frontdesk.knowledge.extracted import Extracted, Limits, require_at_most
from frontdesk.knowledge.formats.raised import in_markdown
from frontdesk.knowledge.splitting import PASSAGE_BYTES, split

MAX_TITLE_CHARACTERS = 300
"""A title is a line that people read; what is longer was no title."""

MAX_PASSAGES = 5_000
"""Some four million characters: a book. More would not be embedded within the function's time."""

ALIKE = 0.85
"""Share of letters from which a field's name is another one misspelt."""

_VISIBILITY = "visibility"
_OPENING_LINE = re.compile(
    r"\s*(?=[^\n]*[^\W\d_]{2})(\w[^\n]{,78}[^\s.,;:!])[^\S\n]*\n[^\S\n]*\n\s*\S"
)

type Reader = Callable[[bytes, Limits], Extracted]


def read_markdown(data: bytes, limits: Limits) -> Extracted:
    """Reads Markdown with or without front matter.

    Args:
        data: The file's bytes.
        limits: How much of it is read.

    Returns:
        Its text, sections and fields.

    Raises:
        UnreadableDocumentError: It is no text, or too long.
    """
    fields, text = front_matter.parse(_decode(data, limits))
    text = in_markdown(text)
    return Extracted(
        text=text.strip("\n"),
        sections=markdown.sections(text),
        heading=markdown.first_heading(text) or opening_line(text),
        fields=fields,
    )


def read_plain_text(data: bytes, limits: Limits) -> Extracted:
    """Reads plain text; a ``#`` in it is no heading.

    Args:
        data: The file's bytes.
        limits: How much of it is read.

    Returns:
        Its text as one section, and fields where it begins with front matter.

    Raises:
        UnreadableDocumentError: It is no text, or too long.
    """
    fields, text = front_matter.parse(_decode(data, limits))
    body = text.strip("\n")
    return Extracted(
        text=body,
        sections=[Section(text=body)] if body.strip() else [],
        heading=opening_line(text),
        fields=fields,
    )


# The other formats are imported when one comes along: their libraries are large.
def read_html(data: bytes, limits: Limits) -> Extracted:
    """Reads HTML; see `frontdesk.knowledge.formats.html`."""
    from frontdesk.knowledge.formats import html

    return html.read_html(data, limits)


def read_pdf(data: bytes, limits: Limits) -> Extracted:
    """Reads a PDF; see `frontdesk.knowledge.formats.pdf`."""
    from frontdesk.knowledge.formats import pdf

    return pdf.read_pdf(data, limits)


def read_docx(data: bytes, limits: Limits) -> Extracted:
    """Reads a Word document; see `frontdesk.knowledge.formats.docx`."""
    from frontdesk.knowledge.formats import docx

    return docx.read_docx(data, limits)


def read_csv(data: bytes, limits: Limits) -> Extracted:
    """Reads a table; see `frontdesk.knowledge.formats.csv_table`."""
    from frontdesk.knowledge.formats import csv_table

    require_at_most(len(data), limits.text_bytes, "bytes of text")
    return csv_table.read_csv(data, limits)


READERS: dict[str, Reader] = {
    ".csv": read_csv,
    ".docx": read_docx,
    ".htm": read_html,
    ".html": read_html,
    ".markdown": read_markdown,
    ".md": read_markdown,
    ".pdf": read_pdf,
    ".text": read_plain_text,
    ".tsv": read_csv,
    ".txt": read_plain_text,
    ".xhtml": read_html,
}
"""By the file name's ending."""

CONTENT_TYPES: dict[str, str] = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".htm": "text/html",
    ".html": "text/html",
    ".markdown": "text/markdown",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".text": "text/plain",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".xhtml": "application/xhtml+xml",
}
"""Of the formats that can be read, by the file name's ending."""

READERS_BY_TYPE: dict[str, Reader] = {
    CONTENT_TYPES[ending]: reader for ending, reader in READERS.items()
}
"""By the content type, for names without an ending."""


def make_draft(
    stored: StoredObject,
    data: bytes,
    limits: Limits = Limits(),  # noqa: B008 - it is frozen
) -> DocumentDraft:
    """Reads a dropped object and cuts it into passages.

    Args:
        stored: The object, with its metadata.
        data: Its content.
        limits: How much of it is read.

    Returns:
        The document, ready to be embedded and published.

    Raises:
        UnreadableDocumentError: Nobody can read it; the text says why.
    """
    extracted = find_reader(stored)(data, limits)
    # Before it is split: that takes longer than to count.
    length = len(extracted.text.encode())
    require_at_most(length, MAX_PASSAGES * PASSAGE_BYTES, "bytes of text")
    # What the author wrote into the document wins over what the uploader attached to it.
    fields = _Fields({**stored.metadata, **extracted.fields})
    title = fields.text("title") or extracted.heading or title_of_key(stored.key)
    title = " ".join(title.split())[:MAX_TITLE_CHARACTERS]
    # A document of headings alone still says something.
    sections = extracted.sections or [Section(text=extracted.text)]
    passages = split(sections, title=title)
    if not extracted.text.strip():
        raise UnreadableDocumentError("the document is empty")
    require_at_most(len(passages), MAX_PASSAGES, "passages")
    return DocumentDraft(
        title=title,
        category=fields.choice("category", Category) or Category.DOCUMENTATION,
        visibility=fields.visibility(),
        source_url=fields.web_address("source-url"),
        source_key=stored.key,
        object_version=stored.version,
        language=fields.language() or language.detect(extracted.text),
        owner=fields.text("owner"),
        review_at=fields.day("review-at"),
        content=extracted.text,
        passages=passages,
    )


def find_reader(stored: StoredObject) -> Reader:
    """Finds who can read an object, by its file name or else by its content type.

    Args:
        stored: The object.

    Returns:
        The reader.

    Raises:
        UnreadableDocumentError: The format is not supported.
    """
    ending = ending_of(stored.key)
    content_type = stored.content_type.partition(";")[0].strip().lower()
    reader = READERS.get(ending)
    if reader is None and not ending:
        reader = READERS_BY_TYPE.get(content_type)
    if reader is None:
        known = ", ".join(READERS)
        raise UnreadableDocumentError(
            f"format not supported: {ending or content_type!r} is not one of {known}"
        )
    return reader


def ending_of(key: str) -> str:
    """Returns the ending of a file name, which says what format it is.

    Args:
        key: The object's key, or a file name.

    Returns:
        The ending in lower case, with its dot; '' where there is none.
    """
    return posixpath.splitext(key)[1].lower()


def opening_line(text: str) -> str | None:
    """Finds a headline that is marked by nothing but standing alone at the top.

    Args:
        text: Text, with line feeds only.

    Returns:
        The first line where it is short, has words, ends no sentence, and an empty line parts it
        from what follows; else None.
    """
    match = _OPENING_LINE.match(text)
    return match[1] if match else None


def title_of_key(key: str) -> str:
    """Makes a title of a file name.

    Args:
        key: The object's key.

    Returns:
        The name without folders and ending, words apart: ``refund-policy.md`` is
        ``Refund policy``.
    """
    name = posixpath.splitext(posixpath.basename(key))[0]
    words = " ".join(name.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:] if words else name or key


def _decode(data: bytes, limits: Limits) -> str:
    require_at_most(len(data), limits.text_bytes, "bytes of text")
    return decode(data)


class _Fields:
    """What a document says of itself, checked: a wrong word is a reason, never a guess."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def text(self, name: str) -> str | None:
        return self._fields.get(name, "").strip() or None

    def choice[Choice: StrEnum](self, name: str, choices: type[Choice]) -> Choice | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            return choices(value.lower())
        except ValueError:
            known = ", ".join(choices)
            raise UnreadableDocumentError(f"{name} {value!r} is not one of {known}") from None

    def visibility(self) -> Visibility:
        """Who may see it; where somebody meant to say so and did not, nobody guesses."""
        for name in get_close_matches(_VISIBILITY, self._fields, cutoff=ALIKE):
            if name != _VISIBILITY:
                raise UnreadableDocumentError(f"the field {name!r} is not known: {_VISIBILITY}?")
        if _VISIBILITY in self._fields and self.text(_VISIBILITY) is None:
            raise UnreadableDocumentError(f"{_VISIBILITY} has no value")
        return self.choice(_VISIBILITY, Visibility) or Visibility.PUBLIC

    def web_address(self, name: str) -> str | None:
        value = self.text(name)
        if value is not None and not value.lower().startswith(("https://", "http://")):
            raise UnreadableDocumentError(f"{name} {value!r} is not a web address")
        return value

    def day(self, name: str) -> date | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise UnreadableDocumentError(f"{name} {value!r} is not a date (YYYY-MM-DD)") from None

    def language(self) -> str | None:
        value = self.text("language") or self.text("lang")
        return None if value is None else language.from_code(value)
