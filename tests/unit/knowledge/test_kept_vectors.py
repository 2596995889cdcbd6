"""A process embeds a text once, as long as it is asked for."""

from collections.abc import Sequence

import pytest

from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.knowledge.kept_vectors import BATCH_SIZE, KeptVectors
from tests.support.fake_knowledge import FakeEmbedder


class SlowEmbedder(FakeEmbedder):
    """Takes a second for a call."""

    time = 0.0

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        self.time += 1.0
        return super().embed(texts, timeout=timeout)


def test_only_what_is_new_is_embedded() -> None:
    kept, embedder = KeptVectors(), FakeEmbedder()
    kept.embed(["lion", "zebra", "lion"], embedder, seconds=9)
    vectors = kept.embed(["zebra", "giraffe"], embedder, seconds=9)
    assert embedder.embedded == ["lion", "zebra", "giraffe"]
    assert list(vectors["zebra"]) == pytest.approx(embedder.embed(["zebra"])[0])


def test_another_model_embeds_anew() -> None:
    kept, other = KeptVectors(), FakeEmbedder("another")
    kept.embed(["lion"], FakeEmbedder(), seconds=9)
    kept.embed(["lion"], other, seconds=9)
    assert other.embedded == ["lion"]


def test_what_is_not_wanted_any_more_is_forgotten() -> None:
    kept, embedder = KeptVectors(), FakeEmbedder()
    for text in ("lion", "zebra", "lion"):
        kept.embed([text], embedder, seconds=9)
    assert embedder.embedded == ["lion", "zebra", "lion"]


def test_what_is_embedded_in_time_is_kept_for_the_next() -> None:
    # given a service that takes a second for each batch, and three batches of texts
    embedder = SlowEmbedder()
    kept = KeptVectors(clock=lambda: embedder.time)
    texts = [f"text {number}" for number in range(3 * BATCH_SIZE)]

    # when there are two seconds, then not all of it can be told
    with pytest.raises(ModelUnavailableError):
        kept.embed(texts, embedder, seconds=2)

    # and the next time only what is missing is embedded
    embedder.calls.clear()
    assert len(kept.embed(texts, embedder, seconds=2)) == len(texts)
    assert embedder.embedded == texts[2 * BATCH_SIZE :]
