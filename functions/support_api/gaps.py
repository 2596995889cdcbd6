"""The route that tells what the knowledge base lacks."""

from typing import Self

from pydantic import BaseModel, Field

from frontdesk.domain.gaps import Gap, UnansweredQuestion
from frontdesk.domain.listing import Page
from frontdesk.http.pagination import DEFAULT_LIMIT
from frontdesk.knowledge.follow_ups import followed
from support_api.api import Access, Api, Rule
from support_api.models import FOLLOWS, Time
from support_api.paging import Cursor, Limit, Listing
from support_api.ports import Desk

MAX_EXAMPLES = 5
"""Enough to see what a group is about; the conversations hold the rest."""


class GapQuestion(BaseModel):
    """A question that was not answered, and where it was asked."""

    question: str
    follows: str | None = Field(description=FOLLOWS)
    conversation_id: str
    task_id: str
    asked_at: Time
    best_similarity: float | None = Field(description="How near the nearest passage came, -1 to 1.")

    @classmethod
    def of(cls, question: UnansweredQuestion) -> Self:
        """Makes the body of a question."""
        return cls(
            question=question.text,
            follows=followed(question.text, question.earlier),
            conversation_id=question.conversation_id,
            task_id=question.task_id,
            asked_at=question.asked_at,
            best_similarity=question.best_similarity,
        )


class GapBody(BaseModel):
    """Unanswered questions that mean the same."""

    question: str = Field(description="The latest of them.")
    follows: str | None = Field(description=FOLLOWS)
    count: int
    last_asked_at: Time
    examples: list[GapQuestion] = Field(description="The latest of them.")

    @classmethod
    def of(cls, gap: Gap) -> Self:
        """Makes the body of a gap."""
        latest = gap.questions[0]
        return cls(
            question=latest.text,
            follows=followed(latest.text, latest.earlier),
            count=len(gap.questions),
            last_asked_at=latest.asked_at,
            examples=[GapQuestion.of(question) for question in gap.questions[:MAX_EXAMPLES]],
        )


class GapList(BaseModel):
    """A page of gaps, the most frequent first."""

    items: list[GapBody]
    next_cursor: str | None
    degraded: bool = Field(
        description="Embeddings were out of reach: only the same words were put together."
    )


def add_gap_route(api: Api, desk: Desk) -> None:
    """Adds ``GET /api/knowledge/gaps``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    @api.operation(
        "GET",
        "/api/knowledge/gaps",
        Rule(Access.STAFF, audited="knowledge_gap.list", object_kind="knowledge_gap"),
        summary="List what the knowledge base lacks",
        description="Questions of the last 30 days that were looked up and whose answer could"
        " quote nothing, grouped by what they mean in their conversation; the most frequent first.",
        operation_id="listGaps",
        tags=["knowledge"],
    )
    def list_gaps(limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> GapList:
        listing = Listing(desk.cursors, "gaps")
        page = listing.page(limit, cursor)
        first = 0 if page.after is None else int(page.after[0])
        gaps = desk.gaps.find()
        end = first + page.limit
        shown = Page(gaps.items[first:end], (str(end),) if end < len(gaps.items) else None)
        return GapList(
            items=[GapBody.of(gap) for gap in shown.items],
            next_cursor=listing.next_cursor(shown),
            degraded=gaps.degraded,
        )
