"""Hybrid search in one SQL statement: HNSW on cosine, BM25 over Postgres lexemes, fused.

Both halves give their best hundred; of every candidate both scores are then known exactly, and
their z-scores are added (rank fusion throws the distances away, and loses). Words count as stems
and, for less, as they are written. A passage whose document has other good passages gains a
little. A word that no passage has is looked up as the nearest that some passage has. Measured:
docs/decisions/0008-hybrid-search-in-sql.md.
"""

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from psycopg import sql

from frontdesk.adapters.postgres.database import NOBODY, Connection, Database, RowScope
from frontdesk.adapters.postgres.vectors import query_vector
from frontdesk.domain.knowledge import (
    Background,
    Category,
    EmbeddingModel,
    Found,
    SearchHit,
    Visibility,
)
from frontdesk.domain.scripts import spaced
from frontdesk.domain.spelling import (
    LEAST_LETTERS,
    LEAST_LETTERS_SWAPPED,
    MOST_LETTERS,
    neighbours,
    respelling,
    swapped,
)

CANDIDATES = 100
"""From each half; more changed no measured ranking."""

NEAREST_SCANNED = 200
"""Vectors that an HNSW scan keeps in view (`hnsw.ef_search`). Of 100,000 passages, 99 % of the ten
nearest are found with 200."""

NEAREST_SCANNED_FILTERED = 400
"""The same where a category is asked for: the scan finds most of what it finds in vain, and with
more in view it has to be taken up again less often."""

COMPARED_ONE_BY_ONE = 15_000
"""Up to so many passages of a category are all compared: that finds every one of the nearest, and
takes less time than an HNSW scan that skips nine in ten."""

COUNTED_SECONDS = 60.0
"""How long a count of them is believed: it takes a tenth of a search, and decides its speed."""

DRIVING_POSTINGS = 10_000
"""Words are looked up from the rarest on until so many postings are read; commoner words then
only weigh what was found. It keeps a question of everyday words fast in a large knowledge base."""

MAX_QUERY_LEXEMES = 48
"""The rarest words of a long question; the rest would add little but time."""

MAX_RESPELLED = 5
"""Unknown words of a question for which a nearest is looked for; each takes a millisecond."""

_EXACT_SHARE = 0.3
"""What a word counts for as it is written; its stem counts for the rest. Words as they are
written are kept once for all languages, under «exact» where others have their language."""

_LEXICAL_SHARE = 0.55
"""What words count for; meaning counts for the rest."""

_DOCUMENT_SHARE = 0.3
"""What all of a document's candidates together count for beside the passage's own score."""

# The usual parameters of BM25; nothing better was measured.
_K1 = 1.2
_B = 0.75

_BY_WORDS = 2 / 3
"""To which power of a question's words its best passage's score is taken to grow: not all of them
are in one passage."""

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

# What no passage has in any language's form, and what no language drops. It is asked along with the
# settings: a question whose words are all known takes no further look-up.
_UNKNOWN_WORDS = """
(SELECT coalesce(array_agg(w.lexeme), '{}')
 FROM unnest(to_tsvector('simple', %s)) AS w
 WHERE length(w.lexeme) BETWEEN %s AND %s
   AND NOT EXISTS (SELECT FROM lexemes l
                   WHERE l.language = 'exact' AND l.lexeme = w.lexeme AND l.passages > 0)
   AND NOT EXISTS (
       SELECT FROM languages g
       LEFT JOIN LATERAL unnest(to_tsvector(g.name::regconfig, w.lexeme)) AS s ON true
       LEFT JOIN lexemes l ON l.language = g.name AND l.lexeme = s.lexeme AND l.passages > 0
       WHERE g.name <> 'exact' AND g.total_length > 0
         AND (s.lexeme IS NULL OR l.id IS NOT NULL))) AS unknown
"""
_PREPARE = f"{_SCAN_SETTINGS}, {_UNKNOWN_WORDS}"

