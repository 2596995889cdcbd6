"""What a change of the knowledge base would change, told before it is made."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from frontdesk.domain.knowledge import Passage, SearchHit


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that the knowledge base was searched for, in its customer's words.

    Attributes:
        earlier: What the same customer had asked just before, oldest first.
    """

    text: str
    conversation_id: str
    task_id: str
    asked_at: datetime
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """A question that would retrieve something else than it does now.

    Attributes:
        before: What it retrieves now, best first.
        after: What it would retrieve.
    """

    question: AskedQuestion
    before: tuple[SearchHit, ...]
    after: tuple[SearchHit, ...]

    @property
    def is_best_changed(self) -> bool:
        """Whether another passage would come first."""
        return [content_of(hit) for hit in self.before[:1]] != [
            content_of(hit) for hit in self.after[:1]
        ]


class Relation(StrEnum):
    """How a passage that exists stands to one that is to be published."""

    CONTRADICTS = "contradicts"
    DUPLICATES = "duplicates"


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sentences about the same that do not say the same.

    Attributes:
        published: The sentence that exists.
        proposed: The sentence of the document that is to be published.
        nearness: How much the two have in common, 0 to 1.
    """

    published: str
    proposed: str
    nearness: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Overlap:
    """A passage of another document that a proposed passage contradicts or repeats.

    Attributes:
        similarity: Cosine of the two, -1 to 1.
        differences: Where they contradict each other.
    """

    relation: Relation
    proposed: Passage
    published: SearchHit
    similarity: float
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing a document would change; nothing of it is published.

    Attributes:
        document_id: The document that it would replace; None for a new one.
        trial_document_id: What the document was called while it was tried out; None where there
            was no time for that.
        passages: How many passages it would have.
        questions: How many recent questions were asked before and after.
        changed: Those that would retrieve something else; first those whose best passage changes.
        overlaps: What exists and says otherwise, or the same; contradictions first.
        not_asked: Recent questions for which there was no time.
        not_compared: Passages for whose comparison with what exists there was no time.
    """

    document_id: str | None
    trial_document_id: str | None
    passages: int
    questions: int
    changed: tuple[ChangedAnswer, ...]
    overlaps: tuple[Overlap, ...]
    not_asked: tuple[AskedQuestion, ...] = ()
    not_compared: tuple[Passage, ...] = ()


def content_of(hit: SearchHit) -> tuple[str, str, str]:
    """Tells passages apart by what they say and where, across versions of their document.

    Args:
        hit: A passage that was found.

    Returns:
        Document, section and words.
    """
    return hit.document_id, hit.section, hit.content
