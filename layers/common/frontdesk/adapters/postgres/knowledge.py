"""Documents in Postgres: published whole, replaced at once, removed without a trace in search."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import batched
from typing import Any

from frontdesk.adapters.postgres.audit import write_entry
from frontdesk.adapters.postgres.database import NOBODY, Connection, Database, RowScope
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.adapters.postgres.vectors import vectors
from frontdesk.domain.errors import (
    DocumentChangedError,
    InfrastructureError,
    NotFoundError,
    PreconditionFailedError,
)
from frontdesk.domain.ids import new_id
from frontdesk.domain.knowledge import (
    Category,
    Document,
    DocumentDraft,
    DocumentWrite,
    EmbeddingModel,
    FailedDraft,
    Passage,
    Visibility,
    kept_in_s3,
    revision_of,
    searchable_text,
)
from frontdesk.domain.scripts import spaced

WRITE_BATCH = 200
"""Passages a statement: one that entered a book into the vector index would be cut off."""

# Readers of the model's state hold this shared while they publish; a switch holds it alone.
_MODELS_LOCK = "SELECT pg_advisory_xact_lock_shared(hashtext('frontdesk.embedding_models'))"
# Word statistics are rows that every publication updates: one at a time, and briefly.
_LEXEMES_LOCK = "SELECT pg_advisory_xact_lock(hashtext('frontdesk.lexemes'))"

_LOCK_BY_KEY = "SELECT * FROM documents WHERE source_key = %(source_key)s FOR UPDATE"
_LOCK_BY_ID = "SELECT * FROM documents WHERE id = %(id)s FOR UPDATE"

_INSERT = """
INSERT INTO documents (id, source, source_key, title, category, visibility, status)
VALUES (%(id)s, %(source)s, %(source_key)s, %(title)s, %(category)s, %(visibility)s, 'draft')
ON CONFLICT (source_key) DO NOTHING
"""

_INSERT_VERSION = """
INSERT INTO document_versions (document_id, number, title, category, visibility, source_url,
    content, content_hash, object_version, created_by)
VALUES (%(id)s, %(number)s, %(title)s, %(category)s, %(visibility)s, %(source_url)s,
    %(content)s, %(content_hash)s, %(object_version)s, %(author)s)
"""

_SET_PUBLISHED = """
UPDATE documents SET title = %(title)s, category = %(category)s, visibility = %(visibility)s,
    status = 'published', failure_reason = NULL, language = %(language)s,
    source_url = %(source_url)s, owner = %(owner)s, review_at = %(review_at)s,
    current_version = %(number)s, object_version = %(object_version)s,
    sequencer = %(sequencer)s, updated_at = now()
WHERE id = %(id)s
"""

_SET_DRAFT = """
UPDATE documents SET title = %(title)s, category = %(category)s, visibility = %(visibility)s,
    status = 'draft', failure_reason = NULL, language = %(language)s,
    source_url = %(source_url)s, owner = %(owner)s, review_at = %(review_at)s,
    current_version = %(number)s, updated_at = now()
WHERE id = %(id)s
"""

# A file's name is a title for what was never read; else people know it by the one that it had.
_SET_FAILED = """
UPDATE documents SET title = CASE current_version WHEN 0 THEN %(title)s ELSE title END,
    status = 'failed', failure_reason = %(reason)s,
    object_version = %(object_version)s, sequencer = %(sequencer)s, updated_at = now()
WHERE id = %(id)s
"""

_SET_ARCHIVED = """
UPDATE documents SET status = 'archived', failure_reason = NULL, object_version = NULL,
    updated_at = now()
WHERE id = %(id)s
"""

_KEEP_PASSAGES = """
UPDATE passages p SET version = %(version)s, ordinal = k.ordinal,
    category = %(category)s, visibility = %(visibility)s
FROM unnest(%(ids)s::bigint[], %(ordinals)s::integer[]) AS k (id, ordinal)
WHERE p.id = k.id
"""

_INSERT_PASSAGES = """
INSERT INTO passages (document_id, version, ordinal, section, content, content_hash, language,
    visibility, category)
