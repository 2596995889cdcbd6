"""Staff write, upload and remove knowledge over HTTP; customers' answers follow at once."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.polling import eventually
from tests.support.stack import Caller, Stack

DOCUMENTS = Path(__file__).parents[1] / "data" / "documents"
SECONDS = 15


def _found(staff: Caller, words: str, **narrowed: Any) -> list[dict[str, Any]]:
    """Passages that have the words in them."""
    answer = staff.post("/api/knowledge/search", {"query": words, "limit": 20} | narrowed)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return [result for result in results if words in result["snippet"]]


@pytest.fixture
def document(staff: Caller) -> Iterator[dict[str, Any]]:
    """A document that staff have written."""
    made = staff.post(
        "/api/knowledge",
        {
            "title": "Telex machines in CloudFlow",
            "content": "CloudFlow sends telexes to the timbuktu exchange.",
            "category": "documentation",
        },
    )
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/api/knowledge/{made.json()['id']}"
    yield made.json()
    staff.http.delete(made.headers["location"])


def test_written_document_is_quoted_replaced_and_deleted(
    staff: Caller, guest: Callable[[], Caller], document: dict[str, Any]
) -> None:
    # given a document that was just written, then search finds it and an answer quotes it
    path = f"/api/knowledge/{document['id']}"
    assert [hit["document_id"] for hit in _found(staff, "timbuktu")] == [document["id"]]
    task = guest().ask("Where does CloudFlow send telexes, to which exchange?")
    assert "timbuktu" in task["response"]

    # when it is replaced, then only the new words are found
    tag = staff.get(path).headers["etag"]
    body = {
        "title": document["title"],
        "content": "CloudFlow sends telexes to the samarkand exchange.",
        "category": "documentation",
    }
    replaced = staff.http.put(path, json=body, headers={"if-match": tag})
    assert replaced.status_code == 200, replaced.text
    assert replaced.json()["version"] == 2
    assert staff.http.put(path, json=body, headers={"if-match": tag}).status_code == 412
    assert _found(staff, "timbuktu") == []
    assert _found(staff, "samarkand")

    # when it is internal, then customers' answers do without it
    internal = staff.http.put(path, json=body | {"visibility": "internal"})
    assert internal.status_code == 200
    assert _found(staff, "samarkand")
    task = guest().ask("Where does CloudFlow send telexes, to which exchange?")
    assert "samarkand" not in f"{task['response']}{task['citations']}"

    # when it is deleted, then nothing of it is found
    assert staff.http.delete(path).status_code == 204
    assert _found(staff, "samarkand") == []
    assert staff.get(path).json()["status"] == "archived"


def test_draft_is_not_found(staff: Caller) -> None:
    made = staff.post(
        "/api/knowledge",
        {"title": "Later", "content": "The krakatau plan.", "category": "faq", "status": "draft"},
    )
    assert (made.status_code, made.json()["status"]) == (201, "draft")
    assert _found(staff, "krakatau") == []
    staff.http.delete(made.headers["location"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("two-columns.pdf", "sign in with SAML"),
        ("headings-and-table.docx", "Zürich"),
        ("windows-1251.html", "тридцати дней"),
        ("windows-1252.csv", "Hauptstraße 5"),
    ],
)
def test_uploaded_file_is_found_and_left_to_s3(
    stack: Stack, staff: Caller, name: str, words: str
) -> None:
    # given an upload that staff may make
    content = (DOCUMENTS / name).read_bytes()
    wanted = {"filename": f"{uuid.uuid4().hex}-{name}", "size": len(content)}
    allowed = staff.post("/api/knowledge/uploads", wanted).json()

    # when the file is put, as somebody without a credential
    put = httpx.request(
        allowed["method"], allowed["url"], content=content, headers=allowed["headers"]
    )
    assert put.status_code == 200, put.text

    # then it is found, and can only be changed where it is
    [hit, *_] = eventually(lambda: _found(staff, words), seconds=SECONDS, what=name)
    path = f"/api/knowledge/{hit['document_id']}"
    assert staff.get(path).json()["source_key"] == allowed["key"]
    refused = staff.http.delete(path)
    assert refused.status_code == 409
    assert refused.json()["source_key"] == allowed["key"]
    stack.s3.delete_object(Bucket=stack.environment["DOCUMENTS_BUCKET"], Key=allowed["key"])
    eventually(lambda: not _found(staff, words), seconds=SECONDS, what=f"end of {name}")


def test_encrypted_file_is_kept_aside_with_the_reason(stack: Stack, staff: Caller) -> None:
    key = f"knowledge/{uuid.uuid4().hex}.pdf"
    bucket = stack.environment["DOCUMENTS_BUCKET"]
    stack.s3.put_object(Bucket=bucket, Key=key, Body=(DOCUMENTS / "encrypted.pdf").read_bytes())

    def failed() -> list[dict[str, Any]]:
        items = staff.get("/api/knowledge", status="failed", limit=100).json()["items"]
        return [item for item in items if item["source_key"] == key]

    [item] = eventually(failed, seconds=SECONDS, what="failed document")
    assert item["failure_reason"] == "the document is encrypted"
    stack.s3.delete_object(Bucket=bucket, Key=key)


def test_question_without_an_answer_is_a_gap(staff: Caller, guest: Callable[[], Caller]) -> None:
    # given a question that nothing in the knowledge base answers
    question = "Which keyboard layouts do you support, Klingon too?"
    tasks = [guest().ask(question) for _ in range(2)]
    assert [task["citations"] for task in tasks] == [[], []]

    # then staff see it, with how often it was asked
    gaps = staff.get("/api/knowledge/gaps", limit=100).json()["items"]
    [gap] = [gap for gap in gaps if gap["question"] == question]
    assert gap["count"] == 2
    assert {example["task_id"] for example in gap["examples"]} == {t["task_id"] for t in tasks}


def test_equal_follow_ups_on_different_things_are_two_gaps(
    staff: Caller, guest: Callable[[], Caller]
) -> None:
    # given the same follow-up, to what nothing in the knowledge base answers
    firsts = ["Do you have a Klingon keyboard layout?", "Which fonts do you print on parchment?"]
    asked: dict[str, str] = {}
    for first in firsts:
        caller = guest()
        conversation = caller.ask(first)["conversation_id"]
        task = caller.ask("And can it be purple?", conversation_id=conversation)
        assert task["citations"] == []
        asked[task["task_id"]] = first

    # then staff see two gaps, each with what it is about
    gaps = staff.get("/api/knowledge/gaps", limit=100).json()["items"]
    found = {
        example["task_id"]: (number, example["follows"])
        for number, gap in enumerate(gaps)
        for example in gap["examples"]
        if example["task_id"] in asked
    }
    assert {task_id: follows for task_id, (_, follows) in found.items()} == asked
    assert len({number for number, _ in found.values()}) == 2
