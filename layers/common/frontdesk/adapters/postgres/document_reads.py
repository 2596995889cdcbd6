"""Reading the documents of the knowledge base, for staff."""

from typing import LiteralString

from psycopg import sql

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.paging import Conditions, newest_first, page_of
from frontdesk.domain.knowledge import Document
from frontdesk.domain.listing import DocumentFilter, Page, PageRequest

_STAFF = RowScope(staff=True)

_LISTED: LiteralString = """
SELECT id, title, category, visibility, status, source, source_key, source_url, language, owner,
       review_at, metadata, current_version AS version, failure_reason, object_version,
       created_at, updated_at,
       (SELECT count(*) FROM passages WHERE document_id = documents.id) AS passage_count
  FROM documents"""

_WHOLE: LiteralString = """
SELECT listed.*, coalesce(current.content, '') AS content
  FROM ({listed} WHERE id = %(id)s) AS listed
  LEFT JOIN document_versions AS current
    ON current.document_id = listed.id AND current.number = listed.version"""


class PostgresDocumentReads:
    """Documents, whatever their status and visibility: only staff get here.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, document_id: str) -> Document | None:
        """Reads a document with its content.

        Args:
            document_id: The document.

        Returns:
            The document, or None where there is none.
        """
        query = sql.SQL(_WHOLE).format(listed=sql.SQL(_LISTED))
        with self._database.transaction(_STAFF) as connection:
            row = connection.execute(query, {"id": document_id}).fetchone()
        return None if row is None else Document.model_validate(row)

    def listing(self, wanted: DocumentFilter, page: PageRequest) -> Page[Document]:
        """Lists documents without their content, the newest first.

        Args:
            wanted: Which ones.
            page: How many, and after which.

        Returns:
            A page of documents.
        """
        conditions = Conditions()
        conditions.equal("status", wanted.status)
        if wanted.review_by is not None:
            # What was archived is read by nobody, and has not to be reviewed.
            if wanted.status is None:
                conditions.add(sql.SQL("status <> 'archived'"))
            conditions.add(sql.SQL("review_at <= %(review_by)s"), review_by=wanted.review_by)
        tail = newest_first(conditions, page)
        with self._database.transaction(_STAFF) as connection:
            rows = connection.execute(
                sql.SQL(_LISTED) + conditions.where() + tail, conditions.parameters
            ).fetchall()
        return page_of(rows, page, Document.model_validate)