SELECT %(id)s, %(version)s, n.ordinal, n.section, n.content, n.hash, %(language)s,
    %(visibility)s, %(category)s
FROM unnest(%(ordinals)s::integer[], %(sections)s::text[], %(contents)s::text[], %(hashes)s::text[])
    AS n (ordinal, section, content, hash)
RETURNING id, ordinal
"""

_INSERT_EMBEDDINGS = """
INSERT INTO embeddings (passage_id, facet, model, embedding)
SELECT p.id, p.facet, %(model)s, v.embedding
FROM unnest(%(ids)s::bigint[], %(vectors)s::vector[]) AS v (id, embedding)
JOIN passages p ON p.id = v.id
ON CONFLICT (passage_id, model) DO NOTHING
"""

_COPY_EMBEDDINGS = """
INSERT INTO embeddings (passage_id, facet, model, embedding)
SELECT p.id, p.facet, %(model)s, same.embedding
FROM passages p
CROSS JOIN LATERAL (
    SELECT e.embedding FROM passages other
    JOIN embeddings e ON e.passage_id = other.id AND e.model = %(model)s
    WHERE other.content_hash = p.content_hash LIMIT 1
) AS same
WHERE p.id = ANY(%(ids)s) AND NOT EXISTS (
    SELECT FROM embeddings e WHERE e.passage_id = p.id AND e.model = %(model)s)
ON CONFLICT (passage_id, model) DO NOTHING
"""

_ANY_WITHOUT_EMBEDDING = """
SELECT EXISTS (SELECT FROM unnest(%(ids)s::bigint[]) AS n (id) WHERE NOT EXISTS (
    SELECT FROM embeddings e WHERE e.passage_id = n.id AND e.model = %(model)s)) AS missing
"""

# Each word of each passage once as a stem and once as it is written, with how often it is there.
# «exact» stands where the language does; words that the language's own dictionary drops are not
# kept there either.
_INSERT_POSTINGS = """
WITH texts AS MATERIALIZED (
    SELECT p.id, p.facet, p.language, n.content
    FROM unnest(%(ids)s::bigint[], %(texts)s::text[]) AS n (id, content)
    JOIN passages p ON p.id = n.id
), words AS MATERIALIZED (
    SELECT t.id, t.facet, t.language, w.lexeme,
           greatest(1, coalesce(cardinality(w.positions), 1)) AS frequency
    FROM texts t CROSS JOIN LATERAL unnest(to_tsvector(t.language::regconfig, t.content)) AS w
    UNION ALL
    SELECT t.id, t.facet, 'exact', w.lexeme,
           greatest(1, coalesce(cardinality(w.positions), 1))
    FROM texts t CROSS JOIN LATERAL unnest(to_tsvector('simple', t.content)) AS w
    WHERE t.language = 'simple'
       OR ts_lexize((t.language || '_stem')::regdictionary, w.lexeme) IS DISTINCT FROM '{}'
), lengths AS MATERIALIZED (
    SELECT id, least(sum(frequency), 32767)::smallint AS length
    FROM words WHERE language <> 'exact' GROUP BY id
), counted AS (
    INSERT INTO lexemes AS l (language, lexeme, passages)
    SELECT language, lexeme, count(*) FROM words GROUP BY language, lexeme
    ON CONFLICT (language, lexeme) DO UPDATE SET passages = l.passages + excluded.passages
    RETURNING l.id, l.language, l.lexeme
), measured AS (
    UPDATE passages p SET length = lengths.length FROM lengths WHERE p.id = lengths.id
)
INSERT INTO postings (lexeme_id, passage_id, facet, frequency, length)
SELECT counted.id, words.id, words.facet, words.frequency, lengths.length
FROM words JOIN counted USING (language, lexeme) JOIN lengths ON lengths.id = words.id
"""

_ADD_TO_LANGUAGE = """
INSERT INTO languages AS g (name, passages, total_length)
SELECT n.name, %(sign)s * count(*), %(sign)s * sum(p.length)
FROM passages p CROSS JOIN LATERAL (VALUES (p.language), ('exact')) AS n (name)
WHERE p.id = ANY(%(ids)s) GROUP BY n.name
ON CONFLICT (name) DO UPDATE SET passages = g.passages + excluded.passages,
    total_length = g.total_length + excluded.total_length
