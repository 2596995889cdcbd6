"""Searching: a question's meaning and its words, in one call to the index.

Only the index knows which words are misspelt; a question that has some is searched once more, as it
was meant.
"""

from collections.abc import Callable, Iterable, Sequence

from frontdesk.clock import monotonic
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.knowledge import (
    Category,
    EmbeddingModel,
    Found,
    QueryEmbedding,
    SearchResult,
    Visibility,
)
from frontdesk.knowledge.asking import Asked, clean_query, searched_texts
from frontdesk.knowledge.confidence import LOOKED_AT, confidence_of
from frontdesk.knowledge.publishing import EmbedderOf
from frontdesk.knowledge.scale import TEXTS, Scale
from frontdesk.ports import Embedder, PassageIndex

QUERY_TIMEOUT_SECONDS = 4.0
"""A customer waits: words alone find most things, and find them now."""

MODEL_CACHE_SECONDS = 10.0
"""How long a search may go on using the model that was active; its vectors outlive a switch."""

CLEARLY_NEARER = 0.93
"""Share of the distance to the nearest passage, under which a question is taken to mean what its
words were put right to. A word that is right, and that nobody wrote here, may be taken for another:
that question is farther from everything, or nearer by chance."""


def embeddings_of(texts: Iterable[str], embedder: Embedder) -> list[QueryEmbedding]:
    """Embeds what a customer asks, as a search of it would, in one call.

    Args:
        texts: The question, in one or more ways of writing it.
        embedder: Embeds them.

    Returns:
        Their embeddings in order, without vectors where the service is out of reach.
    """
    queries = [clean_query(text) for text in texts]
    vectors: Sequence[Sequence[float] | None]
    try:
        vectors = embedder.embed(queries, timeout=QUERY_TIMEOUT_SECONDS)
    except ModelUnavailableError:
        vectors = [None] * len(queries)
    return [
        QueryEmbedding(
            text=query, model=embedder.model, vector=None if vector is None else tuple(vector)
        )
        for query, vector in zip(queries, vectors, strict=True)
    ]


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
        self._scales: dict[str, Scale | None] = {}

    def search(
        self,
        query: str,
        *,
        limit: int = 5,
        category: Category | None = None,
        visibilities: Sequence[Visibility] = (Visibility.PUBLIC,),
        embedding: QueryEmbedding | None = None,
        earlier: Sequence[str] = (),
    ) -> SearchResult:
        """Finds the passages that answer a question best.

        Args:
            query: The question.
            limit: How many passages at most.
            category: Only documents of this category.
            visibilities: What the reader may be shown.
            embedding: An embedding made before; of use where it is this question's, and by the
                model that is searched.
            earlier: What the same customer asked before, oldest first.

        Returns:
            Hits, best first; ``degraded`` where embeddings were out of reach.
        """
        query = clean_query(query)
        if not query or limit < 1 or not visibilities:
            return SearchResult()
        deadline = self._clock() + QUERY_TIMEOUT_SECONDS
        model = self._active_model()
        texts = searched_texts(query, earlier)
        vectors = self._vectors(texts, model, embedding)
        scale = self._scale(model) if len(texts) > 1 and vectors[0] is not None else None
        asked = Asked.of(texts, vectors, scale)

        def find(asked: Asked) -> Found:
            return self._index.find(
                asked.texts[0],
                embedding=asked.embedding,
                model=model,
                limit=max(limit, LOOKED_AT),
                categories=tuple(Category) if category is None else (category,),
                visibilities=tuple(visibilities),
                background=asked.background,
            )

        found = find(asked)
        if found.meant and asked.embedding is not None:
            made = self._vectors(
                tuple(found.meant.values()), model, None, timeout=deadline - self._clock()
            )
            meant = asked.respelt(found.meant, made)
            if meant.vectors != asked.vectors and self._is_nearer(meant.embedding, found, model):
                found = find(meant)
        hits = found.hits
        compared = any(hit.similarity is not None for hit in hits)
        return SearchResult(
            hits=hits[:limit],
            degraded=model is not None and vectors[0] is None,
            confidence=confidence_of(query, hits, self._scale(model) if compared else None),
        )

    def _is_nearer(
        self, embedding: Sequence[float] | None, found: Found, model: EmbeddingModel | None
    ) -> bool:
        """Tells whether another embedding is clearly nearer to what was found than the first."""
        if embedding is None or model is None:
            return False
        similarities = [hit.similarity for hit in found.hits if hit.similarity is not None]
        distance = 1 - max(similarities, default=-1.0)
        nearest = self._index.nearest(found.hits, embedding, model)
        return 1 - nearest < CLEARLY_NEARER * distance

    def _scale(self, model: EmbeddingModel | None) -> Scale | None:
        """Reads what a model's similarities mean, once in the life of the process."""
        if model is None:
            return None
        if model.name not in self._scales:
            vectors = self._embed(TEXTS, model)
            if vectors is None:
                return None
            self._scales[model.name] = Scale.of(vectors)
        return self._scales[model.name]

    def _vectors(
        self,
        texts: Sequence[str],
        model: EmbeddingModel | None,
        known: QueryEmbedding | None,
        *,
        timeout: float = QUERY_TIMEOUT_SECONDS,
    ) -> list[Sequence[float] | None]:
        """Embeds a question and those before it in one call, or as much of it as is not known."""
        nothing: list[Sequence[float] | None] = [None] * len(texts)
        if model is None:
            return nothing
        question: list[Sequence[float] | None] = []
        if known is not None and (known.text, known.model) == (texts[0], model.name):
            if known.vector is None:
                # The service was out of reach a moment ago: nobody waits for it twice.
                return nothing
            question = [known.vector]
        embedded = self._embed(texts[len(question) :], model, timeout=timeout)
        made = nothing[len(question) :] if embedded is None else embedded
        # A provider that serves another model under the name cannot be compared with.
        return [
            vector if vector is not None and len(vector) == model.dimensions else None
            for vector in (*question, *made)
        ]

    def _embed(
        self,
        texts: Sequence[str],
        model: EmbeddingModel,
        *,
        timeout: float = QUERY_TIMEOUT_SECONDS,
    ) -> Sequence[Sequence[float]] | None:
        if not texts:
            return []
        if timeout <= 0:
            return None
        try:
            return self._embedder_of(model.name).embed(texts, timeout=timeout)
        except ModelUnavailableError:
            return None

    def _active_model(self) -> EmbeddingModel | None:
        now = self._clock()
        if self._model is None or now - self._model_read_at > MODEL_CACHE_SECONDS:
            self._model = self._index.active_model()
            self._model_read_at = now
        return self._model
