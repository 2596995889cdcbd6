"""A question as it is searched: with what was asked before it, as far as that counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from frontdesk.domain.knowledge import Background
from frontdesk.knowledge.follow_ups import MAX_EARLIER, blend, weights
from frontdesk.knowledge.scale import Scale

MAX_QUERY_CHARACTERS = 4_000
"""As long as a message may be; embedding models read less."""


def clean_query(text: str) -> str:
    """Brings a question to the form in which it is searched and embedded."""
    return text.strip()[:MAX_QUERY_CHARACTERS]


def searched_texts(question: str, earlier: Sequence[str] = ()) -> tuple[str, ...]:
    """Lists the texts that a search of a question embeds.

    Args:
        question: The question.
        earlier: What the same customer asked before, oldest first.

    Returns:
        The question, and as many before it as may count, the latest first.
    """
    former = [clean_query(text) for text in reversed(earlier) if text.strip()]
    return clean_query(question), *former[:MAX_EARLIER]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and those before it, the latest first.

    Attributes:
        vectors: A text's meaning each; None where it is not known.
        weighing: How much each of those before counts.
    """

    texts: tuple[str, ...]
    vectors: tuple[Sequence[float] | None, ...]
    weighing: Sequence[float]

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        vectors: Sequence[Sequence[float] | None],
        scale: Scale | None,
    ) -> Self:
        """Weighs what was asked before a question.

        Args:
            texts: What `searched_texts` gives.
            vectors: One for each of them; None where it is not known.
            scale: What the model's similarities mean; None where that is not known.

        Returns:
            The question as it is searched.
        """
        return cls(tuple(texts), tuple(vectors), weights(texts[0], vectors[0], vectors[1:], scale))

    @property
    def embedding(self) -> Sequence[float] | None:
        """The question's meaning, with what those before it mean of theirs that counts."""
        question, *former = self.vectors
        told = [
            (vector, weight)
            for vector, weight in zip(former, self.weighing, strict=True)
            if vector is not None and weight > 0
        ]
        if question is None or not told:
            return question
        return blend(question, [vector for vector, _ in told], [weight for _, weight in told])

    @property
    def background(self) -> list[Background]:
        """Those before that count."""
        return [
            Background(text=text, weight=weight)
            for text, weight in zip(self.texts[1:], self.weighing, strict=True)
            if weight > 0
        ]

    def respelt(self, meant: Mapping[str, str], made: Sequence[Sequence[float] | None]) -> Self:
        """Takes texts for what they were meant to be, with the vectors that were made of that."""
        known = dict(zip(self.texts, self.vectors, strict=True))
        again = known | {
            text: vector for text, vector in zip(meant, made, strict=True) if vector is not None
        }
        return replace(
            self,
            texts=tuple(meant.get(text, text) for text in self.texts),
            vectors=tuple(again[text] for text in self.texts),
        )
