"""Filling a knowledge base in bulk: what is searched then is what publications make."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from benchmarks import search
from benchmarks.search import Material, fill
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.domain.knowledge import Category, Visibility
from localstack.offline_model.embedding import DIMENSIONS
from tests.support.postgres import TestDatabase

PASSAGES = 40
MATERIAL = Material(
    sentences=[f"Sentence about zebra{number}." for number in range(20)],
    vectors=np.eye(20, DIMENSIONS, dtype=np.float32),
    questions=["zebra7"] * 3,
    asked=np.eye(3, DIMENSIONS, dtype=np.float32),
)

_RULES = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'postings'::regclass
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('postings', 'embeddings')
ORDER BY 1
"""


def _rules(connection: psycopg.Connection[Any]) -> set[tuple[str, str]]:
    # The vectors' own index has its model's name in it, and is there once a model is known.
    return {row for row in connection.execute(_RULES).fetchall() if "hnsw" not in row[1]}


def test_indexes_and_constraints_are_as_before(
    database: TestDatabase, agent_database: Database
) -> None:
    with database.owner() as connection:
        # given the schema
        before = _rules(connection)
        assert {name for name, _ in before} >= {"postings_pkey", "postings_of_passage"}

        # when it is filled in bulk
        fill(connection, MATERIAL, PASSAGES)

        # then nothing that was taken away for that is missing, and words and counts agree
        assert _rules(connection) == before
        row = connection.execute(
            "SELECT count(*) FROM pg_indexes WHERE indexname ="
            " (SELECT index_name FROM embedding_models)"
        ).fetchone()
        assert row == (1,)
        wrong = connection.execute(
            "SELECT l.lexeme FROM lexemes l LEFT JOIN postings p ON p.lexeme_id = l.id"
            " GROUP BY l.id HAVING l.passages <> count(p.passage_id)"
        ).fetchall()
        assert wrong == []

    # and passages are found by their words
    found = PostgresPassageIndex(agent_database).find(
        "zebra7",
        embedding=None,
        model=None,
        limit=PASSAGES,
        categories=tuple(Category),
        visibilities=(Visibility.PUBLIC,),
    )
    assert found.hits
    assert all("zebra7." in hit.content for hit in found.hits)


def test_what_is_kept_is_searched_again_and_not_filled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a knowledge base that was filled and kept
    monkeypatch.setattr(search, "gather", lambda: MATERIAL)
    monkeypatch.setattr(search, "RARE_SHARE", 0.5)
    first = search.measure(PASSAGES, tmp_path)

    # when it is measured again
    monkeypatch.delattr(search, "fill")
    again = search.measure(PASSAGES, tmp_path)

    # then it is the same one
    assert again["built"] == first["built"] == json.loads((tmp_path / "built.json").read_text())
    assert again["built"]["passages"] == PASSAGES
    assert again["unfiltered"]["vector_recall_at_10"] == 1.0