_KNOWN = """
SELECT lexeme, passages FROM lexemes
WHERE language = 'exact' AND lexeme = ANY(%s) AND passages > 0
"""

_BM25_SCORE = f"""
t.weight * p.frequency::real
    / (p.frequency::real + t.length_unit * p.length + {_K1 * (1 - _B):.6f}::real)
"""
_BM25_WEIGHT = f"""
{_K1 + 1} * ln(1 + (g.passages - l.passages + 0.5::float8) / (l.passages + 0.5::float8))
"""
_BM25_LENGTH_UNIT = f"{_K1 * _B:.6f}::float8 * g.passages / g.total_length"

# Half vectors are in the index alone: making one of what is stored takes longer than comparing it.
_NEAREST = """
    SELECT passage_id, facet,
           1 - (embedding <=> %(embedding)s::vector({dimensions})) AS similarity
    FROM embeddings
    WHERE model = {model} AND facet = ANY(%(facets)s)
    ORDER BY {order}
    LIMIT %(candidates)s
"""

_BY_INDEX = """
embedding::halfvec({dimensions}) <=> %(embedding)s::vector({dimensions})::halfvec({dimensions})
"""
# No HNSW index has this order, so that all are compared.
_ONE_BY_ONE = "similarity DESC"

_ARE_FEW = """
SELECT count(*) <= %(few)s AS are_few
FROM (SELECT FROM embeddings WHERE model = %(model)s AND facet = ANY(%(facets)s)
      LIMIT %(few)s + 1) AS counted
"""

_NONE_NEAREST = """
    SELECT NULL::bigint AS passage_id, NULL::smallint AS facet, NULL::float8 AS similarity
    WHERE false
"""

_NEAREST_OF = """
SELECT max(1 - (embedding <=> %(embedding)s::vector)) AS similarity FROM embeddings
WHERE model = %(model)s AND passage_id = ANY(%(passages)s)
"""

_SIMILARITY = """
    (SELECT 1 - (e.embedding <=> %(embedding)s::vector({dimensions}))
     FROM embeddings e WHERE e.passage_id = c.passage_id AND e.model = {model})
"""

