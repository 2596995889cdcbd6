"""The handler: which messages come back, and how a model is changed."""

import json
from typing import Any

import pytest

from frontdesk.knowledge.publishing import Publisher
from kb_ingest import app
from kb_ingest.follow import DocumentFollower
from kb_ingest.settings import IngestSettings
from tests.support.events import no_publisher
from tests.support.fake_knowledge import FAKE_MODEL, FakeBucket, FakeEmbedder, FakeKnowledge
from tests.support.knowledge import publish


class Context:
    """Lambda's context of a function that has a minute left."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class Wired:
    """The handler on fakes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bucket = FakeBucket()
        self.knowledge = FakeKnowledge()
        self.embedder = FakeEmbedder()
        follower = DocumentFollower(
            source=self.bucket,
            store=self.knowledge,
            publisher=Publisher(self.knowledge, self.embedder, model=FAKE_MODEL),
            max_bytes=1_000,
        )
        monkeypatch.setattr(app, "build_follower", lambda: follower)
        monkeypatch.setattr(app, "build_store", lambda: self.knowledge)
        monkeypatch.setattr(app, "build_events", no_publisher)

    def send(self, *bodies: str) -> list[str]:
        """Sends a batch; returns the messages that come back."""
        event = {
            "Records": [
                {"messageId": f"message-{number}", "body": body}
                for number, body in enumerate(bodies)
            ]
        }
        answer = app.handler(event, Context())
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Wired:
    return Wired(monkeypatch)


def body(key: str) -> str:
    return json.dumps({"Records": [{"s3": {"object": {"key": key}}}]})


def test_documents_good_and_bad_are_taken_off_the_queue(wired: Wired) -> None:
    wired.bucket.put("knowledge/a b.md", "Text.")
    wired.bucket.put("knowledge/b.pdf", "Text.")
    failures = wired.send(
        '{"Event": "s3:TestEvent"}', body("knowledge/a+b.md"), body("knowledge/b.pdf")
    )
    assert failures == []
    assert len(wired.knowledge.documents) == 2


def test_only_messages_that_may_succeed_later_come_back(wired: Wired) -> None:
    wired.bucket.put("knowledge/a.md", "Text.")
    wired.embedder.is_down = True
    failures = wired.send(body("knowledge/a.md"), body("knowledge/gone.md"), "no json")
    assert failures == ["message-0", "message-2"]


def test_log_names_no_content(wired: Wired, capsys: pytest.CaptureFixture[str]) -> None:
    wired.bucket.put("knowledge/a.md", "Zebra-Text.")
    wired.send(body("knowledge/a.md"))
    assert "Zebra" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("event", [{}, {"action": "dance"}])
def test_unknown_event_is_refused(wired: Wired, event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown event"):
        app.handler(event, Context())


def test_reindex_names_its_model(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(wired.knowledge, wired.embedder, "Refunds", "Text.")
    settings = IngestSettings(documents_bucket="documents", event_bus_name="events")
    monkeypatch.setattr(app, "build_settings", lambda: settings)
    monkeypatch.setattr(app, "build_embeddings", lambda: FakeEmbedder("other"))
    answer = app.handler({"action": "reindex", "model": "other"}, Context())
    assert answer == {"model": "other", "done": True, "embedded": 1, "left": 0}


def test_reindex_tells_how_far_it_came(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    # given documents, and no time at all
    for number in range(3):
        publish(wired.knowledge, wired.embedder, f"Title {number}", "Text.")
    settings = IngestSettings(documents_bucket="documents", event_bus_name="events")
    monkeypatch.setattr(app, "build_settings", lambda: settings)
    monkeypatch.setattr(app, "build_embeddings", lambda: FakeEmbedder("other"))
    answer = app.handler({"action": "reindex", "model": "other", "seconds": 0}, Context())
    assert answer == {"model": "other", "done": False, "embedded": 0, "left": 3}
