"""A preview within its time: what there is none for is left out, and named."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from frontdesk.clock import utc_now
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.knowledge import Category, DocumentDraft, Found, Visibility
from frontdesk.domain.preview import AskedQuestion, Preview
from frontdesk.knowledge.publishing import Publisher
from frontdesk.knowledge.writing import make_written_draft
from support_api.previewing import KnowledgePreview
from support_api.remembering import BATCH_SIZE
from tests.support.fake_knowledge import FAKE_MODEL, FakeEmbedder, FakeKnowledge

SECONDS = 20.0


class Slow:
    """A clock that goes on when somebody embeds or searches."""

    def __init__(self) -> None:
        self.time = 0.0
        self.embedding = 0.0
        self.searching = 0.0
        self.is_rehearsing = False

    def __call__(self) -> float:
        return self.time


class SlowEmbedder(FakeEmbedder):
    """Takes its time for a call; what takes longer than the caller waits is in vain."""

    def __init__(self, slow: Slow) -> None:
        super().__init__()
        self._slow = slow
        self.unknown = ""

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        assert not self._slow.is_rehearsing, "a transaction is open"
        self._slow.time += min(timeout, self._slow.embedding)
        if self._slow.embedding > timeout or self.unknown in texts:
            raise ModelUnavailableError("APITimeoutError")
        return super().embed(texts, timeout=timeout)


class SlowKnowledge(FakeKnowledge):
    """Takes its time for a search; is busy with other publications while ``is_busy``."""

    def __init__(self, slow: Slow) -> None:
        super().__init__()
        self.slow = slow
        self.is_busy = False
        self.slips_in_rehearsal: dict[str, str] = {}

    def find(self, query: str, **options: Any) -> Found:
        self.slow.time += self.slow.searching if query else 0.0
        return super().find(query, **options)

    @contextmanager
    def rehearse(
        self, *, seconds: float | None = None
    ) -> Iterator[tuple[FakeKnowledge, FakeKnowledge]]:
        if seconds is not None and self.is_busy:
            self.slow.time += seconds
            raise TimeoutError
        trial = SlowKnowledge(self.slow)
        trial.documents, trial.passages = dict(self.documents), list(self.passages)
        trial._models, trial._active = dict(self._models), self._active
        trial.slips = dict(self.slips_in_rehearsal)
        self.slow.is_rehearsing = True
        try:
            yield trial, trial
        finally:
            self.slow.is_rehearsing = False


class Asked:
    """Recent questions."""

    def __init__(
        self, count: int, text: str = "Zebra number {}?", earlier: tuple[str, ...] = ()
    ) -> None:
        asked_at = utc_now()
        self.questions = [
            AskedQuestion(
                text.format(i), "conv", f"task_{i}", asked_at - timedelta(hours=i), earlier
            )
            for i in range(count)
        ]

    def asked_since(self, start: object, *, limit: int) -> list[AskedQuestion]:
        return self.questions[:limit]


class Stage:
    """A knowledge base with one published document, and its preview."""

    def __init__(self) -> None:
        self.slow = Slow()
        self.embedder = SlowEmbedder(self.slow)
        self.knowledge = SlowKnowledge(self.slow)
        self.published = Publisher(self.knowledge, self.embedder, model=FAKE_MODEL).publish(
            _draft("Zebras may be returned within 30 days.")
        )
        self.embedder.calls.clear()

    def preview(
        self,
        draft: DocumentDraft,
        *,
        questions: int = 4,
        text: str = "Zebra number {}?",
        earlier: tuple[str, ...] = (),
        replaced: bool = False,
    ) -> Preview:
        preview = KnowledgePreview(
            Asked(questions, text, earlier),
            self.knowledge,
            self.knowledge,
            self.embedder,
            model=FAKE_MODEL,
            seconds=SECONDS,
            clock=self.slow,
        )
        return preview.preview(draft, self.published if replaced else None, limit=100)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def _draft(content: str) -> DocumentDraft:
    return make_written_draft(
        title="Zebras", content=content, category=Category.POLICY, visibility=Visibility.PUBLIC
    )


def _long(sections: int) -> DocumentDraft:
    first = "# Returns\n\nZebras may be returned within 14 days.\n\n"
    return _draft(first + "\n\n".join(f"# S{i}\n\nStripes of {i}." for i in range(sections - 1)))


def test_with_time_for_all_of_it_nothing_is_left_out(stage: Stage) -> None:
    told = stage.preview(_long(2 * BATCH_SIZE))
    assert (told.questions, told.not_asked, told.not_compared) == (4, (), ())
    assert told.changed
    assert told.overlaps


def test_slow_embedding_leaves_out_passages_and_questions(stage: Stage) -> None:
    # given an embedding service that takes six seconds for each batch
    stage.slow.embedding = 6.0

    # when a document of many batches is previewed
    told = stage.preview(_long(10 * BATCH_SIZE))

    # then what was embedded is compared
    assert [one.proposed.section for one in told.overlaps] == ["Returns"]
    assert 0 < len(told.not_compared) < told.passages
    assert told.not_compared[-1].section == f"S{10 * BATCH_SIZE - 2}"
    # and nothing could be published, so that no question was asked
    assert (told.questions, told.changed, len(told.not_asked)) == (0, (), 4)
    # in time
    assert stage.slow.time <= SECONDS


def test_what_was_asked_before_takes_no_longer_than_there_is_time(stage: Stage) -> None:
    # given an embedding service that takes three seconds for each batch
    stage.slow.embedding = 3.0

    # when many follow-ups would be asked, each after others
    earlier = tuple(f"What about number {number}?" for number in range(2))
    told = stage.preview(_draft("Stripes."), questions=100, text="And {}?", earlier=earlier)
    assert (told.not_asked, told.questions) == ((), 100)

    # then those that share what was asked before share its vector, and the time is kept
    assert len(stage.embedder.embedded) == len(set(stage.embedder.embedded))
    assert stage.slow.time <= SECONDS

    # and where there is no time for all of them, none is told as if it had been asked alone
    stage.slow.embedding = 8.0
    told = stage.preview(_draft("Hooves."), questions=100, text="And now {}?", earlier=earlier)
    assert (len(told.not_asked), told.questions) == (100, 0)


def test_slow_search_asks_the_latest_questions(stage: Stage) -> None:
    stage.slow.searching = 1.0
    told = stage.preview(_draft("Stripes."), questions=40)
    assert 0 < told.questions < 40
    assert told.questions + len(told.not_asked) == 40
    assert [one.task_id for one in told.not_asked] == [
        f"task_{i}" for i in range(told.questions, 40)
    ]
    assert stage.slow.time <= SECONDS + stage.slow.searching


def test_busy_knowledge_base_is_not_waited_for(stage: Stage) -> None:
    stage.knowledge.is_busy = True
    told = stage.preview(_long(2))
    assert (told.questions, len(told.not_asked)) == (0, 4)
    assert told.not_compared == ()
    assert told.overlaps


def test_service_that_is_down_is_no_lack_of_time(stage: Stage) -> None:
    stage.embedder.is_down = True
    with pytest.raises(ModelUnavailableError):
        stage.preview(_long(2))


def test_only_what_is_new_is_embedded(stage: Stage) -> None:
    told = stage.preview(
        _draft("Zebras may be returned within 30 days.\n\n# Food\n\nHay."), replaced=True
    )
    assert told.not_compared == ()
    passages = [text for text in stage.embedder.embedded if text.startswith("Zebras")]
    assert passages == ["Zebras\nFood\nHay."]


def test_what_a_question_means_with_the_document_is_embedded_between_two_rehearsals(
    stage: Stage,
) -> None:
    # given a document that has the word that a customer misspelt
    stage.knowledge.slips_in_rehearsal = {"girafes?": "giraffes?"}

    # when it is previewed
    told = stage.preview(_draft("Giraffes eat leaves."), questions=1, text="Any girafes?")

    # then the question was embedded as it was meant, and asked again so; never in a transaction
    assert stage.embedder.embedded.count("Any giraffes?") == 1
    [changed] = told.changed
    assert changed.after[0].content == "Giraffes eat leaves."
    assert changed.after[0].similarity == pytest.approx(
        _similarity(stage.embedder, "Any giraffes?", "Zebras\nGiraffes eat leaves.")
    )


def test_follow_up_is_asked_with_what_was_asked_before(stage: Stage) -> None:
    # given a follow-up that has no word in common with anything, and a document about its subject
    earlier = ("Any elephants?", "Any giraffes?", "Which colour?")
    told = stage.preview(
        _draft("Giraffes eat leaves."), questions=1, text="And how tall?", earlier=earlier
    )

    # then it would retrieve the document for its subject's sake, as the agent's search does
    [changed] = told.changed
    assert changed.after[0].content == "Giraffes eat leaves."
    assert changed.after[0].lexical_score
    # and all of that was embedded before the transaction, once, with what the search leaves out not
    embedded = stage.embedder.embedded
    assert [embedded.count(text) for text in ("And how tall?", *earlier)] == [1, 0, 1, 1]
    assert (told.questions, told.not_asked) == (1, ())


def test_preview_of_a_misspelt_question_whose_meaning_cannot_be_embedded(stage: Stage) -> None:
    stage.knowledge.slips_in_rehearsal = {"girafes?": "giraffes?"}
    stage.embedder.unknown = "Any giraffes?"
    told = stage.preview(_draft("Giraffes eat leaves."), questions=1, text="Any girafes?")
    assert [one.after[0].content for one in told.changed] == ["Giraffes eat leaves."]


def test_preview_of_an_empty_knowledge_base_makes_no_call_in_its_transaction(stage: Stage) -> None:
    stage.knowledge.documents.clear()
    stage.knowledge.passages.clear()
    assert stage.preview(_draft("Zebras."), questions=2).questions == 2


def _similarity(embedder: FakeEmbedder, *texts: str) -> float:
    one, other = embedder.embed(texts)
    return sum(a * b for a, b in zip(one, other, strict=True))
