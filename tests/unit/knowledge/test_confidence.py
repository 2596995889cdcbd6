"""How likely a question is answered, told from what was found."""

from itertools import pairwise

import pytest

from frontdesk.domain.knowledge import Category, SearchHit, Visibility
from frontdesk.knowledge.confidence import confidence_of
from frontdesk.knowledge.scale import Scale

QUESTION = "How do I reset my password?"
SCALE = Scale(unrelated=0.1, related=0.6)


def hit(similarity: float | None, prominence: float, language: str = "english") -> SearchHit:
    return SearchHit(
        passage_id="1",
        document_id="doc_1",
        document_version=1,
        title="Title",
        section="",
        content="Text.",
        category=Category.FAQ,
        visibility=Visibility.PUBLIC,
        score=1.0,
        similarity=similarity,
        prominence=prominence,
        language=language,
    )


def test_nearer_and_more_prominent_passages_give_more_confidence() -> None:
    told = [
        confidence_of(QUESTION, [hit(similarity, prominence)] * 3, SCALE)
        for similarity, prominence in ((0.1, 0.0), (0.3, 0.1), (0.3, 0.4), (0.7, 0.4))
    ]
    assert all(
        less is not None and more is not None and less < more for less, more in pairwise(told)
    )


def test_words_of_one_passage_alone_say_less_than_those_of_three() -> None:
    lonely = confidence_of(QUESTION, [hit(0.5, 0.6), hit(0.5, 0.0), hit(0.5, 0.0)], SCALE)
    backed = confidence_of(QUESTION, [hit(0.5, 0.6), hit(0.5, 0.6), hit(0.5, 0.6)], SCALE)
    assert lonely is not None
    assert backed is not None
    assert lonely < backed


def test_one_passage_that_says_it_counts_for_more_than_three_that_touch_it() -> None:
    said = confidence_of(QUESTION, [hit(0.5, 0.6), hit(0.5, 0.0), hit(0.5, 0.0)], SCALE)
    touched = confidence_of(QUESTION, [hit(0.5, 0.2)] * 3, SCALE)
    assert said is not None
    assert touched is not None
    assert said > touched


def test_nothing_found_is_no_confidence_at_all() -> None:
    assert confidence_of(QUESTION, [], SCALE) == 0.0


def test_words_alone_cannot_tell_nor_similarities_that_say_nothing() -> None:
    assert confidence_of(QUESTION, [hit(None, 0.9)], SCALE) is None
    assert confidence_of(QUESTION, [hit(0.9, 0.9)], None) is None


def test_the_model_s_own_scale_does_not_matter() -> None:
    # The same passages by a model that has everything nearer together.
    crowded = Scale(unrelated=0.7, related=0.8)
    for similarity, prominence in ((0.1, 0.0), (0.35, 0.3), (0.6, 0.4)):
        shifted = 0.7 + (similarity - 0.1) / 5
        assert confidence_of(QUESTION, [hit(shifted, prominence)], crowded) == pytest.approx(
            confidence_of(QUESTION, [hit(similarity, prominence)], SCALE)
        )


def test_words_of_another_language_say_nothing() -> None:
    german = [hit(0.5, 0.0, "german")]
    assert confidence_of(QUESTION, german, SCALE) is None
    assert confidence_of("Wie kann ich mein Passwort ändern?", german, SCALE) is not None
    assert confidence_of(QUESTION, [*german, hit(0.4, 0.1)], SCALE) is not None


@pytest.mark.parametrize(("similarity", "prominence"), [(-1.0, -1.0), (1.0, 2.0)])
def test_it_stays_a_probability(similarity: float, prominence: float) -> None:
    told = confidence_of(QUESTION, [hit(similarity, prominence)], SCALE)
    assert told is not None
    assert 0 < told < 1
