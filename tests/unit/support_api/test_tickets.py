"""Tickets over the routes."""

from tests.support.callers import STAFF, customer
from tests.support.desk import MemoryDesk
from tests.support.desk_samples import a_ticket
from tests.support.support_api import Client

ALICE = customer("alice")


def test_ticket_has_the_contracts_fields(client: Client, desk: MemoryDesk) -> None:
    ticket = a_ticket(ALICE.subject, contact_email="a@example.com")
    desk.tickets.add(ticket)
    assert client.get(f"/api/tickets/{ticket.id}", ALICE).content == {
        "id": ticket.id,
        "number": ticket.number,
        "customer_id": None,
        "contact_email": "a@example.com",
        "conversation_id": None,
        "subject": "Help",
        "description": "It does not work.",
        "category": "technical",
        "priority": "medium",
        "status": "open",
        "assigned_to": None,
        "tags": [],
        "expected_response_at": "2026-01-01T01:00:00Z",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }


def test_staff_filters(client: Client, desk: MemoryDesk) -> None:
    # given tickets that differ in what staff filter by
    desk.customers.add("cust_alice", "alice@example.com")
    for subject, fields in {
        "open": {},
        "resolved": {"status": "resolved"},
        "hers": {"customer_id": "cust_alice"},
    }.items():
        desk.tickets.add(a_ticket(None, subject=subject, minute=len(desk.tickets.stored), **fields))

    # when staff filters
    # then only those are there, the newest first
    for query, expected in {
        "": ["hers", "resolved", "open"],
        "status=resolved": ["resolved"],
        "customer_email=alice@example.com": ["hers"],
        "customer_email=alice@example.com&status=resolved": [],
        "customer_email=nobody@example.com": [],
    }.items():
        items = client.get("/api/tickets", STAFF, query=query).content["items"]
        assert [item["subject"] for item in items] == expected
