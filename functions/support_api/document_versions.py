"""The routes that tell what a document said at any time."""

from typing import Self

from pydantic import BaseModel

from frontdesk.domain.errors import NotFoundError
from frontdesk.domain.knowledge import Category, Document, DocumentVersion, Visibility
from frontdesk.http.pagination import DEFAULT_LIMIT
from frontdesk.principal import Principal
from support_api.api import Access, Api, Rule
from support_api.models import Time
from support_api.paging import Cursor, Limit, Listing
from support_api.ports import Desk


class DocumentVersionItem(BaseModel):
    """A version of a document, without what it said."""

    number: int
    title: str
    category: Category
    visibility: Visibility
    source_url: str | None
    object_version: str | None
    created_by: str | None
    created_at: Time

    @classmethod
    def of(cls, version: DocumentVersion) -> Self:
        """Makes the body of a version."""
        return cls(**version.model_dump())


class DocumentVersionBody(DocumentVersionItem):
    """A version of a document; an answer's trace names the versions that it was made from."""

    content: str


class DocumentVersionList(BaseModel):
    """A page of a document's versions, the latest first."""

    items: list[DocumentVersionItem]
    next_cursor: str | None


def add_document_version_routes(api: Api, desk: Desk) -> None:
    """Adds the routes under ``/api/knowledge/{document_id}/versions``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    def existing(_: Principal, document_id: str) -> Document | None:
        return desk.documents.find(document_id)

    @api.operation(
        "GET",
        "/api/knowledge/<document_id>/versions",
        Rule(Access.STAFF, find=existing),
        summary="List a document's versions",
        operation_id="listDocumentVersions",
        tags=["knowledge"],
    )
    def list_document_versions(
        document_id: str, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> DocumentVersionList:
        listing = Listing(desk.cursors, "document_versions", document_id=document_id)
        found = desk.document_versions.listing(document_id, listing.page(limit, cursor))
        return DocumentVersionList(
            items=[DocumentVersionItem.of(version) for version in found.items],
            next_cursor=listing.next_cursor(found),
        )

    @api.operation(
        "GET",
        "/api/knowledge/<document_id>/versions/<number>",
        Rule(Access.STAFF, find=existing),
        summary="Read what a document said",
        operation_id="getDocumentVersion",
        tags=["knowledge"],
    )
    def get_document_version(document_id: str, number: str) -> DocumentVersionBody:
        known = number.isascii() and number.isdecimal()
        version = desk.document_versions.find(document_id, int(number)) if known else None
        if version is None:
            raise NotFoundError
        return DocumentVersionBody.of(version)
