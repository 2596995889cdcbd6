"""The routes that search, read and change the knowledge base."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from frontdesk.domain.errors import InvalidInputError, ModelUnavailableError
from frontdesk.domain.ids import new_id
from frontdesk.domain.knowledge import (
    Document,
    DocumentStatus,
    DocumentWrite,
    Upload,
    Visibility,
)
from frontdesk.domain.listing import DocumentFilter
from frontdesk.http.pagination import DEFAULT_LIMIT
from frontdesk.http.problem import UnavailableError
from frontdesk.knowledge.extraction import CONTENT_TYPES, ending_of
from frontdesk.knowledge.writing import make_written_draft
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
from support_api.knowledge_inputs import UploadBody, UploadRequest, WrittenDocument
from support_api.models import (
    DocumentBody,
    DocumentItem,
    DocumentList,
    KnowledgeHit,
    KnowledgeQuery,
    KnowledgeResults,
)
from support_api.paging import Cursor, Limit, Listing
from support_api.ports import Desk

UPLOAD_FOLDER = "knowledge/"
"""What is put under it is read into the knowledge base."""

RETRY_SECONDS = 10
"""What a 503 asks for while the embedding service is out of reach."""


def add_knowledge_routes(api: Api, desk: Desk) -> None:
    """Adds the routes under ``/api/knowledge``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    def existing(_: Principal, document_id: str) -> Document | None:
        return desk.documents.find(document_id)

    @api.operation(
        "POST",
        "/api/knowledge/search",
        Rule(Access.STAFF),
        summary="Search the knowledge base",
        description="Published documents, internal ones included; the best passage first.",
        operation_id="searchKnowledge",
        tags=["knowledge"],
    )
    def search_knowledge(query: Annotated[KnowledgeQuery, Body()]) -> KnowledgeResults:
        found = desk.knowledge.search(
            query.query,
            limit=query.limit,
            category=query.category,
            visibilities=tuple(Visibility),
        )
        return KnowledgeResults(
            results=[KnowledgeHit.of(hit) for hit in found.hits], degraded=found.degraded
        )

    @api.operation(
        "GET",
        "/api/knowledge",
        Rule(Access.STAFF),
        summary="List documents",
        description="The newest first. `status=failed` lists what could not be read, and why;"
        " `review_by` those whose review is due by that day.",
        operation_id="listDocuments",
        tags=["knowledge"],
    )
    def list_documents(
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        status: Annotated[DocumentStatus | None, Query()] = None,
        review_by: Annotated[date | None, Query()] = None,
    ) -> DocumentList:
        listing = Listing(desk.cursors, "documents", status=status, review_by=review_by)
        wanted = DocumentFilter(status, review_by)
        found = desk.documents.listing(wanted, listing.page(limit, cursor))
        return DocumentList(
            items=[DocumentItem.of(document) for document in found.items],
            next_cursor=listing.next_cursor(found),
        )

    @api.operation(
        "GET",
        "/api/knowledge/<document_id>",
        Rule(Access.STAFF, find=existing, versioned=True),
        summary="Read a document",
        operation_id="getDocument",
        tags=["knowledge"],
    )
    def get_document(document_id: str) -> DocumentBody:  # noqa: ARG001
        return tagged(api.found(Document))

    @api.operation(
        "POST",
        "/api/knowledge",
        Rule(Access.STAFF, versioned=True),
        summary="Write a document",
        description="Answers when search finds it; while embeddings are out of reach, with 503.",
        operation_id="createDocument",
        tags=["knowledge"],
        status_code=HTTPStatus.CREATED,
    )
    def create_document(document: Annotated[WrittenDocument, Body()]) -> DocumentBody:
        document_id = new_id("doc")
        entry = api.audit_entry("document.create", "document", document_id, None)
        made = write(document, DocumentWrite(document_id, entry, is_new=True))
        api.locate(f"/api/knowledge/{made.id}")
        return tagged(made)

    @api.operation(
        "PUT",
        "/api/knowledge/<document_id>",
        Rule(Access.STAFF, find=existing, versioned=True, conflicts=True),
        summary="Replace a document",
        description="The whole of it: what is left out is as with a new one. A document that S3"
        " owns is replaced there; the answer (409) names its `source_key`.",
        operation_id="replaceDocument",
        tags=["knowledge"],
    )
    def replace_document(
        document_id: str, document: Annotated[WrittenDocument, Body()]
    ) -> DocumentBody:
        present = api.found(Document)
        entry = api.audit_entry("document.update", "document", document_id, None)
        expected = api.expected_version(present.revision)
        return tagged(write(document, DocumentWrite(document_id, entry, expected)))

    @api.operation(
        "DELETE",
        "/api/knowledge/<document_id>",
        Rule(Access.STAFF, find=existing, conflicts=True),
        summary="Take a document out of the knowledge base",
        description="Nothing of it is found any more. It is kept as `archived`, because answers"
        " have quoted it. A document that S3 owns is deleted there (409).",
        operation_id="deleteDocument",
        tags=["knowledge"],
        status_code=HTTPStatus.NO_CONTENT,
    )
    def delete_document(document_id: str) -> None:
        entry = api.audit_entry("document.archive", "document", document_id, None)
        desk.document_changes.archive(DocumentWrite(document_id, entry))

    @api.operation(
        "POST",
        "/api/knowledge/uploads",
        Rule(Access.STAFF),
        summary="Allow an upload to the S3 drop",
        description="For Markdown, text, HTML, PDF, DOCX and CSV. What is uploaded is searchable"
        " within seconds; what cannot be read is listed with `status=failed`.",
        operation_id="createUpload",
        tags=["knowledge"],
    )
    def create_upload(wanted: Annotated[UploadRequest, Body()]) -> UploadBody:
        upload = _make_upload(wanted, desk.max_document_bytes)
        desk.audit.record(api.audit_entry("document.upload", "document", upload.key, None))
        presigned = desk.uploads.presign(upload)
        return UploadBody(key=upload.key, **presigned.model_dump())

    def write(document: WrittenDocument, written: DocumentWrite) -> Document:
        draft = make_written_draft(
            **document.model_dump(exclude={"status"}), author=api.principal.subject
        )
        try:
            return desk.document_changes.write(draft, DocumentStatus(document.status), written)
        except ModelUnavailableError as error:
            raise UnavailableError(
                "The embedding service is out of reach, so the document could not be found by"
                " search yet: nothing was stored.",
                retry_after=RETRY_SECONDS,
            ) from error

    def tagged(document: Document) -> DocumentBody:
        api.tag(document.revision)
        return DocumentBody.of(document)


def _make_upload(wanted: UploadRequest, max_bytes: int) -> Upload:
    """Makes an upload of a file that can be read once it is there.

    Raises:
        InvalidInputError: Its format is not read, or it is too large.
    """
    content_type = CONTENT_TYPES.get(ending_of(wanted.filename))
    if content_type is None:
        known = ", ".join(sorted(CONTENT_TYPES))
        raise InvalidInputError.of("filename", f"should end with one of {known}")
    if wanted.size > max_bytes:
        raise InvalidInputError.of("size", f"should be at most {max_bytes}")
    attached = {"category": wanted.category, "visibility": wanted.visibility}
    return Upload(
        key=UPLOAD_FOLDER + wanted.filename,
        size=wanted.size,
        content_type=content_type,
        metadata={name: value.value for name, value in attached.items() if value is not None},
    )
