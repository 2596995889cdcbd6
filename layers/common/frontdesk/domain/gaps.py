"""Knowledge gaps: questions that were asked and that the knowledge base does not answer."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """A customer's question whose answer could quote nothing.

    Attributes:
        text: The customer's words.
        best_similarity: Cosine of the nearest passage that was found, where one was.
        earlier: What the same customer had asked just before, oldest first.
    """

    task_id: str
    conversation_id: str
    text: str
    asked_at: datetime
    best_similarity: float | None = None
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Unanswered questions that mean the same, the latest first."""

    questions: tuple[UnansweredQuestion, ...]


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is missing, the most frequent first.

    Attributes:
        degraded: True where only questions of the same words could be put together.
    """

    items: tuple[Gap, ...] = ()
    degraded: bool = False
