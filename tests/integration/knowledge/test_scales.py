"""Confidence means the same whatever an embedding model's similarities are."""

import math
from itertools import product

import pytest

from frontdesk.domain.knowledge import SearchResult
from frontdesk.knowledge.reindexing import reindex
from frontdesk.knowledge.searching import HybridSearch
from tests.integration.knowledge.conftest import Knowledge
from tests.support.fake_knowledge import FakeEmbedder
from tests.support.knowledge import publish

ANIMALS = ("zebra", "giraffe", "lion", "camel")
PLACES = ("desert", "river", "mountain", "forest")
QUESTIONS = (
    "Where does the zebra of the river live?",
    "Tell me about the camel in the desert",
    "How do I bake bread?",
    "lion",
)


class CrowdedEmbedder(FakeEmbedder):
    """Puts all vectors into a narrow cone, as many models do: no cosine is small any more."""

    def _vector(self, text: str) -> list[float]:
        [plain] = FakeEmbedder().embed([text])
        vector = [*plain, 1.5]
        length = math.hypot(*vector)
        return [value / length for value in vector]


def ask(knowledge: Knowledge, embedder: FakeEmbedder) -> list[SearchResult]:
    search = HybridSearch(knowledge.index, embedder)
    return [search.search(question) for question in QUESTIONS]


def best_similarity(found: SearchResult) -> float:
    return max(hit.similarity for hit in found.hits if hit.similarity is not None)


def test_confidence_is_the_same_where_all_texts_are_near(knowledge: Knowledge) -> None:
    # given one knowledge base, asked with a model whose cosines go down to nothing
    for animal, place in product(ANIMALS, PLACES):
        content = f"The {animal} of the {place} eats what grows in the {place}."
        publish(knowledge.store, knowledge.embedder, f"{animal} {place}", content)
    plain = ask(knowledge, knowledge.embedder)

    # when it is asked with one that has none below two thirds
    crowded = CrowdedEmbedder("crowded", dimensions=49)
    assert reindex(knowledge.store, crowded, has_time=lambda: True).done
    shifted = ask(knowledge, crowded)

    # then similarities are others, and confidence is not
    told = [found.confidence for found in plain if found.confidence is not None]
    assert len(told) == len(QUESTIONS)
    assert max(told) - min(told) > 0.2
    pairs = list(zip(plain, shifted, strict=True))
    assert max(best_similarity(after) - best_similarity(before) for before, after in pairs) > 0.2
    for before, after in pairs:
        assert after.confidence == pytest.approx(before.confidence, abs=0.01)
