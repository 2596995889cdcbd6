"""The routes that search and read the knowledge base."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from frontdesk.domain.knowledge import Document, DocumentStatus, Visibility
from frontdesk.domain.listing import DocumentFilter
from frontdesk.http.pagination import DEFAULT_LIMIT
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
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
        description="The newest first. `status=failed` lists what could not be read, and why.",
        operation_id="listDocuments",
        tags=["knowledge"],
    )
    def list_documents(
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        status: Annotated[DocumentStatus | None, Query()] = None,
    ) -> DocumentList:
        listing = Listing(desk.cursors, "documents", status=status)
        found = desk.documents.listing(DocumentFilter(status), listing.page(limit, cursor))
        return DocumentList(
            items=[DocumentItem.of(document) for document in found.items],
            next_cursor=listing.next_cursor(found),
        )

    @api.operation(
        "GET",
        "/api/knowledge/<document_id>",
        Rule(Access.STAFF, find=existing),
        summary="Read a document",
        operation_id="getDocument",
        tags=["knowledge"],
    )
    def get_document(document_id: str) -> DocumentBody:  # noqa: ARG001
        return DocumentBody.of(api.found(Document))