"""

_KNOW_LANGUAGES = "INSERT INTO languages (name) VALUES (%s), ('exact') ON CONFLICT DO NOTHING"

_REMOVE_POSTINGS = """
WITH gone AS (
    DELETE FROM postings WHERE passage_id = ANY(%(ids)s) RETURNING lexeme_id
)
UPDATE lexemes l SET passages = l.passages - g.passages
FROM (SELECT lexeme_id, count(*) AS passages FROM gone GROUP BY lexeme_id) AS g
WHERE l.id = g.lexeme_id
"""

_REFACET = """
WITH moved AS (
    UPDATE embeddings e SET facet = p.facet FROM passages p
    WHERE p.id = e.passage_id AND p.id = ANY(%(ids)s) AND e.facet <> p.facet
)
UPDATE postings t SET facet = p.facet FROM passages p
WHERE p.id = t.passage_id AND p.id = ANY(%(ids)s) AND t.facet <> p.facet
"""

_DOCUMENT = """
SELECT d.id, d.title, coalesce(v.content, '') AS content, d.category, d.visibility, d.status,
       d.source, d.source_key, d.source_url, d.current_version AS version, d.failure_reason,
       (SELECT count(*) FROM passages p WHERE p.document_id = d.id) AS passage_count,
       d.language, d.owner, d.review_at, d.object_version, d.metadata, d.created_at, d.updated_at
