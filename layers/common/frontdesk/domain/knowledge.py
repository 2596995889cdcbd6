"""Knowledge: documents, their versions, and the passages that are searched."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Category(StrEnum):
    """What kind of document it is."""

    FAQ = "faq"
    DOCUMENTATION = "documentation"
    TROUBLESHOOTING = "troubleshooting"
    POLICY = "policy"


class Visibility(StrEnum):
    """Who may be shown a document; internal ones never reach a customer's answer."""

    PUBLIC = "public"
    INTERNAL = "internal"


class DocumentStatus(StrEnum):
    """The state of a document."""

    DRAFT = "draft"
    PUBLISHED = "published"
    FAILED = "failed"
    ARCHIVED = "archived"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Section(_Part):
    """A piece of an extracted document under one heading.

    Attributes:
        path: The headings above it, outermost first.
        text: Its plain text (Markdown kept where it was).
    """

    path: tuple[str, ...] = ()
    text: str


class Passage(_Part):
    """A piece of a document that is embedded, searched and quoted as a whole."""

    ordinal: int
    section: str = ""
    content: str


class DocumentDraft(_Part):
    """A document as it was read, before it is published.

    Attributes:
        source_key: The object's key where S3 owns the document.
        object_version: S3's version id (or ETag) that was read, in the same case.
        sequencer: The event's sequencer, padded by the caller; '' where unknown.
    """

    title: str
    category: Category = Category.FAQ
    visibility: Visibility = Visibility.PUBLIC
    source_url: str | None = None
    source_key: str | None = None
    object_version: str | None = None
    sequencer: str = ""
    content: str
    passages: tuple[Passage, ...]


class SearchHit(_Part):
    """A passage found for a question; higher scores are better and compare within one search."""

    passage_id: str
    document_id: str
    document_version: int
    title: str
    section: str
    content: str
    category: Category
    visibility: Visibility
    source_url: str | None = None
    score: float
    similarity: float | None = None


class SearchResult(_Part):
    """What a search found, and whether it had to do without embeddings."""

    hits: tuple[SearchHit, ...] = ()
    degraded: bool = False


class Document(_Part):
    """A document as staff see it."""

    id: str
    title: str
    content: str = ""
    category: Category
    visibility: Visibility
    status: DocumentStatus
    source: str
    source_key: str | None = None
    source_url: str | None = None
    version: int = 0
    failure_reason: str | None = None
    passage_count: int = 0
    metadata: dict[str, Any] = {}
    created_at: datetime
    updated_at: datetime
