"""The settings of knowledge ingest."""

from pydantic import Field

from frontdesk.config import DatabaseSettings, EmbeddingSettings

MEGABYTE = 1_000_000


class IngestSettings(DatabaseSettings, EmbeddingSettings):
    """What knowledge ingest needs to know.

    Attributes:
        documents_bucket: The bucket of the S3 drop.
        max_document_bytes: What is larger is refused before it is read into memory.
    """

    documents_bucket: str
    max_document_bytes: int = Field(default=50 * MEGABYTE, ge=1)
