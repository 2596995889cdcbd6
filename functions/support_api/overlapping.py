"""Finding what is published and contradicts, or repeats, a document that is not published yet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from frontdesk.domain.knowledge import (
    Category,
    Document,
    EmbeddingModel,
    Passage,
    SearchHit,
    Visibility,
)
from frontdesk.domain.preview import Difference, Overlap, Relation
from frontdesk.domain.vectors import cosine
from frontdesk.ports import PassageIndex
from support_api.contradictions import amounts_that_differ, differences_between, repeats
from support_api.deadline import Deadline
from support_api.remembering import RememberingEmbedder

NEAREST = 3
"""Published passages that are compared with each proposed one."""

MAX_OWN_PASSAGES = 200
"""Of the document that is replaced, which are looked past to find other documents' passages."""

RELATED = 0.5
"""Cosine from which two passages may speak of the same. In the sample knowledge with the offline
model, the nearest passages of different documents come to 0.68; the sentences then decide."""

SAME_MEANING = 0.75
"""Cosine from which two sentences that share few words speak of the same. With the offline model,
six of nine rephrased sentences came as near, and none of those that measure something else."""

NEARLY_AS_NEAR = 0.8
"""Of the nearest published sentence's nearness; what is farther is about something else: a price
contradicts that of the same plan, not those of the others."""

SAME = 0.95
"""Cosine from which one passage repeats the other, whatever words it uses."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing came to.

    Attributes:
        overlaps: What contradicts or repeats the document, contradictions first.
        passages: Those that were compared in full.
    """

    overlaps: tuple[Overlap, ...]
    passages: frozenset[Passage]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A proposed passage and a published one that may speak of the same.

    Attributes:
        rephrased: Sentences of few words in common that contradict each other if they mean the
            same.
    """

    proposed: Passage
    published: SearchHit
    rephrased: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class OverlapFinder:
    """Compares a document's passages with what is published of others.

    Attributes:
        index: The published passages.
        model: Whose embeddings are compared; None where nothing is published yet.
        embedder: That model's.
        replaced: The document that would be replaced.
    """

    index: PassageIndex
    model: EmbeddingModel | None
    embedder: RememberingEmbedder
    replaced: Document | None

    def find(
        self, passages: Mapping[Passage, Sequence[float]], *, compare: Deadline, embed: Deadline
    ) -> Compared:
        """Compares passages for as long as there is time.

        Args:
            passages: The passages with their vectors, the most important first.
            compare: When to stop comparing passages.
            embed: When to stop embedding their sentences.

        Returns:
            What overlaps, and how far it came.

        Raises:
            ModelUnavailableError: The embedding service is out of reach.
        """
        pairs: dict[Passage, list[_Pair]] = {}
        for passage, vector in passages.items():
            if compare.is_over:
                break
            pairs[passage] = [
                _Pair(passage, hit, tuple(amounts_that_differ(hit.content, passage.content)))
                for hit in self._nearest(vector)
            ]
        rephrased = [one for some in pairs.values() for pair in some for one in pair.rephrased]
        self.embedder.embed_until(embed, _sentences(rephrased))
        overlaps = filter(None, (self._overlap(pair) for some in pairs.values() for pair in some))
        return Compared(
            overlaps=tuple(sorted(_nearest_only(list(overlaps)), key=_contradictions_first)),
            passages=frozenset(
                passage
                for passage, some in pairs.items()
                if all(self.embedder.knows(_sentences(pair.rephrased)) for pair in some)
            ),
        )

    def _nearest(self, vector: Sequence[float]) -> list[SearchHit]:
        """Finds the passages of other documents that may speak of the same, by meaning alone."""
        # A provider that serves another model under the name cannot be compared with.
        if self.model is None or len(vector) != self.model.dimensions:
            return []
        own = 0 if self.replaced is None else min(MAX_OWN_PASSAGES, self.replaced.passage_count)
        found = self.index.find(
            "",
            embedding=vector,
            model=self.model,
            limit=NEAREST + own,
            categories=tuple(Category),
            visibilities=tuple(Visibility),
        )
        others = [
            hit
            for hit in found.hits
            if self.replaced is None or hit.document_id != self.replaced.id
        ]
        others.sort(key=_similarity, reverse=True)
        return [hit for hit in others[:NEAREST] if _similarity(hit) >= RELATED]

    def _overlap(self, pair: _Pair) -> Overlap | None:
        hit, passage = pair.published, pair.proposed
        differences = (
            *differences_between(hit.content, passage.content),
            *self._same_in_other_words(pair.rephrased),
        )
        if differences:
            relation = Relation.CONTRADICTS
        elif _similarity(hit) >= SAME or repeats(hit.content, passage.content):
            relation = Relation.DUPLICATES
        else:
            return None
        return Overlap(relation, passage, hit, _similarity(hit), differences)

    def _same_in_other_words(self, rephrased: Iterable[Difference]) -> Iterator[Difference]:
        for one in rephrased:
            published = self.embedder.vector_of(one.published)
            proposed = self.embedder.vector_of(one.proposed)
            if published is not None and proposed is not None:
                nearness = cosine(published, proposed)
                if nearness >= SAME_MEANING:
                    yield replace(one, nearness=nearness)


def _sentences(differences: Iterable[Difference]) -> Iterator[str]:
    for one in differences:
        yield one.published
        yield one.proposed


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


def _contradictions_first(overlap: Overlap) -> tuple[bool, float]:
    return overlap.relation is Relation.DUPLICATES, -overlap.similarity


def _similarity(hit: SearchHit) -> float:
    return -1.0 if hit.similarity is None else hit.similarity
