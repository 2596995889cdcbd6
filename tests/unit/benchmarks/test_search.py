"""Passages of the search benchmark: like real ones, the same every time, no two alike."""

import numpy as np

from benchmarks.search import Material, make_passages

MATERIAL = Material(
    sentences=[f"Sentence number {number}." for number in range(20)],
    vectors=np.eye(20, 384, dtype=np.float32),
    questions=[],
    asked=np.zeros((0, 384), dtype=np.float32),
)


def test_passages_are_made_of_real_sentences_and_their_meaning() -> None:
    first, second = make_passages(MATERIAL, 2), make_passages(MATERIAL, 2)
    for (text, vector), (again, same) in zip(first, second, strict=True):
        assert text == again
        assert np.array_equal(vector, same)
        assert np.isclose(np.linalg.norm(vector), 1.0)
        # Nearer to what it says than to what it does not say.
        said = [number for number in range(20) if f"number {number}." in text]
        assert vector[said].mean() > 0.2
        assert abs(np.delete(vector[:20], said).mean()) < 0.1


def test_no_two_passages_are_alike() -> None:
    made = list(make_passages(MATERIAL, 50))
    assert len({text for text, _ in made}) == 50
    assert len({vector.tobytes() for _, vector in made}) == 50
