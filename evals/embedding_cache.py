"""Embeddings kept from one evaluation to the next: the same text need not be embedded twice."""

import hashlib
import sqlite3
from array import array
from collections.abc import Sequence
from pathlib import Path

from frontdesk.ports import Embedder


class CachedEmbedder:
    """An embedder that remembers on disk; for documents, never for questions that are timed.

    Args:
        embedder: Makes what is not remembered.
        path: The file that remembers.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        path.parent.mkdir(parents=True, exist_ok=True)
        self._cache = sqlite3.connect(path, timeout=30)
        self._cache.execute(
            "CREATE TABLE IF NOT EXISTS embeddings (key TEXT PRIMARY KEY, vector BLOB NOT NULL)"
        )

    @property
    def model(self) -> str:
        """The embedding model's name."""
        return self._embedder.model

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        """Embeds texts, in order.

        Args:
            texts: What to embed.
            timeout: Seconds for a batch that is not remembered.

        Returns:
            One vector a text.
        """
        found = [self._recall(text) for text in texts]
        missing = [text for text, vector in zip(texts, found, strict=True) if vector is None]
        if missing:
            made = iter(self._embedder.embed(missing, timeout=timeout))
            found = [next(made) if vector is None else vector for vector in found]
            with self._cache:
                for text, vector in zip(texts, found, strict=True):
                    self._cache.execute(
                        "INSERT OR IGNORE INTO embeddings VALUES (?, ?)",
                        (self._key(text), array("f", vector or []).tobytes()),
                    )
        return [vector for vector in found if vector is not None]

    def _recall(self, text: str) -> list[float] | None:
        row = self._cache.execute(
            "SELECT vector FROM embeddings WHERE key = ?", (self._key(text),)
        ).fetchone()
        if row is None:
            return None
        vector = array("f")
        vector.frombytes(row[0])
        return vector.tolist()

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self.model}\x1f{text}".encode()).hexdigest()
