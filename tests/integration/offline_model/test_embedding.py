import numpy as np
import pytest

from localstack.offline_model.embedding import DIMENSIONS, LocalEmbedder

pytestmark = pytest.mark.integration


def test_vectors_have_length_one_and_follow_meaning(embedder: LocalEmbedder) -> None:
    question, near, far = embedder.embed(
        ["How do I get a refund?", "Money is returned within 7 days.", "The cat sleeps."]
    )

    assert question.shape == (DIMENSIONS,)
    assert float(np.linalg.norm(question)) == pytest.approx(1, abs=1e-5)
    assert question @ near > question @ far + 0.1


def test_a_texts_vector_does_not_depend_on_its_neighbours(embedder: LocalEmbedder) -> None:
    alone = LocalEmbedder(cached_texts=0).embed(["short one"])[0]
    (among, _) = LocalEmbedder(cached_texts=0).embed(["short one", "a much longer text " * 20])

    assert np.array_equal(alone, among)


def test_what_is_beyond_256_tokens_does_not_count(embedder: LocalEmbedder) -> None:
    start = "word " * 300

    first, second = embedder.embed([start + "apples", start + "tractors"])

    assert np.array_equal(first, second)
    assert embedder.count_tokens(start) == 300


def test_the_cache_is_bounded_and_says_the_same() -> None:
    # Given a cache for two texts
    embedder = LocalEmbedder(cached_texts=2)
    texts = ["one", "two", "three"]

    # When more than that are embedded, twice over
    first, again = embedder.embed(texts), embedder.embed([*texts, "one"])

    # Then
    assert np.array_equal(first, again[:3])
    assert np.array_equal(again[0], again[3])
    assert len(embedder._cache) == 2


def test_no_texts_have_no_vectors(embedder: LocalEmbedder) -> None:
    assert embedder.embed([]).shape == (0, DIMENSIONS)


def test_tokens_that_are_not_the_models_are_refused(embedder: LocalEmbedder) -> None:
    with pytest.raises(ValueError, match="outside"):
        embedder.decode([1, 10**6])
