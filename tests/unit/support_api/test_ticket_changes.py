"""Making and changing tickets, and talking on them, over the routes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from frontdesk.config import TicketPolicySettings
from frontdesk.domain.records import Ticket
from tests.support.callers import STAFF, customer
from tests.support.desk import MemoryDesk
from tests.support.desk_samples import a_conversation, a_ticket, moment
from tests.support.support_api import Answer, Client

ALICE = customer("alice")
LEAST = {"subject": "Charged twice", "description": "In May.", "category": "billing"}


def create(client: Client, **fields: Any) -> Answer:
    return client.send("POST", "/api/tickets", STAFF, body=LEAST | fields)


def patch(client: Client, ticket: Ticket, body: dict[str, Any], **headers: str) -> Answer:
    return client.send("PATCH", f"/api/tickets/{ticket.id}", STAFF, body=body, headers=headers)


def comment(client: Client, ticket: Ticket, caller: Any, **body: Any) -> Answer:
    return client.send("POST", f"/api/tickets/{ticket.id}/comments", caller, body=body)


@pytest.fixture
def ticket(desk: MemoryDesk) -> Ticket:
    """A ticket of Alice's."""
    made = a_ticket(ALICE.subject)
    desk.tickets.add(made)
    return made


def test_least_that_makes_a_ticket(client: Client, desk: MemoryDesk) -> None:
    answer = create(client)

    assert answer.status == 201
    made = answer.content
    assert made["number"].startswith("FD-")
    assert (made["priority"], made["status"]) == ("medium", "open")
    # A day, which is what the priority promises.
    assert made["expected_response_at"] == "2026-01-03T03:04:05Z"
    assert answer.headers["location"] == f"/api/tickets/{made['id']}"
    assert client.get(answer.headers["location"], STAFF).content == made
    [entry] = desk.audit.entries[:1]
    assert (entry.action, entry.object_id) == ("ticket.create", made["id"])


def test_everything_a_ticket_can_have(client: Client, desk: MemoryDesk) -> None:
    desk.customers.add("cust_alice", "alice@example.com")
    conversation = a_conversation(str(ALICE.subject), customer_id="cust_alice", version=1)
    desk.conversations.add(conversation)

    sent = {
        "number": "CRM-17",
        "priority": "urgent",
        "status": "in_progress",
        "customer_id": "cust_alice",
        "contact_email": "alice@home.example",
        "conversation_id": conversation.id,
        "assigned_to": "kim",
        "tags": ["vip"],
        "expected_response_at": "2026-02-01T10:00:00+01:00",
    }
    made = create(client, **sent).content

    expected = sent | {"expected_response_at": "2026-02-01T09:00:00Z"}
    assert {name: made[name] for name in expected} == expected
    assert client.get(f"/api/tickets/{made['id']}", ALICE).status == 200
    assert create(client, number="CRM-17").status == 409


def test_ticket_of_a_conversation_is_its_customers(client: Client, desk: MemoryDesk) -> None:
    desk.customers.add("cust_alice", "alice@example.com")
    desk.customers.add("cust_bob", "bob@example.com")
    conversation = a_conversation("guest:1", customer_id="cust_alice", version=1)
    desk.conversations.add(conversation)

    assert create(client, conversation_id=conversation.id).content["customer_id"] == "cust_alice"
    both = create(client, conversation_id=conversation.id, customer_id="cust_bob")
    assert both.status == 422


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": None}, "subject"),
        ({"description": "\u200b"}, "description"),
        ({"category": "refunds"}, "category"),
        ({"priority": "soon"}, "priority"),
        ({"contact_email": "alice"}, "contact_email"),
        ({"customer_id": "cust_nobody"}, "customer_id"),
        ({"conversation_id": "conv_0"}, "conversation_id"),
        ({"number": "FD 1"}, "number"),
        ({"expected_response_at": 1769940000}, "expected_response_at"),
        ({"expected_response_at": "1769940000"}, "expected_response_at"),
        ({"expected_response_at": "2026-02-01T10:00:00"}, "expected_response_at"),
        ({"expected_response_at": "0001-01-01T00:00:00+10:00"}, "expected_response_at"),
        ({"tags": [1]}, "tags.0"),
    ],
)
def test_bad_ticket(client: Client, fields: dict[str, Any], field: str) -> None:
    answer = create(client, **fields)
    assert answer.status == 422
    assert [error["field"] for error in answer.content["errors"]] == [field]


def test_patch_changes_only_what_was_sent(client: Client, ticket: Ticket) -> None:
    before = client.get(f"/api/tickets/{ticket.id}", STAFF).content

    after = patch(client, ticket, {"assigned_to": "kim", "priority": "low"}).content

    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"assigned_to", "priority", "expected_response_at", "updated_at"}
    # Three days after it was made.
    assert after["expected_response_at"] == "2026-01-04T00:00:00Z"
    assert patch(client, ticket, {"assigned_to": None}).content["assigned_to"] is None
    assert patch(client, ticket, {"tags": ["vip"]}).content["tags"] == ["vip"]
    assert patch(client, ticket, {"subject": None}).status == 422


