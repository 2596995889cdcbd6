"""Knowledge: documents, their versions, and the passages that are searched."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.errors import ConflictError


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


class StoredObject(_Part):
    """An object in the S3 drop, as it is now.

    Attributes:
        version: What changes whenever the object is put again, even with the same bytes.
        size: Bytes.
        metadata: The object's own metadata, names in lower case.
    """

    key: str
    version: str
    size: int
    content_type: str = ""
    metadata: Mapping[str, str] = {}


class Upload(_Part):
    """An object that somebody is to put into the S3 drop.

    Attributes:
        size: Exactly how many bytes it will have.
        metadata: What is to be attached to it; ASCII only.
    """

    key: str
    size: int
    content_type: str
    metadata: Mapping[str, str] = {}


class PresignedUpload(_Part):
    """How to put one object without a credential, for a while.

    Attributes:
        headers: What has to be sent with it, or S3 refuses it.
        expires_in: Seconds.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    expires_in: int


class DocumentDraft(_Part):
    """A document as it was read, before it is published.

    Attributes:
        language: The text search configuration that its words are stemmed by.
        owner: Who keeps it right.
        review_at: When somebody has to look at it again.
        source_key: The object's key where S3 owns the document.
        object_version: S3's version id (or ETag) that was read, in the same case.
        sequencer: The event's sequencer, padded by the caller; '' where unknown.
        author: The subject who changed it, where a person did.
    """

    title: str
    category: Category = Category.FAQ
    visibility: Visibility = Visibility.PUBLIC
    source_url: str | None = None
    source_key: str | None = None
    object_version: str | None = None
    sequencer: str = ""
    language: str = "english"
    owner: str | None = None
    review_at: date | None = None
    author: str | None = None
    content: str
    passages: tuple[Passage, ...]

    def searchable_texts(self) -> list[str]:
        """Returns what is embedded and indexed, one text a passage."""
        return [searchable_text(self.title, passage) for passage in self.passages]

    def passage_hashes(self) -> list[str]:
        """Returns what tells passages apart, one hash a passage.

        The same hash means the same words under the same headings in the same language:
        nothing to embed or index again.
        """
        return [
            hashlib.sha256(f"{self.language}\x1f{text}".encode()).hexdigest()
            for text in self.searchable_texts()
        ]


class FailedDraft(_Part):
    """A document that could not be read, and why, for staff to see."""

    source_key: str
    title: str
    reason: str
    object_version: str
    sequencer: str = ""


class EmbeddingModel(_Part):
    """A model whose embeddings are searched."""

    name: str
    dimensions: int


class QueryEmbedding(_Part):
    """A text's embedding, or that it could not be had; whoever needs it next need not ask again.

    Attributes:
        text: What was embedded.
        model: The embedding model's name.
        vector: None where the embedding service was out of reach.
    """

    text: str
    model: str
    vector: tuple[float, ...] | None


class Background(_Part):
    """What was asked before a question, and is still spoken of.

    Attributes:
        text: The earlier question.
        weight: How much its words count, where those of the question count one.
    """

    text: str
    weight: float


class SearchHit(_Part):
    """A passage found for a question; higher scores are better and compare within one search.

    Attributes:
        score: The fused rank score.
        similarity: Cosine of question and passage, -1 to 1; None where words alone were searched.
        lexical_score: BM25 of the question's words in the passage; 0 where none is in it.
        prominence: How much better the question's words fit this passage than the others that
            were compared, by the weight of one word that no other passage has and the number of
            words to the power of two thirds. Compares between searches.
        language: The text search configuration that its words are stemmed by.
    """

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
    lexical_score: float = 0.0
    prominence: float = 0.0
    language: str = "english"


class Found(_Part):
    """What an index found.

    Attributes:
        hits: Passages, best first.
        meant: Of the texts that were looked up, those with a word that no passage has and that
            seems misspelt, each with what it was meant to be; their words were looked up so.
    """

    hits: tuple[SearchHit, ...] = ()
    meant: Mapping[str, str] = {}


class SearchResult(_Part):
    """What a search found.

    Attributes:
        hits: Passages, best first.
        degraded: True where embeddings were out of reach.
        confidence: How likely the question is answered by what was found, 0 to 1; None where
            that cannot be told.
    """

    hits: tuple[SearchHit, ...] = ()
    degraded: bool = False
    confidence: float | None = None


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
    language: str = "english"
    owner: str | None = None
    review_at: date | None = None
    object_version: str | None = None
    metadata: dict[str, Any] = {}
    created_at: datetime
    updated_at: datetime

    @property
    def revision(self) -> int:
        """What changes with every change of it, of its status as well as of its words."""
        return revision_of(self.updated_at)


class DocumentVersion(_Part):
    """What a document said from one moment on, until its next version.

    Attributes:
        number: 1 for the first.
        content: Empty in a listing.
        object_version: S3's version id of what was read, where S3 owns the document.
        created_by: The subject who wrote it, where a person did.
    """

    number: int
    title: str
    category: Category
    visibility: Visibility
    source_url: str | None = None
    content: str = ""
    object_version: str | None = None
    created_by: str | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentWrite:
    """A person's change of a document, which is written together with its audit entry.

    Attributes:
        document_id: The document.
        entry: What the audit log says of it.
        expected_revision: What it must be at; None where any will do.
        is_new: True where there is no such document yet.
    """

    document_id: str
    entry: AuditEntry
    expected_revision: int | None = None
    is_new: bool = False


def kept_in_s3(key: str) -> ConflictError:
    """Makes the refusal of a change of a document that S3 owns.

    Args:
        key: The object's key.

    Returns:
        The error, ready to raise; it says where the document lives.
    """
    return ConflictError(
        f"The document is kept in S3: replace or delete the object {key!r}.",
        extra={"source_key": key},
    )


def revision_of(updated_at: datetime) -> int:
    """Makes a number of the time of a document's last change.

    Args:
        updated_at: The time, exact to the microsecond.

    Returns:
        Microseconds of the epoch.
    """
    return round(updated_at.timestamp() * 1_000_000)


def searchable_text(title: str, passage: Passage) -> str:
    """Writes what is embedded and indexed of a passage: its headings with its words.

    Args:
        title: The document's title.
        passage: The passage.

    Returns:
        Title, section and content, one under the other.
    """
    return "\n".join(part for part in (title, passage.section, passage.content) if part)
