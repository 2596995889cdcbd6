"""The wired function on a real Postgres: its queries, its role, its audit log."""

from typing import Any

import boto3
import pytest

from frontdesk.adapters.openai_probe import OpenAIProbe
from frontdesk.principal import Principal
from support_api import app
from tests.integration.support_api.conftest import forget
from tests.support.callers import GUEST, NOBODY, SERVICE, STAFF, customer
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_message, a_ticket, a_turn
from tests.support.http_events import FakeContext, body_of, http_event
from tests.support.postgres import TestDatabase

ALICE, BOB = customer("alice"), customer("bob")


def _get(path: str, principal: Principal = NOBODY, query: str = "") -> dict[str, Any]:
    event = http_event("GET", path, principal=principal, query=query)
    return app.handler(event, FakeContext())


def _add_everything_of(rows: DeskRows, owner: Principal, name: str) -> dict[str, str]:
    rows.add_customer(f"cust_{name}", str(owner.email))
    conversation = a_conversation(
        str(owner.subject), customer_id=f"cust_{name}", subject=f"secret of {name}"
    )
    rows.add_conversation(conversation)
    rows.add_message(conversation.id, a_message(f"secret of {name}"))
    rows.add_message(conversation.id, a_message("a note", role="staff", internal=True))
    rows.add_turn(a_turn(conversation.id))
    ticket = a_ticket(owner.subject, customer_id=f"cust_{name}", subject=f"secret of {name}")
    rows.add_ticket(ticket)
    return {
        f"/api/conversations/{conversation.id}": "conversation.read",
        f"/api/conversations/{conversation.id}/messages": "conversation.read_messages",
        f"/api/tickets/{ticket.id}": "ticket.read",
    }


def test_everybody_sees_the_own_and_nothing_else(function: DeskRows) -> None:
    # given everything of Alice's and of Bob's
    paths = {
        "alice": _add_everything_of(function, ALICE, "alice"),
        "bob": _add_everything_of(function, BOB, "bob"),
    }

    # when all callers read all of it
    for name, owned in paths.items():
        for path in owned:
            for caller in (NOBODY, GUEST, SERVICE, ALICE, BOB, STAFF):
                answer = _get(path, caller)
                is_theirs = caller.is_staff or caller == {"alice": ALICE, "bob": BOB}[name]

                # then owner and staff get it, and for others it is not there
                assert answer["statusCode"] == (200 if is_theirs else 404), (path, caller)
                assert (f"secret of {name}" in answer["body"]) == is_theirs
                assert ("a note" in answer["body"]) == (
                    caller.is_staff and path.endswith("/messages")
                )


def test_lists_hold_only_the_own(function: DeskRows) -> None:
    for owner, name in ((ALICE, "alice"), (BOB, "bob")):
        _add_everything_of(function, owner, name)
    for path in ("/api/conversations", "/api/tickets"):
        for caller, count in ((NOBODY, 0), (GUEST, 0), (ALICE, 1), (BOB, 1), (STAFF, 2)):
            assert len(body_of(_get(path, caller))["items"]) == count
        only_hers = body_of(_get(path, STAFF, "customer_email=ALICE@example.com"))["items"]
        assert [item["customer_id"] for item in only_hers] == ["cust_alice"]


def test_staff_reads_are_in_the_audit_log(function: DeskRows) -> None:
    # given everything of Alice's
    actions = _add_everything_of(function, ALICE, "alice")

    # when Alice and staff read it
    for path in actions:
        _get(path, ALICE)
        assert _get(path, STAFF)["statusCode"] == 200

    # then each of the staff's reads is recorded, whose data it was with it
    entries = function.read(
        "SELECT actor_kind, actor_subject, action, object_id, customer_id"
        " FROM audit_log ORDER BY id"
    )
    assert entries == [
        ("staff", STAFF.subject, action, path.split("/")[3], "cust_alice")
        for path, action in actions.items()
    ]


def test_conversation_that_only_ingest_knows(function: DeskRows) -> None:
    # given the projection that ingest writes
    boto3.client("dynamodb").put_item(
        TableName="tasks",
        Item={
            "pk": {"S": "CONV#conv_new"},
            "conversation_id": {"S": "conv_new"},
            "owner_subject": {"S": str(ALICE.subject)},
            "status": {"S": "open"},
            "unanswered": {"N": "1"},
            "created_at": {"S": "2026-01-01T00:00:00.000000Z"},
        },
    )

    # when it is read
    # then its owner and staff get it, and nobody else
    for caller, status in ((ALICE, 200), (STAFF, 200), (BOB, 404), (NOBODY, 404)):
        assert _get("/api/conversations/conv_new", caller)["statusCode"] == status
    content = body_of(_get("/api/conversations/conv_new", ALICE))
    assert (content["status"], content["message_count"]) == ("open", 0)


def test_trace_is_for_staff(function: DeskRows) -> None:
    [path, *_] = _add_everything_of(function, ALICE, "alice")
    assert _get(f"{path}/trace", ALICE)["statusCode"] == 403
    [turn] = body_of(_get(f"{path}/trace", STAFF))["items"]
    assert turn["status"] == "completed"


def test_waiting_returns_at_once_when_there_is_something(function: DeskRows) -> None:
    [path, *_] = _add_everything_of(function, ALICE, "alice")
    assert body_of(_get(f"{path}/messages", ALICE, "wait=20"))["items"]


def test_knowledge_search_does_without_embeddings(function: DeskRows) -> None:
    event = http_event("POST", "/api/knowledge/search", principal=STAFF, body={"query": "plans"})
    answer = app.handler(event, FakeContext())
    assert answer["statusCode"] == 200
    assert body_of(answer)["results"] == []


def test_health_names_what_is_down(
    function: DeskRows, monkeypatch: pytest.MonkeyPatch, database: TestDatabase
) -> None:
    # given embeddings that answer
    monkeypatch.setattr(OpenAIProbe, "__call__", lambda _: True)
    assert _get("/api/health")["statusCode"] == 200

    # when the database is gone
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")
    forget()

    # then it is named
    answer = _get("/api/health")
    assert answer["statusCode"] == 503
    assert body_of(answer)["down"] == ["postgres"]


def test_health_asks_the_provider(function: DeskRows) -> None:
    answer = _get("/api/health")
    assert body_of(answer)["down"] == ["embeddings"]
