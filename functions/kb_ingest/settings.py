"""The settings of knowledge ingest."""

from pydantic import Field

from frontdesk.config import (
    DatabaseSettings,
    DocumentsSettings,
    EmbeddingSettings,
    EventSettings,
)
from frontdesk.knowledge.apart import Bounds
from frontdesk.knowledge.extracted import Limits

MEGABYTE = 1_000_000


class IngestSettings(DatabaseSettings, EmbeddingSettings, DocumentsSettings, EventSettings):
    """What knowledge ingest needs to know.

    Attributes:
        knowledge_queue_url: Where changes of documents come from.
        max_document_text_bytes: Of a text file, and of the text in any other.
        max_document_pages: Of a PDF.
        max_document_rows: Of a table.
        max_document_unpacked_bytes: Of a DOCX, which is an archive.
        max_document_read_seconds: For reading one; half of the function's time, because what is
            read has to be embedded as well.
        max_document_memory_bytes: For reading one; what the function has, without its own.
    """

    knowledge_queue_url: str
    max_document_text_bytes: int = Field(default=5 * MEGABYTE, ge=1)
    max_document_pages: int = Field(default=1_000, ge=1)
    max_document_rows: int = Field(default=5_000, ge=1)
    max_document_unpacked_bytes: int = Field(default=50 * MEGABYTE, ge=1)
    max_document_read_seconds: float = Field(default=90, gt=0)
    max_document_memory_bytes: int = Field(default=1_200 * MEGABYTE, ge=1)

    @property
    def bounds(self) -> Bounds:
        """What reading one document may take."""
        return Bounds(
            seconds=self.max_document_read_seconds, memory_bytes=self.max_document_memory_bytes
        )

    @property
    def limits(self) -> Limits:
        """How much of a document is read."""
        return Limits(
            text_bytes=self.max_document_text_bytes,
            pages=self.max_document_pages,
            rows=self.max_document_rows,
            unpacked_bytes=self.max_document_unpacked_bytes,
        )
