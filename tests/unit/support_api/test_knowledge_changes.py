"""Writing documents over the routes: found at once, or not stored; S3's own are left to S3."""

from typing import Any

import pytest

from frontdesk.domain.knowledge import Upload
from frontdesk.knowledge.searching import HybridSearch
from support_api.knowledge_inputs import ANSWERED_ONLY, WrittenDocument
from support_api.models import DocumentBody
from tests.support.callers import STAFF
from tests.support.desk import MemoryDesk
from tests.support.desk_samples import a_document
from tests.support.support_api import Answer, Client

DOCUMENT = {
    "title": "Refunds",
    "content": "Within thirty days.\n\n# Exceptions\n\nDomains are never refunded.",
    "category": "policy",
    "visibility": "internal",
    "source_url": "https://docs.example.com/refunds",
    "owner": "billing",
    "review_at": "2027-01-31",
}


def _create(client: Client, **fields: Any) -> Answer:
    return client.send("POST", "/api/knowledge", STAFF, body=DOCUMENT | fields)


def _replace(client: Client, document_id: str, *, if_match: str = "", **fields: Any) -> Answer:
    headers = {"if-match": if_match} if if_match else {}
    path = f"/api/knowledge/{document_id}"
    return client.send("PUT", path, STAFF, body=DOCUMENT | fields, headers=headers)


def _found(desk: MemoryDesk, words: str) -> set[str]:
    hits = HybridSearch(desk.knowledge_base, desk.embedder).search(words, limit=20).hits
    return {hit.content for hit in hits}


def test_new_document_is_found_when_it_is_answered(client: Client, desk: MemoryDesk) -> None:
    answer = _create(client, visibility="public")

    assert answer.status == 201
    made = answer.content
    assert answer.headers["location"] == f"/api/knowledge/{made['id']}"
    assert (made["status"], made["version"], made["source"]) == ("published", 1, "api")
    assert (made["owner"], made["review_at"]) == ("billing", "2027-01-31")
    assert made["passage_count"] == 2
    assert "Domains are never refunded." in _found(desk, "domains refunded")
    assert client.get(answer.headers["location"], STAFF).content == made


def test_draft_is_not_found_until_it_is_published(client: Client, desk: MemoryDesk) -> None:
    # given a draft
    desk.embedder.is_down = True
    answer = _create(client, status="draft")
    assert (answer.status, answer.content["status"]) == (201, "draft")
    assert desk.knowledge_base.passages == []

    # when it is published
    desk.embedder.is_down = False
    published = _replace(client, answer.content["id"])

    # then it has passages, and a draft again has none
    assert (published.content["status"], published.content["version"]) == ("published", 2)
    assert len(desk.knowledge_base.passages) == 2
    assert _replace(client, answer.content["id"], status="draft").status == 200
    assert desk.knowledge_base.passages == []


def test_replacement_is_of_the_whole(client: Client, desk: MemoryDesk) -> None:
    made = _create(client).content
    body = {"title": "Money back", "content": "Within a week.", "category": "faq"}
    answer = client.send("PUT", f"/api/knowledge/{made['id']}", STAFF, body=body)
    changed = answer.content
    assert (changed["source_url"], changed["owner"], changed["visibility"]) == (
        None,
        None,
        "public",
    )
    assert _found(desk, "within domains") == {"Within a week."}


def test_misspelt_field_is_refused(client: Client, desk: MemoryDesk) -> None:
    body = {name: value for name, value in DOCUMENT.items() if name != "visibility"}
    answer = client.send("POST", "/api/knowledge", STAFF, body=body | {"visiblity": "internal"})
    assert answer.status == 422
    assert [error["field"] for error in answer.content["errors"]] == ["visiblity"]
    assert _found(desk, "domains refunded") == set(), "it would be public"


def test_document_can_be_sent_back_as_it_was_read(client: Client) -> None:
    # given a document as it is read
    made = _create(client).content

    # when it is sent back with another title
    answer = _replace(client, made["id"], **made | {"title": "Money back"})

    # then what it says of itself is left out, and no more than that
    assert (answer.status, answer.content["title"]) == (200, "Money back")
    assert answer.content["version"] == 2
    assert DocumentBody.model_fields.keys() - WrittenDocument.model_fields.keys() == ANSWERED_ONLY


def test_lost_update_is_refused(client: Client, desk: MemoryDesk) -> None:
    # given two who have read the same version
    made = _create(client)
    etag = made.headers["etag"]
    first = _replace(client, made.content["id"], if_match=etag, title="First")
    assert first.status == 200

    # when the second writes
    second = _replace(client, made.content["id"], if_match=etag, title="Second")

    # then nothing of it is stored, and with the present version it is
    assert second.status == 412
    path = f"/api/knowledge/{made.content['id']}"
    present = client.get(path, STAFF)
    assert present.content["title"] == "First"
    assert present.headers["etag"] == first.headers["etag"] != etag
    assert _replace(client, made.content["id"], if_match=present.headers["etag"]).status == 200


def test_deletion_changes_the_tag_too(client: Client) -> None:
    made = _create(client)
    client.send("DELETE", f"/api/knowledge/{made.content['id']}", STAFF)
    answer = _replace(client, made.content["id"], if_match=made.headers["etag"])
    assert answer.status == 412


