"""The router's trained models in Postgres."""

from frontdesk.adapters.postgres.database import Database

KEPT_DAYS = 30
"""A model of former examples or code is needed until its last worker is gone, which is hours."""

_LOAD = "SELECT content FROM router_models WHERE embedding_model = %s AND fingerprint = %s"
_CLAIM = """
INSERT INTO router_models AS kept (embedding_model, fingerprint, claimed_until)
VALUES (%s, %s, now() + make_interval(secs => %s))
ON CONFLICT (embedding_model, fingerprint) DO UPDATE SET claimed_until = EXCLUDED.claimed_until
    WHERE kept.content IS NULL AND kept.claimed_until < now()
RETURNING 1
"""
_SAVE = """
INSERT INTO router_models (embedding_model, fingerprint, content, claimed_until)
VALUES (%s, %s, %s, now())
ON CONFLICT (embedding_model, fingerprint) DO UPDATE SET content = EXCLUDED.content
"""
_FORGET = """
DELETE FROM router_models
WHERE created_at < now() - make_interval(days => %s)
  AND (embedding_model, fingerprint) <> (%s, %s)
"""


class PostgresRouterModelStore:
    """Keeps the promise of `frontdesk.ports.RouterModelStore`.

    Args:
        database: The worker's database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, embedding_model: str, fingerprint: str) -> bytes | None:
        """Reads a trained model; None where there is none yet.

        Args:
            embedding_model: The embedding model's name.
            fingerprint: What it was made from.

        Returns:
            The model as it was saved.
        """
        with self._database.transaction() as connection:
            row = connection.execute(_LOAD, (embedding_model, fingerprint)).fetchone()
        return None if row is None or row["content"] is None else bytes(row["content"])

    def claim(self, embedding_model: str, fingerprint: str, *, seconds: int) -> bool:
        """Takes on the training, so that no second process does the same.

        Args:
            embedding_model: The embedding model's name.
            fingerprint: What it is made from.
            seconds: How long others leave it alone if it is not saved.

        Returns:
            False where it is trained, or another process is at it.
        """
        with self._database.transaction() as connection:
            claimed = connection.execute(_CLAIM, (embedding_model, fingerprint, seconds))
            return claimed.fetchone() is not None

    def save(self, embedding_model: str, fingerprint: str, content: bytes) -> None:
        """Keeps a trained model; those made long ago are removed.

        Args:
            embedding_model: The embedding model's name.
            fingerprint: What it was made from.
            content: The model.
        """
        with self._database.transaction() as connection:
            connection.execute(_SAVE, (embedding_model, fingerprint, content))
            connection.execute(_FORGET, (KEPT_DAYS, embedding_model, fingerprint))
