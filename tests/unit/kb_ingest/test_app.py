"""The handler: which messages come back, and how a model is changed."""

import json
from typing import Any

import pytest

from frontdesk.domain.errors import InfrastructureError, ModelUnavailableError
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


class FakeDelivery:
    """Remembers for how long messages are put off."""

    def __init__(self) -> None:
        self.hidden: list[tuple[str, int]] = []
        self.is_down = False

    def hide(self, receipt_handle: str, seconds: int) -> None:
        if self.is_down:
            raise InfrastructureError("SQS: out of reach")
        self.hidden.append((receipt_handle, seconds))


class Wired:
    """The handler on fakes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bucket = FakeBucket()
        self.knowledge = FakeKnowledge()
        self.embedder = FakeEmbedder()
        self.delivery = FakeDelivery()
        follower = DocumentFollower(
            source=self.bucket,
            store=self.knowledge,
            publisher=Publisher(self.knowledge, self.embedder, model=FAKE_MODEL),
            max_bytes=1_000,
        )
        monkeypatch.setattr(app, "build_follower", lambda: follower)
        monkeypatch.setattr(app, "build_store", lambda: self.knowledge)
        monkeypatch.setattr(app, "build_events", no_publisher)
        monkeypatch.setattr(app, "build_delivery", lambda: self.delivery)

    def send(self, *bodies: str, delivered: int = 1) -> list[str]:
        """Sends a batch; returns the messages that come back."""
        event = {
            "Records": [
                {
                    "messageId": f"message-{number}",
                    "receiptHandle": f"handle-{number}",
                    "attributes": {"ApproximateReceiveCount": str(delivered)},
                    "body": body,
                }
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


@pytest.mark.parametrize(("delivered", "seconds"), [(1, 20), (2, 40), (5, 320), (9, 1_800)])
def test_what_may_succeed_later_comes_back_after_a_backoff(
    wired: Wired, delivered: int, seconds: int
) -> None:
    wired.bucket.put("knowledge/a.md", "Text.")
    wired.embedder.is_down = True
    assert wired.send(body("knowledge/gone.md"), body("knowledge/a.md"), delivered=delivered)
    assert wired.delivery.hidden == [("handle-1", seconds)]


def test_queue_that_cannot_put_off_delivers_again_by_itself(wired: Wired) -> None:
    wired.delivery.is_down = True
    assert wired.send("no json") == ["message-0"]


def test_log_names_no_content(wired: Wired, capsys: pytest.CaptureFixture[str]) -> None:
    wired.bucket.put("knowledge/a.md", "Zebra-Text.")
    wired.send(body("knowledge/a.md"))
    assert "Zebra" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("event", [{}, {"action": "dance"}])
def test_unknown_event_is_refused(wired: Wired, event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown event"):
        app.handler(event, Context())


@pytest.fixture
def other(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> FakeEmbedder:
    """The one model that the provider has now."""
    settings = IngestSettings(
        documents_bucket="documents", event_bus_name="events", knowledge_queue_url="queue"
    )
    monkeypatch.setattr(app, "build_settings", lambda: settings)
    embedder = FakeEmbedder("other")
    monkeypatch.setattr(app, "build_embeddings", lambda: embedder)
    return embedder


@pytest.mark.usefixtures("other")
def test_reindex_names_its_model(wired: Wired) -> None:
    publish(wired.knowledge, wired.embedder, "Refunds", "Text.")
    answer = app.handler({"action": "reindex", "model": "other"}, Context())
    assert answer == {"model": "other", "done": True, "embedded": 1, "left": 0}


@pytest.mark.parametrize(
    ("model", "advice"),
    [("unknown", "'unknown' .* does the provider have this model"), ("other", "try again later")],
)
def test_reindex_says_why_a_model_embeds_nothing(
    wired: Wired, other: FakeEmbedder, model: str, advice: str
) -> None:
    publish(wired.knowledge, wired.embedder, "Refunds", "Text.")
    other.is_down = True
    with pytest.raises(ModelUnavailableError, match=advice):
        app.handler({"action": "reindex", "model": model}, Context())
    active = wired.knowledge.active_model()
    assert active is not None
    assert active.name == wired.embedder.model


@pytest.mark.usefixtures("other")
def test_reindex_tells_how_far_it_came(wired: Wired) -> None:
    # given documents, and no time at all
    for number in range(3):
        publish(wired.knowledge, wired.embedder, f"Title {number}", "Text.")
    answer = app.handler({"action": "reindex", "model": "other", "seconds": 0}, Context())
    assert answer == {"model": "other", "done": False, "embedded": 0, "left": 3}
