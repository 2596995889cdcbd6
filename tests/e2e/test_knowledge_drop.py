"""What is dropped in S3 is known within seconds; what is replaced or deleted is not any more."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.polling import eventually
from tests.support.stack import Caller, Stack

SECONDS = 10


@pytest.fixture
def key(stack: Stack) -> Iterator[str]:
    """A key of the test's own; its object is deleted afterwards."""
    made = f"knowledge/e2e/{uuid.uuid4().hex}.md"
    yield made
    stack.s3.delete_object(Bucket=stack.environment["DOCUMENTS_BUCKET"], Key=made)


def _put(stack: Stack, key: str, text: str) -> None:
    stack.s3.put_object(Bucket=stack.environment["DOCUMENTS_BUCKET"], Key=key, Body=text.encode())


def _found(staff: Caller, words: str) -> list[dict[str, Any]]:
    """Passages that have the words in them."""
    answer = staff.post("/api/knowledge/search", {"query": words, "limit": 20})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return [result for result in results if words in result["snippet"]]


def test_document_is_found_replaced_and_deleted(
    stack: Stack, staff: Caller, guest: Callable[[], Caller], key: str
) -> None:
    # when a document is dropped
    _put(
        stack,
        key,
        "# Fax machines in CloudFlow\n\nCloudFlow sends faxes to the zanzibar gateway.\n",
    )

    # then it is found, and quoted in an answer
    [result, *_] = eventually(
        lambda: _found(staff, "zanzibar"), seconds=SECONDS, what="dropped document"
    )
    assert result["title"] == "Fax machines in CloudFlow"
    task = guest().ask("Where does CloudFlow send faxes, to which gateway?")
    assert "zanzibar" in task["response"]
    assert "Fax machines in CloudFlow" in [c["title"] for c in task["citations"]]

    # when it is replaced
    _put(
        stack,
        key,
        "# Fax machines in CloudFlow\n\nCloudFlow sends faxes to the madagascar gateway.\n",
    )

    # then only the new version is found
    eventually(lambda: _found(staff, "madagascar"), seconds=SECONDS, what="replaced document")
    assert _found(staff, "zanzibar") == []
    task = guest().ask("Where does CloudFlow send faxes, to which gateway?")
    assert "madagascar" in task["response"]
    assert "zanzibar" not in task["response"]

    # when it is deleted
    stack.s3.delete_object(Bucket=stack.environment["DOCUMENTS_BUCKET"], Key=key)

    # then nothing of it is found
    eventually(lambda: not _found(staff, "madagascar"), seconds=SECONDS, what="end of the document")
    task = guest().ask("Where does CloudFlow send faxes, to which gateway?")
    assert "madagascar" not in task["response"]


def test_unreadable_document_is_kept_aside_with_the_reason(
    stack: Stack, staff: Caller, key: str
) -> None:
    stack.s3.put_object(
        Bucket=stack.environment["DOCUMENTS_BUCKET"], Key=key, Body=b"\x00\x01\x02 is no text \xff"
    )

    def failed() -> list[dict[str, Any]]:
        items = staff.get("/api/knowledge", status="failed", limit=100).json()["items"]
        return [item for item in items if item["source_key"] == key]

    [item] = eventually(failed, seconds=SECONDS, what="failed document")
    assert item["failure_reason"]


def test_internal_document_is_for_staff_only(
    stack: Stack, staff: Caller, guest: Callable[[], Caller], key: str
) -> None:
    _put(
        stack,
        key,
        "---\ntitle: Discounts\nvisibility: internal\n---\n\n"
        "The largest discount that an agent may give is quokka percent.\n",
    )
    eventually(lambda: _found(staff, "quokka"), seconds=SECONDS, what="internal document")
    task = guest().ask("What is the largest discount that an agent may give?")
    assert "quokka" not in f"{task['response']}{task['citations']}"
