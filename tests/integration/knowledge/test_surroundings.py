"""What a similarity means is told by those of passages at random, whatever the embedding model."""

import math
from itertools import product

import pytest

from frontdesk.adapters.postgres.surroundings import LEAST_SAMPLE
from frontdesk.domain.knowledge import SearchHit, SearchResult
from frontdesk.knowledge.reindexing import reindex
from frontdesk.knowledge.searching import HybridSearch
from tests.integration.knowledge.conftest import Knowledge
from tests.support.fake_knowledge import FakeEmbedder
from tests.support.knowledge import publish

ANIMALS = ("zebra", "giraffe", "lion", "camel", "otter", "weasel", "falcon")
PLACES = ("desert", "river", "mountain", "forest", "island", "valley", "harbour")
QUESTIONS = (
    "Where does the zebra of the river live?",
    "Tell me about the otter in the desert",
    "How do I bake bread?",
    "falcon",
)


class CrowdedEmbedder(FakeEmbedder):
    """Puts all vectors into a narrow cone, as many models do: no cosine is small any more."""

    def _vector(self, text: str) -> list[float]:
        [plain] = FakeEmbedder().embed([text])
        vector = [*plain, 1.5]
        length = math.hypot(*vector)
        return [value / length for value in vector]


def fill(knowledge: Knowledge) -> None:
    for animal, place in product(ANIMALS, PLACES):
        content = f"The {animal} of the {place} lives there and eats what grows in the {place}."
        publish(knowledge.store, knowledge.embedder, f"{animal} {place}", content)


def ask(knowledge: Knowledge, embedder: FakeEmbedder) -> list[SearchResult]:
    search = HybridSearch(knowledge.index, embedder)
    return [search.search(question) for question in QUESTIONS]


def best(found: SearchResult) -> SearchHit:
    return max(found.hits, key=lambda hit: hit.similarity or 0.0)


def test_confidence_is_the_same_where_all_texts_are_near(knowledge: Knowledge) -> None:
    # given one knowledge base, asked with a model whose cosines go down to nothing
    fill(knowledge)
    plain = ask(knowledge, knowledge.embedder)

    # when it is asked with one that has none below two thirds
    crowded = CrowdedEmbedder("crowded", dimensions=49)
    assert reindex(knowledge.store, crowded, has_time=lambda: True).done
    shifted = ask(knowledge, crowded)

    # then similarities are others, and confidence is not
    spread = [found.confidence for found in plain if found.confidence is not None]
    assert len(spread) == len(QUESTIONS)
    assert max(spread) - min(spread) > 0.2
    pairs = list(zip(plain, shifted, strict=True))
    assert (
        max(_similarity(best(after)) - _similarity(best(before)) for before, after in pairs) > 0.2
    )
    for before, after in pairs:
        assert best(after).nearness == pytest.approx(best(before).nearness, abs=0.02)
        assert after.confidence == pytest.approx(before.confidence, abs=0.01)


def test_too_few_passages_cannot_tell(knowledge: Knowledge) -> None:
    for number in range(LEAST_SAMPLE - 1):
        publish(knowledge.store, knowledge.embedder, f"Note {number}", f"Note {number}: a zebra.")
    assert {found.confidence for found in ask(knowledge, knowledge.embedder)} == {None}


def test_passages_that_are_all_alike_cannot_tell(knowledge: Knowledge) -> None:
    for number in range(LEAST_SAMPLE):
        publish(knowledge.store, knowledge.embedder, "Zebra", "A zebra.", source_key=f"k/{number}")
    assert ask(knowledge, knowledge.embedder)[0].confidence is None


def _similarity(hit: SearchHit) -> float:
    assert hit.similarity is not None
    return hit.similarity
