"""Finding what the knowledge base lacks: unanswered questions, grouped by what they mean."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from frontdesk.clock import utc_now
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.gaps import Gap, Gaps, UnansweredQuestion
from frontdesk.domain.vectors import unit
from frontdesk.knowledge.publishing import EmbedderOf
from frontdesk.knowledge.searching import clean_query
from frontdesk.ports import Clock

PERIOD = timedelta(days=30)
"""What was asked before has been written, or was not worth it."""

MAX_QUESTIONS = 300
"""The latest; they are embedded while somebody waits."""

SAME_MEANING = 0.58
"""Cosine from which two questions ask for the same. With the offline model no two of sixteen
different questions came nearer than 0.54, and most paraphrases did."""

EMBEDDING_TIMEOUT_SECONDS = 10.0


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

    def find(self) -> Gaps:
        """Finds the gaps of the last thirty days.

        Returns:
            The gaps, the most frequent first, among those the latest.
        """
        questions = self._questions.since(self._now() - PERIOD, limit=MAX_QUESTIONS)
        if not questions:
            return Gaps()
        vectors = self._embed([clean_query(question.text) for question in questions])
        groups = _by_words(questions) if vectors is None else _by_meaning(questions, vectors)
        # Sorting is stable, and the groups come with the latest first.
        groups.sort(key=len, reverse=True)
        return Gaps(tuple(Gap(tuple(group)) for group in groups), degraded=vectors is None)

    def _embed(self, texts: list[str]) -> list[list[float]] | None:
        try:
            embedder = self._embedder_of(self._model)
            return embedder.embed(texts, timeout=EMBEDDING_TIMEOUT_SECONDS)
        except ModelUnavailableError:
            return None


def _by_words(questions: Sequence[UnansweredQuestion]) -> list[list[UnansweredQuestion]]:
    groups: dict[str, list[UnansweredQuestion]] = {}
    for question in questions:
        groups.setdefault(" ".join(question.text.casefold().split()), []).append(question)
    return list(groups.values())


def _by_meaning(
    questions: Sequence[UnansweredQuestion], vectors: Sequence[Sequence[float]]
) -> list[list[UnansweredQuestion]]:
    """Puts each question to the group whose first question is nearest, or begins a new one."""
    groups: list[tuple[list[float], list[UnansweredQuestion]]] = []
    for question, vector in zip(questions, vectors, strict=True):
        direction = unit(vector)
        similarity, nearest = max(
            ((math.sumprod(direction, first), members) for first, members in groups),
            key=lambda group: group[0],
            default=(-1.0, None),
        )
        if nearest is not None and similarity >= SAME_MEANING:
            nearest.append(question)
        else:
            groups.append((direction, [question]))
    return [members for _, members in groups]