FROM documents d
LEFT JOIN document_versions v ON v.document_id = d.id AND v.number = d.current_version
"""

_WITHOUT_EMBEDDING = """
SELECT p.id, d.title, p.ordinal, p.section, p.content
FROM passages p JOIN documents d ON d.id = p.document_id
WHERE NOT EXISTS (SELECT FROM embeddings e WHERE e.passage_id = p.id AND e.model = %(model)s)
ORDER BY p.id LIMIT %(limit)s
"""

_COUNT_WITHOUT_EMBEDDING = """
SELECT count(*) AS missing FROM passages p
WHERE NOT EXISTS (SELECT FROM embeddings e WHERE e.passage_id = p.id AND e.model = %s)
"""

_EMBEDDINGS = """
SELECT DISTINCT ON (p.content_hash) p.content_hash, e.embedding::real[] AS vector FROM passages p
JOIN embeddings e ON e.passage_id = p.id AND e.model = %(model)s
WHERE p.content_hash = ANY(%(hashes)s)
"""

_EMBEDDED = """
SELECT DISTINCT p.content_hash FROM passages p
JOIN embeddings e ON e.passage_id = p.id AND e.model = %(model)s
WHERE p.content_hash = ANY(%(hashes)s)
"""


class PostgresKnowledgeStore:
    """Keeps the promise of `frontdesk.ports.KnowledgeStore`.

    Args:
        database: The function's database.
        scope: For whom is written; the desk's role writes for staff only.
    """

    def __init__(self, database: Database, scope: RowScope = NOBODY) -> None:
        self._database = database
        self._scope = scope
        self._index = PostgresPassageIndex(database, scope)

    def publish(
        self,
        draft: DocumentDraft,
        embeddings: Sequence[Sequence[float] | None],
        *,
        model: str,
        document_id: str | None = None,
        is_current: Callable[[], bool] | None = None,
        written: DocumentWrite | None = None,
    ) -> Document:
        """Makes a new version of a document searchable, whole, in one transaction.

        Args:
            draft: The document with its passages.
            embeddings: One vector a passage; None where the store holds it already.
            model: The embedding model's name.
            document_id: Which document, where S3 does not own it; None for a new one.
            is_current: Tells whether the draft is still what its source holds.
            written: Who writes it, where a person does; it names the document.

        Returns:
            The document as it is now.

        Raises:
            DocumentChangedError: The source, the model in use or a stored embedding changed.
            NotFoundError: There is no such document.
            ConflictError: S3 owns the document.
            PreconditionFailedError: It is not at the revision that is expected.
        """
        self._register(model, embeddings)
        with self._writing() as connection:
            row = _lock_or_make(connection, draft, document_id, written)
            _require_current(is_current)
            connection.execute(_MODELS_LOCK)
            _require_model_in_use(connection, model)
            values = _version_values(draft, row)
            if not _is_published_already(connection, row, values):
                values["number"] += 1
                connection.execute(_INSERT_VERSION, values)
            connection.execute(_SET_PUBLISHED, values)
            _replace_passages(connection, values, draft, embeddings, model)
            _write_entry(connection, written)
            return _read_document(connection, row["id"])

    def save_draft(self, draft: DocumentDraft, *, written: DocumentWrite) -> Document:
        """Makes a new version of a document that is not to be found by search (any more).

        Args:
            draft: The document.
            written: Who writes it; it names the document.

        Returns:
            The document as it is now.

        Raises:
            NotFoundError: There is no such document.
            ConflictError: S3 owns the document.
            PreconditionFailedError: It is not at the revision that is expected.
        """
        with self._writing() as connection:
            return keep_draft(connection, draft, written)

    def mark_failed(
        self, failed: FailedDraft, *, is_current: Callable[[], bool] | None = None
    ) -> Document:
        """Keeps a document aside that cannot be read; nothing of it is found any more.

        Args:
            failed: The document and why it cannot be read.
            is_current: Tells whether that is still what its source holds.

        Returns:
            The document as it is now.

        Raises:
            DocumentChangedError: The source changed meanwhile.
        """
        with self._writing() as connection:
            row = _lock_or_make(connection, failed, None)
            _require_current(is_current)
            connection.execute(_SET_FAILED, failed.model_dump() | {"id": row["id"]})
            _remove_passages(connection, _passage_ids(connection, row["id"]))
            return _read_document(connection, row["id"])

    def archive(
        self,
        *,
        source_key: str | None = None,
        document_id: str | None = None,
        is_current: Callable[[], bool] | None = None,
        written: DocumentWrite | None = None,
    ) -> bool:
        """Takes a document out of the search; its history is kept.

        Args:
            source_key: The key of a document that S3 owns.
            document_id: Any other document.
            is_current: Tells whether it is still gone from its source.
            written: Who does it, where a person does.

        Returns:
            False where there was nothing to take out.

        Raises:
            DocumentChangedError: The source changed meanwhile.
            ConflictError: A document named by ``document_id`` is owned by S3.
        """
        with self._writing() as connection:
            row = connection.execute(
                _LOCK_BY_KEY if source_key is not None else _LOCK_BY_ID,
                {"source_key": source_key, "id": document_id},
            ).fetchone()
            if row is None:
                return False
            if source_key is None:
                _require_not_dropped(row)
            _require_current(is_current)
            if row["status"] == "archived":
                return False
            connection.execute(_SET_ARCHIVED, {"id": row["id"]})
            _remove_passages(connection, _passage_ids(connection, row["id"]))
            _write_entry(connection, written)
            return True

    def published_version(self, source_key: str) -> str | None:
        """Reads which version of an object is published, after publications under way.

        Args:
            source_key: The object's key.

        Returns:
            The object's version; None where nothing of it is published.
        """
        with self._writing() as connection:
            # The lock waits for a publication that has looked at S3 and is about to commit.
            row = connection.execute(_LOCK_BY_KEY, {"source_key": source_key}).fetchone()
        if row is None or row["status"] != "published":
            return None
        version: str | None = row["object_version"]
        return version

    def document(
        self, *, source_key: str | None = None, document_id: str | None = None
    ) -> Document | None:
        """Reads a document with its present content.

        Args:
            source_key: The key of a document that S3 owns.
            document_id: Or its identifier.

        Returns:
            The document, whatever its status; None where there is none.
        """
        with self._writing() as connection:
            if source_key is not None:
                row = connection.execute(
                    _DOCUMENT + "WHERE d.source_key = %s", (source_key,)
                ).fetchone()
            else:
                row = connection.execute(_DOCUMENT + "WHERE d.id = %s", (document_id,)).fetchone()
        return None if row is None else Document.model_validate(row)

    def active_model(self) -> EmbeddingModel | None:
        """Reads which model's embeddings are searched; None before the first publication."""
        return self._index.active_model()

    def embedded(self, passage_hashes: Sequence[str], *, model: str) -> set[str]:
        """Tells which passages need no embedding, because the store holds theirs.

        Args:
            passage_hashes: Of the passages that are to be published.
            model: The embedding model's name.

        Returns:
            Those hashes whose embedding is stored.
        """
        with self._writing() as connection:
            rows = connection.execute(_EMBEDDED, {"model": model, "hashes": list(passage_hashes)})
            return {row["content_hash"] for row in rows}

    def embeddings(
        self, passage_hashes: Sequence[str], *, model: str
    ) -> Mapping[str, Sequence[float]]:
        """Reads what a model made of passages.

        Args:
            passage_hashes: Of the passages.
            model: The embedding model's name.

        Returns:
            The vectors by their passages' hashes; none for those that are not stored.
        """
        with self._writing() as connection:
            rows = connection.execute(_EMBEDDINGS, {"model": model, "hashes": list(passage_hashes)})
            return {row["content_hash"]: row["vector"] for row in rows}

    def count_without_embedding(self, *, model: str) -> int:
        """Counts the passages that a model has not embedded yet.

        Args:
            model: The embedding model's name.

        Returns:
            How many there are.
        """
        with self._writing() as connection:
            row = connection.execute(_COUNT_WITHOUT_EMBEDDING, (model,)).fetchone()
        return 0 if row is None else int(row["missing"])

    def passages_without_embedding(self, *, model: str, limit: int) -> list[tuple[int, str]]:
        """Reads passages that a model has not embedded yet.

        Args:
            model: The embedding model's name.
            limit: How many at most.

        Returns:
            Passage numbers with their searchable text.
        """
        with self._writing() as connection:
            rows = connection.execute(_WITHOUT_EMBEDDING, {"model": model, "limit": limit})
            return [
                (row["id"], searchable_text(row["title"], Passage.model_validate(row)))
                for row in rows
            ]

    def add_embeddings(
        self, embeddings: Sequence[tuple[int, Sequence[float]]], *, model: str
    ) -> None:
        """Adds a model's embeddings of passages that are published already.

        Args:
            embeddings: Passage numbers with their vectors; passages gone meanwhile are skipped.
            model: The embedding model's name.
        """
        self._register(model, [vector for _, vector in embeddings])
        with self._writing() as connection:
            connection.execute(_MODELS_LOCK)
            _insert_embeddings(connection, embeddings, model)

    def activate_model(self, model: str) -> bool:
        """Makes searches use a model, where it has embedded every passage.

        Args:
            model: The embedding model's name.

        Returns:
            False where passages without its embedding are left; nothing is changed then.
        """
        with self._writing() as connection:
            row = connection.execute(
                "SELECT activate_embedding_model(%s) AS active", (model,)
            ).fetchone()
        return row is not None and bool(row["active"])

    def drop_models_but(self, kept: Sequence[str]) -> None:
        """Removes the embeddings of models that are not searched any more.

        Args:
            kept: Models to keep; the active one is always kept.
        """
        with self._writing() as connection:
            connection.execute(
                "SELECT drop_embedding_model(name) FROM embedding_models"
                " WHERE status = 'retired' AND name <> ALL(%s)",
                (list(kept),),
            )

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """Opens a transaction of ingest, which sees and may change all documents."""
        with self._database.transaction(self._scope) as connection:
            connection.execute("SELECT set_config('frontdesk.ingest', 'on', true)")
            yield connection

    def _register(self, model: str, embeddings: Sequence[Sequence[float] | None]) -> None:
        """Makes the model and its index known, in a transaction of its own."""
        dimensions = next((len(vector) for vector in embeddings if vector is not None), None)
        if dimensions is None:
            return
        with self._writing() as connection:
            row = connection.execute(
                "SELECT register_embedding_model(%s, %s) AS dimensions", (model, dimensions)
            ).fetchone()
        if row is None or row["dimensions"] != dimensions:
            raise InfrastructureError(
                f"the embedding model {model!r} answered with {dimensions} dimensions;"
                " it had another number before"
            )


