"""Conversations, their messages and traces over the routes."""

from typing import Any

import pytest

from frontdesk.domain.acceptance import ConversationProjection
from frontdesk.domain.conversation import ConversationStatus
from frontdesk.domain.task import (
    AgentName,
    Citation,
    Route,
    RouteLabel,
    TaskResult,
    TaskStatus,
    Usage,
)
from tests.support.callers import GUEST, STAFF, customer
from tests.support.desk import MemoryDesk
from tests.support.desk_samples import a_conversation, a_message, a_turn, moment
from tests.support.support_api import Client

ALICE, BOB = customer("alice"), customer("bob")


def _subjects(client: Client, query: str) -> list[str]:
    answer = client.get("/api/conversations", STAFF, query=query)
    assert answer.status == 200, answer.text
    return [item["subject"] for item in answer.content["items"]]


@pytest.fixture
def several(desk: MemoryDesk) -> MemoryDesk:
    """Conversations that differ in what staff filter by; their subjects are their names."""
    desk.customers.add("cust_alice", "alice@example.com")
    samples: dict[str, dict[str, Any]] = {
        "plain": {},
        "closed": {"status": "closed", "closed_at": moment(5)},
        "human": {"handler": "human", "assigned_to": "kim"},
        "late": {"waiting_for": "staff", "waiting_since": moment(9)},
        "early": {"waiting_for": "staff", "waiting_since": moment(3)},
        "theirs": {"waiting_for": "customer", "waiting_since": moment(1)},
        "order": {"last_agent": "order", "customer_id": "cust_alice"},
    }
    for subject, fields in samples.items():
        minute = len(desk.conversations.stored)
        desk.conversations.add(
            a_conversation(str(BOB.subject), subject=subject, minute=minute, **fields)
        )
    return desk


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["order", "theirs", "early", "late", "human", "closed", "plain"]),
        ("status=closed", ["closed"]),
        ("handler=human", ["human"]),
        ("assigned_to=kim", ["human"]),
        ("waiting_for=staff", ["early", "late"]),
        ("agent=order", ["order"]),
        ("customer_email=ALICE@example.com", ["order"]),
        ("customer_email=nobody@example.com", []),
        ("q=LAT", ["late"]),
        ("sort=waiting_since", ["theirs", "early", "late"]),
        ("sort=waiting_since&waiting_for=staff", ["early", "late"]),
    ],
)
def test_staff_filters(
    client: Client, several: MemoryDesk, query: str, expected: list[str]
) -> None:
    assert _subjects(client, query) == expected


def test_conversation_has_the_contracts_fields(client: Client, desk: MemoryDesk) -> None:
    conversation = a_conversation(str(ALICE.subject), tags=("vip",), message_count=2)
    desk.conversations.add(conversation)
    assert client.get(f"/api/conversations/{conversation.id}", ALICE).content == {
        "id": conversation.id,
        "status": "open",
        "handler": "ai",
        "waiting_for": None,
        "waiting_since": None,
        "customer_id": None,
        "subject": "A question",
        "last_agent": None,
        "assigned_to": None,
        "tags": ["vip"],
        "message_count": 2,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "closed_at": None,
    }


def test_accepted_conversation_is_there_before_it_is_taken_up(
    client: Client, desk: MemoryDesk
) -> None:
    # given a conversation that only ingest knows
    desk.conversations.projected["conv_new"] = ConversationProjection(
        conversation_id="conv_new",
        owner_subject=str(GUEST.subject),
        status=ConversationStatus.OPEN,
        unanswered=1,
        customer_hash=None,
        created_at=moment(1),
    )

    # when its owner and staff read it
    for reader in (GUEST, STAFF):
        content = client.get("/api/conversations/conv_new", reader).content

        # then it is open, and empty
        assert (content["status"], content["handler"]) == ("open", "ai")
        assert (content["message_count"], content["subject"]) == (0, "")
        assert content["created_at"] == "2026-01-01T00:01:00Z"
        messages = client.get("/api/conversations/conv_new/messages", reader)
        assert messages.content == {"items": [], "next_cursor": None}
    # and for others it is not there
    assert client.get("/api/conversations/conv_new", ALICE).status == 404
    assert client.get("/api/conversations/conv_new").status == 404


def test_messages_oldest_first_without_notes(client: Client, desk: MemoryDesk) -> None:
    # given a conversation with a note
    conversation = a_conversation(str(ALICE.subject))
    desk.conversations.add(conversation)
    citation = Citation(number=1, document_id="doc_1", title="Plans", snippet="Free: 3 projects")
    for message in (
        a_message("What plans are there?", task_id="task_1"),
        a_message("careful", role="staff", internal=True),
        a_message(
            "Four [1].", role="assistant", agent="faq", task_id="task_1", citations=(citation,)
        ),
    ):
        desk.conversations.add_message(conversation.id, message)
    path = f"/api/conversations/{conversation.id}/messages"

    # when the owner and staff list its messages
    owner, staff = (client.get(path, reader).content["items"] for reader in (ALICE, STAFF))

    # then both have them in order, and only staff has the note
    assert [m["content"] for m in owner] == ["What plans are there?", "Four [1]."]
    assert [m["content"] for m in staff] == ["What plans are there?", "careful", "Four [1]."]
    assert owner[1]["citations"] == [
        {
            "number": 1,
            "document_id": "doc_1",
            "title": "Plans",
            "section": "",
            "snippet": "Free: 3 projects",
            "source_url": None,
        }
    ]
    assert owner[1].keys() == {
        "id", "role", "content", "agent", "task_id", "citations", "proposed_action", "internal",
        "created_at",
    }  # fmt: skip


