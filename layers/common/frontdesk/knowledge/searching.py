"""Searching: a question's meaning and its words, in one call to the index."""

from collections.abc import Callable, Sequence

from frontdesk.clock import monotonic
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.knowledge import (
    Category,
    EmbeddingModel,
    QueryEmbedding,
    SearchResult,
    Visibility,
)
from frontdesk.knowledge.publishing import EmbedderOf
from frontdesk.ports import Embedder, PassageIndex

QUERY_TIMEOUT_SECONDS = 4.0
"""A customer waits: words alone find most things, and find them now."""

MODEL_CACHE_SECONDS = 10.0
"""How long a search may go on using the model that was active; its vectors outlive a switch."""

MAX_QUERY_CHARACTERS = 4_000
"""As long as a message may be; embedding models read less."""


def embedding_of(text: str, embedder: Embedder) -> QueryEmbedding:
    """Embeds what a customer asks, as a search of it would.

    Args:
        text: The question.
        embedder: Embeds it.

    Returns:
        The embedding, without a vector where the service is out of reach.
    """
    query = clean_query(text)
    try:
        [vector] = embedder.embed([query], timeout=QUERY_TIMEOUT_SECONDS)
    except ModelUnavailableError:
        return QueryEmbedding(text=query, model=embedder.model, vector=None)
    return QueryEmbedding(text=query, model=embedder.model, vector=tuple(vector))


def clean_query(text: str) -> str:
    """Brings a question to the form in which it is searched and embedded."""
    return text.strip()[:MAX_QUERY_CHARACTERS]


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
        clock: Callable[[], float] = monotonic,
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
        embedding: QueryEmbedding | None = None,
    ) -> SearchResult:
        """Finds the passages that answer a question best.

        Args:
            query: The question.
            limit: How many passages at most.
            category: Only documents of this category.
            visibilities: What the reader may be shown.
            embedding: An embedding made before; of use where it is this question's, and by the
                model that is searched.

        Returns:
            Hits, best first; ``degraded`` where embeddings were out of reach.
        """
        query = clean_query(query)
        if not query or limit < 1 or not visibilities:
            return SearchResult()
        model = self._active_model()
        vector = None if model is None else self._vector(query, model, embedding)
        hits = self._index.find(
            query,
            embedding=vector,
            model=model,
            limit=limit,
            categories=tuple(Category) if category is None else (category,),
            visibilities=tuple(visibilities),
        )
        return SearchResult(hits=hits, degraded=model is not None and vector is None)

    def _vector(
        self, query: str, model: EmbeddingModel, known: QueryEmbedding | None
    ) -> Sequence[float] | None:
        vector: Sequence[float] | None
        if known is not None and (known.text, known.model) == (query, model.name):
            vector = known.vector
        else:
            vector = self._embed(query, model)
        # A provider that serves another model under the name cannot be compared with.
        return vector if vector is not None and len(vector) == model.dimensions else None

    def _embed(self, query: str, model: EmbeddingModel) -> Sequence[float] | None:
        try:
            embedder = self._embedder_of(model.name)
        except ModelUnavailableError:
            return None
        return embedding_of(query, embedder).vector

    def _active_model(self) -> EmbeddingModel | None:
        now = self._clock()
        if self._model is None or now - self._model_read_at > MODEL_CACHE_SECONDS:
            self._model = self._index.active_model()
            self._model_read_at = now
        return self._model
