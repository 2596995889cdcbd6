"""Bytes of a document, read: its text in sections, and what it says of itself."""

import posixpath
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
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
from frontdesk.knowledge.splitting import split

MAX_TITLE_CHARACTERS = 300
"""A title is a line that people read; what is longer was no title."""

MAX_PASSAGES = 5_000
"""Some four million characters: a book. More would not be embedded within the function's time."""

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_JOINERS = frozenset("\u200c\u200d")


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a format's reader found.

    Attributes:
        text: The whole text, as it is kept for people to read.
        sections: The same, cut at headings.
        heading: The first heading, where there is one.
        fields: What the document says of itself (``title``, ``category``, …).
    """

    text: str
    sections: list[Section]
    heading: str | None
    fields: Mapping[str, str]


type Reader = Callable[[bytes], Extracted]


def read_markdown(data: bytes) -> Extracted:
    """Reads Markdown with or without front matter.

    Args:
        data: The file's bytes.

    Returns:
        Its text, sections and fields.

    Raises:
        UnreadableDocumentError: It is no text.
    """
    fields, text = front_matter.parse(decode(data))
    return Extracted(
        text=text.strip("\n"),
        sections=markdown.sections(text),
        heading=markdown.first_heading(text),
        fields=fields,
    )


def read_plain_text(data: bytes) -> Extracted:
    """Reads plain text; a ``#`` in it is no heading.

    Args:
        data: The file's bytes.

    Returns:
        Its text as one section, and fields where it begins with front matter.

    Raises:
        UnreadableDocumentError: It is no text.
    """
    fields, text = front_matter.parse(decode(data))
    body = text.strip("\n")
    return Extracted(
        text=body,
        sections=[Section(text=body)] if body.strip() else [],
        heading=None,
        fields=fields,
    )


READERS: dict[str, Reader] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_plain_text,
    ".text": read_plain_text,
}
"""By the file name's ending."""

_READERS_BY_TYPE: dict[str, Reader] = {
    "text/markdown": read_markdown,
    "text/plain": read_plain_text,
}


def make_draft(stored: StoredObject, data: bytes) -> DocumentDraft:
    """Reads a dropped object and cuts it into passages.

    Args:
        stored: The object, with its metadata.
        data: Its content.

    Returns:
        The document, ready to be embedded and published.

    Raises:
        UnreadableDocumentError: Nobody can read it; the text says why.
    """
    extracted = find_reader(stored)(data)
    # What the author wrote into the document wins over what the uploader attached to it.
    fields = _Fields({**stored.metadata, **extracted.fields})
    title = fields.text("title") or extracted.heading or title_of_key(stored.key)
    title = " ".join(title.split())[:MAX_TITLE_CHARACTERS]
    # A document of headings alone still says something.
    sections = extracted.sections or [Section(text=extracted.text)]
    passages = split(sections, title=title)
    if not extracted.text.strip():
        raise UnreadableDocumentError("the document is empty")
    if len(passages) > MAX_PASSAGES:
        raise UnreadableDocumentError(
            f"the document is too long: {len(passages)} passages, at most {MAX_PASSAGES}"
        )
    return DocumentDraft(
        title=title,
        category=fields.choice("category", Category) or Category.DOCUMENTATION,
        visibility=fields.choice("visibility", Visibility) or Visibility.PUBLIC,
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
    ending = posixpath.splitext(stored.key)[1].lower()
    content_type = stored.content_type.partition(";")[0].strip().lower()
    reader = READERS.get(ending)
    if reader is None and not ending:
        reader = _READERS_BY_TYPE.get(content_type)
    if reader is None:
        raise UnreadableDocumentError(f"format not supported yet: {ending or content_type!r}")
    return reader


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


def decode(data: bytes) -> str:
    """Turns a text file's bytes into clean text.

    Args:
        data: UTF-8, UTF-16 with its byte order mark, or what Windows wrote before those.

    Returns:
        Text with line feeds, without invisible characters (they carry instructions past people
        who read over a model's shoulder).

    Raises:
        UnreadableDocumentError: It is no text.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _clean(_decode(data, encoding))
    if b"\0" in data:
        raise UnreadableDocumentError("the file is not text")
    try:
        return _clean(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _clean(_decode(data, "cp1252"))


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocumentError(f"the file is not text in {encoding}") from error


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        character
        for character in text
        if character in "\n\t"
        or character in _JOINERS
        or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )


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
