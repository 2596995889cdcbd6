"""The wired function on a real Postgres: documents written, found, replaced and archived."""

from typing import Any

import pytest

from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.domain.knowledge import FailedDraft, Visibility
from frontdesk.knowledge.searching import HybridSearch
from support_api import app
from tests.support.callers import STAFF
from tests.support.fake_knowledge import FAKE_MODEL, FakeEmbedder
from tests.support.http_events import FakeContext, body_of, http_event
from tests.support.knowledge import publish
from tests.support.postgres import TestDatabase

DOCUMENT = {
    "title": "Refunds",
    "content": "Within thirty days.\n\n# Exceptions\n\nDomains are never refunded.",
    "category": "policy",
}


pytestmark = pytest.mark.usefixtures("function")


@pytest.fixture(autouse=True)
def embedder(monkeypatch: pytest.MonkeyPatch) -> FakeEmbedder:
    """The provider of embeddings."""
    fake = FakeEmbedder()
    monkeypatch.setenv("EMBEDDING_MODEL", FAKE_MODEL)
    monkeypatch.setattr(OpenAIEmbeddings, "__call__", lambda _, model: fake(model))
    return fake


def _send(method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    event = http_event(method, path, principal=STAFF, body=body, headers=sent)
    return app.handler(event, FakeContext())


def _titles(database: TestDatabase, embedder: FakeEmbedder, *, staff: bool) -> list[str]:
    """What a search finds, for staff or for the worker."""
    url = database.desk_url if staff else database.agent_url
    opened = Database(lambda: url)
    index = PostgresPassageIndex(opened, RowScope(staff=staff))
    visibilities = tuple(Visibility) if staff else (Visibility.PUBLIC,)
    search = HybridSearch(index, embedder)
    hits = search.search("domains refunded", limit=20, visibilities=visibilities).hits
    opened.close()
    return sorted({hit.title for hit in hits})


def test_life_of_a_document(database: TestDatabase, embedder: FakeEmbedder) -> None:
    # when a document is written
    answer = _send("POST", "/api/knowledge", DOCUMENT)
    assert answer["statusCode"] == 201
    made = body_of(answer)

    # then it is found at once, by everybody
    assert (made["status"], made["version"], made["passage_count"]) == ("published", 1, 2)
    assert _titles(database, embedder, staff=False) == ["Refunds"]
    path = answer["headers"]["location"]
    assert body_of(_send("GET", path)) == made

    # when it is made internal, customers' answers do not have it any more
    changed = _send("PUT", path, DOCUMENT | {"visibility": "internal"})
    assert (changed["statusCode"], body_of(changed)["version"]) == (200, 2)
    assert _titles(database, embedder, staff=False) == []
    assert _titles(database, embedder, staff=True) == ["Refunds"]

    # when it is a draft, nobody finds it; published again, it is found
    assert body_of(_send("PUT", path, DOCUMENT | {"status": "draft"}))["status"] == "draft"
    assert _titles(database, embedder, staff=True) == []
    assert body_of(_send("PUT", path, DOCUMENT))["version"] == 4
    assert _titles(database, embedder, staff=False) == ["Refunds"]

    # when it is deleted, it is kept for the record only
    assert _send("DELETE", path)["statusCode"] == 204
    assert _titles(database, embedder, staff=True) == []
    assert body_of(_send("GET", path))["status"] == "archived"
    with database.owner() as connection:
        versions = connection.execute(
            "SELECT number, visibility, created_by FROM document_versions ORDER BY number"
        ).fetchall()
        entries = connection.execute(
            "SELECT action, actor_subject, object_id FROM audit_log ORDER BY id"
        ).fetchall()
    assert versions == [
        (1, "public", STAFF.subject),
        (2, "internal", STAFF.subject),
        (3, "public", STAFF.subject),
        (4, "public", STAFF.subject),
    ]
    actions = ["create", "update", "update", "update", "archive"]
    assert entries == [(f"document.{verb}", STAFF.subject, made["id"]) for verb in actions]


def test_lost_update_is_refused() -> None:
    made = _send("POST", "/api/knowledge", DOCUMENT)
    path, tag = made["headers"]["location"], made["headers"]["etag"]
    assert _send("GET", path)["headers"]["etag"] == tag
    assert _send("PUT", path, DOCUMENT | {"title": "First"}, if_match=tag)["statusCode"] == 200
    assert _send("PUT", path, DOCUMENT | {"title": "Second"}, if_match=tag)["statusCode"] == 412
    assert body_of(_send("GET", path))["title"] == "First"


def test_change_that_comes_between_check_and_write_is_not_lost(
    database: TestDatabase, embedder: FakeEmbedder
) -> None:
    # given a document, and somebody who replaces it while another's version is embedded
    made = _send("POST", "/api/knowledge", DOCUMENT)
    path, tag = made["headers"]["location"], made["headers"]["etag"]
    embed = embedder.embed

    def interfere(texts: list[str], *, timeout: float = 10.0) -> list[list[float]]:
        with database.owner() as connection:
            connection.execute("UPDATE documents SET title = 'First', updated_at = now()")
        return embed(texts, timeout=timeout)

    embedder.embed = interfere  # type: ignore[method-assign, assignment]

    # when that other is stored
    answer = _send("PUT", path, DOCUMENT | {"content": "New."}, if_match=tag)

    # then it is refused, with no entry in the audit log
    assert answer["statusCode"] == 412
    assert body_of(_send("GET", path))["title"] == "First"
    with database.owner() as connection:
        [count] = connection.execute("SELECT count(*) FROM audit_log").fetchone() or [None]
    assert count == 1


def test_nothing_is_stored_while_embeddings_are_down(embedder: FakeEmbedder) -> None:
    embedder.is_down = True
    answer = _send("POST", "/api/knowledge", DOCUMENT)
    assert answer["statusCode"] == 503
    assert answer["headers"]["retry-after"]
    assert body_of(_send("GET", "/api/knowledge"))["items"] == []
    assert _send("POST", "/api/knowledge", DOCUMENT | {"status": "draft"})["statusCode"] == 201


def test_document_of_s3_is_left_to_s3(embedder: FakeEmbedder, agent_database: Database) -> None:
    store = PostgresKnowledgeStore(agent_database)
    published = publish(store, embedder, "Hours", "Nine to five.")
    failed = store.mark_failed(
        FailedDraft(
            source_key="knowledge/x.pdf", title="X", reason="it is damaged", object_version="1"
        )
    )
    for document in (published, failed):
        for method in ("PUT", "DELETE"):
            answer = _send(method, f"/api/knowledge/{document.id}", DOCUMENT)
            assert answer["statusCode"] == 409
            assert body_of(answer)["source_key"] == document.source_key
    assert store.document(document_id=published.id) == published


def test_upload_is_signed_for_the_drop() -> None:
    answer = _send("POST", "/api/knowledge/uploads", {"filename": "a.md", "size": 5})
    assert answer["statusCode"] == 200
    made = body_of(answer)
    assert made["key"] == "knowledge/a.md"
    assert "/knowledge/a.md?" in made["url"]
