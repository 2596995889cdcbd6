"""Hybrid search in one SQL statement: HNSW on cosine, BM25 over Postgres lexemes, fused.

Both halves give their best hundred; of every candidate both scores are then known exactly, and
their z-scores are added half and half (rank fusion throws the distances away, and loses).
"""

from collections.abc import Sequence

from psycopg import sql

from frontdesk.adapters.postgres.database import NOBODY, Database, RowScope
from frontdesk.adapters.postgres.vectors import half_vector
from frontdesk.domain.knowledge import Category, EmbeddingModel, SearchHit, Visibility

CANDIDATES = 100
"""From each half; more changed no measured ranking."""

DRIVING_POSTINGS = 10_000
"""Words are looked up from the rarest on until so many postings are read; commoner words then
only weigh what was found. It keeps a question of everyday words fast in a large knowledge base."""

MAX_QUERY_LEXEMES = 48
"""The rarest words of a long question; the rest would add little but time."""

# The usual parameters of BM25; nothing better was measured.
_K1 = 1.2
_B = 0.75

FACETS: dict[tuple[Visibility, Category], int] = {
    (visibility, category): visibility_code + category_code
    for visibility, visibility_code in ((Visibility.PUBLIC, 0), (Visibility.INTERNAL, 10))
    for category_code, category in enumerate(
        (Category.FAQ, Category.DOCUMENTATION, Category.TROUBLESHOOTING, Category.POLICY)
    )
}
"""Visibility and category as the schema numbers them."""

_ACTIVE_MODEL = "SELECT name, dimensions FROM embedding_models WHERE status = 'active'"

# Filters take rows out of what an HNSW scan found: it has to go on until it has enough of them.
# Compiling a statement of milliseconds would take longer than running it.
_SCAN_SETTINGS = """
SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),
       set_config('hnsw.ef_search', %s, true),
       set_config('jit', 'off', true)
"""

_BM25_SCORE = f"""
t.weight * p.frequency::real
    / (p.frequency::real + t.length_unit * p.length + {_K1 * (1 - _B):.6f}::real)
"""
_BM25_WEIGHT = f"""
{_K1 + 1} * ln(1 + (g.passages - l.passages + 0.5::float8) / (l.passages + 0.5::float8))
"""
_BM25_LENGTH_UNIT = f"{_K1 * _B:.6f}::float8 * g.passages / g.total_length"

_NEAREST = """
    SELECT passage_id, facet,
           1 - (embedding::halfvec({dimensions}) <=> %(embedding)s::halfvec({dimensions}))
               AS similarity
    FROM embeddings
    WHERE model = {model} AND facet = ANY(%(facets)s)
    ORDER BY embedding::halfvec({dimensions}) <=> %(embedding)s::halfvec({dimensions})
    LIMIT %(candidates)s
"""

_NONE_NEAREST = """
    SELECT NULL::bigint AS passage_id, NULL::smallint AS facet, NULL::float8 AS similarity
    WHERE false
"""

_SIMILARITY = """
    (SELECT 1 - (e.embedding::halfvec({dimensions}) <=> %(embedding)s::halfvec({dimensions}))
     FROM embeddings e WHERE e.passage_id = c.passage_id AND e.model = {model})
"""

