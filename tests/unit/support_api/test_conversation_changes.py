"""Closing, taking over, answering, releasing and filing conversations over the routes."""

from typing import Any

import pytest

from frontdesk.domain.acceptance import ConversationProjection
from frontdesk.domain.conversation import Conversation, ConversationStatus
from tests.support.callers import ADMIN, SERVICE, STAFF, customer
from tests.support.desk import MemoryDesk
from tests.support.desk_samples import a_conversation, a_message, moment
from tests.support.support_api import Answer, Client

ALICE = customer("alice")
NOW = "2026-01-02T03:04:05Z"


@pytest.fixture
def conversation(desk: MemoryDesk) -> Conversation:
    """A conversation of Alice's that the agents have answered once."""
    made = a_conversation(
        str(ALICE.subject), customer_id="cust_alice", message_count=2, version=2, revision=4
    )
    desk.conversations.add(made)
    for role in ("customer", "assistant"):
        desk.conversations.add_message(made.id, a_message(role=role))
    return made


def post(client: Client, conversation: Conversation, what: str, body: Any = None) -> Answer:
    sent = {} if body is None else {"body": body}
    return client.send("POST", f"/api/conversations/{conversation.id}/{what}", STAFF, **sent)


def project(desk: MemoryDesk, conversation_id: str, **fields: Any) -> None:
    desk.conversations.projected[conversation_id] = ConversationProjection(
        conversation_id=conversation_id,
        owner_subject=str(ALICE.subject),
        status=ConversationStatus.OPEN,
        unanswered=1,
        customer_hash=None,
        created_at=moment(0),
        **fields,
    )


def actions(desk: MemoryDesk) -> list[str]:
    return [entry.action for entry in desk.audit.entries]


@pytest.mark.parametrize("caller", [ALICE, STAFF])
def test_close_is_told_to_ingest_and_is_done_once(
    client: Client, desk: MemoryDesk, conversation: Conversation, caller: Any
) -> None:
    project(desk, conversation.id)

    first, second = (
        client.send("POST", f"/api/conversations/{conversation.id}/close/", caller)
        for _ in range(2)
    )

    assert (first.status, second.status) == (200, 200)
    assert first.content == second.content
    assert (first.content["status"], first.content["closed_at"]) == ("closed", NOW)
    assert desk.conversations.projected[conversation.id].status is ConversationStatus.CLOSED
    assert actions(desk) == (["conversation.close"] * 2 if caller is STAFF else [])


def test_closing_again_repairs_what_ingest_knows(
    client: Client, desk: MemoryDesk, conversation: Conversation
) -> None:
    # given a conversation whose closing has not reached ingest
    post(client, conversation, "close")
    project(desk, conversation.id)

    # when it is closed again
    post(client, conversation, "close")

    # then it has
    assert desk.conversations.projected[conversation.id].status is ConversationStatus.CLOSED


def test_takeover_reply_and_release(
    client: Client, desk: MemoryDesk, conversation: Conversation
) -> None:
    taken = post(client, conversation, "takeover")
    assert taken.status == 200
    assert (taken.content["handler"], taken.content["waiting_for"]) == ("human", "staff")
    assert taken.content["waiting_since"] == NOW

    reply = post(client, conversation, "messages", {"content": " I will\u200b look. "})
    assert reply.status == 201
    assert (reply.content["role"], reply.content["content"]) == ("staff", "I will look.")
    assert reply.content["internal"] is False
    now = client.get(f"/api/conversations/{conversation.id}", ALICE).content
    assert (now["handler"], now["waiting_for"], now["message_count"]) == ("human", "customer", 3)

    released = post(client, conversation, "release")
    assert (released.content["handler"], released.content["waiting_for"]) == ("ai", None)
    assert actions(desk) == [
        "conversation.takeover",
        "conversation.reply",
        "conversation.release",
    ]
    assert {entry.customer_id for entry in desk.audit.entries} == {"cust_alice"}


def test_reply_takes_over_by_itself(client: Client, conversation: Conversation) -> None:
    post(client, conversation, "messages", {"content": "Hello"})
    content = client.get(f"/api/conversations/{conversation.id}", STAFF).content
    assert (content["handler"], content["waiting_for"]) == ("human", "customer")


@pytest.mark.parametrize("internal", [False, True])
def test_a_retry_with_the_same_key_writes_nothing_again(
    client: Client, desk: MemoryDesk, conversation: Conversation, internal: bool
) -> None:
    # given a message whose answer was lost, in a conversation that was closed since
    path = f"/api/conversations/{conversation.id}/messages"
    body, key = {"content": "Hello", "internal": internal}, {"idempotency-key": "once"}
    first = client.send("POST", path, STAFF, body=body, headers=key)
    post(client, conversation, "close")

    # when it is sent again
    again = client.send("POST", path, STAFF, body=body, headers=key)

    # then it is answered the same, and is there once
    assert (again.status, again.content) == (201, first.content)
    assert len(actions(desk)) == 2
    contents = [m["content"] for m in client.get(path, STAFF).content["items"]]
    assert contents.count("Hello") == 1

    # and the key stands for this message of this member of staff alone
    other = client.send("POST", path, STAFF, body=body | {"content": "Other"}, headers=key)
    assert (other.status, other.content["errors"][0]["field"]) == (422, "Idempotency-Key")
    wrong = client.send("POST", path, STAFF, body=body, headers={"idempotency-key": "a b"})
    assert wrong.status == 422