def keep_draft(connection: Connection, draft: DocumentDraft, written: DocumentWrite) -> Document:
    """Makes a new version of a document that is not to be found by search (any more).

    Args:
        connection: A connection within a transaction that may change documents.
        draft: The document.
        written: Who writes it; it names the document.

    Returns:
        The document as it is now.

    Raises:
        NotFoundError: There is no such document.
        ConflictError: S3 owns the document.
        PreconditionFailedError: It is not at the revision that is expected.
    """
    row = _lock_or_make(connection, draft, None, written)
    values = _version_values(draft, row)
    values["number"] += 1
    connection.execute(_INSERT_VERSION, values)
    connection.execute(_SET_DRAFT, values)
    _remove_passages(connection, _passage_ids(connection, row["id"]))
    _write_entry(connection, written)
    return _read_document(connection, row["id"])


def _lock_or_make(
    connection: Connection,
    draft: DocumentDraft | FailedDraft,
    document_id: str | None,
    written: DocumentWrite | None = None,
) -> dict[str, Any]:
    """Locks the document's row, made where there is none; a rollback takes it back."""
    if written is not None and not written.is_new:
        document_id = written.document_id
    if document_id is not None:
        row = connection.execute(_LOCK_BY_ID, {"id": document_id}).fetchone()
        if row is None:
            raise NotFoundError
        _require_not_dropped(row)
        _require_expected(row, written)
        return row
    values = {
        "id": new_id("doc") if written is None else written.document_id,
        "source": "api" if draft.source_key is None else "s3",
        "source_key": draft.source_key,
        "title": draft.title,
        "category": getattr(draft, "category", Category.DOCUMENTATION),
        "visibility": getattr(draft, "visibility", Visibility.INTERNAL),
    }
    connection.execute(_INSERT, values)
    if draft.source_key is None:
        row = connection.execute(_LOCK_BY_ID, values).fetchone()
    else:
        row = connection.execute(_LOCK_BY_KEY, values).fetchone()
    if row is None:
        raise InfrastructureError("postgres: the document's row is gone")
    return row


