"""Search and documents over the routes."""

from datetime import date

from frontdesk.domain.knowledge import Category, SearchHit, Visibility
from support_api.models import SNIPPET_CHARACTERS, snippet
from tests.support.callers import STAFF
from tests.support.desk import MemoryDesk
from tests.support.desk_samples import a_document
from tests.support.support_api import Client


def _hit(number: int, content: str = "words") -> SearchHit:
    return SearchHit(
        passage_id=str(number),
        document_id=f"doc_{number}",
        document_version=1,
        title=f"Title {number}",
        section="Plans",
        content=content,
        category=Category.FAQ,
        visibility=Visibility.PUBLIC,
        source_url="https://docs.example.com/plans",
        score=1 / number,
    )


def test_search_answers_with_the_contracts_fields(client: Client, desk: MemoryDesk) -> None:
    desk.knowledge.hits = [_hit(1, "Free:\n  3 projects"), _hit(2)]
    answer = client.send("POST", "/api/knowledge/search", STAFF, body={"query": "plans"})
    assert answer.content["results"][0] == {
        "document_id": "doc_1",
        "title": "Title 1",
        "section": "Plans",
        "snippet": "Free: 3 projects",
        "score": 1.0,
        "source_url": "https://docs.example.com/plans",
    }
    assert [hit["document_id"] for hit in answer.content["results"]] == ["doc_1", "doc_2"]


def test_staff_search_everything_with_normalised_words(client: Client, desk: MemoryDesk) -> None:
    body = {"query": " ﬁnd\u200b me ", "limit": 20, "category": "policy"}
    client.send("POST", "/api/knowledge/search", STAFF, body=body)
    assert desk.knowledge.asked == [
        {
            "query": "find me",
            "limit": 20,
            "category": Category.POLICY,
            "visibilities": (Visibility.PUBLIC, Visibility.INTERNAL),
        }
    ]


def test_search_says_when_it_was_made_without_embeddings(client: Client, desk: MemoryDesk) -> None:
    desk.knowledge.degraded = True
    answer = client.send("POST", "/api/knowledge/search", STAFF, body={"query": "plans"})
    assert answer.content == {"results": [], "degraded": True}


def test_failed_documents_are_listed_with_the_reason(client: Client, desk: MemoryDesk) -> None:
    desk.documents.stored = [
        a_document(),
        a_document(status="failed", failure_reason="not UTF-8", source="s3", source_key="k.md"),
    ]
    [item] = client.get("/api/knowledge", STAFF, query="status=failed").content["items"]
    assert (item["failure_reason"], item["source_key"]) == ("not UTF-8", "k.md")
    assert "content" not in item


def test_documents_whose_review_is_due_are_listed(client: Client, desk: MemoryDesk) -> None:
    due, later = (a_document(review_at=date(2026, month, 1)) for month in (11, 12))
    desk.documents.stored = [due, later, a_document()]
    [item] = client.get("/api/knowledge", STAFF, query="review_by=2026-11-30").content["items"]
    assert (item["id"], item["review_at"]) == (due.id, "2026-11-01")
    assert client.get("/api/knowledge", STAFF, query="review_by=soon").status == 422


def test_document_has_its_content(client: Client, desk: MemoryDesk) -> None:
    document = a_document()
    desk.documents.stored = [document]
    content = client.get(f"/api/knowledge/{document.id}", STAFF).content
    assert content["content"] == document.content
    assert client.get("/api/knowledge/doc_0", STAFF).status == 404


def test_snippet_ends_with_a_whole_word() -> None:
    made = snippet("word " * 100)
    assert len(made) <= SNIPPET_CHARACTERS
    assert made.endswith("word…")
    assert len(snippet("x" * 1000)) == SNIPPET_CHARACTERS
