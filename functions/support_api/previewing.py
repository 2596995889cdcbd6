"""Trying a document out: recent questions asked before and after it, and what it overlaps with.

The document is published and searched by the code that does so for real, in a transaction that
is rolled back; so what the preview shows is what would happen. Somebody waits for it: what there
is no time for is left out, and named.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from frontdesk.clock import monotonic, utc_now
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.knowledge import Document, DocumentDraft, Passage, SearchHit
from frontdesk.domain.preview import AskedQuestion, ChangedAnswer, Preview, content_of
from frontdesk.knowledge.asking import searched_texts
from frontdesk.knowledge.publishing import EmbedderOf, Publisher
from frontdesk.knowledge.scale import TEXTS
from frontdesk.knowledge.searching import HybridSearch
from frontdesk.ports import Clock, Embedder, PassageIndex
from support_api.deadline import Deadline
from support_api.overlapping import OverlapFinder
from support_api.ports import AskedQuestions, Rehearsals
from support_api.remembering import Recollection, RememberingEmbedder

PERIOD = timedelta(days=30)
"""What customers ask about changes with the product; older questions would mislead."""

RETRIEVED = 5
"""As many passages as an answer is made from."""

SHARES = {"embed": 0.7, "compare": 0.75, "rephrase": 0.8, "ask": 0.85, "rehearse": 1.0}
"""Of the time there is, when each step has to have ended. Embedding takes the most by far; the
publication, which holds locks, gets what is left."""

MAX_REHEARSALS = 2
"""The second one where the first showed that questions mean something else than they say."""

type Answers = Mapping[str, tuple[SearchHit, ...]]
"""What questions retrieve, by their task."""


class KnowledgePreview:
    """Keeps the promise of `support_api.ports.Previews`.

    Args:
        questions: What was asked of late.
        index: The published passages.
        rehearsals: Where a publication can be tried out.
        embedder_of: Gives the embedder of a model.
        model: The configured model, for a knowledge base that has none yet.
        seconds: How long somebody waits for one.
        now: Tells the time.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        questions: AskedQuestions,
        index: PassageIndex,
        rehearsals: Rehearsals,
        embedder_of: EmbedderOf,
        *,
        model: str,
        seconds: float,
        now: Clock = utc_now,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._questions = questions
        self._index = index
        self._rehearsals = rehearsals
        self._embedder_of = embedder_of
        self._model = model
        self._seconds = seconds
        self._now = now
        self._clock = clock

    def preview(self, draft: DocumentDraft, replaced: Document | None, *, limit: int) -> Preview:
        """Tells what publishing a document would change; nothing is published.

        Args:
            draft: The document with its passages.
            replaced: The document that it would replace; None for a new one.
            limit: How many recent questions to ask, at most.

        Returns:
            What would change, and what there was no time for.

        Raises:
            ModelUnavailableError: The embedding service is out of reach.
            DocumentChangedError: The document changed meanwhile: preview it again.
        """
        begun = self._clock()
        until = {
            step: Deadline(begun + share * self._seconds, self._clock)
            for step, share in SHARES.items()
        }
        questions = self._questions.asked_since(self._now() - PERIOD, limit=limit)
        model = self._index.active_model()
        embedder = RememberingEmbedder(
            self._embedder_of(self._model if model is None else model.name)
        )
        new, embedded = self._parted(draft, embedder)
        # Every search weighs what it found on a scale, which is made of texts of its own.
        asked = (
            text
            for question in questions
            for text in searched_texts(question.text, question.earlier)
        )
        needed = [*asked, *new.values(), *(TEXTS if questions else ())]
        embedder.embed_until(until["embed"], needed)
        compared = OverlapFinder(self._index, model, embedder, replaced).find(
            {
                passage: vector
                for passage, text in (new | embedded).items()
                if (vector := embedder.vector_of(text)) is not None
            },
            compare=until["compare"],
            embed=until["rephrase"],
        )
        rehearsal = _Rehearsal()
        # What is not embedded cannot be published, so that nothing would be found of it.
        if embedder.knows(needed):
            rehearsal = self._rehearse(draft, replaced, embedder, questions, until)
        return Preview(
            document_id=None if replaced is None else replaced.id,
            trial_document_id=rehearsal.document_id,
            passages=len(draft.passages),
            questions=len(rehearsal.after),
            changed=_changes(questions, rehearsal),
            overlaps=compared.overlaps,
            not_asked=tuple(one for one in questions if one.task_id not in rehearsal.after),
            not_compared=tuple(one for one in draft.passages if one not in compared.passages),
        )

    def _parted(
        self, draft: DocumentDraft, embedder: RememberingEmbedder
    ) -> tuple[dict[Passage, str], dict[Passage, str]]:
        """Parts the passages that are new from those that are embedded, each with its text."""
        hashes = draft.passage_hashes()
        with self._rehearsals.rehearse() as (store, _):
            vectors = store.embeddings(hashes, model=embedder.model)
        new: dict[Passage, str] = {}
        embedded: dict[Passage, str] = {}
        for passage, text, digest in zip(
            draft.passages, draft.searchable_texts(), hashes, strict=True
        ):
            if digest in vectors:
                embedder.remember(text, vectors[digest])
                embedded[passage] = text
            else:
                new[passage] = text
        return new, embedded

    def _rehearse(
        self,
        draft: DocumentDraft,
        replaced: Document | None,
        embedder: RememberingEmbedder,
        questions: Sequence[AskedQuestion],
        until: Mapping[str, Deadline],
    ) -> "_Rehearsal":
        """Asks questions, and again with the document published; as many as there is time for."""

        def embedder_of(model: str) -> Embedder:
            return embedder if model == embedder.model else self._embedder_of(model)

        before = _ask(self._index, embedder_of, questions, until["ask"])
        asked = [question for question in questions if question.task_id in before]
        draft, document_id = _place(draft, replaced)
        done = _Rehearsal(before=before)
        for _ in range(MAX_REHEARSALS):
            recollection = embedder.recollection(embedder.model)

            def recall(model: str, known: Recollection = recollection) -> Recollection:
                return known if model == known.model else embedder.recollection(model)

            with (
                # Other publications may hold the locks for longer than anybody waits.
                suppress(TimeoutError),
                self._rehearsals.rehearse(seconds=until["rehearse"].seconds_left) as (store, index),
            ):
                publisher = Publisher(store, recall, model=self._model)
                published = publisher.publish(draft, document_id=document_id)
                after = _ask(index, recall, asked, until["rehearse"])
                if len(after) >= len(done.after):
                    done = _Rehearsal(published.id, before, after)
            if not recollection.missed or until["rehearse"].is_over:
                break
            # Words of the document may show what a misspelt question means. Nobody is waited for
            # while locks are held: what a question means then is embedded before it is asked again.
            with suppress(ModelUnavailableError):
                embedder.embed_until(until["rehearse"], recollection.missed)
        return done