# Everything in single or double precision: numeric arithmetic took half of the time.
_SEARCH = """
WITH asked AS MATERIALIZED (
    SELECT g.name AS language, g.name = 'exact' AS is_exact, g.passages, g.total_length,
           w.lexeme, max(t.weight) AS weight
    FROM languages g
    CROSS JOIN unnest(%(texts)s::text[], %(weights)s::float8[]) AS t (content, weight)
    CROSS JOIN LATERAL unnest(to_tsvector(
        (CASE g.name WHEN 'exact' THEN 'simple' ELSE g.name END)::regconfig, t.content)) AS w
    WHERE g.total_length > 0
    GROUP BY g.name, w.lexeme
), query_lexemes AS MATERIALIZED (
    SELECT *,
           sum(passages) OVER (PARTITION BY is_exact ORDER BY passages, id) - passages
               AS read_before
    FROM (
        SELECT l.id, l.passages, g.is_exact,
               (g.weight * CASE WHEN g.is_exact THEN {exact_share} ELSE 1 - {exact_share} END
                   * {weight})::real AS weight,
               ({length_unit})::real AS length_unit,
               row_number() OVER (PARTITION BY g.is_exact ORDER BY l.passages, l.id) AS rarity
        FROM asked g
        JOIN lexemes l ON l.language = g.language AND l.lexeme = g.lexeme
        WHERE l.passages > 0
    ) AS known
    WHERE rarity <= %(max_lexemes)s
), lexical AS MATERIALIZED (
    SELECT p.passage_id, p.facet
    FROM query_lexemes t
    JOIN postings p ON p.lexeme_id = t.id AND p.facet = ANY(%(facets)s)
    -- Whatever has a word as it is written has its stem.
    WHERE NOT t.is_exact AND t.read_before < %(driving)s
    GROUP BY p.passage_id, p.facet
    ORDER BY sum({score}) DESC, p.passage_id
    LIMIT %(candidates)s
), nearest AS MATERIALIZED ({nearest}
), candidates AS MATERIALIZED (
    SELECT passage_id, facet, n.similarity
    FROM lexical FULL JOIN nearest n USING (passage_id, facet)
), lexical_scores AS MATERIALIZED (
    SELECT p.passage_id, sum({score})::float8 AS lexical_score
    FROM (SELECT facet, array_agg(passage_id) AS ids FROM candidates GROUP BY facet) AS c
    CROSS JOIN query_lexemes t
    -- One look-up of a word for all candidates; OFFSET keeps it one where the planner errs.
    CROSS JOIN LATERAL (
        SELECT passage_id, frequency, length FROM postings
        WHERE lexeme_id = t.id AND facet = c.facet AND passage_id = ANY(c.ids) OFFSET 0) AS p
    GROUP BY p.passage_id
), scored AS MATERIALIZED (
    SELECT c.passage_id,
           coalesce(c.similarity, {similarity}) AS similarity,
           coalesce(s.lexical_score, 0) AS lexical_score
    FROM candidates c LEFT JOIN lexical_scores s USING (passage_id)
), fused AS MATERIALIZED (
    SELECT *,
        lexical_score - avg(lexical_score) OVER () AS gain,
        coalesce((1 - {lexical_share}) * (similarity - avg(similarity) OVER ())
            / nullif(stddev_pop(similarity) OVER (), 0), 0)
        + coalesce({lexical_share} * (lexical_score - avg(lexical_score) OVER ())
            / nullif(stddev_pop(lexical_score) OVER (), 0), 0) AS own_score
    FROM scored
), found AS MATERIALIZED (
    SELECT f.*, p.document_id, p.version, p.section, p.content, p.category, p.visibility,
           p.language, f.own_score
           + {document_share} * ln(sum(exp(f.own_score)) OVER (PARTITION BY p.document_id)) AS score
    FROM fused f
    JOIN passages p ON p.id = f.passage_id
)
SELECT b.passage_id::text AS passage_id, b.document_id, b.version AS document_version, d.title,
       b.section, b.content, b.category, b.visibility, b.language, d.source_url,
       b.score, b.similarity, b.lexical_score, coalesce(b.gain / q.scale, 0) AS prominence
FROM (SELECT * FROM found ORDER BY score DESC, similarity DESC NULLS LAST, passage_id
      LIMIT %(limit)s) AS b
JOIN documents d ON d.id = b.document_id AND d.status = 'published'
CROSS JOIN ({scale}) AS q
ORDER BY b.score DESC, b.similarity DESC NULLS LAST, b.passage_id
"""

# The language that makes the fewest words of the question is the one whose stop words it has.
_PROMINENCE_SCALE = """
    SELECT {largest} * ln(1 + (sum(passages) - 0.5) / 1.5) * power(greatest(1, min(length(
               to_tsvector(name::regconfig, (%(texts)s::text[])[1])))), {words})::float8 AS scale
    FROM languages WHERE name <> 'exact' AND total_length > 0
"""