def _require_not_dropped(row: dict[str, Any]) -> None:
    if row["source"] == "s3":
        raise kept_in_s3(row["source_key"])


def _require_expected(row: dict[str, Any], written: DocumentWrite | None) -> None:
    if written is None or written.expected_revision is None:
        return
    if revision_of(row["updated_at"]) != written.expected_revision:
        raise PreconditionFailedError("It was changed meanwhile; read it again.")


def _write_entry(connection: Connection, written: DocumentWrite | None) -> None:
    if written is not None:
        write_entry(connection, written.entry)


def _version_values(draft: DocumentDraft, row: dict[str, Any]) -> dict[str, Any]:
    return draft.model_dump(exclude={"passages"}) | {
        "id": row["id"],
        "content_hash": _version_hash(draft),
        "number": row["current_version"],
    }


def _require_current(is_current: Callable[[], bool] | None) -> None:
    if is_current is not None and not is_current():
        raise DocumentChangedError("the document's source has changed")


def _require_model_in_use(connection: Connection, model: str) -> None:
    row = connection.execute(
        "SELECT status FROM embedding_models WHERE name = %s", (model,)
    ).fetchone()
    if row is None or row["status"] == "retired":
        raise DocumentChangedError(f"the embedding model {model!r} is not in use any more")


def _version_hash(draft: DocumentDraft) -> str:
    parts = (draft.title, draft.category, draft.visibility, draft.source_url or "", draft.content)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _is_published_already(
    connection: Connection, row: dict[str, Any], values: dict[str, Any]
) -> bool:
    """Tells whether the same words are published, so that no new version is to be counted."""
    if row["status"] != "published":
        return False
    version = connection.execute(
        "SELECT content_hash FROM document_versions WHERE document_id = %s AND number = %s",
        (row["id"], row["current_version"]),
    ).fetchone()
    return version is not None and version["content_hash"] == values["content_hash"]