@dataclass(frozen=True, slots=True)
class _Rehearsal:
    """A publication that was tried out.

    Attributes:
        document_id: What the document was called; None where there was no time for it.
        before: What questions retrieve now.
        after: What they would retrieve; of fewer, where time was over.
    """

    document_id: str | None = None
    before: Answers = field(default_factory=dict)
    after: Answers = field(default_factory=dict)


def _ask(
    index: PassageIndex,
    embedder_of: EmbedderOf,
    questions: Sequence[AskedQuestion],
    until: Deadline,
) -> Answers:
    # A search of its own: a kept one would remember which model was in use elsewhere.
    search = HybridSearch(index, embedder_of)
    answers: dict[str, tuple[SearchHit, ...]] = {}
    for question in questions:
        if until.is_over:
            break
        try:
            answers[question.task_id] = search.search(
                question.text, limit=RETRIEVED, earlier=question.earlier
            ).hits
        except TimeoutError:
            break
    return answers


def _place(draft: DocumentDraft, replaced: Document | None) -> tuple[DocumentDraft, str | None]:
    """Lets a draft take the place of a document, also of one that S3 owns."""
    if replaced is None:
        return draft, None
    if replaced.source_key is None:
        return draft, replaced.id
    owned = {"source_key": replaced.source_key, "object_version": replaced.object_version}
    return draft.model_copy(update=owned), None


def _changes(
    questions: Sequence[AskedQuestion], rehearsal: _Rehearsal
) -> tuple[ChangedAnswer, ...]:
    answers = [
        ChangedAnswer(one, rehearsal.before[one.task_id], rehearsal.after[one.task_id])
        for one in questions
        if one.task_id in rehearsal.after
    ]
    changed = [
        one for one in answers if one.is_best_changed or _set_of(one.before) != _set_of(one.after)
    ]
    changed.sort(key=lambda one: not one.is_best_changed)
    return tuple(changed)


def _set_of(hits: Sequence[SearchHit]) -> frozenset[tuple[str, str, str]]:
    return frozenset(map(content_of, hits))