def test_note_changes_nothing_and_is_for_staff(
    client: Client, desk: MemoryDesk, conversation: Conversation
) -> None:
    before = client.get(f"/api/conversations/{conversation.id}", STAFF)

    note = post(client, conversation, "messages", {"content": "He is upset.", "internal": True})

    assert (note.status, note.content["internal"]) == (201, True)
    after = client.get(f"/api/conversations/{conversation.id}", STAFF)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    path = f"/api/conversations/{conversation.id}/messages"
    assert "upset" in client.get(path, STAFF).text
    assert "upset" not in client.get(path, ALICE).text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": ""}, "content"),
        ({"content": "\u200b \u2066"}, "content"),
        ({"content": "x" * 4001}, "content"),
        ({"content": 7}, "content"),
        ({"content": "x", "internal": "yes"}, "internal"),
        ({"content": "a note that the customer must not read", "internl": True}, "internl"),
    ],
)
def test_bad_message(
    client: Client, conversation: Conversation, body: dict[str, Any], field: str
) -> None:
    answer = post(client, conversation, "messages", body)
    assert answer.status == 422
    assert [error["field"] for error in answer.content["errors"]] == [field]


def test_longest_message_is_counted_after_normalising(
    client: Client, conversation: Conversation
) -> None:
    answer = post(client, conversation, "messages", {"content": "\u200b" + "x" * 4000 + "  "})
    assert answer.status == 201


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("takeover", None, 409),
        ("release", None, 409),
        ("messages", {"content": "Hello"}, 409),
        ("messages", {"content": "Done.", "internal": True}, 201),
    ],
)
def test_closed_conversation_takes_notes_only(
    client: Client, conversation: Conversation, what: str, body: Any, status: int
) -> None:
    post(client, conversation, "close")
    assert post(client, conversation, what, body).status == status


@pytest.mark.parametrize("what", ["close", "takeover"])
def test_conversation_that_the_worker_has_not_taken_up(
    client: Client, desk: MemoryDesk, what: str
) -> None:
    project(desk, "conv_new")

    answer = client.send("POST", f"/api/conversations/conv_new/{what}", STAFF)

    assert answer.status == 200
    [stored] = desk.conversations.stored
    assert (stored.id, stored.owner_subject) == ("conv_new", ALICE.subject)
    assert answer.content["created_at"] == "2026-01-01T00:00:00Z"


def patch(client: Client, conversation: Conversation, body: Any, **headers: str) -> Answer:
    return client.send(
        "PATCH", f"/api/conversations/{conversation.id}", STAFF, body=body, headers=headers
    )


def test_patch_changes_only_what_was_sent(client: Client, conversation: Conversation) -> None:
    first = patch(client, conversation, {"assigned_to": "kim"})
    assert (first.content["assigned_to"], first.content["tags"]) == ("kim", [])
    second = patch(client, conversation, {"tags": ["vip", " vip", "late"]})
    assert (second.content["assigned_to"], second.content["tags"]) == ("kim", ["vip", "late"])
    third = patch(client, conversation, {"assigned_to": None})
    assert (third.content["assigned_to"], third.content["tags"]) == (None, ["vip", "late"])
    assert patch(client, conversation, {}).content == third.content


@pytest.mark.parametrize(
    "body",
    [
        {"tags": None},
        {"tags": "vip"},
        {"tags": [""]},
        {"tags": ["x" * 51]},
        {"tags": [str(number) for number in range(21)]},
        {"assigned_to": ""},
        {"assigned_to": 5},
        {"status": "closed"},
    ],
)
def test_bad_patch(client: Client, conversation: Conversation, body: dict[str, Any]) -> None:
    assert patch(client, conversation, body).status == 422


def test_lost_update_is_refused(client: Client, conversation: Conversation) -> None:
    # given two who have read the same
    tag = client.get(f"/api/conversations/{conversation.id}", STAFF).headers["etag"]
    headers = {"if-match": tag}

    # when both change it
    first = patch(client, conversation, {"tags": ["one"]}, **headers)
    second = patch(client, conversation, {"tags": ["two"]}, **headers)

    # then the second is told
    assert (first.status, second.status) == (200, 412)
    assert first.headers["etag"] != tag
    assert patch(client, conversation, {}, **{"if-match": first.headers["etag"]}).status == 200


def test_change_between_the_check_and_the_lock_is_seen(
    client: Client, desk: MemoryDesk, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given somebody who is faster than the caller by a hair
    tag = client.get(f"/api/conversations/{conversation.id}", STAFF).headers["etag"]
    change = desk.conversations.change

    def overtaken(*arguments: Any, **named: Any) -> Conversation:
        [place] = [i for i, c in enumerate(desk.conversations.stored) if c.id == conversation.id]
        desk.conversations.stored[place] = conversation.model_copy(update={"revision": 9})
        return change(*arguments, **named)

    monkeypatch.setattr(desk.conversations, "change", overtaken)

    assert patch(client, conversation, {"tags": ["x"]}, **{"if-match": tag}).status == 412


@pytest.mark.parametrize("caller", [ADMIN, STAFF])
def test_any_member_of_staff_may(client: Client, conversation: Conversation, caller: Any) -> None:
    path = f"/api/conversations/{conversation.id}/takeover"
    assert client.send("POST", path, caller).status == 200


def test_service_closes_its_own_and_is_recorded(client: Client, desk: MemoryDesk) -> None:
    made = a_conversation(str(SERVICE.subject), version=1)
    desk.conversations.add(made)
    assert client.send("POST", f"/api/conversations/{made.id}/close", SERVICE).status == 200
    assert actions(desk) == ["conversation.close"]
