"""Whatever events say, and in whatever order: knowledge ends with what S3 holds."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.domain.errors import InfrastructureError, ModelUnavailableError
from frontdesk.domain.knowledge import DocumentStatus, StoredObject
from frontdesk.knowledge.publishing import Publisher
from kb_ingest.events import ObjectChange
from kb_ingest.follow import DocumentFollower, Outcome
from tests.support.fake_knowledge import FAKE_MODEL, FakeBucket, FakeEmbedder, FakeKnowledge

KEY = "knowledge/refunds.md"


class World:
    """A bucket, a knowledge base, and what follows the one with the other."""

    def __init__(self) -> None:
        self.bucket = FakeBucket()
        self.knowledge = FakeKnowledge()
        self.embedder = FakeEmbedder()
        self.follower = DocumentFollower(
            source=self.bucket,
            store=self.knowledge,
            publisher=Publisher(self.knowledge, self.embedder, model=FAKE_MODEL),
            max_bytes=1_000,
        )

    def follow(self, key: str = KEY) -> Outcome:
        return self.follower.follow(ObjectChange(key, ""))

    def status(self, key: str = KEY) -> DocumentStatus | None:
        document = self.knowledge.document(source_key=key)
        return None if document is None else document.status

    def passages(self, key: str = KEY) -> list[str]:
        document = self.knowledge.document(source_key=key)
        return [
            passage.content
            for passage in self.knowledge.passages
            if document and passage.document_id == document.id
        ]


def test_put_replace_and_delete() -> None:
    world = World()
    world.bucket.put(KEY, "One.")
    assert world.follow() is Outcome.PUBLISHED
    world.bucket.put(KEY, "Two.")
    assert world.follow() is Outcome.PUBLISHED
    assert world.passages() == ["Two."]
    world.bucket.delete(KEY)
    assert world.follow() is Outcome.REMOVED
    assert (world.passages(), world.status()) == ([], DocumentStatus.ARCHIVED)


def test_event_twice_does_the_work_once() -> None:
    world = World()
    world.bucket.put(KEY, "One.")
    world.follow()
    assert world.follow() is Outcome.UNCHANGED
    assert len(world.embedder.calls) == 1


def test_deletion_of_what_never_was_known() -> None:
    world = World()
    assert world.follow() is Outcome.UNCHANGED
    assert world.status() is None


def test_object_replaced_while_it_is_read() -> None:
    # given an object that is replaced when it is first read
    world = World()
    world.bucket.put(KEY, "One.")

    def replace(_: StoredObject) -> None:
        world.bucket.on_read = None
        world.bucket.put(KEY, "Two.")

    world.bucket.on_read = replace

    # when the first event is followed
    assert world.follow() is Outcome.PUBLISHED

    # then what S3 holds is published
    assert world.passages() == ["Two."]


def test_object_replaced_while_it_is_embedded() -> None:
    # given an object that is replaced, then deleted, while it is embedded
    world = World()
    world.bucket.put(KEY, "One.")
    steps: list[Callable[[], object]] = [
        lambda: world.bucket.put(KEY, "Two."),
        lambda: world.bucket.delete(KEY),
    ]
    embed = world.embedder.embed

    def interfere(texts: list[str], *, timeout: float = 10.0) -> list[list[float]]:
        if steps:
            steps.pop(0)()
        return embed(texts, timeout=timeout)

    world.embedder.embed = interfere  # type: ignore[method-assign, assignment]

    # when the event of the first is followed
    outcome = world.follow()

    # then nothing is left, because S3 holds nothing
    assert outcome is Outcome.UNCHANGED
    assert world.passages() == []


def test_object_that_never_rests_is_left_to_the_queue() -> None:
    world = World()
    world.bucket.put(KEY, "One.")

    def replace(_: StoredObject) -> None:
        world.bucket.put(KEY, "Again.")

    world.bucket.on_read = replace
    with pytest.raises(InfrastructureError):
        world.follow()


@pytest.mark.parametrize("content", ["", "---\ncategory: gossip\n---\nText.", "x" * 1_001])
def test_unreadable_document_replaces_the_readable_one(content: str) -> None:
    # given a published document
    world = World()
    world.bucket.put(KEY, "One.")
    world.follow()

    # when something unreadable takes its place
    world.bucket.put(KEY, content)
    assert world.follow() is Outcome.FAILED

    # then it says why, and the former is not found any more
    document = world.knowledge.document(source_key=KEY)
    assert document is not None
    assert document.status is DocumentStatus.FAILED
    assert document.failure_reason
    assert world.passages() == []

    # and a readable one brings it back
    world.bucket.put(KEY, "Two.")
    assert world.follow() is Outcome.PUBLISHED
    assert (world.passages(), world.status()) == (["Two."], DocumentStatus.PUBLISHED)


def test_unsupported_format_is_kept_aside() -> None:
    world = World()
    world.bucket.put("knowledge/a.exe", b"MZ")
    assert world.follow("knowledge/a.exe") is Outcome.FAILED
    document = world.knowledge.document(source_key="knowledge/a.exe")
    assert document is not None
    reason = document.failure_reason or ""
    assert reason.startswith("format not supported: '.exe' is not one of .csv, .docx, ")


def test_outage_of_embeddings_is_left_to_the_queue() -> None:
    world = World()
    world.bucket.put(KEY, "One.")
    world.embedder.is_down = True
    with pytest.raises(ModelUnavailableError):
        world.follow()
    assert world.status() is None


KEYS = [f"knowledge/{name}.md" for name in "abc"]
CONTENTS = st.one_of(st.none(), st.sampled_from(["One.", "Two.\n\n# H\n\nMore.", ""]))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_shuffled_and_doubled_events_end_with_what_s3_holds(data: st.DataObject) -> None:
    # given puts and deletions, each with its event, followed late, twice or in any order
    world = World()
    pending: list[str] = []
    for key, content in data.draw(st.lists(st.tuples(st.sampled_from(KEYS), CONTENTS))):
        if content is None:
            world.bucket.delete(key)
        else:
            world.bucket.put(key, content)
        pending += [key] * data.draw(st.integers(1, 2))
        while data.draw(st.booleans()) and pending:
            position = data.draw(st.integers(0, len(pending) - 1))
            world.follow(pending.pop(position))

    # when all events have been followed
    rest: list[str] = data.draw(st.permutations(pending))
    for key in rest:
        world.follow(key)

    # then the last writer has won, for every key
    for key in KEYS:
        stored = world.bucket.objects.get(key)
        text = stored[1].decode() if stored else ""
        expected = [part for part in text.replace("# H", "").split("\n\n") if part]
        assert world.passages(key) == expected
        if stored is None:
            assert world.status(key) in (None, DocumentStatus.ARCHIVED)
        else:
            assert world.status(key) == (
                DocumentStatus.PUBLISHED if text else DocumentStatus.FAILED
            )
    assert {one.document_id for one in world.knowledge.passages} <= set(world.knowledge.documents)
