"""Reading what a document has said before, for staff."""

from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.domain.knowledge import DocumentVersion
from frontdesk.domain.listing import Page, PageRequest

_STAFF = RowScope(staff=True)

# One more than is wanted tells whether there is a next page.
_LISTED = """
SELECT number, title, category, visibility, source_url, object_version, created_by, created_at
  FROM document_versions
 WHERE document_id = %(document_id)s AND number < %(before)s
 ORDER BY number DESC LIMIT %(limit)s + 1"""

_ONE = """
SELECT number, title, category, visibility, source_url, object_version, created_by, created_at,
       content
  FROM document_versions
 WHERE document_id = %(document_id)s AND number = %(number)s"""

_ABOVE_ALL = 2**31 - 1
"""The largest number that the column takes."""


class PostgresDocumentVersions:
    """Keeps the promise of `support_api.ports.DocumentVersions`.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def listing(self, document_id: str, page: PageRequest) -> Page[DocumentVersion]:
        """Lists a document's versions without their content, the latest first.

        Args:
            document_id: The document.
            page: How many, and after which.

        Returns:
            A page of versions.
        """
        before = _ABOVE_ALL if page.after is None else int(page.after[0])
        wanted = {"document_id": document_id, "before": before, "limit": page.limit}
        with self._database.transaction(_STAFF) as connection:
            rows = connection.execute(_LISTED, wanted).fetchall()
        kept = [DocumentVersion.model_validate(row) for row in rows[: page.limit]]
        return Page(kept, (str(kept[-1].number),) if len(rows) > page.limit else None)

    def find(self, document_id: str, number: int) -> DocumentVersion | None:
        """Reads one version, with what it said.

        Args:
            document_id: The document.
            number: Which version.

        Returns:
            The version; None where there is none.
        """
        if not 0 < number <= _ABOVE_ALL:
            return None
        wanted = {"document_id": document_id, "number": number}
        with self._database.transaction(_STAFF) as connection:
            row = connection.execute(_ONE, wanted).fetchone()
        return None if row is None else DocumentVersion.model_validate(row)