class PostgresPassageIndex:
    """Keeps the promise of `frontdesk.ports.PassageIndex`.

    Args:
        database: The function's database.
        scope: For whom is searched; staff see internal passages, where the role may.
        clock: Tells seconds that never go back.
    """

    def __init__(
        self,
        database: Database,
        scope: RowScope = NOBODY,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._scope = scope
        self._clock = clock
        self._counted: dict[tuple[str, tuple[int, ...]], tuple[float, bool]] = {}

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
        background: Sequence[Background] = (),
    ) -> Found:
        """Finds passages in one snapshot of the knowledge base.

        Args:
            query: The question, for its words.
            embedding: The question, for its meaning; None to search by words alone.
            model: The model that made the embedding.
            limit: How many passages at most.
            categories: Only documents of these categories.
            visibilities: What the reader may be shown.
            background: What was asked before; its words count as much as it weighs.

        Returns:
            Passages, and what misspelt texts were meant to be.
        """
        candidates = max(CANDIDATES, limit)
        facets = [
            FACETS[visibility, category] for visibility in visibilities for category in categories
        ]
        asked = [query, *(one.text for one in background)]
        texts = [_lexical_text(text) for text in asked]
        parameters: dict[str, object] = {
            "weights": [1.0, *(one.weight for one in background)],
            "facets": facets,
            "candidates": candidates,
            "driving": DRIVING_POSTINGS,
            "max_lexemes": MAX_QUERY_LEXEMES,
            "limit": limit,
        }
        with self._database.transaction(self._scope) as connection:
            in_view = str(scanned(categories, candidates))
            words = (in_view, " ".join(texts), LEAST_LETTERS_SWAPPED, MOST_LETTERS)
            prepared = connection.execute(_PREPARE, words).fetchone()
            meant = _meant(connection, [] if prepared is None else prepared["unknown"])
            parameters["texts"] = _respelt(texts, meant)
            if model is None or embedding is None:
                statement = _compose(sql.SQL(_NONE_NEAREST), sql.SQL("NULL::float8"))
            else:
                parameters["embedding"] = query_vector(connection, embedding)
                few = self._are_few(connection, model, categories, facets)
                statement = _statement(model, are_few=few)
            rows = connection.execute(statement, parameters).fetchall()
        pairs = zip(asked, _respelt(asked, meant), strict=True)
        return Found(
            hits=tuple(SearchHit.model_validate(row) for row in rows),
            meant={text: respelt for text, respelt in pairs if text != respelt},
        )

    def nearest(
        self, hits: Sequence[SearchHit], embedding: Sequence[float], model: EmbeddingModel
    ) -> float:
        """Tells how near the nearest of some passages is to another question.

        Args:
            hits: The passages.
            embedding: The question, for its meaning.
            model: The model that made the embedding.

        Returns:
            Its cosine; -1 where none of them has an embedding of that model.
        """
        with self._database.transaction(self._scope) as connection:
            values = {
                "embedding": query_vector(connection, embedding),
                "model": model.name,
                "passages": [int(hit.passage_id) for hit in hits],
            }
            row = connection.execute(_NEAREST_OF, values).fetchone()
        return -1.0 if row is None or row["similarity"] is None else float(row["similarity"])

    def _are_few(
        self,
        connection: Connection,
        model: EmbeddingModel,
        categories: Collection[Category],
        facets: Sequence[int],
    ) -> bool:
        """Says what `are_few` says, or said a moment ago."""
        counted = model.name, tuple(facets)
        until, few = self._counted.get(counted, (0.0, False))
        if self._clock() >= until:
            few = are_few(connection, model, categories, facets)
            self._counted[counted] = self._clock() + COUNTED_SECONDS, few
        return few


def nearest_passages(model: EmbeddingModel, *, are_few: bool) -> sql.Composed:
    """Composes the vector half of a search.

    Args:
        model: Whose embeddings are searched.
        are_few: Whether all of them are compared, in place of an HNSW scan.

    Returns:
        The statement.
    """
    literals = {"model": sql.Literal(model.name), "dimensions": sql.Literal(model.dimensions)}
    order = sql.SQL(_ONE_BY_ONE if are_few else _BY_INDEX).format(**literals)
    return sql.SQL(_NEAREST).format(**literals, order=order)


def _is_filtered(categories: Collection[Category]) -> bool:
    """Says whether some category is left out."""
    return len(set(categories)) < len(Category)