def test_deleted_document_is_not_found_any_more(client: Client, desk: MemoryDesk) -> None:
    made = _create(client, visibility="public").content
    path = f"/api/knowledge/{made['id']}"
    answer = client.send("DELETE", path, STAFF)
    assert (answer.status, answer.text) == (204, "")
    assert _found(desk, "domains refunded") == set()
    assert client.get(path, STAFF).content["status"] == "archived"
    # Twice is as good as once.
    assert client.send("DELETE", path, STAFF).status == 204
    assert client.send("DELETE", "/api/knowledge/doc_0", STAFF).status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_document_of_s3_is_changed_there(client: Client, desk: MemoryDesk, method: str) -> None:
    document = a_document(source="s3", source_key="knowledge/refunds.md")
    desk.knowledge_base.documents[document.id] = document
    answer = client.send(method, f"/api/knowledge/{document.id}", STAFF, body=DOCUMENT)
    assert answer.status == 409
    assert answer.content["source_key"] == "knowledge/refunds.md"
    assert "knowledge/refunds.md" in answer.content["detail"]


def test_nothing_is_stored_without_embeddings(client: Client, desk: MemoryDesk) -> None:
    desk.embedder.is_down = True
    answer = _create(client)
    assert answer.status == 503
    assert answer.headers["retry-after"]
    assert "embedding" in answer.content["detail"]
    assert desk.knowledge_base.documents == {}
    assert desk.audit.entries == []


def test_every_change_is_in_the_audit_log(client: Client, desk: MemoryDesk) -> None:
    made = _create(client).content
    _replace(client, made["id"], status="draft")
    client.send("DELETE", f"/api/knowledge/{made['id']}", STAFF)
    assert [(e.action, e.object_kind, e.object_id) for e in desk.audit.entries] == [
        ("document.create", "document", made["id"]),
        ("document.update", "document", made["id"]),
        ("document.archive", "document", made["id"]),
    ]
    assert {entry.actor.subject for entry in desk.audit.entries} == {STAFF.subject}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"content": "\u200b"}, "content"),
        ({"content": "x" * 100_001}, "content"),
        ({"content": "---\nvisibility: internal\n---\nText."}, "content"),
        ({"content": "---\nvisibility: internal\n\nText."}, "content"),
        ({"category": "gossip"}, "category"),
        ({"visibility": "secret"}, "visibility"),
        ({"status": "archived"}, "status"),
        ({"source_url": "javascript:alert(1)"}, "source_url"),
        ({"source_url": "https://e.com/ x"}, "source_url"),
        ({"review_at": "soon"}, "review_at"),
    ],
)
def test_wrong_fields_are_named(client: Client, fields: dict[str, str], field: str) -> None:
    answer = _create(client, **fields)
    assert answer.status == 422
    assert [error["field"] for error in answer.content["errors"]] == [field]


def _upload(client: Client, **body: Any) -> Answer:
    return client.send("POST", "/api/knowledge/uploads", STAFF, body={"size": 10} | body)


def test_upload_says_how_to_put_the_file(client: Client, desk: MemoryDesk) -> None:
    answer = _upload(client, filename="plans.PDF", category="faq", visibility="internal")
    assert answer.status == 200
    assert answer.content == {
        "method": "PUT",
        "url": "https://s3.example/knowledge/plans.PDF?signed",
        "headers": {"content-type": "application/pdf"},
        "key": "knowledge/plans.PDF",
        "expires_in": 900,
    }
    assert desk.uploads.allowed == [
        Upload(
            key="knowledge/plans.PDF",
            size=10,
            content_type="application/pdf",
            metadata={"category": "faq", "visibility": "internal"},
        )
    ]
    [entry] = desk.audit.entries
    assert (entry.action, entry.object_id) == ("document.upload", "knowledge/plans.PDF")


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        ("../../etc/a b?.md", "knowledge/a-b-.md"),
        ("C:\\docs\\plans.csv", "knowledge/plans.csv"),
        ("Größe 東京.md", "knowledge/Größe-東京.md"),
        (".hidden.md", "knowledge/hidden.md"),
        ("a\u202e.md", "knowledge/a.md"),
    ],
)
def test_name_of_an_upload_is_made_safe(client: Client, filename: str, key: str) -> None:
    assert _upload(client, filename=filename).content["key"] == key


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filename": "a.exe"}, "filename"),
        ({"filename": "pdf"}, "filename"),
        ({"filename": "///"}, "filename"),
        ({"filename": "x" * 198 + ".md"}, "filename"),
        ({"filename": "a.md", "size": 0}, "size"),
        ({"filename": "a.md", "size": 25_000_001}, "size"),
        ({"filename": "a.md", "visibility": "secret"}, "visibility"),
    ],
)
def test_what_cannot_be_read_is_not_uploaded(
    client: Client, desk: MemoryDesk, body: dict[str, Any], field: str
) -> None:
    answer = _upload(client, **body)
    assert answer.status == 422
    assert [error["field"] for error in answer.content["errors"]] == [field]
    assert desk.uploads.allowed == []
