"""The route that tells what a change of the knowledge base would change."""

from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel, Field

from frontdesk.domain.errors import DocumentChangedError, InvalidInputError, ModelUnavailableError
from frontdesk.domain.knowledge import Document, SearchHit
from frontdesk.domain.preview import ChangedAnswer, Difference, Overlap, Preview, Relation
from frontdesk.http.problem import UnavailableError
from frontdesk.knowledge.follow_ups import followed
from frontdesk.knowledge.writing import make_written_draft
from support_api.api import Access, Api, Rule
from support_api.knowledge import RETRY_SECONDS
from support_api.knowledge_inputs import ProposedDocument
from support_api.models import FOLLOWS, Time, snippet
from support_api.ports import Desk


class PreviewedPassage(BaseModel):
    """A passage that a question retrieves, or would retrieve."""

    document_id: str | None = Field(description="null: the new document, which has no id yet.")
    title: str
    section: str
    snippet: str
    score: float
    is_proposed: bool = Field(description="It is of the document that is previewed.")


class ChangedQuestion(BaseModel):
    """A question that would retrieve something else, before and after."""

    question: str
    follows: str | None = Field(description=FOLLOWS)
    conversation_id: str
    task_id: str
    asked_at: Time
    best_changed: bool = Field(description="Another passage would come first.")
    before: list[PreviewedPassage]
    after: list[PreviewedPassage]


class DifferenceBody(BaseModel):
    """Two sentences about the same that do not say the same."""

    published: str
    proposed: str


class ProposedPassage(BaseModel):
    """A passage of the document that is previewed."""

    section: str
    snippet: str


class PublishedPassage(BaseModel):
    """A passage that is published."""

    document_id: str
    title: str
    section: str
    snippet: str
    source_url: str | None


class OverlapBody(BaseModel):
    """What is published and contradicts, or repeats, the document that is previewed."""

    relation: Relation
    similarity: float = Field(description="How near the two are in meaning, -1 to 1.")
    proposed: ProposedPassage
    published: PublishedPassage
    differences: list[DifferenceBody] = Field(description="Where they contradict each other.")

    @classmethod
    def of(cls, overlap: Overlap) -> Self:
        """Makes the body of an overlap."""
        hit = overlap.published
        return cls(
            relation=overlap.relation,
            similarity=overlap.similarity,
            proposed=ProposedPassage(
                section=overlap.proposed.section, snippet=snippet(overlap.proposed.content)
            ),
            published=PublishedPassage(
                document_id=hit.document_id,
                title=hit.title,
                section=hit.section,
                snippet=snippet(hit.content),
                source_url=hit.source_url,
            ),
            differences=[_difference(difference) for difference in overlap.differences],
        )


class PreviewBody(BaseModel):
    """What publishing the document would change."""

    passages: int = Field(description="How many passages the document would have.")
    questions: int = Field(description="How many recent questions were asked, before and after.")
    changed: list[ChangedQuestion] = Field(
        description="Those that would retrieve something else; changes of the best come first."
    )
    overlaps: list[OverlapBody] = Field(description="Contradictions first.")
    not_asked: list[str] = Field(description="Recent questions for which there was no time.")
    not_compared: int = Field(
        description="How many passages there was no time to compare with what is published, or not"
        " in all. Those that are new are compared first."
    )
    sections_not_compared: list[str] = Field(description="The headings above these passages.")

    @classmethod
    def of(cls, preview: Preview) -> Self:
        """Makes the body of a preview."""
        return cls(
            passages=preview.passages,
            questions=preview.questions,
            changed=[_changed(preview, answer) for answer in preview.changed],
            overlaps=[OverlapBody.of(overlap) for overlap in preview.overlaps],
            not_asked=[question.text for question in preview.not_asked],
            not_compared=len(preview.not_compared),
            sections_not_compared=list(
                dict.fromkeys(one.section for one in preview.not_compared if one.section)
            ),
        )


def add_preview_route(api: Api, desk: Desk) -> None:
    """Adds ``POST /api/knowledge/preview``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    @api.operation(
        "POST",
        "/api/knowledge/preview",
        Rule(Access.STAFF, audited="document.preview", object_kind="document"),
        summary="Preview a new or changed document",
        description="Asks the recent questions of customers with and without it, follow-ups with"
        " what was asked before them, and compares it with what is published. Nothing is published."
        " It takes as long as `PREVIEW_SECONDS` at most: what there is no time for is left out and"
        " named. Embeddings out of reach: 503.",
        operation_id="previewDocument",
        tags=["knowledge"],
    )
    def preview_document(proposed: Annotated[ProposedDocument, Body()]) -> PreviewBody:
        draft = make_written_draft(
            **proposed.model_dump(exclude={"document_id", "questions"}),
            author=api.principal.subject,
        )
        replaced = _replaced(desk, proposed.document_id)
        try:
            return PreviewBody.of(desk.previews.preview(draft, replaced, limit=proposed.questions))
        except ModelUnavailableError as error:
            raise UnavailableError(
                "The embedding service is out of reach: nothing can be compared.",
                retry_after=RETRY_SECONDS,
            ) from error
        except DocumentChangedError as error:
            raise UnavailableError(
                "The document was changed meanwhile: preview it again.", retry_after=1
            ) from error


def _replaced(desk: Desk, document_id: str | None) -> Document | None:
    if document_id is None:
        return None
    found = desk.documents.find(document_id)
    if found is None:
        raise InvalidInputError.of("document_id", "is no document of the knowledge base")
    return found


def _changed(preview: Preview, answer: ChangedAnswer) -> ChangedQuestion:
    question = answer.question
    return ChangedQuestion(
        question=question.text,
        follows=followed(question.text, question.earlier),
        conversation_id=question.conversation_id,
        task_id=question.task_id,
        asked_at=question.asked_at,
        best_changed=answer.is_best_changed,
        before=[_passage(hit, hit.document_id, is_proposed=False) for hit in answer.before],
        after=[
            _passage(hit, preview.document_id, is_proposed=True)
            if hit.document_id == preview.trial_document_id
            else _passage(hit, hit.document_id, is_proposed=False)
            for hit in answer.after
        ],
    )


def _passage(hit: SearchHit, document_id: str | None, *, is_proposed: bool) -> PreviewedPassage:
    return PreviewedPassage(
        document_id=document_id,
        title=hit.title,
        section=hit.section,
        snippet=snippet(hit.content),
        score=hit.score,
        is_proposed=is_proposed,
    )


def _difference(difference: Difference) -> DifferenceBody:
    return DifferenceBody(published=difference.published, proposed=difference.proposed)
