"""Finding what the knowledge base lacks: unanswered questions, grouped by what they mean.

A follow-up means what it means in its conversation: «and how much is it?» is asked of many things.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, Self

from frontdesk.clock import utc_now
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.gaps import Gap, Gaps, UnansweredQuestion
from frontdesk.domain.vectors import unit
from frontdesk.knowledge.asking import Asked, clean_query, searched_texts
from frontdesk.knowledge.follow_ups import followed
from frontdesk.knowledge.kept_vectors import KeptVectors
from frontdesk.knowledge.publishing import EmbedderOf
from frontdesk.knowledge.scale import TEXTS, Scale
from frontdesk.ports import Clock

PERIOD = timedelta(days=30)
"""What was asked before has been written, or was not worth it."""

MAX_QUESTIONS = 300
"""The latest; those that are new are embedded while somebody waits."""

SAME_MEANING = 0.58
"""Cosine from which two questions ask for the same. With the offline model no two of sixteen
different questions came nearer than 0.54, and most paraphrases did; of 26, eleven of which are
follow-ups, none are put together that differ (`tests/integration/offline_model/test_gaps.py`)."""

EMBEDDING_SECONDS = 15.0
"""For all that is new; what is embedded by then needs not be embedded the next time."""


class UnansweredQuestions(Protocol):
    """Questions that were asked and could not be answered."""

    def since(self, start: datetime, *, limit: int) -> Sequence[UnansweredQuestion]:
        """Reads them, the latest first."""
        ...


class KnowledgeGaps:
    """Groups unanswered questions.

    Args:
        questions: Where they are read.
        embedder_of: Gives the embedder of a model.
        model: Which model to compare them with.
        now: Tells the time.
    """

    def __init__(
        self,
        questions: UnansweredQuestions,
        embedder_of: EmbedderOf,
        *,
        model: str,
        now: Clock = utc_now,
    ) -> None:
        self._questions = questions
        self._embedder_of = embedder_of
        self._model = model
        self._now = now
        self._vectors = KeptVectors()

    def find(self) -> Gaps:
        """Finds the gaps of the last thirty days.

        Returns:
            The gaps, the most frequent first, among those the latest.
        """
        questions = self._questions.since(self._now() - PERIOD, limit=MAX_QUESTIONS)
        if not questions:
            return Gaps()
        meanings = self._meanings(questions)
        groups = _by_words(questions) if meanings is None else _by_meaning(questions, meanings)
        # Sorting is stable, and the groups come with the latest first.
        groups.sort(key=len, reverse=True)
        return Gaps(tuple(Gap(tuple(group)) for group in groups), degraded=meanings is None)

    def _meanings(self, questions: Sequence[UnansweredQuestion]) -> list["_Meaning"] | None:
        """Tells what each question means; None where embeddings are out of reach."""
        texts = [text for question in questions for text in _texts(question)]
        if any(question.earlier for question in questions):
            texts += TEXTS
        try:
            embedder = self._embedder_of(self._model)
            vectors = self._vectors.embed(texts, embedder, seconds=EMBEDDING_SECONDS)
        except ModelUnavailableError:
            return None
        known = all(text in vectors for text in TEXTS)
        scale = Scale.of([vectors[text] for text in TEXTS]) if known else None
        return [_Meaning.of(question, vectors, scale) for question in questions]


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a question means, as directions.

    Attributes:
        searched: Of what is searched for it.
        subject: Of the question that says what it is about; its own where it stands alone.
    """

    searched: Sequence[float]
    subject: Sequence[float]

    @classmethod
    def of(
        cls,
        question: UnansweredQuestion,
        vectors: Mapping[str, Sequence[float]],
        scale: Scale | None,
    ) -> Self:
        texts = searched_texts(question.text, question.earlier)
        asked = Asked.of(texts, [vectors[text] for text in texts], scale)
        return cls(
            searched=unit(asked.embedding or vectors[texts[0]]),
            subject=unit(vectors[_subject(question)]),
        )

    def likeness(self, other: Self) -> float:
        """How near two are: no nearer than what is asked, and than what it is asked of."""
        searched = math.sumprod(self.searched, other.searched)
        if searched < SAME_MEANING:
            return searched
        return min(searched, math.sumprod(self.subject, other.subject))


def _texts(question: UnansweredQuestion) -> tuple[str, ...]:
    return *searched_texts(question.text, question.earlier), _subject(question)


def _subject(question: UnansweredQuestion) -> str:
    return clean_query(followed(question.text, question.earlier) or question.text)


def _by_words(questions: Sequence[UnansweredQuestion]) -> list[list[UnansweredQuestion]]:
    groups: dict[tuple[str, str], list[UnansweredQuestion]] = {}
    for question in questions:
        groups.setdefault((_words(question.text), _words(_subject(question))), []).append(question)
    return list(groups.values())


def _words(text: str) -> str:
    return " ".join(text.casefold().split())


def _by_meaning(
    questions: Sequence[UnansweredQuestion], meanings: Sequence[_Meaning]
) -> list[list[UnansweredQuestion]]:
    """Puts each question to the group whose first question is nearest, or begins a new one."""
    groups: list[tuple[_Meaning, list[UnansweredQuestion]]] = []
    for question, meaning in zip(questions, meanings, strict=True):
        similarity, nearest = max(
            ((meaning.likeness(first), members) for first, members in groups),
            key=lambda group: group[0],
            default=(-1.0, None),
        )
        if nearest is not None and similarity >= SAME_MEANING:
            nearest.append(question)
        else:
            groups.append((meaning, [question]))
    return [members for _, members in groups]
