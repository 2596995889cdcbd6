"""Searching: a question's meaning and its words, in one call to the index."""

import time
from collections.abc import Callable, Sequence

from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.knowledge import (
    Category,
    EmbeddingModel,
    SearchResult,
    Visibility,
)
from frontdesk.knowledge.publishing import EmbedderOf
from frontdesk.ports import PassageIndex

QUERY_TIMEOUT_SECONDS = 4.0
"""A customer waits: words alone find most things, and find them now."""

MODEL_CACHE_SECONDS = 10.0
"""How long a search may go on using the model that was active; its vectors outlive a switch."""

MAX_QUERY_CHARACTERS = 4_000
"""As long as a message may be; embedding models read less."""


class HybridSearch:
    """Keeps the promise of `frontdesk.ports.KnowledgeSearch`.

    Args:
        index: The published passages.
        embedder_of: Gives the embedder of a model.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        index: PassageIndex,
        embedder_of: EmbedderOf,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index = index
        self._embedder_of = embedder_of
        self._clock = clock
        self._model: EmbeddingModel | None = None
        self._model_read_at = float("-inf")

    def search(
        self,
        query: str,
        *,
        limit: int = 5,
        category: Category | None = None,
        visibilities: Sequence[Visibility] = (Visibility.PUBLIC,),
    ) -> SearchResult:
        """Finds the passages that answer a question best.

        Args:
            query: The question.
            limit: How many passages at most.
            category: Only documents of this category.
            visibilities: What the reader may be shown.

        Returns:
            Hits, best first; ``degraded`` where embeddings were out of reach.
        """
        query = query.strip()[:MAX_QUERY_CHARACTERS]
        if not query or limit < 1 or not visibilities:
            return SearchResult()
        model = self._active_model()
        embedding = None if model is None else self._embed(query, model)
        hits = self._index.find(
            query,
            embedding=embedding,
            model=model,
            limit=limit,
            categories=tuple(Category) if category is None else (category,),
            visibilities=tuple(visibilities),
        )
        return SearchResult(hits=hits, degraded=model is not None and embedding is None)

    def _embed(self, query: str, model: EmbeddingModel) -> Sequence[float] | None:
        try:
            embedding = self._embedder_of(model.name).embed([query], timeout=QUERY_TIMEOUT_SECONDS)[
                0
            ]
        except ModelUnavailableError:
            return None
        # A provider that serves another model under the name cannot be compared with.
        return embedding if len(embedding) == model.dimensions else None

    def _active_model(self) -> EmbeddingModel | None:
        now = self._clock()
        if self._model is None or now - self._model_read_at > MODEL_CACHE_SECONDS:
            self._model = self._index.active_model()
            self._model_read_at = now
        return self._model
