"""A model's similarities are read off questions and answers that every model knows."""

import pytest

from frontdesk.knowledge.scale import PAIRS, TEXTS, Scale
from tests.support.fake_knowledge import FakeEmbedder


def test_texts_that_have_nothing_in_common_are_at_nought_and_answers_at_one() -> None:
    # given a model that knows which answers belong to which questions, and nothing else
    vectors = [
        [0.8] + [0.6 * (place == number // 2) for place in range(12)] for number in range(24)
    ]

    # when its scale is read
    scale = Scale.of(vectors)

    # then both ends are where it has them
    assert scale is not None
    assert (scale.unrelated, scale.related) == pytest.approx((0.64, 1.0))
    assert scale.nearness(0.64) == pytest.approx(0)
    assert scale.nearness(1.0) == pytest.approx(1)
    assert scale.nearness(0.82) == pytest.approx(0.5)


def test_length_of_vectors_does_not_matter() -> None:
    vectors = FakeEmbedder(dimensions=300).embed(TEXTS)
    longer = [[number * value for value in vector] for number, vector in enumerate(vectors, 1)]
    one, other = Scale.of(vectors), Scale.of(longer)
    assert one is not None
    assert other is not None
    assert (one.unrelated, one.related) == pytest.approx((other.unrelated, other.related))


def test_a_model_that_tells_nothing_apart_has_no_scale() -> None:
    assert Scale.of([[1.0, 0.0]] * 24) is None
    assert Scale.of([[0.0, 0.0]] * 24) is None


def test_each_question_has_an_answer_of_its_own() -> None:
    assert len(set(TEXTS)) == 2 * len(PAIRS)
