"""Documents that people write, by the same way as those that are dropped."""

from datetime import date

from frontdesk.domain.errors import DocumentChangedError, InfrastructureError
from frontdesk.domain.knowledge import (
    Category,
    Document,
    DocumentDraft,
    DocumentStatus,
    DocumentWrite,
    Section,
    Visibility,
)
from frontdesk.knowledge import language, markdown
from frontdesk.knowledge.publishing import Publisher
from frontdesk.knowledge.splitting import split
from frontdesk.ports import KnowledgeStore

MAX_ROUNDS = 5
"""Each embeds again only what is not stored; the model in use does not change five times."""


def make_written_draft(
    *,
    title: str,
    content: str,
    category: Category,
    visibility: Visibility,
    source_url: str | None = None,
    owner: str | None = None,
    review_at: date | None = None,
    author: str | None = None,
) -> DocumentDraft:
    """Cuts a document that a person wrote into passages.

    Args:
        title: Its title, one line.
        content: Markdown.
        category: What kind of document it is.
        visibility: Who may be shown it.
        source_url: Where customers can read it.
        owner: Who keeps it right.
        review_at: When somebody has to look at it again.
        author: The subject who wrote it.

    Returns:
        The document, ready to be embedded and published.
    """
    # A document of headings alone still says something.
    sections = markdown.sections(content) or [Section(text=content)]
    return DocumentDraft(
        title=title,
        category=category,
        visibility=visibility,
        source_url=source_url,
        language=language.detect(content),
        owner=owner,
        review_at=review_at,
        author=author,
        content=content,
        passages=split(sections, title=title),
    )


class DocumentWriter:
    """Writes documents and takes them out of the search again.

    Args:
        store: Where documents are kept.
        publisher: Embeds and publishes drafts.
    """

    def __init__(self, store: KnowledgeStore, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher

    def write(
        self, draft: DocumentDraft, status: DocumentStatus, written: DocumentWrite
    ) -> Document:
        """Stores a document's new version; one that is published is found from then on.

        Args:
            draft: The document with its passages.
            status: ``draft`` keeps it out of the search; else it is published.
            written: Who writes it; it names the document.

        Returns:
            The document as it is now.

        Raises:
            NotFoundError: There is no such document.
            ConflictError: S3 owns the document.
            PreconditionFailedError: It is not at the revision that is expected.
            ModelUnavailableError: The embedding service is out of reach; nothing is changed.
        """
        if status is DocumentStatus.DRAFT:
            return self._store.save_draft(draft, written=written)
        for _ in range(MAX_ROUNDS):
            try:
                return self._publisher.publish(draft, written=written)
            except DocumentChangedError:
                continue
        raise InfrastructureError("the embedding model kept changing")

    def archive(self, written: DocumentWrite) -> None:
        """Takes a document out of the search; its history is kept.

        Args:
            written: Who does it; it names the document.

        Raises:
            ConflictError: S3 owns the document.
        """
        self._store.archive(document_id=written.document_id, written=written)
