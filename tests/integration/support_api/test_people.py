"""People at work over the wired function: what reaches Postgres, ingest's table and the log."""

from datetime import timedelta
from typing import Any

import boto3
import pytest

from frontdesk.adapters.aws_clients import dynamodb_client
from frontdesk.adapters.dynamodb_acceptor import DynamoDBTaskAcceptor
from frontdesk.adapters.dynamodb_conversations import DynamoDBConversations
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.clock import utc_now
from frontdesk.domain.acceptance import AcceptedTask, Refusal
from frontdesk.domain.task import QueuedMessage
from frontdesk.principal import Principal
from support_api import app
from tests.support.callers import ADMIN, GUEST, NOBODY, SERVICE, STAFF, customer
from tests.support.chat import a_message as a_queued_message
from tests.support.chat import an_acceptance
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_message, a_ticket, a_turn
from tests.support.http_events import FakeContext, body_of, http_event

pytestmark = pytest.mark.integration

ALICE, BOB = customer("alice"), customer("bob")
OTHERS = (NOBODY, GUEST, SERVICE, BOB)


def send(
    method: str, path: str, principal: Principal, body: Any = None, **headers: str
) -> dict[str, Any]:
    event = http_event(method, path, principal=principal, body=body, headers=headers)
    return app.handler(event, FakeContext())


def accept(message: QueuedMessage, *, is_new: bool = False) -> AcceptedTask | Refusal:
    """Records a message as ingest does."""
    acceptor = DynamoDBTaskAcceptor(DynamoDBTable(dynamodb_client(), "tasks"))
    return acceptor.accept(
        an_acceptance(
            message,
            owner_subject=str(message.principal.subject),
            is_new_conversation=is_new,
            task_expires_at=utc_now() + timedelta(days=1),
        )
    )


@pytest.fixture
def hers(function: DeskRows) -> dict[str, str]:
    """Things of Alice's: their ids, by what they are."""
    function.add_customer("cust_alice", str(ALICE.email))
    conversation = a_conversation(str(ALICE.subject), customer_id="cust_alice", version=1)
    turn = a_turn(conversation.id)
    ticket = a_ticket(ALICE.subject, customer_id="cust_alice", conversation_id=conversation.id)
    function.add_conversation(conversation)
    function.add_message(conversation.id, a_message("secret of alice"))
    function.add_turn(turn)
    function.add_ticket(ticket)
    return {"conversation": conversation.id, "task": turn.task_id, "ticket": ticket.id}


OWNERS_WRITES = [
    ("POST", "/api/conversations/{conversation}/close", None, 200),
    ("POST", "/api/chat/{task}/feedback", {"rating": "down"}, 204),
    ("POST", "/api/tickets/{ticket}/comments", {"content": "Any news?"}, 201),
]
STAFFS_WRITES = [
    ("POST", "/api/conversations/{conversation}/takeover", None, 200),
    ("POST", "/api/conversations/{conversation}/release", None, 200),
    ("POST", "/api/conversations/{conversation}/messages", {"content": "Hello"}, 201),
    ("PATCH", "/api/conversations/{conversation}", {"tags": ["vip"]}, 200),
    ("PATCH", "/api/tickets/{ticket}", {"priority": "urgent", "tags": ["vip"]}, 200),
    (
        "POST",
        "/api/tickets",
        {"subject": "Help", "description": "It broke.", "category": "other"},
        201,
    ),
    ("GET", "/api/metrics", None, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), OWNERS_WRITES)
def test_only_the_owner_writes_what_is_the_owners(
    function: DeskRows, hers: dict[str, str], method: str, path: str, body: Any, status: int
) -> None:
    path = path.format(**hers)
    before = everything(function)
    for other in OTHERS:
        assert send(method, path, other, body)["statusCode"] == 404
    assert everything(function) == before
    answer = send(method, path, ALICE, body)
    assert answer["statusCode"] == status, answer["body"]
    assert everything(function) != before


@pytest.mark.parametrize(("method", "path", "body", "status"), STAFFS_WRITES)
def test_only_staff_write_what_is_the_staffs(
    function: DeskRows, hers: dict[str, str], method: str, path: str, body: Any, status: int
) -> None:
    path = path.format(**hers)
    before = everything(function)
    for other in (*OTHERS, ALICE):
        expected = 401 if other is NOBODY else 403
        assert send(method, path, other, body)["statusCode"] == expected
    assert everything(function) == before
    for member in (STAFF, ADMIN):
        answer = send(method, path, member, body)
        assert answer["statusCode"] == status, answer["body"]


def everything(rows: DeskRows) -> list[Any]:
    """All rows that these writes may touch."""
    tables = ("conversations", "messages", "turns", "tickets", "ticket_comments")
    return [rows.read(f"SELECT * FROM {table} ORDER BY id") for table in tables]


def test_staffs_changes_are_in_the_audit_log_once(function: DeskRows, hers: dict[str, str]) -> None:
    for method, path, body, status in STAFFS_WRITES:
        answer = send(method, path.format(**hers), STAFF, body)
        assert answer["statusCode"] == status

    entries = function.read("SELECT action, customer_id, actor_subject FROM audit_log ORDER BY id")
    assert entries == [
        ("conversation.takeover", "cust_alice", STAFF.subject),
        ("conversation.release", "cust_alice", STAFF.subject),
        ("conversation.reply", "cust_alice", STAFF.subject),
        ("conversation.update", "cust_alice", STAFF.subject),
        ("ticket.update", "cust_alice", STAFF.subject),
        ("ticket.create", None, STAFF.subject),
    ]