def test_messages_after_one(client: Client, desk: MemoryDesk) -> None:
    conversation = a_conversation(str(ALICE.subject))
    desk.conversations.add(conversation)
    messages = [a_message(str(number)) for number in range(5)]
    for message in messages:
        desk.conversations.add_message(conversation.id, message)
    path = f"/api/conversations/{conversation.id}/messages"

    page = client.get(path, ALICE, query={"after": messages[1].id, "limit": 2}).content
    assert [m["content"] for m in page["items"]] == ["2", "3"]
    rest = client.get(path, ALICE, query={"after": messages[1].id, "cursor": page["next_cursor"]})
    assert [m["content"] for m in rest.content["items"]] == ["4"]
    assert rest.content["next_cursor"] is None


def test_after_has_to_be_a_message_of_this_conversation(client: Client, desk: MemoryDesk) -> None:
    # given a note in Alice's conversation, and a message in Bob's
    mine, other = a_conversation(str(ALICE.subject)), a_conversation(str(BOB.subject))
    note, theirs = a_message(role="staff", internal=True), a_message()
    for conversation, message in ((mine, note), (other, theirs)):
        desk.conversations.add(conversation)
        desk.conversations.add_message(conversation.id, message)

    # when Alice lists what came after them
    # then neither exists for her
    for message_id in (note.id, theirs.id, "x"):
        answer = client.get(
            f"/api/conversations/{mine.id}/messages", ALICE, query={"after": message_id}
        )
        assert answer.status == 422
        assert answer.content["errors"][0]["field"] == "after"


def test_waits_until_there_is_a_message(client: Client, desk: MemoryDesk) -> None:
    # given a conversation that gets its message while somebody waits for it
    conversation = a_conversation(str(ALICE.subject))
    desk.conversations.add(conversation)

    def write_third_time() -> None:
        if len(desk.clock.naps) == 3:
            desk.conversations.add_message(conversation.id, a_message("here"))

    desk.clock.on_sleep = write_third_time

    # when the owner waits
    answer = client.get(f"/api/conversations/{conversation.id}/messages", ALICE, query={"wait": 20})

    # then it is answered with the message, polled ever more slowly
    assert [m["content"] for m in answer.content["items"]] == ["here"]
    assert desk.clock.naps == sorted(desk.clock.naps)
    assert len(desk.clock.naps) == 3


@pytest.mark.parametrize(("wait", "seconds_left", "most"), [(3, 29, 3), (20, 6, 5), (0, 29, 0)])
def test_waits_no_longer_than_asked_or_possible(
    client: Client, desk: MemoryDesk, wait: float, seconds_left: float, most: float
) -> None:
    conversation = a_conversation(str(ALICE.subject))
    desk.conversations.add(conversation)
    answer = client.get(
        f"/api/conversations/{conversation.id}/messages",
        ALICE,
        query={"wait": wait},
        seconds_left=seconds_left,
    )
    assert answer.content["items"] == []
    assert sum(desk.clock.naps) == pytest.approx(most, abs=0.3)


@pytest.mark.parametrize("wait", ["-1", "21", "nan", "inf", "soon"])
def test_wait_has_bounds(client: Client, desk: MemoryDesk, wait: str) -> None:
    conversation = a_conversation(str(ALICE.subject))
    desk.conversations.add(conversation)
    path = f"/api/conversations/{conversation.id}/messages"
    assert client.get(path, ALICE, query={"wait": wait}).status == 422


def test_trace_shows_how_a_message_was_answered(client: Client, desk: MemoryDesk) -> None:
    conversation = a_conversation(str(ALICE.subject))
    desk.conversations.add(conversation)
    result = TaskResult(
        status=TaskStatus.COMPLETED,
        completed_at=moment(1),
        agent=AgentName.FAQ,
        route=Route(agent=RouteLabel.FAQ, confidence=0.9, reasoning="about plans"),
        usage=Usage(llm_calls=2, input_tokens=100, output_tokens=20),
    )
    turn = a_turn(conversation.id, result=result, trace={"passages": [{"score": 0.8}], "guard": {}})
    desk.conversations.add_turn(turn)

    [item] = client.get(f"/api/conversations/{conversation.id}/trace", STAFF).content["items"]

    assert item["task_id"] == turn.task_id
    assert item["route"] == {"agent": "faq", "confidence": 0.9, "reasoning": "about plans"}
    assert item["usage"]["cost_usd"] == "0.000000"
    assert item["passages"] == [{"score": 0.8}]
    assert item["tool_calls"] == item["model_calls"] == []
    assert item["trace"] == {"guard": {}}


def test_pages_hold_everything_once(client: Client, desk: MemoryDesk) -> None:
    # given seven conversations, two of which began at the same moment
    for minute in (0, 1, 1, 2, 3, 4, 5):
        desk.conversations.add(a_conversation(str(ALICE.subject), minute=minute))

    # when they are read in pages of three
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/conversations", ALICE, query=query).content
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    # then each was there once
    assert len(seen) == 7
    assert set(seen) == {c.id for c in desk.conversations.stored}


def test_cursor_is_good_for_its_filters_only(client: Client, several: MemoryDesk) -> None:
    cursor = client.get("/api/conversations", STAFF, query="limit=1").content["next_cursor"]
    for query in ({"status": "open"}, {"sort": "waiting_since"}, {"customer_email": "a@b.c"}):
        answer = client.get("/api/conversations", STAFF, query=query | {"cursor": cursor})
        assert answer.status == 422
    assert client.get("/api/tickets", STAFF, query={"cursor": cursor}).status == 422
