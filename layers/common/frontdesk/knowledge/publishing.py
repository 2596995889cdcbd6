"""Publishing: a draft's passages embedded, and the whole made searchable at once."""

from collections.abc import Callable, Sequence

from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.knowledge import Document, DocumentDraft, DocumentWrite
from frontdesk.ports import Embedder, KnowledgeStore

EMBEDDING_TIMEOUT_SECONDS = 20.0
"""Of one call for a batch of passages; nobody waits for it as for an answer."""

type EmbedderOf = Callable[[str], Embedder]
"""Gives the embedder of a model, by the model's name."""


class Publisher:
    """Embeds what is new in a draft, and publishes it.

    Args:
        store: Where documents are kept.
        embedder_of: Gives the embedder of a model.
        model: The configured model, for a knowledge base that has none yet.
    """

    def __init__(self, store: KnowledgeStore, embedder_of: EmbedderOf, *, model: str) -> None:
        self._store = store
        self._embedder_of = embedder_of
        self._model = model

    def publish(
        self,
        draft: DocumentDraft,
        *,
        document_id: str | None = None,
        is_current: Callable[[], bool] | None = None,
        written: DocumentWrite | None = None,
    ) -> Document:
        """Publishes a draft as the document's new version.

        Args:
            draft: The document with its passages.
            document_id: Which document, where S3 does not own it.
            is_current: Tells, under the document's lock, whether the draft is still right.
            written: Who writes it, where a person does; it names the document.

        Returns:
            The document as it is now.

        Raises:
            ModelUnavailableError: The embedding service is out of reach.
            DocumentChangedError: Something moved meanwhile: read and publish again.
        """
        model, embeddings = self._embed(draft)
        return self._store.publish(
            draft,
            embeddings,
            model=model,
            document_id=document_id,
            is_current=is_current,
            written=written,
        )

    def _embed(self, draft: DocumentDraft) -> tuple[str, list[Sequence[float] | None]]:
        """Embeds with the model that searches use, so that the document is found at once.

        Where the configured one has been changed and the provider does not know the former any
        more, the configured one is used: words find the document until the change is completed.
        """
        active = self._store.active_model()
        if active is None or active.name == self._model:
            return self._model, self._embed_with(self._model, draft)
        try:
            return active.name, self._embed_with(active.name, draft)
        except ModelUnavailableError:
            return self._model, self._embed_with(self._model, draft)

    def _embed_with(self, model: str, draft: DocumentDraft) -> list[Sequence[float] | None]:
        hashes = draft.passage_hashes()
        stored = self._store.embedded(hashes, model=model)
        new = {
            digest: text
            for digest, text in zip(hashes, draft.searchable_texts(), strict=True)
            if digest not in stored
        }
        vectors: dict[str, Sequence[float]] = {}
        if new:
            made = self._embedder_of(model).embed(
                list(new.values()), timeout=EMBEDDING_TIMEOUT_SECONDS
            )
            vectors = dict(zip(new, made, strict=True))
        return [vectors.get(digest) for digest in hashes]
