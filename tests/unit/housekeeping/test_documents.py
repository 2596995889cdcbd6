"""Knowledge ends with what S3 holds, even where S3's events were lost."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.drift import DroppedObject, FollowedDocument, drifted
from housekeeping.documents import BOOKMARK, Comparison
from tests.support.chat import NOW
from tests.support.housekeeping import (
    FakeBookmarks,
    FakeDrop,
    FakeFollowedDocuments,
    FakeKnowledgeEvents,
    RecordingTelemetry,
)

LONG_AGO = NOW - timedelta(hours=1)
JUST_NOW = NOW - timedelta(minutes=1)


class Shelf:
    def __init__(self, *, page_size: int = 1_000, max_events: int = 100) -> None:
        self.drop = FakeDrop(page_size=page_size)
        self.documents = FakeFollowedDocuments()
        self.events = FakeKnowledgeEvents()
        self.bookmarks = FakeBookmarks()
        self.telemetry = RecordingTelemetry()
        self.comparison = Comparison(
            drop=self.drop,
            documents=self.documents,
            events=self.events,
            bookmarks=self.bookmarks,
            telemetry=self.telemetry,
            clock=lambda: NOW,
            settling=timedelta(minutes=10),
            max_events=max_events,
        )

    def fill(self, count: int) -> list[str]:
        keys = [f"knowledge/{number:04}.md" for number in range(count)]
        for key in keys:
            self.drop.put(key, "v1", LONG_AGO)
        return keys


def test_ingest_looks_at_whatever_differs_and_at_nothing_else() -> None:
    # Given
    shelf = Shelf()
    for key, version, at in (
        ("knowledge/new.md", "v1", LONG_AGO),
        ("knowledge/changed.md", "v2", LONG_AGO),
        ("knowledge/deleted.md", None, LONG_AGO),
        ("knowledge/same.md", "v1", LONG_AGO),
        ("knowledge/on-its-way.md", "v1", JUST_NOW),
        ("knowledge/never-taken-in.md", None, LONG_AGO),
        ("knowledge/folder/", "v1", LONG_AGO),
        ("elsewhere/new.md", "v1", LONG_AGO),
    ):
        shelf.drop.put(key, version, at)
    shelf.documents.versions = {
        "knowledge/changed.md": "v1",
        "knowledge/deleted.md": "v1",
        "knowledge/same.md": "v1",
        "knowledge/gone without a trace.md": "v1",
    }
    # When
    report = shelf.comparison.run(lambda: True)
    # Then
    assert sorted(shelf.events.sent) == [
        "knowledge/changed.md",
        "knowledge/deleted.md",
        "knowledge/gone without a trace.md",
        "knowledge/new.md",
    ]
    assert report.drifted == 4
    assert shelf.telemetry.counted["DocumentsDrifted"] == 4


def test_it_waits_until_ingest_has_taken_in_what_waits() -> None:
    shelf = Shelf()
    shelf.fill(1)
    shelf.events.waiting_elsewhere = 1
    assert shelf.comparison.run(lambda: True).postponed
    assert shelf.events.sent == []


def test_pages_cover_every_key_once() -> None:
    # Given documents on both sides of every page's border
    shelf = Shelf(page_size=3)
    keys = shelf.fill(10)
    for key in keys[::2]:
        del shelf.drop.objects[key]
        shelf.documents.versions[key] = "v1"
    # When
    shelf.comparison.run(lambda: True)
    # Then
    assert shelf.events.sent == keys
    assert shelf.bookmarks.saved == {BOOKMARK: None}


def test_a_run_has_a_share_and_the_next_goes_on_behind_it() -> None:
    shelf = Shelf(page_size=7, max_events=4)
    keys = shelf.fill(10)
    for expected in (keys[:4], keys[4:8], keys[8:]):
        shelf.events.sent.clear()
        shelf.comparison.run(lambda: True)
        assert shelf.events.sent == expected
        # Ingest sees to them before the next run.
        shelf.documents.versions |= dict.fromkeys(expected, "v1")


def test_a_run_without_time_goes_on_later() -> None:
    shelf = Shelf(page_size=2)
    keys = shelf.fill(5)
    left = iter([True, False])
    shelf.comparison.run(lambda: next(left))
    assert shelf.events.sent == keys[:2]
    shelf.comparison.run(lambda: True)
    assert shelf.events.sent == keys


versions = st.none() | st.sampled_from(["v1", "v2"])
moments = st.sampled_from([LONG_AGO, JUST_NOW])
dropped = st.dictionaries(st.sampled_from("abcdef"), st.tuples(versions, moments))
known = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["v1", "v2"]))


@given(dropped, known)
def test_what_is_not_asked_for_is_the_same_or_too_fresh(
    held: dict[str, tuple[str | None, datetime]], followed: dict[str, str]
) -> None:
    objects = [DroppedObject(key, version, at) for key, (version, at) in held.items()]
    documents = [FollowedDocument(key, version) for key, version in followed.items()]
    keys = drifted(objects, documents, settled_before=NOW - timedelta(minutes=10))
    assert keys == sorted(set(keys))
    for key in "abcdef":
        version, at = held.get(key, (None, LONG_AGO))
        differs = version != followed.get(key)
        assert (key in keys) is (differs and at == LONG_AGO)
