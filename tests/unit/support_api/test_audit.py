"""Staff's and services' access to customers' data is written down, and nobody else's."""

import pytest

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.errors import InfrastructureError
from tests.support.callers import SERVICE, STAFF, customer
from tests.support.desk import MemoryDesk
from tests.support.desk_samples import a_conversation, a_ticket
from tests.support.support_api import Client

ALICE = customer("alice")


def test_reading_a_conversation_is_recorded(client: Client, desk: MemoryDesk) -> None:
    # given a conversation of a customer with a record
    conversation = a_conversation(str(ALICE.subject), customer_id="cust_alice")
    desk.conversations.add(conversation)

    # when staff reads it
    client.get(
        f"/api/conversations/{conversation.id}/messages",
        STAFF,
        headers={"x-correlation-id": "case-7"},
    )

    # then it is written who, what, whose, and in which request
    assert desk.audit.entries == [
        AuditEntry(
            actor=STAFF,
            action="conversation.read_messages",
            object_kind="conversation",
            object_id=conversation.id,
            customer_id="cust_alice",
            correlation_id="case-7",
        )
    ]


def test_listing_one_customers_tickets_is_recorded(client: Client, desk: MemoryDesk) -> None:
    desk.customers.add("cust_alice", "alice@example.com")
    client.get("/api/tickets", STAFF, query={"customer_email": "alice@example.com"})
    [entry] = desk.audit.entries
    assert (entry.action, entry.object_id, entry.customer_id) == ("ticket.list", None, "cust_alice")


def test_service_is_recorded(client: Client, desk: MemoryDesk) -> None:
    ticket = a_ticket(SERVICE.subject)
    desk.tickets.add(ticket)
    client.get(f"/api/tickets/{ticket.id}", SERVICE)
    assert [entry.action for entry in desk.audit.entries] == ["ticket.read"]


def test_owner_and_refused_are_not_recorded(client: Client, desk: MemoryDesk) -> None:
    conversation = a_conversation(str(ALICE.subject))
    desk.conversations.add(conversation)
    path = f"/api/conversations/{conversation.id}"
    client.get(path, ALICE)
    client.get(f"{path}/trace", ALICE)
    client.get("/api/conversations/conv_0", STAFF)
    client.get("/api/conversations", STAFF, query="limit=0")
    client.get("/api/knowledge", STAFF)
    assert desk.audit.entries == []


def test_what_cannot_be_recorded_is_not_shown(
    client: Client, desk: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: AuditEntry) -> None:
        raise InfrastructureError("down")

    conversation = a_conversation(str(ALICE.subject), subject="secret")
    desk.conversations.add(conversation)
    monkeypatch.setattr(desk.audit, "record", fail)
    answer = client.get(f"/api/conversations/{conversation.id}", STAFF)
    assert answer.status == 503
    assert "secret" not in answer.text
