"""Unanswered questions are grouped by what they mean, the most frequent first."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from frontdesk.domain.gaps import Gaps, UnansweredQuestion
from frontdesk.knowledge.follow_ups import followed
from frontdesk.knowledge.gaps import PERIOD, KnowledgeGaps
from tests.support.fake_knowledge import FAKE_MODEL, FakeEmbedder

NOW = datetime(2026, 1, 31, tzinfo=UTC)


class Asked:
    """Questions that were asked, the latest first, a minute apart; alone, or after others."""

    def __init__(self, *texts: str | tuple[str, ...]) -> None:
        asked = [(text,) if isinstance(text, str) else text for text in texts]
        self.questions = [
            UnansweredQuestion(
                f"task_{n}", f"conv_{n}", text, NOW - timedelta(minutes=n), earlier=tuple(earlier)
            )
            for n, (*earlier, text) in enumerate(asked)
        ]

    def since(self, start: datetime, *, limit: int) -> Sequence[UnansweredQuestion]:
        assert start == NOW - PERIOD
        return self.questions[:limit]


def find(asked: Asked, embedder: FakeEmbedder) -> Gaps:
    return KnowledgeGaps(asked, embedder, model=FAKE_MODEL, now=lambda: NOW).find()


def words(gaps: Gaps) -> list[list[str]]:
    return [[question.text for question in gap.questions] for gap in gaps.items]


def test_questions_of_the_same_meaning_are_one_gap() -> None:
    asked = Asked("Where are zebras?", "Do you export lions?", "Lion export?", "Zebra prices")
    assert words(find(asked, FakeEmbedder())) == [
        ["Do you export lions?", "Lion export?"],
        ["Where are zebras?"],
        ["Zebra prices"],
    ]


def test_without_embeddings_the_same_words_are_one_gap() -> None:
    embedder = FakeEmbedder()
    embedder.is_down = True
    gaps = find(Asked("Lions?", "Zebras?", " zebras? "), embedder)
    assert gaps.degraded
    assert words(gaps) == [["Zebras?", " zebras? "], ["Lions?"]]


def test_nothing_is_embedded_where_nothing_is_missing() -> None:
    embedder = FakeEmbedder()
    assert find(Asked(), embedder) == Gaps()
    assert embedder.calls == []


def test_equal_follow_ups_on_different_things_are_different_gaps() -> None:
    asked = Asked(
        ("Do you export lions?", "And how much is it?"),
        ("Where are zebras?", "and how much is it?"),
        ("Lion export?", "and how much is it?"),
        ("Where are zebras?", "ok thanks", "and how much is it?"),
    )
    assert about(find(asked, FakeEmbedder())) == [
        ["Do you export lions?", "Lion export?"],
        ["Where are zebras?", "Where are zebras?"],
    ]


def test_what_stands_alone_is_one_gap_whatever_was_asked_before() -> None:
    asked = Asked(
        "Is there an API?", ("Lions?", "Is there an API?"), ("Zebras?", "is there an API")
    )
    assert [len(gap) for gap in words(find(asked, FakeEmbedder()))] == [3]


def test_follow_up_is_no_part_of_the_gap_that_it_follows() -> None:
    asked = Asked(("Do you export lions?", "And how is it in winter?"), "Do you export lions?")
    assert [len(gap) for gap in words(find(asked, FakeEmbedder()))] == [1, 1]


def test_without_embeddings_follow_ups_are_told_apart_by_their_subject() -> None:
    embedder = FakeEmbedder()
    embedder.is_down = True
    asked = Asked(
        ("Lions?", "and how much?"), ("Zebras?", "and how much?"), ("lions?", "And how much?")
    )
    assert about(find(asked, embedder)) == [["Lions?", "lions?"], ["Zebras?"]]


def test_what_was_embedded_is_not_embedded_again() -> None:
    # given gaps that were found
    embedder = FakeEmbedder()
    asked = Asked(("Lions?", "and how much is it?"), "Zebras?")
    gaps = KnowledgeGaps(asked, embedder, model=FAKE_MODEL, now=lambda: NOW)
    first = gaps.find()
    embedder.calls.clear()

    # when they are looked for again, then nothing is embedded
    assert gaps.find() == first
    assert embedder.calls == []

    # and when something was asked meanwhile, then that alone
    asked.questions += Asked("Giraffes?").questions
    gaps.find()
    assert embedder.embedded == ["Giraffes?"]


def about(gaps: Gaps) -> list[list[str | None]]:
    """What the questions of each gap follow up."""
    return [[followed(one.text, one.earlier) for one in gap.questions] for gap in gaps.items]
