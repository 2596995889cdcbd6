from pathlib import Path

import pytest

from localstack.offline_model.classifier import Classifier, Example, read_examples
from tests.support.offline_model import EXAMPLES, FakeEmbedder, a_classifier


def test_messages_like_the_examples_get_their_labels() -> None:
    classifier = a_classifier()

    assert classifier.classify("please show me my last invoices").label == "order"
    assert classifier.classify("a human please, this is unacceptable").label == "escalation"
    assert classifier.classify("tell me another joke").label == "out_of_scope"


def test_probabilities_add_up_and_the_nearest_example_is_named() -> None:
    found = a_classifier().classify("is my invoice paid?")

    assert sum(found.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert found.confidence == max(found.probabilities.values())
    assert found.nearest == Example("is my invoice paid", "order")


def test_training_twice_gives_the_same_classifier() -> None:
    first, second = a_classifier(), a_classifier()

    assert first.classify("where is it") == second.classify("where is it")


def test_a_trained_classifier_is_kept_for_the_next_start(tmp_path: Path) -> None:
    # Given one start
    first = Classifier.load_or_train(FakeEmbedder(), EXAMPLES, tmp_path)
    embedder = FakeEmbedder()

    # When it starts again
    second = Classifier.load_or_train(embedder, EXAMPLES, tmp_path)

    # Then nothing is trained, and it says the same
    assert embedder.embedded == []
    assert second.classify("my invoice") == first.classify("my invoice")


def test_other_examples_are_trained_anew(tmp_path: Path) -> None:
    Classifier.load_or_train(FakeEmbedder(), EXAMPLES, tmp_path)
    more = [*EXAMPLES, Example("sing a song", "out_of_scope")]
    embedder = FakeEmbedder()

    Classifier.load_or_train(embedder, more, tmp_path)

    assert "sing a song" in embedder.embedded


def test_a_broken_cache_is_replaced(tmp_path: Path) -> None:
    # Given
    Classifier.load_or_train(FakeEmbedder(), EXAMPLES, tmp_path)
    (stored,) = tmp_path.iterdir()
    stored.write_bytes(b"half a file")

    # When
    classifier = Classifier.load_or_train(FakeEmbedder(), EXAMPLES, tmp_path)

    # Then
    assert classifier.classify("my invoices").label == "order"
    assert [path.name for path in tmp_path.iterdir()] == [stored.name]
    assert stored.stat().st_size > 1_000


def test_a_line_that_is_no_example_is_named(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text('{"text": "a", "label": "x"}\n\n{"text": "b"}\n')

    with pytest.raises(ValueError, match="line 3 of examples"):
        read_examples(path)


def test_one_label_is_nothing_to_choose_from(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text('{"text": "a", "label": "x"}\n')

    with pytest.raises(ValueError, match="fewer than two labels"):
        read_examples(path)
