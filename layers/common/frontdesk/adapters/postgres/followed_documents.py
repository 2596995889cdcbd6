"""Which objects of the drop knowledge has, for the comparison with S3."""

from frontdesk.adapters.postgres.database import Database
from frontdesk.domain.drift import FollowedDocument

# S3 sorts keys by their bytes.
_SELECT = """
SELECT source_key, object_version FROM documents
WHERE source = 's3' AND status <> 'archived'
  AND source_key COLLATE "C" > %(after)s
  AND (%(last)s::text IS NULL OR source_key COLLATE "C" <= %(last)s)
"""


class PostgresFollowedDocuments:
    """Reads documents that S3 owns, internal ones too, as ingest may.

    Args:
        database: The database, opened with the agent's role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def between(self, after: str | None, last: str | None) -> list[FollowedDocument]:
        """Reads what knowledge has of a range of keys.

        Args:
            after: The key before the range; None for the beginning.
            last: The range's last key; None for the end.

        Returns:
            Documents that are not archived, in no order.
        """
        with self._database.transaction() as connection:
            connection.execute("SELECT set_config('frontdesk.ingest', 'on', true)")
            rows = connection.execute(_SELECT, {"after": after or "", "last": last}).fetchall()
        return [FollowedDocument(row["source_key"], row["object_version"]) for row in rows]
