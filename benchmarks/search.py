"""How long a search takes among very many passages, and how much of the nearest it finds.

Fills a Postgres of its own and prints one JSON object; times are milliseconds. Random vectors prove
nothing, so passages are made of real ones: sentences of the sample documents and of the router's
examples, drawn anew for each passage together with invented names of a natural distribution, and
the mean of those sentences' embeddings, perturbed. Questions are the router's examples that no
passage was made of. They are embedded beforehand: what is measured is the search, not the model.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from pgvector import Vector
from pgvector.psycopg import register_vector
from psycopg import sql

from evals.knowledge_base import evaluation_database
from evals.measures import percentile
from frontdesk.adapters.postgres.database import NOBODY, Database
from frontdesk.adapters.postgres.knowledge import _ADD_TO_LANGUAGE, _INSERT_POSTINGS
from frontdesk.adapters.postgres.passage_index import (
    _SCAN_SETTINGS,
    CANDIDATES,
    FACETS,
    PostgresPassageIndex,
    are_few,
    nearest_passages,
    scanned,
)
from frontdesk.domain.knowledge import Category, EmbeddingModel, QueryEmbedding, Visibility
from frontdesk.knowledge.searching import HybridSearch
from localstack.offline_model.embedding import DIMENSIONS, EMBEDDING_MODEL, LocalEmbedder
from localstack.settings import ROOT

PASSAGES = 100_000
QUESTIONS = 150
"""As many as there are real ones to spare."""

RARE_CATEGORY = Category.POLICY
RARE_SHARE = 0.1
"""The filter lets one passage in ten through."""

PASSAGES_A_DOCUMENT = 8
SENTENCES = (4, 9)
"""About as many as fit into a passage."""

NAMES = 50_000
NAMES_A_PASSAGE = 5
NOISE = 0.45
"""Length of the perturbation, where the embedding has length one."""

DEPTH = 10
_SEED = 20261122
_WORDS_BATCH = 20_000
_SYLLABLES = [first + second for first in "bcdfghjklmnprstvz" for second in "aeiou"]

type Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Material:
    """What passages are made of, and what is asked.

    Attributes:
        sentences: Real sentences.
        vectors: Their embeddings.
        questions: Real questions, none of them among the sentences.
        asked: Their embeddings.
    """

    sentences: list[str]
    vectors: Vectors
    questions: list[str]
    asked: Vectors


class _BundledEmbedder:
    """Embeds what a process reads its model's scale off, and misspelt questions as they were meant.

    Each text once, and before anything is timed: what is measured is the search, not the model.
    """

    model = EMBEDDING_MODEL

    def __init__(self) -> None:
        self._embedder = LocalEmbedder()
        self._made: dict[str, list[float]] = {}

    def embed(
        self,
        texts: Sequence[str],
        *,
        timeout: float = 10.0,  # noqa: ARG002 - the port's
    ) -> list[list[float]]:
        """Embeds texts; a `frontdesk.ports.Embedder`."""
        new = [text for text in texts if text not in self._made]
        if new:
            self._made.update(zip(new, self._embedder.embed(new).tolist(), strict=True))
        return [self._made[text] for text in texts]


def gather() -> Material:
    """Reads and embeds the sample documents and the router's examples.

    Returns:
        The material.
    """
    documents = sorted((ROOT / "localstack" / "seed" / "knowledge").glob("*.md"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents)
    pieces = (piece.strip("#*- \n") for piece in re.split(r"(?<=[.!?])\s+|\n+", text))
    examples = ROOT / "functions" / "agent_worker" / "routing" / "examples.jsonl"
    lines = [json.loads(line) for line in examples.read_text(encoding="utf-8").splitlines()]
    asked = [line["text"] for line in lines if line["label"] == "faq"]
    questions = asked[:: max(1, len(asked) // QUESTIONS)][:QUESTIONS]
    spared = set(questions)
    others = [line["text"] for line in lines if line["text"] not in spared]
    sentences = list(dict.fromkeys(piece for piece in [*pieces, *others] if len(piece) > 20))
    embedder = LocalEmbedder()
    return Material(sentences, embedder.embed(sentences), questions, embedder.embed(questions))


def make_passages(material: Material, count: int) -> Iterator[tuple[str, Vectors]]:
    """Makes passages.

    Args:
        material: What they are made of.
        count: How many.

    Yields:
        Text and embedding of each; the same every time.
    """
    random = np.random.default_rng(_SEED)
    syllables = np.array(_SYLLABLES)
    names = ["".join(random.choice(syllables, 4)).capitalize() for _ in range(NAMES)]
    for _ in range(count):
        chosen = random.integers(len(material.sentences), size=random.integers(*SENTENCES))
        rare = (random.zipf(1.3, NAMES_A_PASSAGE) - 1) % NAMES
        words = [material.sentences[i] for i in chosen] + [" ".join(names[i] for i in rare)]
        noise = random.standard_normal(DIMENSIONS, dtype=np.float32)
        mean = _unit(material.vectors[chosen].mean(axis=0))
        yield " ".join(words), _unit(mean + NOISE * _unit(noise))


_BULK_SETTINGS = """
SELECT set_config('maintenance_work_mem', '4GB', false), set_config('work_mem', '256MB', false)
"""
# The whole graph has to fit while it is built: some 1.7 kB a passage.


def fill(connection: psycopg.Connection[Any], material: Material, count: int) -> dict[str, float]:
    """Fills a knowledge base in bulk, as a restored one is, and builds its indexes.

    Args:
        connection: The owner's, with autocommit.
        material: What passages are made of.
        count: How many passages.

    Returns:
        Seconds of each step.
    """
    register_vector(connection)
    connection.execute(_BULK_SETTINGS)
    connection.execute("SELECT register_embedding_model(%s, %s)", (EMBEDDING_MODEL, DIMENSIONS))
    index, definition = _one(
        connection,
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indexrelid = (SELECT index_name::regclass FROM embedding_models)",
    )
    connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
    # Rows are copied past the policies, and searched under them.
    _force_policies(connection, on=False)
    seconds = {"copy": _timed(lambda: _copy(connection, material, count))}
    _force_policies(connection, on=True)

    _log(f"copied in {seconds['copy']:.0f} s")
    seconds["hnsw"] = _timed(lambda: connection.execute(definition.encode()))
    _log(f"vectors are indexed in {seconds['hnsw']:.0f} s")
    makers = _take_indexes(connection, "postings")
    seconds["words"] = _timed(lambda: _index_words(connection))
    seconds["words_index"] = _timed(lambda: [connection.execute(maker) for maker in makers])
    _log(f"words are indexed in {seconds['words'] + seconds['words_index']:.0f} s")
    seconds["vacuum"] = _timed(lambda: connection.execute("VACUUM ANALYZE"))
    return seconds


def measure(passages: int, kept_in: Path | None = None) -> dict[str, Any]:
    """Fills a knowledge base, and searches it with and without a filter.

    Args:
        passages: How many passages.
        kept_in: A folder that keeps the knowledge base; one that it has already is searched.

    Returns:
        Seconds to build, sizes in megabytes, waits in milliseconds, and recall.
    """
    material = gather()
    _log(f"{len(material.sentences)} sentences, {len(material.questions)} questions")
    with (
        tempfile.TemporaryDirectory() as folder,
        evaluation_database(
            kept_in or Path(folder),
            is_kept=kept_in is not None,
            shared_megabytes=_quarter_of_memory(),
        ) as (database, owner_url),
        psycopg.connect(owner_url, autocommit=True) as connection,
    ):
        note = (kept_in or Path(folder)) / "built.json"
        if note.exists():
            built = json.loads(note.read_text())
        else:
            built = {"passages": passages} | {
                f"{name}_seconds": round(value, 1)
                for name, value in fill(connection, material, passages).items()
            }
            note.write_text(json.dumps(built))
        _log(f"filled: {built}")
        measured: dict[str, Any] = {
            "built": built,
            "megabytes": _sizes(connection),
            "shared_megabytes": _quarter_of_memory(),
        }
        for name, category in (("unfiltered", None), ("filtered", RARE_CATEGORY)):
            measured[name] = {
                **_waits(database, material, category),
                "vector_recall_at_10": _recall(database, material, category),
            }
            _log(f"{name}: {measured[name]}")
    return measured


def _copy(connection: psycopg.Connection[Any], material: Material, count: int) -> None:
    random = np.random.default_rng(_SEED)
    others = [category for category in Category if category is not RARE_CATEGORY]
    documents = -(-count // PASSAGES_A_DOCUMENT)
    categories = [
        RARE_CATEGORY if random.random() < RARE_SHARE else others[number % len(others)]
        for number in range(documents)
    ]
    with connection.cursor().copy(
        "COPY documents (id, source, title, category, visibility, status, current_version)"
        " FROM STDIN"
    ) as copy:
        for number, category in enumerate(categories):
            title = f"Document {number}"
            copy.write_row((f"doc_{number}", "api", title, category, "public", "published", 1))
    connection.execute(
        "INSERT INTO document_versions (document_id, number, title, category, visibility, content,"
        " content_hash) SELECT id, 1, title, category, visibility, '', '' FROM documents"
    )
    vectors = np.empty((count, DIMENSIONS), dtype=np.float32)
    with connection.cursor().copy(
        "COPY passages (document_id, version, ordinal, section, content, content_hash, language,"
        " visibility, category) FROM STDIN"
    ) as copy:
        for number, (text, vector) in enumerate(make_passages(material, count)):
            document, ordinal = divmod(number, PASSAGES_A_DOCUMENT)
            vectors[number] = vector
            place = (f"doc_{document}", 1, ordinal, "", text, str(number), "english", "public")
            copy.write_row((*place, categories[document]))
    rows = connection.execute("SELECT id, facet FROM passages ORDER BY id").fetchall()
    with connection.cursor().copy(
        "COPY embeddings (passage_id, facet, model, embedding) FROM STDIN WITH (FORMAT BINARY)"
    ) as copy:
        copy.set_types(["int8", "int2", "text", "vector"])
        for (identifier, facet), vector in zip(rows, vectors, strict=True):
            copy.write_row((identifier, facet, EMBEDDING_MODEL, vector))


def _index_words(connection: psycopg.Connection[Any]) -> None:
    connection.execute("INSERT INTO languages (name) VALUES ('english'), ('exact')")
    ids = [row[0] for row in connection.execute("SELECT id FROM passages ORDER BY id")]
    for some in batched(ids, _WORDS_BATCH, strict=False):
        texts = connection.execute(
            "SELECT content FROM passages WHERE id = ANY(%s) ORDER BY id", (list(some),)
        )
        contents = [row[0] for row in texts]
        connection.execute(_INSERT_POSTINGS, {"ids": list(some), "texts": contents})
        connection.execute(_ADD_TO_LANGUAGE, {"ids": list(some), "sign": 1})
        connection.execute("VACUUM lexemes")  # every batch counts most of them anew
        _log(f"words of {some[-1]} passages are read")


def _take_indexes(connection: psycopg.Connection[Any], table: str) -> list[sql.Composed]:
    """Takes a table's indexes and constraints away, which are made faster than kept.

    Args:
        connection: The owner's.
        table: Which table.

    Returns:
        The statements that make them again.
    """
    name = sql.Identifier(table)
    constraints = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype IN ('p', 'f') ORDER BY contype DESC",
        (table,),
    ).fetchall()
    makers = []
    for constraint, definition in constraints:
        named = sql.Identifier(constraint)
        connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, named))
        makers.append(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(name, named, sql.SQL(definition))
        )
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", (table,)
    ).fetchall()
    for index, definition in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
        makers.append(sql.SQL("{}").format(sql.SQL(definition)))
    return makers


def _force_policies(connection: psycopg.Connection[Any], *, on: bool) -> None:
    for table in ("documents", "document_versions", "passages", "embeddings"):
        statement = "ALTER TABLE {} FORCE" if on else "ALTER TABLE {} NO FORCE"
        connection.execute(sql.SQL(statement + " ROW LEVEL SECURITY").format(sql.Identifier(table)))


def _waits(
    database: Database, material: Material, category: Category | None
) -> dict[str, float | int]:
    embedder = _BundledEmbedder()
    search = HybridSearch(PostgresPassageIndex(database), lambda _: embedder)

    def ask(place: int) -> float:
        text = material.questions[place]
        vector = tuple(float(value) for value in material.asked[place])
        known = QueryEmbedding(text=text, model=EMBEDDING_MODEL, vector=vector)
        started = time.perf_counter()
        found = search.search(text, limit=5, category=category, embedding=known)
        elapsed = time.perf_counter() - started
        if len(found.hits) != 5 or found.degraded:
            raise RuntimeError(f"{text!r} found {len(found.hits)} passages")
        return 1000 * elapsed

    for place in range(len(material.questions)):  # once each: the cache is warm then
        ask(place)
    waits = [ask(place) for place in range(len(material.questions))]
    return {
        "questions": len(waits),
        "hybrid_p50": round(percentile(waits, 0.5), 1),
        "hybrid_p95": round(percentile(waits, 0.95), 1),
    }


def _recall(database: Database, material: Material, category: Category | None) -> float:
    """Compares what the vector half finds with the exact nearest, over the whole vectors."""
    model = EmbeddingModel(name=EMBEDDING_MODEL, dimensions=DIMENSIONS)
    categories = tuple(Category) if category is None else (category,)
    facets = [FACETS[Visibility.PUBLIC, one] for one in categories]
    in_view = str(scanned(categories, CANDIDATES))
    exact = nearest_passages(model, are_few=True)
    shared = 0
    for vector in material.asked:
        values = {"embedding": Vector(vector), "facets": facets, "candidates": CANDIDATES}
        with database.transaction(NOBODY) as connection:
            connection.execute(_SCAN_SETTINGS, (in_view,))
            register_vector(connection)
            searched = nearest_passages(
                model, are_few=are_few(connection, model, categories, facets)
            )
            found, nearest = (
                _first(connection.execute(statement, values, prepare=False).fetchall())
                for statement in (searched, exact)
            )
        shared += len(found & nearest)
    return round(shared / DEPTH / len(material.asked), 4)


def _first(rows: Sequence[dict[str, Any]]) -> set[int]:
    ordered = sorted(rows, key=lambda row: (-row["similarity"], row["passage_id"]))
    return {row["passage_id"] for row in ordered[:DEPTH]}


def _quarter_of_memory() -> int:
    """Says how many megabytes managed databases give to what was read, on such a machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4_000_000


def _sizes(connection: psycopg.Connection[Any]) -> dict[str, int]:
    [index] = _one(connection, "SELECT index_name FROM embedding_models")
    sizes = {
        name: _one(connection, "SELECT pg_total_relation_size(%s::regclass)", table)[0]
        for name, table in (
            ("passages", "passages"),
            ("embeddings", "embeddings"),
            ("of_it_hnsw", index),
            ("postings", "postings"),
        )
    }
    return {name: round(size / 1e6) for name, size in sizes.items()}


def _one(connection: psycopg.Connection[Any], statement: str, *values: object) -> tuple[Any, ...]:
    row = connection.execute(statement.encode(), values or None).fetchone()
    if row is None:
        raise RuntimeError("nothing was found")
    found: tuple[Any, ...] = row
    return found


def _unit(vector: Vectors) -> Vectors:
    scaled: Vectors = vector / np.linalg.norm(vector)
    return scaled


def _timed(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _log(text: str) -> None:
    print(text, file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures as many passages as the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--passages", type=int, default=PASSAGES)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="fill it once, search it often")
    options = parser.parse_args(arguments)
    json.dump({"search": measure(options.passages, options.keep)}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
