"""What a similarity means, read off questions and answers that every embedding model knows.

Models differ: texts that have nothing to do with each other have a cosine of .05 with one and of .7
with another, and a question has one of .6 or of .85 with its answer. Both are measured here once a
model, on everyday questions that have nothing to do with any knowledge base.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sumprod
from statistics import fmean
from typing import Self

from frontdesk.domain.vectors import unit

PAIRS = (
    ("How long do I boil an egg?", "A soft egg takes five minutes in boiling water."),
    ("When does the last train leave?", "On weekdays the last train departs at eleven at night."),
    ("Why are leaves green?", "Leaves owe their green colour to chlorophyll."),
    ("How do I change a flat tyre?", "Lift the car with a jack and put the spare wheel on."),
    ("What does the museum cost?", "Tickets for the museum are ten euros, children enter free."),
    ("Which shots does a puppy need?", "Young dogs are vaccinated against distemper and rabies."),
    ("How can I fall asleep faster?", "A dark, cool room and no screens help you to sleep."),
    ("Who wrote the Odyssey?", "The Odyssey is an epic poem that is ascribed to Homer."),
    (
        "How do I remove a wine stain?",
        "Put salt on red wine stains and wash the cloth in cold water.",
    ),
    ("When should tomatoes be planted?", "Plant tomatoes outside once there is no more frost."),
    ("How does a vaccine work?", "Vaccines teach the immune system to recognise a germ."),
    ("What is a mortgage?", "A mortgage is a loan for a house, which secures it."),
)
"""A question and its answer each, about things that have nothing in common."""

TEXTS = tuple(text for pair in PAIRS for text in pair)


@dataclass(frozen=True, slots=True)
class Scale:
    """What a model's cosines mean.

    Attributes:
        unrelated: That of a question and the answer to another one, in the mean.
        related: That of a question and its answer.
    """

    unrelated: float
    related: float

    @classmethod
    def of(cls, vectors: Sequence[Sequence[float]]) -> Self | None:
        """Reads a model's scale.

        Args:
            vectors: What the model makes of `TEXTS`.

        Returns:
            The scale; None where the model does not tell answers apart.
        """
        units = [unit(vector) for vector in vectors]
        questions, answers = units[::2], units[1::2]
        related = fmean(map(sumprod, questions, answers))
        unrelated = fmean(
            sumprod(question, answer)
            for number, question in enumerate(questions)
            for answer in answers[:number] + answers[number + 1 :]
        )
        return cls(unrelated, related) if related > unrelated else None

    def nearness(self, similarity: float) -> float:
        """Puts a cosine on a scale that all models share.

        Args:
            similarity: Of a question and a passage.

        Returns:
            0 for texts that have nothing to do with each other, 1 for a question and its answer.
        """
        return (similarity - self.unrelated) / (self.related - self.unrelated)
