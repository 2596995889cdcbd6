"""The audit log, export and erasure, for administrators."""

import pytest

from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.personal_data import Remains
from tests.support.callers import ADMIN, STAFF
from tests.support.desk import MemoryDesk
from tests.support.record_samples import add_account
from tests.support.support_api import Client

ALICE = "cust_alice"


@pytest.fixture(autouse=True)
def account(desk: MemoryDesk) -> None:
    """A customer `cust_alice` with an account."""
    add_account(desk.accounts, ALICE, "Arden")


def test_audit_log_is_listed(client: Client) -> None:
    # given two accesses
    client.get(f"/api/customers/{ALICE}", STAFF, headers={"x-correlation-id": "case-7"})
    client.get("/api/invoices/inv_alice", ADMIN)

    # when an administrator lists them
    [latest, first] = client.get("/api/audit", ADMIN).content["items"]

    # then each says who, what, whose, when, and in which request
    assert latest["action"] == "invoice.read"
    assert first == {
        "id": first["id"],
        "occurred_at": first["occurred_at"],
        "actor": {"kind": "staff", "subject": STAFF.subject},
        "action": "customer.read",
        "object_kind": "customer",
        "object_id": ALICE,
        "customer_id": ALICE,
        "correlation_id": "case-7",
        "details": {},
    }


def test_audit_log_is_narrowed_and_paged(client: Client) -> None:
    for _ in range(3):
        client.get(f"/api/customers/{ALICE}", STAFF)
        client.get("/api/subscriptions/sub_alice", ADMIN)

    def count(**query: str) -> int:
        return len(client.get("/api/audit", ADMIN, query=query).content["items"])

    assert count() == 6
    assert count(action="customer.read") == count(actor=str(STAFF.subject)) == 3
    assert count(customer_id=ALICE) == 6
    assert count(customer_id="cust_0") == 0
    assert count(since="2000-01-01T00:00:00Z", until="2000-01-02T00:00:00Z") == 0
    page = client.get("/api/audit", ADMIN, query={"limit": "4"}).content
    rest = client.get("/api/audit", ADMIN, query={"limit": "4", "cursor": page["next_cursor"]})
    ids = [item["id"] for item in page["items"] + rest.content["items"]]
    assert (len(ids), len(set(ids))) == (6, 6)
    for bad in (
        {"since": "yesterday"},
        {"since": "0.5"},
        {"until": "2026-01-01T00:00:00"},
        {"limit": "0"},
    ):
        assert client.get("/api/audit", ADMIN, query=bad).status == 422


def test_export_holds_the_account_and_is_audited(client: Client, desk: MemoryDesk) -> None:
    content = client.get(f"/api/customers/{ALICE}/export", ADMIN).content
    assert content["customer"]["email"] == "alice@example.com"
    assert [s["price"] for s in content["subscriptions"]] == ["49.00"]
    assert [i["invoice_number"] for i in content["invoices"]] == ["INV-alice"]
    assert [(e.action, e.customer_id) for e in desk.audit.entries] == [("customer.export", ALICE)]


def test_erasure_answers_with_nothing_and_once(client: Client, desk: MemoryDesk) -> None:
    # when a customer is erased
    erased = client.send("DELETE", f"/api/customers/{ALICE}", ADMIN)

    # then there is nothing to read any more, not even for a second time
    assert (erased.status, erased.text) == (204, "")
    assert client.get(f"/api/customers/{ALICE}", STAFF).status == 404
    assert client.send("DELETE", f"/api/customers/{ALICE}", ADMIN).status == 404

    # and the log says that, and names nobody
    [entry] = desk.audit.entries
    assert (entry.action, entry.object_id, entry.details) == ("customer.erase", ALICE, {})
    assert len(desk.task_erasure.forgotten) == 1


def test_what_cannot_be_erased_everywhere_is_kept(
    client: Client, desk: MemoryDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a tasks table that is out of reach
    def fail(_: Remains) -> None:
        raise InfrastructureError("down")

    with monkeypatch.context() as broken:
        broken.setattr(desk.task_erasure, "forget", fail)

        # when a customer is erased
        # then the caller is told to try again
        assert client.send("DELETE", f"/api/customers/{ALICE}", ADMIN).status == 503
    assert client.get(f"/api/customers/{ALICE}", STAFF).status == 200
    assert client.send("DELETE", f"/api/customers/{ALICE}", ADMIN).status == 204
