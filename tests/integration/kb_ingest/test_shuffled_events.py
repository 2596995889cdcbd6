"""A thousand events, shuffled and doubled: what was written last is what is found."""

import random
from collections.abc import Callable, Sequence

from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.knowledge.publishing import Publisher
from kb_ingest.events import ObjectChange
from kb_ingest.follow import DocumentFollower
from tests.support.fake_knowledge import FAKE_MODEL, FakeBucket, FakeEmbedder
from tests.support.postgres import TestDatabase

KEYS = [f"knowledge/{number}.md" for number in range(50)]
CHANGES = 500
DELETED_SHARE = 0.35
CHANGED_MEANWHILE_SHARE = 0.5
QUIET_SHARE = 0.1


class InterruptedEmbedder(FakeEmbedder):
    """Lets something else happen while it embeds."""

    before: Callable[[], None]

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        self.before()
        return super().embed(texts, timeout=timeout)


def test_last_writer_wins(database: TestDatabase, agent_database: Database) -> None:
    # given puts and deletions of fifty objects, each with two events, followed in any order
    # while the writing goes on, also of the object that is being embedded
    chance = random.Random(4)
    bucket = FakeBucket()
    embedder = InterruptedEmbedder()
    store = PostgresKnowledgeStore(agent_database)
    follower = DocumentFollower(
        source=bucket,
        store=store,
        publisher=Publisher(store, embedder, model=FAKE_MODEL),
        max_bytes=1_000,
    )
    pending: list[ObjectChange] = []
    following: list[str] = []
    written = followed = 0

    def change(key: str) -> None:
        nonlocal written
        if chance.random() < DELETED_SHARE:
            bucket.delete(key)
        else:
            bucket.put(key, f"# Shared\n\nThe same.\n\n# Own\n\nWord{written} of it.")
        pending.extend(2 * [ObjectChange(key, f"{written:016x}")])
        written += 1

    def change_meanwhile() -> None:
        if written < CHANGES and chance.random() < CHANGED_MEANWHILE_SHARE:
            change(following[-1])
            # Its events come first, and the one that is being followed ends last.
            for event in [pending.pop(), pending.pop()]:
                follow(event)

    def follow(event: ObjectChange) -> None:
        nonlocal followed
        following.append(event.key)
        follower.follow(event)
        following.pop()
        followed += 1

    def follow_any() -> None:
        follow(pending.pop(chance.randrange(len(pending))))

    embedder.before = change_meanwhile
    while written < CHANGES:
        change(chance.choice(KEYS))
        if chance.random() < 0.7:
            follow_any()
        if chance.random() < QUIET_SHARE or written == CHANGES:
            # once all events are followed, what is published is what is left in the bucket
            chance.shuffle(pending)
            while pending:
                follow_any()
            held = {key: stored.version for key, (stored, _) in bucket.objects.items()}
            assert {key: store.published_version(key) for key in KEYS} == {
                key: held.get(key) for key in KEYS
            }
    assert followed == 2 * CHANGES

    # to the letter
    expected = {key: data.decode() for key, (_, data) in bucket.objects.items()}
    assert 10 < len(expected) < len(KEYS)
    with database.owner() as connection:
        published = connection.execute(
            "SELECT d.source_key, v.content FROM documents d JOIN document_versions v"
            " ON v.document_id = d.id AND v.number = d.current_version"
            " WHERE d.status = 'published'"
        ).fetchall()
        passages = connection.execute(
            "SELECT d.source_key, d.status, p.version = d.current_version, p.content"
            " FROM passages p JOIN documents d ON d.id = p.document_id"
            " ORDER BY d.source_key, p.ordinal"
        ).fetchall()
        orphans = {
            name: connection.execute(statement).fetchall() for name, statement in _ORPHANS.items()
        }
    assert {str(key): content for key, content in published} == expected
    # and no passage is of anything else
    own = {key: text.rsplit("\n", 1)[1] for key, text in expected.items()}
    assert passages == [
        (key, "published", True, content)
        for key in sorted(expected)
        for content in ("The same.", own[key])
    ]
    assert orphans == {name: [] for name in _ORPHANS}


_ORPHANS = {
    "embeddings without a passage": "SELECT e.passage_id FROM embeddings e WHERE NOT EXISTS"
    " (SELECT FROM passages p WHERE p.id = e.passage_id)",
    "passages without an embedding": "SELECT p.id FROM passages p WHERE NOT EXISTS"
    " (SELECT FROM embeddings e WHERE e.passage_id = p.id)",
    "words without a passage": "SELECT t.passage_id FROM postings t WHERE NOT EXISTS"
    " (SELECT FROM passages p WHERE p.id = t.passage_id)",
    "words counted wrongly": "SELECT l.lexeme FROM lexemes l LEFT JOIN postings t"
    " ON t.lexeme_id = l.id GROUP BY l.id HAVING l.passages <> count(t.passage_id)",
    "words of what is not published": "SELECT l.lexeme FROM lexemes l WHERE l.passages < 0",
}