# Everything in single or double precision: numeric arithmetic took half of the time.
_SEARCH = """
WITH query_lexemes AS MATERIALIZED (
    SELECT *, sum(passages) OVER (ORDER BY passages, id) - passages AS read_before
    FROM (
        SELECT l.id, l.passages,
               ({weight})::real AS weight, ({length_unit})::real AS length_unit
        FROM languages g
        CROSS JOIN LATERAL unnest(to_tsvector(g.name::regconfig, %(query)s)) AS q
        JOIN lexemes l ON l.language = g.name AND l.lexeme = q.lexeme
        WHERE g.total_length > 0 AND l.passages > 0
        ORDER BY l.passages, l.id
        LIMIT %(max_lexemes)s
    ) AS rarest
), lexical AS MATERIALIZED (
    SELECT p.passage_id, p.facet
    FROM query_lexemes t
    JOIN postings p ON p.lexeme_id = t.id AND p.facet = ANY(%(facets)s)
    WHERE t.read_before < %(driving)s
    GROUP BY p.passage_id, p.facet
    ORDER BY sum({score}) DESC, p.passage_id
    LIMIT %(candidates)s
), nearest AS MATERIALIZED ({nearest}
), candidates AS MATERIALIZED (
    SELECT passage_id, facet, n.similarity
    FROM lexical FULL JOIN nearest n USING (passage_id, facet)
), scored AS MATERIALIZED (
    SELECT c.passage_id,
           coalesce(c.similarity, {similarity}) AS similarity,
           (SELECT coalesce(sum({score}), 0)::float8
            FROM query_lexemes t
            JOIN postings p ON p.lexeme_id = t.id AND p.facet = c.facet
                AND p.passage_id = c.passage_id) AS lexical_score
    FROM candidates c
), best AS MATERIALIZED (
    SELECT *,
        coalesce(0.5 * (similarity - avg(similarity) OVER ())
            / nullif(stddev_pop(similarity) OVER (), 0), 0)
        + coalesce(0.5 * (lexical_score - avg(lexical_score) OVER ())
            / nullif(stddev_pop(lexical_score) OVER (), 0), 0) AS score
    FROM scored
    ORDER BY score DESC, similarity DESC NULLS LAST, passage_id
    LIMIT %(limit)s
)
SELECT b.passage_id::text AS passage_id, p.document_id, p.version AS document_version, d.title,
       p.section, p.content, p.category, p.visibility, d.source_url,
       b.score, b.similarity, b.lexical_score
FROM best b
JOIN passages p ON p.id = b.passage_id
JOIN documents d ON d.id = p.document_id AND d.status = 'published'
ORDER BY b.score DESC, b.similarity DESC NULLS LAST, b.passage_id
"""


class PostgresPassageIndex:
    """Keeps the promise of `frontdesk.ports.PassageIndex`.

    Args:
        database: The function's database.
        scope: For whom is searched; staff see internal passages, where the role may.
    """

    def __init__(self, database: Database, scope: RowScope = NOBODY) -> None:
        self._database = database
        self._scope = scope

    def active_model(self) -> EmbeddingModel | None:
        """Reads which model's embeddings are searched; None before the first publication."""
        with self._database.transaction(self._scope) as connection:
            row = connection.execute(_ACTIVE_MODEL).fetchone()
        return None if row is None else EmbeddingModel.model_validate(row)

    def find(
        self,
        query: str,
        *,
        embedding: Sequence[float] | None,
        model: EmbeddingModel | None,
        limit: int,
        categories: Sequence[Category],
        visibilities: Sequence[Visibility],
    ) -> tuple[SearchHit, ...]:
        """Finds passages in one snapshot of the knowledge base.

        Args:
            query: The question, for its words.
            embedding: The question, for its meaning; None to search by words alone.
            model: The model that made the embedding.
            limit: How many passages at most.
            categories: Only documents of these categories.
            visibilities: What the reader may be shown.

        Returns:
            Hits, best first.
        """
        candidates = max(CANDIDATES, limit)
        parameters: dict[str, object] = {
            # Postgres refuses the character, and no passage has it.
            "query": query.replace("\0", " "),
            "facets": [
                FACETS[visibility, category]
                for visibility in visibilities
                for category in categories
            ],
            "candidates": candidates,
            "driving": DRIVING_POSTINGS,
            "max_lexemes": MAX_QUERY_LEXEMES,
            "limit": limit,
        }
        statement = _statement(model if embedding is not None else None)
        with self._database.transaction(self._scope) as connection:
            connection.execute(_SCAN_SETTINGS, (str(candidates),))
            if embedding is not None:
                parameters["embedding"] = half_vector(connection, embedding)
            rows = connection.execute(statement, parameters).fetchall()
        return tuple(SearchHit.model_validate(row) for row in rows)


def _statement(model: EmbeddingModel | None) -> sql.Composed:
    """Composes the search; the model is a literal in it, because its index is a partial one."""
    if model is None:
        return _compose(sql.SQL(_NONE_NEAREST), sql.SQL("NULL::float8"))
    literals = {"model": sql.Literal(model.name), "dimensions": sql.Literal(model.dimensions)}
    return _compose(sql.SQL(_NEAREST).format(**literals), sql.SQL(_SIMILARITY).format(**literals))


def _compose(nearest: sql.Composable, similarity: sql.Composable) -> sql.Composed:
    return sql.SQL(_SEARCH).format(
        weight=sql.SQL(_BM25_WEIGHT),
        length_unit=sql.SQL(_BM25_LENGTH_UNIT),
        score=sql.SQL(_BM25_SCORE),
        nearest=nearest,
        similarity=similarity,
    )
