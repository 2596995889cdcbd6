"""Vectors of embeddings, compared."""

import pytest

from frontdesk.domain.vectors import cosine, unit


def test_unit_has_length_one_and_the_same_direction() -> None:
    assert unit([3.0, 4.0]) == pytest.approx([0.6, 0.8])
    assert unit([0.0, 0.0]) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("other", "nearness"), [([2.0, 0.0], 1), ([0.0, 5.0], 0), ([-1.0, 0.0], -1), ([0.0, 0.0], 0)]
)
def test_cosine_tells_directions_apart(other: list[float], nearness: float) -> None:
    assert cosine([1.0, 0.0], other) == pytest.approx(nearness)
