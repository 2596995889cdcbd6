"""Publications on a real Postgres: whole or not at all, in whatever order they come."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.knowledge import Visibility
from frontdesk.knowledge.searching import HybridSearch
from tests.integration.knowledge.conftest import Knowledge
from tests.support.fake_knowledge import FAKE_MODEL, FakeEmbedder
from tests.support.knowledge import make_draft, publish
from tests.support.postgres import TestDatabase

KEY = "knowledge/Refunds.md"
# Parks a publication after it has written its passages, before it commits.
PARK = "SELECT pg_advisory_lock(hashtext('frontdesk.lexemes'))"
UNPARK = "SELECT pg_advisory_unlock(hashtext('frontdesk.lexemes'))"
WAITING = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN"
    " (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
)


@pytest.fixture
def in_background() -> Iterator[Callable[[Callable[[], object]], Future[object]]]:
    with ThreadPoolExecutor(2) as pool:
        yield pool.submit


def wait_for(database: TestDatabase, waiting: int) -> None:
    """Waits until so many transactions wait for a lock."""
    pause = threading.Event()
    with database.owner() as connection:
        for _ in range(500):
            row = connection.execute(WAITING).fetchone()
            if row is not None and row[0] == waiting:
                return
            pause.wait(0.01)
    raise AssertionError("nobody waits")


def test_publication_under_way_is_not_seen(
    knowledge: Knowledge,
    database: TestDatabase,
    agent_database: Database,
    in_background: Callable[..., Future[object]],
) -> None:
    # given a published document
    publish(knowledge.store, knowledge.embedder, "Refunds", "# A\n\nzebra\n\n# B\n\nlion")
    other = Database(lambda: database.agent_url)
    with database.owner() as park:
        park.execute(PARK)

        # when its replacement has written everything but has not committed
        replacing = in_background(
            lambda: publish(
                PostgresKnowledgeStore(other),
                FakeEmbedder(),
                "Refunds",
                "# A\n\ngiraffe\n\n# B\n\nhippo",
            )
        )
        wait_for(database, 1)

        # then the former version is found, whole, and nothing of the new one
        assert contents(knowledge, "zebra lion giraffe hippo") == {"zebra", "lion"}
        park.execute(UNPARK)
        replacing.result(10)

    # and once it has, the new one, whole
    assert contents(knowledge, "zebra lion giraffe hippo") == {"giraffe", "hippo"}
    other.close()


def test_question_what_is_published_waits_for_a_publication_under_way(
    knowledge: Knowledge,
    database: TestDatabase,
    in_background: Callable[..., Future[object]],
) -> None:
    publish(knowledge.store, knowledge.embedder, "Refunds", "One.", object_version="v1")
    other = Database(lambda: database.agent_url)
    with database.owner() as park:
        park.execute(PARK)
        replacing = in_background(
            lambda: publish(
                PostgresKnowledgeStore(other),
                FakeEmbedder(),
                "Refunds",
                "Two.",
                object_version="v2",
            )
        )
        wait_for(database, 1)
        asking = in_background(lambda: knowledge.store.published_version(KEY))
        wait_for(database, 2)
        assert not asking.done()
        park.execute(UNPARK)
        replacing.result(10)
        assert asking.result(10) == "v2"
    other.close()


def contents(knowledge: Knowledge, query: str) -> set[str]:
    found = HybridSearch(knowledge.index, knowledge.embedder).search(query, limit=10)
    return {hit.content for hit in found.hits}


def test_word_statistics_stay_true(knowledge: Knowledge, database: TestDatabase) -> None:
    # given publications, replacements, failures and removals
    store, embedder = knowledge.store, knowledge.embedder
    for number in range(4):
        publish(store, embedder, f"Title {number}", "# A\n\nzebra lion\n\n# B\n\nlion lion")
    publish(store, embedder, "Title 1", "# A\n\nzebra lion\n\n# C\n\ngiraffe")
    publish(store, embedder, "Title 2", "Ein Löwe.", language="german")
    publish(store, embedder, "Title 3", "# B\n\nlion lion", visibility=Visibility.INTERNAL)
    store.archive(source_key="knowledge/Title 0.md")

    # then what is counted is what is there
    with database.owner() as connection:
        wrong = connection.execute(
            "SELECT l.lexeme, l.passages, count(p.passage_id) FROM lexemes l"
            " LEFT JOIN postings p ON p.lexeme_id = l.id GROUP BY l.id"
            " HAVING l.passages <> count(p.passage_id)"
        ).fetchall()
        languages = connection.execute(
            "SELECT name, passages, total_length FROM languages WHERE passages > 0 ORDER BY name"
        ).fetchall()
        counted = connection.execute(
            "SELECT language, count(*), sum(length)::bigint FROM passages GROUP BY 1 ORDER BY 1"
        ).fetchall()
        strays = connection.execute(
            "SELECT count(*) FROM postings t JOIN passages p ON p.id = t.passage_id"
            " JOIN embeddings e ON e.passage_id = p.id"
            " WHERE t.facet <> p.facet OR e.facet <> p.facet OR t.length <> p.length"
        ).fetchone()
    assert wrong == []
    totals = [sum(column) for column in list(zip(*counted, strict=True))[1:]]
    assert languages == sorted([*counted, ("exact", *totals)])
    assert [name for name, *_ in languages] == ["english", "exact", "german"]
    assert strays == (0,)


def test_history_is_kept(knowledge: Knowledge, database: TestDatabase) -> None:
    publish(knowledge.store, knowledge.embedder, "Refunds", "One.")
    document = publish(knowledge.store, knowledge.embedder, "Refunds", "Two.")
    knowledge.store.archive(source_key=KEY)
    with database.owner() as connection:
        rows = connection.execute(
            "SELECT number, content FROM document_versions WHERE document_id = %s ORDER BY number",
            (document.id,),
        ).fetchall()
    assert rows == [(1, "One."), (2, "Two.")]


def test_same_passage_of_another_document_is_not_embedded_again(knowledge: Knowledge) -> None:
    publish(knowledge.store, knowledge.embedder, "Refunds", "Within 30 days.")
    before = len(knowledge.embedder.embedded)
    publish(
        knowledge.store,
        knowledge.embedder,
        "Refunds",
        "Within 30 days.",
        source_key="knowledge/copy.md",
    )
    assert len(knowledge.embedder.embedded) == before


def test_model_that_changed_its_size_is_refused(knowledge: Knowledge) -> None:
    publish(knowledge.store, knowledge.embedder, "Refunds", "One.")
    with pytest.raises(InfrastructureError, match="7 dimensions"):
        publish(knowledge.store, FakeEmbedder(FAKE_MODEL, dimensions=7), "Hours", "Two.")


@pytest.mark.parametrize(
    ("name", "dimensions"), [("x y", 3), ("", 3), ("x", 0), ("x", 4_001), ("x" * 201, 3)]
)
def test_only_embedding_models_are_registered(
    agent_database: Database, name: str, dimensions: int
) -> None:
    with (
        pytest.raises(psycopg.errors.InvalidParameterValue),
        agent_database.transaction() as connection,
    ):
        connection.execute("SELECT register_embedding_model(%s, %s)", (name, dimensions))


def test_model_in_use_cannot_be_dropped(knowledge: Knowledge, agent_database: Database) -> None:
    publish(knowledge.store, knowledge.embedder, "Refunds", "One.")
    with agent_database.transaction() as connection:
        row = connection.execute("SELECT drop_embedding_model(%s) AS dropped", (FAKE_MODEL,))
        assert row.fetchone() == {"dropped": False}


def test_worker_that_is_no_ingest_writes_nothing(
    knowledge: Knowledge, agent_database: Database
) -> None:
    publish(knowledge.store, knowledge.embedder, "Refunds", "One.")
    with agent_database.transaction() as connection:
        assert connection.execute("DELETE FROM passages").rowcount == 0
        assert connection.execute("UPDATE documents SET title = 'x'").rowcount == 0
    assert knowledge.titles("one") == ["Refunds"]


def test_draft_with_nothing_new_needs_no_vectors(knowledge: Knowledge) -> None:
    publish(knowledge.store, knowledge.embedder, "Refunds", "One.")
    document = knowledge.store.publish(
        make_draft("Refunds", "One.", object_version="v2"), [None], model=FAKE_MODEL
    )
    assert document.object_version == "v2"
