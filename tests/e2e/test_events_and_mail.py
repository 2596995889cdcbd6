"""Who is told: events on the bus, and a person's reply by mail to who has left, over HTTP."""

import email
import json
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from typing import Any

import httpx

from tests.support.polling import eventually
from tests.support.stack import Caller, Stack, assert_problem

COMPLAINT = "I've been charged twice and I'm furious. Let me speak to a person!"
REPLY = "We have refunded it — sorry, Zorbo."


def events(stack: Stack, conversation_id: str) -> list[dict[str, Any]]:
    file = stack.data_dir / "events.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [
        event
        for event in map(json.loads, lines)
        if event["detail"]["data"].get("conversation_id") == conversation_id
    ]


def mails(stack: Stack, reference: str) -> list[EmailMessage]:
    found = []
    for file in (stack.data_dir / "outbox").glob("*.eml"):
        mail = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        if mail["X-Frontdesk-Reference"] == reference:
            found.append(mail)
    return found


def reply(staff: Caller, conversation_id: str, content: str = REPLY) -> str:
    answer = staff.post(f"/api/conversations/{conversation_id}/messages", {"content": content})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_guest_who_left_is_mailed_and_one_who_reads_is_not(
    stack: Stack, staff: Caller, guest: Callable[[], Caller]
) -> None:
    # given two guests with a ticket, who are asked for an address and give one
    gone, there = guest(), guest()
    conversations = []
    for caller, address in ((gone, "zoe@example.com"), (there, "max@example.com")):
        first = caller.ask(COMPLAINT)
        assert "e-mail address" in first["response"]
        caller.ask(f"You can write to {address}.", conversation_id=first["conversation_id"])
        conversations.append(first["conversation_id"])

    # when a person replies to both, and one of them reads it
    read = reply(staff, conversations[1])
    shown = there.get(f"/api/conversations/{conversations[1]}/messages", limit=100).json()["items"]
    assert read in [message["id"] for message in shown]
    unread = reply(staff, conversations[0])

    # then the other one gets it by mail, once
    eventually(lambda: mails(stack, unread), seconds=60, what="the mail")
    (mail,) = mails(stack, unread)
    assert mail["To"] == "zoe@example.com"
    assert REPLY in mail.get_content()
    assert f"{stack.url}/?conversation={conversations[0]}" in mail.get_content()
    assert mails(stack, read) == []

    # and all of it was told, without a word of it
    told = events(stack, conversations[0])
    assert {event["detail-type"] for event in told} == {
        "ticket.opened",
        "conversation.waiting",
        "conversation.replied",
    }
    assert unread in {event["detail"]["data"].get("message_id") for event in told}
    text = json.dumps(told)
    assert "Zorbo" not in text
    assert "zoe@example.com" not in text


def test_the_page_about_the_api_is_for_anybody(stack: Stack) -> None:
    answer = httpx.get(f"{stack.url}/api/docs", timeout=30)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert 'id="createTicket"' in answer.text


def test_a_services_key_is_made_rotated_and_revoked(stack: Stack) -> None:
    def ask(key: str) -> httpx.Response:
        return httpx.get(f"{stack.url}/api/conversations", headers={"x-api-key": key}, timeout=30)

    first = stack.operate("keys", "create", "shop")
    second = stack.operate("keys", "rotate", "shop")
    assert [ask(key).status_code for key in (first, second)] == [200, 200]

    assert "shop" not in stack.operate("keys", "revoke", "shop")

    assert {ask(key).status_code for key in (first, second)} == {403}
    assert_problem(httpx.get(f"{stack.url}/api/audit", timeout=30), 401)
