"""How likely a question is answered, told from what was found."""

from itertools import pairwise

import pytest

from frontdesk.domain.knowledge import Category, SearchHit, Visibility
from frontdesk.knowledge.confidence import confidence_of

QUESTION = "How do I reset my password?"


def hit(nearness: float | None, prominence: float, language: str = "english") -> SearchHit:
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
        similarity=0.5,
        nearness=nearness,
        prominence=prominence,
        language=language,
    )


def test_nearer_and_more_prominent_passages_give_more_confidence() -> None:
    told = [
        confidence_of(QUESTION, [hit(nearness, prominence)] * 3)
        for nearness, prominence in ((1.0, 0.0), (3.0, 0.1), (3.0, 0.4), (5.0, 0.4))
    ]
    assert all(
        less is not None and more is not None and less < more for less, more in pairwise(told)
    )


def test_words_of_one_passage_alone_say_less_than_those_of_three() -> None:
    lonely = confidence_of(QUESTION, [hit(4.0, 0.6), hit(4.0, 0.0), hit(4.0, 0.0)])
    backed = confidence_of(QUESTION, [hit(4.0, 0.6), hit(4.0, 0.6), hit(4.0, 0.6)])
    assert lonely is not None
    assert backed is not None
    assert lonely < backed


def test_nothing_found_is_no_confidence_at_all() -> None:
    assert confidence_of(QUESTION, []) == 0.0


def test_words_alone_or_too_few_passages_cannot_tell() -> None:
    assert confidence_of(QUESTION, [hit(None, 0.9)]) is None


def test_words_of_another_language_say_nothing() -> None:
    german = [hit(4.0, 0.0, "german")]
    assert confidence_of(QUESTION, german) is None
    assert confidence_of("Wie kann ich mein Passwort ändern?", german) is not None
    assert confidence_of(QUESTION, [*german, hit(3.0, 0.1)]) is not None


@pytest.mark.parametrize(("nearness", "prominence"), [(-9.0, -1.0), (15.0, 2.0)])
def test_it_stays_a_probability(nearness: float, prominence: float) -> None:
    told = confidence_of(QUESTION, [hit(nearness, prominence)])
    assert told is not None
    assert 0 < told < 1