def are_few(
    connection: Connection,
    model: EmbeddingModel,
    categories: Collection[Category],
    facets: Sequence[int],
) -> bool:
    """Says whether a filter leaves so few passages that all can be compared with a question.

    Args:
        connection: Within the search's transaction.
        model: Whose embeddings are searched.
        categories: What is searched.
        facets: The same, with visibility, as the schema numbers it.

    Returns:
        Whether there are at most `COMPARED_ONE_BY_ONE`; never without a filter.
    """
    if not _is_filtered(categories):
        return False
    values = {"model": model.name, "facets": list(facets), "few": COMPARED_ONE_BY_ONE}
    row = connection.execute(_ARE_FEW, values).fetchone()
    return row is not None and bool(row["are_few"])


def scanned(categories: Collection[Category], candidates: int) -> int:
    """Says how many vectors an HNSW scan has to keep in view.

    Args:
        categories: What is searched.
        candidates: How many of the nearest are wanted.

    Returns:
        The setting of ``hnsw.ef_search``.
    """
    scanned_at_least = NEAREST_SCANNED_FILTERED if _is_filtered(categories) else NEAREST_SCANNED
    return max(candidates, scanned_at_least)


def _statement(model: EmbeddingModel, *, are_few: bool) -> sql.Composed:
    """Composes the search; the model is a literal in it, because its index is a partial one."""
    literals = {"model": sql.Literal(model.name), "dimensions": sql.Literal(model.dimensions)}
    return _compose(
        nearest_passages(model, are_few=are_few), sql.SQL(_SIMILARITY).format(**literals)
    )


def _compose(nearest: sql.Composable, similarity: sql.Composable) -> sql.Composed:
    return sql.SQL(_SEARCH).format(
        exact_share=sql.Literal(_EXACT_SHARE),
        lexical_share=sql.Literal(_LEXICAL_SHARE),
        document_share=sql.Literal(_DOCUMENT_SHARE),
        weight=sql.SQL(_BM25_WEIGHT),
        length_unit=sql.SQL(_BM25_LENGTH_UNIT),
        score=sql.SQL(_BM25_SCORE),
        scale=sql.SQL(_PROMINENCE_SCALE).format(
            largest=sql.Literal(_K1 + 1), words=sql.Literal(_BY_WORDS)
        ),
        nearest=nearest,
        similarity=similarity,
    )


def _meant(connection: Connection, unknown: Sequence[str]) -> dict[str, str]:
    """Finds the nearest known words to those that no passage has.

    Most unknown words of a misspelt question are near to a known one. Of a question in a language
    that the knowledge base does not have, most are not, and those that are, are by chance. Short
    words are near to too many: only their letters may have changed places, and as most have not,
    they say nothing of the longer ones.
    """
    # Numbers, names of files and the like are right or wrong, but never nearly right.
    words = [word for word in unknown if word.isalpha()]
    longer = [word for word in words if len(word) >= LEAST_LETTERS][:MAX_RESPELLED]
    short = [word for word in words if len(word) < LEAST_LETTERS][:MAX_RESPELLED]
    if not words:
        return {}
    near = {word: neighbours(word) for word in longer} | {word: swapped(word) for word in short}
    looked_up = [other for others in near.values() for other in others]
    known = {row["lexeme"]: row["passages"] for row in connection.execute(_KNOWN, (looked_up,))}
    meant: dict[str, str] = {}
    for some in (longer, short):
        found = {
            word: other
            for word in some
            if (other := respelling(word, {one: known[one] for one in near[word] if one in known}))
        }
        if 2 * len(found) < len(some):
            break
        meant |= found
    return meant


def _respelt(texts: Sequence[str], meant: Mapping[str, str]) -> list[str]:
    """Writes what words were meant to be in place of what they are."""
    respelt = list(texts)
    for word, other in meant.items():
        written = re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE)
        respelt = [written.sub(other, text) for text in respelt]
    return respelt


def _lexical_text(text: str) -> str:
    # Postgres refuses the character, and no passage has it.
    return spaced(text.replace("\0", " "))