def _replace_passages(
    connection: Connection,
    values: dict[str, Any],
    draft: DocumentDraft,
    embeddings: Sequence[Sequence[float] | None],
    model: str,
) -> None:
    """Keeps the passages that did not change, with their vectors; makes and removes the others."""
    former: dict[str, list[int]] = {}
    for row in connection.execute(
        "SELECT id, content_hash FROM passages WHERE document_id = %(id)s ORDER BY ordinal DESC",
        values,
    ):
        former.setdefault(row["content_hash"], []).append(row["id"])

    hashes = draft.passage_hashes()
    ids: dict[int, int] = {}
    new: list[int] = []
    for ordinal, digest in enumerate(hashes):
        if former.get(digest):
            ids[ordinal] = former[digest].pop()
        else:
            new.append(ordinal)
    kept = list(ids.values())
    shared = {
        "id": values["id"],
        "version": values["number"],
        "language": draft.language,
        "category": draft.category,
        "visibility": draft.visibility,
    }

    connection.execute(_KEEP_PASSAGES, shared | {"ids": kept, "ordinals": list(ids)})
    made = connection.execute(
        _INSERT_PASSAGES,
        shared
        | {
            "ordinals": new,
            "sections": [draft.passages[ordinal].section for ordinal in new],
            "contents": [draft.passages[ordinal].content for ordinal in new],
            "hashes": [hashes[ordinal] for ordinal in new],
        },
    ).fetchall()
    ids |= {row["ordinal"]: row["id"] for row in made}

    _insert_embeddings(
        connection,
        [(ids[i], vector) for i, vector in enumerate(embeddings) if vector is not None],
        model,
    )
    for some in batched(list(ids.values()), WRITE_BATCH, strict=False):
        connection.execute(_COPY_EMBEDDINGS, {"ids": list(some), "model": model})
    found = connection.execute(
        _ANY_WITHOUT_EMBEDDING, {"ids": list(ids.values()), "model": model}
    ).fetchone()
    if found is None or found["missing"]:
        raise DocumentChangedError("a stored embedding is gone")

    gone = [number for numbers in former.values() for number in numbers]
    texts = draft.searchable_texts()
    connection.execute(_REFACET, {"ids": kept})
    _remove_passages(connection, gone)
    _index_words(connection, draft.language, [(ids[ordinal], texts[ordinal]) for ordinal in new])


def _insert_embeddings(
    connection: Connection, embeddings: Sequence[tuple[int, Sequence[float]]], model: str
) -> None:
    for some in batched(embeddings, WRITE_BATCH, strict=False):
        connection.execute(
            _INSERT_EMBEDDINGS,
            {
                "model": model,
                "ids": [number for number, _ in some],
                "vectors": vectors(connection, [vector for _, vector in some]),
            },
        )


def _index_words(connection: Connection, language: str, texts: list[tuple[int, str]]) -> None:
    if not texts:
        return
    connection.execute(_LEXEMES_LOCK)
    connection.execute(_KNOW_LANGUAGES, (language,))
    for some in batched(texts, WRITE_BATCH, strict=False):
        ids = [number for number, _ in some]
        connection.execute(
            _INSERT_POSTINGS, {"ids": ids, "texts": [spaced(text) for _, text in some]}
        )
        connection.execute(_ADD_TO_LANGUAGE, {"ids": ids, "sign": 1})


def _remove_passages(connection: Connection, ids: list[int]) -> None:
    if not ids:
        return
    connection.execute(_LEXEMES_LOCK)
    connection.execute(_REMOVE_POSTINGS, {"ids": ids})
    connection.execute(_ADD_TO_LANGUAGE, {"ids": ids, "sign": -1})
    connection.execute("DELETE FROM passages WHERE id = ANY(%s)", (ids,))


def _passage_ids(connection: Connection, document_id: str) -> list[int]:
    rows = connection.execute("SELECT id FROM passages WHERE document_id = %s", (document_id,))
    return [row["id"] for row in rows]


def _read_document(connection: Connection, document_id: str) -> Document:
    row = connection.execute(_DOCUMENT + "WHERE d.id = %s", (document_id,)).fetchone()
    return Document.model_validate(row)
