"""Trying a document out: recent questions asked before and after it, and what it overlaps with.

The document is published and searched by the code that does so for real, in a transaction that
is rolled back; so what the preview shows is what would happen.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from frontdesk.clock import utc_now
from frontdesk.domain.knowledge import (
    Document,
    DocumentDraft,
    Passage,
    SearchHit,
    Visibility,
)
from frontdesk.domain.preview import (
    AskedQuestion,
    ChangedAnswer,
    Difference,
    Overlap,
    Preview,
    Relation,
    content_of,
)
from frontdesk.knowledge.publishing import EMBEDDING_TIMEOUT_SECONDS, EmbedderOf, Publisher
from frontdesk.knowledge.searching import HybridSearch, clean_query
from frontdesk.ports import Clock, Embedder, PassageIndex
from support_api.contradictions import amounts_that_differ, differences_between, repeats
from support_api.ports import AskedQuestions, Rehearsals

PERIOD = timedelta(days=30)
"""What customers ask about changes with the product; older questions would mislead."""

RETRIEVED = 5
"""As many passages as an answer is made from."""

MAX_COMPARED_PASSAGES = 60
"""Of the proposed document, compared with what exists while somebody waits."""

NEAREST = 3
"""Published passages that are compared with each proposed one."""

RELATED = 0.5
"""Cosine from which two passages may speak of the same. In the sample knowledge with the offline
model, the nearest passages of different documents come to 0.68; the sentences then decide."""

SAME_MEANING = 0.75
"""Cosine from which two sentences that share few words speak of the same. With the offline model,
six of nine rephrased sentences came as near, and none of those that measure something else."""

MAX_REPHRASED = 200
"""Pairs of sentences that are embedded while somebody waits."""

NEARLY_AS_NEAR = 0.8
"""Of the nearest published sentence's nearness; what is farther is about something else: a price
contradicts that of the same plan, not those of the others."""

SAME = 0.95
"""Cosine from which one passage repeats the other, whatever words it uses."""


class KnowledgePreview:
    """Keeps the promise of `support_api.ports.Previews`.

    Args:
        questions: What was asked of late.
        index: The published passages.
        rehearsals: Where a publication can be tried out.
        embedder_of: Gives the embedder of a model.
        model: The configured model, for a knowledge base that has none yet.
        now: Tells the time.
    """

    def __init__(
        self,
        questions: AskedQuestions,
        index: PassageIndex,
        rehearsals: Rehearsals,
        embedder_of: EmbedderOf,
        *,
        model: str,
        now: Clock = utc_now,
    ) -> None:
        self._questions = questions
        self._index = index
        self._rehearsals = rehearsals
        self._embedder_of = embedder_of
        self._model = model
        self._now = now

    def preview(self, draft: DocumentDraft, replaced: Document | None, *, limit: int) -> Preview:
        """Tells what publishing a document would change; nothing is published.

        Args:
            draft: The document with its passages.
            replaced: The document that it would replace; None for a new one.
            limit: How many recent questions to ask, at most.

        Returns:
            What would change.

        Raises:
            ModelUnavailableError: The embedding service is out of reach.
            DocumentChangedError: The document changed meanwhile: preview it again.
        """
        questions = self._questions.asked_since(self._now() - PERIOD, limit=limit)
        embedder_of = _Remembering(self._embedder_of)
        self._embed_ahead(embedder_of, draft, questions)
        before = _ask(self._index, embedder_of, questions)
        overlaps = self._overlaps(embedder_of, draft, replaced)
        with self._rehearsals.rehearse() as (store, index):
            publisher = Publisher(store, embedder_of, model=self._model)
            placed, document_id = _place(draft, replaced)
            published = publisher.publish(placed, document_id=document_id)
            after = _ask(index, embedder_of, questions)
        return Preview(
            document_id=None if replaced is None else replaced.id,
            trial_document_id=published.id,
            passages=len(draft.passages),
            questions=len(questions),
            changed=_changes(questions, before, after),
            overlaps=overlaps,
        )

    def _embed_ahead(
        self, embedder_of: "_Remembering", draft: DocumentDraft, questions: Sequence[AskedQuestion]
    ) -> None:
        """Embeds everything before the rehearsal, which holds locks, begins."""
        asked = [clean_query(question.text) for question in questions]
        embedder_of(self._model_in_use()).embed(
            [*draft.searchable_texts(), *asked], timeout=EMBEDDING_TIMEOUT_SECONDS
        )

    def _overlaps(
        self, embedder_of: EmbedderOf, draft: DocumentDraft, replaced: Document | None
    ) -> tuple[Overlap, ...]:
        search = HybridSearch(self._index, embedder_of)
        passages = draft.passages[:MAX_COMPARED_PASSAGES]
        compared: list[tuple[Passage, SearchHit]] = []
        for passage, text in zip(passages, draft.searchable_texts(), strict=False):
            result = search.search(
                text, limit=NEAREST + len(passages), visibilities=tuple(Visibility)
            )
            others = [
                hit for hit in result.hits if replaced is None or hit.document_id != replaced.id
            ]
            compared += [
                (passage, hit)
                for hit in others[:NEAREST]
                if hit.similarity is not None and hit.similarity >= RELATED
            ]
        rephrased = self._rephrased(embedder_of, compared)
        found = []
        for passage, hit in compared:
            differences = differences_between(hit.content, passage.content)
            differences += tuple(rephrased.get((passage.content, hit.content), ()))
            relation = _relation(passage, hit, differences)
            if relation is not None:
                found.append(Overlap(relation, passage, hit, hit.similarity or 0.0, differences))
        found = list(_nearest_only(found))
        found.sort(key=lambda one: (one.relation is Relation.DUPLICATES, -one.similarity))
        return tuple(found)

    def _rephrased(
        self, embedder_of: EmbedderOf, compared: Sequence[tuple[Passage, SearchHit]]
    ) -> Mapping[tuple[str, str], Sequence[Difference]]:
        """Finds contradictions in other words, by the passages that they are in."""
        pairs = [
            ((passage.content, hit.content), difference)
            for passage, hit in compared
            for difference in amounts_that_differ(hit.content, passage.content)
        ][:MAX_REPHRASED]
        found: dict[tuple[str, str], list[Difference]] = {}
        if not pairs:
            return found
        texts = [text for _, one in pairs for text in (one.published, one.proposed)]
        embedder = embedder_of(self._model_in_use())
        vectors = embedder.embed(texts, timeout=EMBEDDING_TIMEOUT_SECONDS)
        for (where, one), published, proposed in zip(
            pairs, vectors[::2], vectors[1::2], strict=True
        ):
            nearness = _cosine(published, proposed)
            if nearness >= SAME_MEANING:
                found.setdefault(where, []).append(replace(one, nearness=nearness))
        return found

    def _model_in_use(self) -> str:
        active = self._index.active_model()
        return self._model if active is None else active.name


@dataclass(frozen=True, slots=True)
class _RememberingEmbedder:
    embedder: Embedder
    known: dict[str, list[float]]

    @property
    def model(self) -> str:
        return self.embedder.model

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        new = list(dict.fromkeys(text for text in texts if text not in self.known))
        if new:
            made = self.embedder.embed(new, timeout=timeout)
            self.known.update(zip(new, made, strict=True))
        return [self.known[text] for text in texts]


class _Remembering:
    """Embeds a text once in one preview, though it is searched twice."""

    def __init__(self, embedder_of: EmbedderOf) -> None:
        self._embedder_of = embedder_of
        self._embedders: dict[str, _RememberingEmbedder] = {}

    def __call__(self, model: str) -> Embedder:
        if model not in self._embedders:
            self._embedders[model] = _RememberingEmbedder(self._embedder_of(model), {})
        return self._embedders[model]


def _ask(
    index: PassageIndex, embedder_of: EmbedderOf, questions: Sequence[AskedQuestion]
) -> Mapping[str, tuple[SearchHit, ...]]:
    # A search of its own: a kept one would remember which model was in use elsewhere.
    search = HybridSearch(index, embedder_of)
    return {
        question.task_id: search.search(question.text, limit=RETRIEVED).hits
        for question in questions
    }


def _place(draft: DocumentDraft, replaced: Document | None) -> tuple[DocumentDraft, str | None]:
    """Lets a draft take the place of a document, also of one that S3 owns."""
    if replaced is None:
        return draft, None
    if replaced.source_key is None:
        return draft, replaced.id
    owned = {"source_key": replaced.source_key, "object_version": replaced.object_version}
    return draft.model_copy(update=owned), None


def _changes(
    questions: Sequence[AskedQuestion],
    before: Mapping[str, tuple[SearchHit, ...]],
    after: Mapping[str, tuple[SearchHit, ...]],
) -> tuple[ChangedAnswer, ...]:
    answers = [ChangedAnswer(q, before[q.task_id], after[q.task_id]) for q in questions]
    changed = [
        one for one in answers if one.is_best_changed or _set_of(one.before) != _set_of(one.after)
    ]
    changed.sort(key=lambda one: not one.is_best_changed)
    return tuple(changed)


def _set_of(hits: Sequence[SearchHit]) -> frozenset[tuple[str, str, str]]:
    return frozenset(map(content_of, hits))


def _relation(
    passage: Passage, hit: SearchHit, differences: Sequence[Difference]
) -> Relation | None:
    if differences:
        return Relation.CONTRADICTS
    if (hit.similarity or 0.0) >= SAME or repeats(hit.content, passage.content):
        return Relation.DUPLICATES
    return None


def _nearest_only(overlaps: Sequence[Overlap]) -> Iterator[Overlap]:
    """Leaves out of each proposed sentence's differences those from sentences far from it."""
    best: dict[str, float] = {}
    for overlap in overlaps:
        for one in overlap.differences:
            best[one.proposed] = max(best.get(one.proposed, 0.0), one.nearness)
    for overlap in overlaps:
        kept = tuple(
            one
            for one in overlap.differences
            if one.nearness >= NEARLY_AS_NEAR * best[one.proposed]
        )
        if kept or not overlap.differences:
            yield replace(overlap, differences=kept)


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return math.sumprod(one, other) / ((math.hypot(*one) * math.hypot(*other)) or 1.0)
