"""Unanswered questions are grouped by what they mean, the most frequent first."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from frontdesk.domain.gaps import Gaps, UnansweredQuestion
from frontdesk.knowledge.gaps import PERIOD, KnowledgeGaps
from tests.support.fake_knowledge import FAKE_MODEL, FakeEmbedder

NOW = datetime(2026, 1, 31, tzinfo=UTC)


class Asked:
    """Questions that were asked, the latest first, a minute apart."""

    def __init__(self, *texts: str) -> None:
        self.questions = [
            UnansweredQuestion(f"task_{n}", "conv_1", text, NOW - timedelta(minutes=n))
            for n, text in enumerate(texts)
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
