"""Changing the embedding model: the new one is filled beside the old, then switched."""

from collections.abc import Callable
from dataclasses import dataclass

from frontdesk.knowledge.publishing import EMBEDDING_TIMEOUT_SECONDS
from frontdesk.ports import Embedder, KnowledgeStore

BATCH_SIZE = 64
"""Passages a round: what is embedded is stored after each, so that a stop loses little."""


@dataclass(frozen=True, slots=True)
class Reindexed:
    """How far a change of the model came.

    Attributes:
        done: True where searches use the model now; else call again.
        embedded: How many passages were embedded this time.
        left: How many are not embedded yet.
    """

    model: str
    done: bool
    embedded: int
    left: int = 0


def reindex(
    store: KnowledgeStore, embedder: Embedder, *, has_time: Callable[[], bool]
) -> Reindexed:
    """Embeds what a model has not embedded yet, and makes it the one that searches use.

    May be stopped and called again, and run beside publications and searches.

    Args:
        store: Where passages are kept.
        embedder: The new model's.
        has_time: Tells whether another round may begin.

    Returns:
        How far it came.

    Raises:
        ModelUnavailableError: The embedding service is out of reach; what is done is kept.
    """
    embedded = 0
    while True:
        missing = store.passages_without_embedding(model=embedder.model, limit=BATCH_SIZE)
        if missing:
            if not has_time():
                left = store.count_without_embedding(model=embedder.model)
                return Reindexed(embedder.model, done=False, embedded=embedded, left=left)
            vectors = embedder.embed(
                [text for _, text in missing], timeout=EMBEDDING_TIMEOUT_SECONDS
            )
            numbers = [number for number, _ in missing]
            store.add_embeddings(list(zip(numbers, vectors, strict=True)), model=embedder.model)
            embedded += len(missing)
            continue
        before = store.active_model()
        if before is None or store.activate_model(embedder.model):
            # The former model's vectors stay: a search that began with them may still run, and
            # a change back costs nothing.
            store.drop_models_but([embedder.model] + ([before.name] if before else []))
            return Reindexed(embedder.model, done=True, embedded=embedded)
        if not has_time():
            return Reindexed(embedder.model, done=False, embedded=embedded)
