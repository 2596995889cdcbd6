"""Search does without embeddings where it has to, and says so."""

from collections.abc import Sequence

import pytest

from frontdesk.domain.knowledge import EmbeddingModel, Visibility
from frontdesk.knowledge.scale import TEXTS
from frontdesk.knowledge.searching import (
    MODEL_CACHE_SECONDS,
    QUERY_TIMEOUT_SECONDS,
    HybridSearch,
    embeddings_of,
)
from tests.support.fake_knowledge import FAKE_MODEL, FakeEmbedder, FakeKnowledge
from tests.support.knowledge import publish


def test_outage_of_embeddings_leaves_words() -> None:
    # given a document, and embeddings that are down
    knowledge, embedder = FakeKnowledge(), FakeEmbedder()
    publish(knowledge, embedder, "Refunds", "Within 30 days.")
    embedder.is_down = True

    # when it is searched
    found = HybridSearch(knowledge, embedder).search("refund")

    # then it is found by its words, and that is said
    assert [hit.title for hit in found.hits] == ["Refunds"]
    assert found.degraded
    assert found.hits[0].similarity is None


def test_provider_that_knows_another_model_leaves_words() -> None:
    knowledge, embedder = FakeKnowledge(), FakeEmbedder()
    publish(knowledge, embedder, "Refunds", "Within 30 days.")
    assert HybridSearch(knowledge, FakeEmbedder("other")).search("refund").degraded


def test_vector_of_another_size_leaves_words() -> None:
    knowledge, embedder = FakeKnowledge(), FakeEmbedder()
    publish(knowledge, embedder, "Refunds", "Within 30 days.")
    other = FakeEmbedder(FAKE_MODEL, dimensions=7)
    assert HybridSearch(knowledge, other).search("refund").degraded


def test_question_that_is_embedded_already_is_not_embedded_again() -> None:
    knowledge, embedder = FakeKnowledge(), FakeEmbedder()
    publish(knowledge, embedder, "Refunds", "Within 30 days.")
    [known] = embeddings_of([" refund "], embedder)
    embedder.calls.clear()

    found = HybridSearch(knowledge, embedder).search("refund", embedding=known)

    assert "refund" not in embedder.embedded
    assert not found.degraded
    assert found.hits[0].similarity is not None


@pytest.mark.parametrize("changed", [{"text": "invoices"}, {"model": "other"}])
def test_embedding_of_something_else_is_not_used(changed: dict[str, str]) -> None:
    knowledge, embedder = FakeKnowledge(), FakeEmbedder()
    publish(knowledge, embedder, "Refunds", "Within 30 days.")
    known = embeddings_of(["refund"], embedder)[0].model_copy(update=changed)
    embedder.calls.clear()

    found = HybridSearch(knowledge, embedder).search("refund", embedding=known)

    assert embedder.embedded.count("refund") == 1
    assert not found.degraded


def test_what_similarities_mean_is_read_once() -> None:
    # given a search whose embeddings come back in between
    knowledge, embedder = FakeKnowledge(), FakeEmbedder()
    publish(knowledge, embedder, "Refunds", "Within 30 days.")
    [known] = embeddings_of(["refund"], embedder)
    search = HybridSearch(knowledge, embedder)
    embedder.is_down = True
    assert search.search("refund", embedding=known).confidence is None
    embedder.is_down = False

    # when it is asked again and again
    told = [search.search("refund", embedding=known).confidence for _ in range(3)]

    # then the texts that tell are embedded a single time
    assert None not in told
    assert embedder.embedded.count(TEXTS[0]) == 1


def test_embedding_that_could_not_be_had_is_not_asked_for_again() -> None:
    knowledge, embedder = FakeKnowledge(), FakeEmbedder()
    publish(knowledge, embedder, "Refunds", "Within 30 days.")
    embedder.is_down = True
    [known] = embeddings_of(["refund"], embedder)
    embedder.is_down = False
    embedder.calls.clear()

    found = HybridSearch(knowledge, embedder).search("refund", embedding=known)

    assert embedder.calls == []
    assert found.degraded


def misspelt_knowledge() -> tuple[FakeKnowledge, FakeEmbedder]:
    """Knowledge that a misspelt question is asked of."""
    knowledge, embedder = FakeKnowledge(), FakeEmbedder()
    knowledge.slips = {"pssword": "password", "seets": "seats"}
    publish(knowledge, embedder, "Passwords", "Reset a password from the sign-in page.")
    publish(knowledge, embedder, "Seats", "Seats cost five a month.")
    embedder.calls.clear()
    return knowledge, embedder


def test_misspelt_question_means_what_it_was_meant_to() -> None:
    # given a question, and the same one misspelt, which was embedded as it is
    knowledge, embedder = misspelt_knowledge()
    search = HybridSearch(knowledge, embedder)
    right = search.search("reset a password")
    [known] = embeddings_of(["reset a pssword"], embedder)
    embedder.calls.clear()

    # when that is asked, then it is as near to its answer, and answered as surely
    found = search.search("reset a pssword", embedding=known)
    assert [hit.similarity for hit in found.hits] == [hit.similarity for hit in right.hits]
    assert found.confidence == right.confidence
    assert embedder.calls == [["reset a password"]]


