"""Several workers follow the same documents at once: knowledge ends with what S3 holds."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.domain.errors import InfrastructureError
from frontdesk.knowledge.publishing import Publisher
from kb_ingest.events import ObjectChange
from kb_ingest.follow import DocumentFollower
from tests.support.fake_knowledge import FAKE_MODEL, FakeBucket, FakeEmbedder
from tests.support.postgres import TestDatabase

KEYS = [f"knowledge/{number}.md" for number in range(4)]
WORKERS = 3
ROUNDS = 25


def test_last_writer_wins(database: TestDatabase, request: pytest.FixtureRequest) -> None:
    # given workers that each put, delete and follow the same few objects at once
    bucket = FakeBucket()
    databases = [Database(lambda: database.agent_url) for _ in range(WORKERS)]
    for opened in databases:
        request.addfinalizer(opened.close)

    def work(number: int) -> None:
        chance = random.Random(number)
        store = PostgresKnowledgeStore(databases[number])
        follower = DocumentFollower(
            source=bucket,
            store=store,
            publisher=Publisher(store, FakeEmbedder(), model=FAKE_MODEL),
            max_bytes=1_000,
        )
        for count in range(ROUNDS):
            key = chance.choice(KEYS)
            if chance.random() < 0.3:
                bucket.delete(key)
            else:
                bucket.put(key, f"# Shared\n\nthe same\n\n# Own\n\n{number} {count}")
            follow(follower, key)

    # when they are done
    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work, number) for number in range(WORKERS)]:
            done.result(60)

    # then every document is what its object is, and nothing is left over
    expected = {
        key: bucket.objects[key][1].decode() for key in KEYS if bucket.find(key) is not None
    }
    with database.owner() as connection:
        published = connection.execute(
            "SELECT d.source_key, v.content FROM documents d JOIN document_versions v"
            " ON v.document_id = d.id AND v.number = d.current_version"
            " WHERE d.status = 'published'"
        ).fetchall()
        passages = connection.execute(
            "SELECT d.source_key, string_agg(p.section || p.content, ',' ORDER BY p.ordinal)"
            " FROM passages p JOIN documents d ON d.id = p.document_id GROUP BY 1"
        ).fetchall()
        wrong = connection.execute(
            "SELECT l.lexeme FROM lexemes l LEFT JOIN postings p ON p.lexeme_id = l.id"
            " GROUP BY l.id HAVING l.passages <> count(p.passage_id)"
        ).fetchall()
        unembedded = connection.execute(
            "SELECT FROM passages p WHERE NOT EXISTS"
            " (SELECT FROM embeddings e WHERE e.passage_id = p.id)"
        ).fetchall()
    assert {str(key): content for key, content in published} == expected
    assert {str(key): content for key, content in passages} == {
        key: f"the same,Own{text.rsplit('\n', 1)[1]}" for key, text in expected.items()
    }
    assert (wrong, unembedded) == ([], [])


def follow(follower: DocumentFollower, key: str) -> None:
    """Follows as the queue does: again, where the document kept changing under its hands."""
    for _ in range(20):
        try:
            follower.follow(ObjectChange(key, ""))
        except InfrastructureError:
            continue
        return
    raise AssertionError("never followed")