def test_status_follows_the_table(client: Client, ticket: Ticket) -> None:
    assert patch(client, ticket, {"status": "closed"}).content["status"] == "closed"
    refused = patch(client, ticket, {"status": "in_progress", "assigned_to": "kim"})
    assert refused.status == 409
    assert "open" in refused.content["detail"]
    assert client.get(f"/api/tickets/{ticket.id}", STAFF).content["assigned_to"] is None
    assert patch(client, ticket, {"status": "open"}).content["status"] == "open"


def test_lost_update_is_refused(client: Client, ticket: Ticket) -> None:
    tag = client.get(f"/api/tickets/{ticket.id}", STAFF).headers["etag"]
    assert patch(client, ticket, {"tags": ["one"]}, **{"if-match": tag}).status == 200
    assert patch(client, ticket, {"tags": ["two"]}, **{"if-match": tag}).status == 412


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_nobody_waits_for_a_person_because_of_a_settled_ticket(
    client: Client, desk: MemoryDesk, status: str
) -> None:
    # given a conversation that waits because of two tickets
    conversation = a_conversation(
        str(ALICE.subject), version=1, waiting_for="staff", waiting_since=moment(0)
    )
    desk.conversations.add(conversation)
    tickets = [a_ticket(ALICE.subject, conversation_id=conversation.id) for _ in range(2)]
    desk.tickets.stored += tickets

    def waits_for() -> str | None:
        path = f"/api/conversations/{conversation.id}"
        waiting: str | None = client.get(path, STAFF).content["waiting_for"]
        return waiting

    # when one after the other is done with
    # then it waits for the second one still
    patch(client, tickets[0], {"status": status})
    assert waits_for() == "staff"
    patch(client, tickets[1], {"status": status})
    assert waits_for() is None


def test_comments_are_seen_by_owner_and_staff_and_notes_by_staff(
    client: Client, desk: MemoryDesk, ticket: Ticket
) -> None:
    said = comment(client, ticket, ALICE, content="Any news?")
    assert said.status == 201
    assert (said.content["role"], said.content["internal"]) == ("customer", False)
    comment(client, ticket, STAFF, content="He called.", internal=True)
    comment(client, ticket, STAFF, content="Soon.")

    def read(caller: Any, query: str = "") -> list[tuple[str, str]]:
        answer = client.get(f"/api/tickets/{ticket.id}/comments", caller, query=query)
        return [(item["role"], item["content"]) for item in answer.content["items"]]

    assert read(ALICE) == [("customer", "Any news?"), ("staff", "Soon.")]
    assert read(STAFF) == [("customer", "Any news?"), ("staff", "He called."), ("staff", "Soon.")]
    first = client.get(f"/api/tickets/{ticket.id}/comments", ALICE, query="limit=1").content
    assert read(ALICE, f"cursor={first['next_cursor']}") == [("staff", "Soon.")]
    assert [entry.action for entry in desk.audit.entries][:2] == ["ticket.comment"] * 2


def test_owner_writes_no_notes(client: Client, ticket: Ticket) -> None:
    assert comment(client, ticket, ALICE, content="Hidden", internal=True).status == 422


def test_owners_word_opens_a_resolved_ticket(client: Client, ticket: Ticket) -> None:
    patch(client, ticket, {"status": "resolved"})
    comment(client, ticket, ALICE, content="It is not.")
    assert client.get(f"/api/tickets/{ticket.id}", ALICE).content["status"] == "open"
    patch(client, ticket, {"status": "closed"})
    assert comment(client, ticket, ALICE, content="But …").status == 409


def test_tickets_are_answered_and_assigned_as_the_settings_say(desk: MemoryDesk) -> None:
    settings = TicketPolicySettings(
        business_hours="Mon-Fri 09:00-17:00",
        response_hours="urgent=1",
        assignment_rules="technical=kim, */urgent=on-call",
    )
    client = Client(replace(desk.desk(), ticket_policy=settings.ticket_policy))
    desk.clock.now = datetime(2026, 11, 28, 12, tzinfo=UTC)  # a Saturday

    made = create(client, category="billing", priority="urgent").content
    named = create(client, category="technical", assigned_to="anna").content
    ruled = create(client, category="technical").content

    assert made["expected_response_at"] == "2026-11-30T10:00:00Z"
    assert [one["assigned_to"] for one in (made, named, ruled)] == ["on-call", "anna", "kim"]
    raised = client.send(
        "PATCH", f"/api/tickets/{named['id']}", STAFF, body={"priority": "urgent"}
    ).content
    assert raised["expected_response_at"] == "2026-11-30T10:00:00Z"
    assert raised["assigned_to"] == "anna"