def test_question_whose_words_are_known_is_embedded_once() -> None:
    knowledge, embedder = misspelt_knowledge()
    HybridSearch(knowledge, embedder).search("reset a password")
    assert embedder.embedded.count("reset a password") == 1


def test_misspelt_question_before_is_put_right_in_the_follow_up() -> None:
    # given a follow-up whose words say nothing by themselves
    knowledge, embedder = misspelt_knowledge()
    search = HybridSearch(knowledge, embedder)
    right = search.search("and a year?", earlier=["what do seats cost"])
    embedder.calls.clear()

    # when what was asked before it was misspelt
    found = search.search("and a year?", earlier=["what do seets cost"])

    # then it is searched as if it had not been, and only that is embedded again
    assert [hit.similarity for hit in found.hits] == [hit.similarity for hit in right.hits]
    assert embedder.calls == [["and a year?", "what do seets cost"], ["what do seats cost"]]


@pytest.mark.parametrize("seconds", [0.0, QUERY_TIMEOUT_SECONDS])
def test_misspelt_question_is_searched_as_it_is_where_it_cannot_be_embedded_again(
    seconds: float,
) -> None:
    # given embeddings that fail, or have taken all the time there is, after the first call
    knowledge, _ = misspelt_knowledge()
    now = [0.0]

    class Tiring(FakeEmbedder):
        def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
            vectors = super().embed(texts, timeout=timeout)
            now[0] += seconds
            self.is_down = seconds == 0 and TEXTS[0] not in texts
            return vectors

    tiring = Tiring()
    search = HybridSearch(knowledge, tiring, clock=lambda: now[0])

    # when a misspelt question is asked
    found = search.search("reset a pssword")

    # then it is searched with what there is
    assert tiring.embedded[0] == "reset a pssword"
    assert "reset a password" not in tiring.embedded
    assert found.hits[0].title == "Passwords"
    assert found.hits[0].similarity is not None
    assert not found.degraded


def test_misspelt_question_is_not_embedded_where_the_service_is_out_of_reach() -> None:
    knowledge, embedder = misspelt_knowledge()
    embedder.is_down = True
    [known] = embeddings_of(["reset a pssword"], embedder)
    embedder.is_down = False

    found = HybridSearch(knowledge, embedder).search("reset a pssword", embedding=known)

    assert embedder.calls == []
    assert (found.hits[0].title, found.degraded) == ("Passwords", True)


def test_empty_knowledge_base_is_not_degraded() -> None:
    embedder = FakeEmbedder()
    found = HybridSearch(FakeKnowledge(), embedder).search("refund")
    assert (found.hits, found.degraded) == ((), False)
    assert embedder.calls == []


def test_nothing_asked_finds_nothing() -> None:
    knowledge, embedder = FakeKnowledge(), FakeEmbedder()
    publish(knowledge, embedder, "Refunds", "Within 30 days.")
    search = HybridSearch(knowledge, embedder)
    assert search.search("  ").hits == ()
    assert search.search("refund", visibilities=()).hits == ()
    assert search.search("refund", limit=0).hits == ()


def test_internal_documents_have_to_be_asked_for() -> None:
    knowledge, embedder = FakeKnowledge(), FakeEmbedder()
    publish(knowledge, embedder, "Refunds", "Text.", visibility=Visibility.INTERNAL)
    search = HybridSearch(knowledge, embedder)
    assert search.search("refund").hits == ()
    assert search.search("refund", visibilities=tuple(Visibility)).hits


def test_model_in_use_is_read_again_after_a_while() -> None:
    # given a search that has read the model in use
    class Counting(FakeKnowledge):
        reads = 0

        def active_model(self) -> EmbeddingModel | None:
            self.reads += 1
            return super().active_model()

    now = [0.0]
    knowledge, embedder = Counting(), FakeEmbedder()
    publish(knowledge, embedder, "Refunds", "Text.")
    before = knowledge.reads
    search = HybridSearch(knowledge, embedder, clock=lambda: now[0])
    search.search("refund")
    search.search("refund")
    assert knowledge.reads == before + 1

    # when time has passed
    now[0] = MODEL_CACHE_SECONDS + 1
    search.search("refund")

    # then it is read again
    assert knowledge.reads == before + 2


def test_publication_while_the_former_model_is_gone_uses_the_new_one() -> None:
    # given knowledge embedded with a model that the provider does not know any more
    knowledge = FakeKnowledge()
    publish(knowledge, FakeEmbedder("former"), "Refunds", "Text.", model="former")

    # when a document is published
    current = FakeEmbedder("new")
    publish(knowledge, current, "Hours", "Nine to five.", model="new")

    # then it has the new model's embedding, and is found by its words until the switch
    assert [text for _, text in knowledge.passages_without_embedding(model="new", limit=9)] == [
        "Refunds\nText."
    ]
    found = HybridSearch(knowledge, current).search("nine five")
    assert [hit.title for hit in found.hits] == ["Hours"]