def test_refused_changes_are_not_in_the_audit_log(function: DeskRows, hers: dict[str, str]) -> None:
    path = f"/api/tickets/{hers['ticket']}"
    assert send("PATCH", path, STAFF, {"status": "closed"})["statusCode"] == 200
    assert send("PATCH", path, STAFF, {"status": "waiting"})["statusCode"] == 409
    stale = send("PATCH", path, STAFF, {"tags": []}, **{"if-match": '"77"'})
    assert stale["statusCode"] == 412
    assert function.read("SELECT count(*) FROM audit_log") == [(1,)]


def test_closing_reaches_ingest(function: DeskRows) -> None:
    # given a conversation that ingest and the worker know
    message = a_queued_message(principal=ALICE)
    assert isinstance(accept(message, is_new=True), AcceptedTask)
    function.add_conversation(
        a_conversation(str(ALICE.subject), id=message.conversation_id, version=1)
    )

    # when its owner closes it
    answer = send("POST", f"/api/conversations/{message.conversation_id}/close", ALICE)
    assert body_of(answer)["status"] == "closed"

    # then ingest refuses a further message
    further = a_queued_message(principal=ALICE, conversation_id=message.conversation_id)
    assert accept(further) is Refusal.CLOSED


@pytest.mark.parametrize("caller", [ALICE, STAFF])
def test_closing_before_the_worker_knows(function: DeskRows, caller: Principal) -> None:
    # given a message that still waits, which carries another conversation on
    previous = a_conversation(str(ALICE.subject), version=1)
    function.add_conversation(previous)
    message = a_queued_message(principal=ALICE, previous_conversation_id=previous.id)
    accept(message, is_new=True)

    # when its conversation is closed
    path = f"/api/conversations/{message.conversation_id}"
    assert send("POST", f"{path}/close", BOB)["statusCode"] == 404
    answer = send("POST", f"{path}/close", caller)

    # then it is there, closed, for everybody who may see it
    assert answer["statusCode"] == 200, answer["body"]
    assert body_of(send("GET", path, ALICE))["status"] == "closed"
    further = a_queued_message(principal=ALICE, conversation_id=message.conversation_id)
    assert accept(further) is Refusal.CLOSED
    assert function.read(
        "SELECT owner_subject, status, previous_conversation_id FROM conversations"
        f" WHERE id = '{message.conversation_id}'"
    ) == [(ALICE.subject, "closed", previous.id)]


def test_ticket_for_a_conversation_that_only_ingest_knows(function: DeskRows) -> None:
    message = a_queued_message(principal=ALICE)
    accept(message, is_new=True)
    body = {
        "subject": "Help",
        "description": "It broke.",
        "category": "other",
        "conversation_id": message.conversation_id,
    }

    made = body_of(send("POST", "/api/tickets", STAFF, body))

    assert body_of(send("GET", f"/api/tickets/{made['id']}", ALICE))["number"] == made["number"]


def test_rating_before_and_after_the_answer(function: DeskRows, hers: dict[str, str]) -> None:
    # given a task of Alice's without an answer
    message = a_queued_message(principal=ALICE, conversation_id=hers["conversation"])
    accept(message, is_new=True)
    path = f"/api/chat/{message.task_id}/feedback"

    # when it is rated
    # then it is too early for her, and unknown to everybody else
    assert send("POST", path, ALICE, {"rating": "up"})["statusCode"] == 409
    for other in (*OTHERS, STAFF):
        assert send("POST", path, other, {"rating": "up"})["statusCode"] == 404

    # and once it is answered, the last rating is kept
    function.add_turn(a_turn(hers["conversation"], task_id=message.task_id))
    for rating in ("down", "up"):
        assert send("POST", path, ALICE, {"rating": rating})["statusCode"] == 204
    assert function.read(
        f"SELECT feedback_rating, feedback_at IS NOT NULL FROM turns"
        f" WHERE task_id = '{message.task_id}'"
    ) == [("up", True)]


@pytest.mark.parametrize("path", ["conversations/a%00b/close", "chat/a%00b/feedback"])
def test_identifier_that_no_store_takes_is_unknown(function: DeskRows, path: str) -> None:
    from urllib.parse import unquote

    answer = send("POST", unquote(f"/api/{path}"), ALICE, {"rating": "up"})
    assert answer["statusCode"] == 404


def test_projection_is_read_as_it_was_left(function: DeskRows) -> None:
    # given a projection that ingest has written
    message = a_queued_message(principal=ALICE)
    accept(message, is_new=True)

    # when its conversation is closed
    send("POST", f"/api/conversations/{message.conversation_id}/close", STAFF)

    # then nothing else of it has changed
    item = boto3.client("dynamodb").get_item(
        TableName="tasks", Key={"pk": {"S": f"CONV#{message.conversation_id}"}}
    )["Item"]
    assert (item["status"]["S"], item["unanswered"]["N"]) == ("closed", "1")
    projection = DynamoDBConversations(DynamoDBTable(dynamodb_client(), "tasks")).conversation(
        message.conversation_id
    )
    assert projection is not None
    assert projection.owner_subject == ALICE.subject
