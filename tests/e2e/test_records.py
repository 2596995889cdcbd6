"""Records over HTTP, for staff; a customer's export and erasure, for administrators."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from frontdesk.adapters.dynamodb_acceptor import DynamoDBTaskAcceptor
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.adapters.dynamodb_tasks import DynamoDBTaskReader
from frontdesk.adapters.sqs_chat import SQSChatSender
from frontdesk.clock import utc_now
from frontdesk.domain.task import TaskStatus
from frontdesk.principal import Principal, PrincipalKind
from tests.support.chat import a_message, an_acceptance
from tests.support.polling import eventually
from tests.support.record_samples import INVOICE, SUBSCRIPTION
from tests.support.stack import Caller, Stack, assert_problem

KINDS = ("customers", "subscriptions", "invoices")


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Iterator[Caller]:
    """An administrator."""
    caller = Caller(stack.url, {"authorization": f"Bearer {stack.credential(ADMIN='1')}"})
    yield caller
    caller.http.close()


@dataclass(frozen=True)
class Account:
    """A new customer with one record of each kind, each of which says a word of its own."""

    word: str
    email: str
    paths: dict[str, str]

    @property
    def customer_id(self) -> str:
        return self.paths["customers"].rsplit("/", 1)[1]


@pytest.fixture
def account(staff: Caller) -> Account:
    """Records that a member of staff has made."""
    word = f"canary{uuid.uuid4().hex}"
    email = f"{word}@example.com"

    def make(kind: str, body: dict[str, Any]) -> str:
        answer = staff.post(f"/api/{kind}", body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["etag"]
        path: str = answer.headers["location"]
        assert staff.get(path).json() == answer.json()
        return path

    customer = make("customers", {"email": email, "first_name": "Carla", "last_name": word})
    customer_id = customer.rsplit("/", 1)[1]
    subscription = make(
        "subscriptions", {**SUBSCRIPTION, "customer_id": customer_id, "features": [word]}
    )
    invoice = make(
        "invoices",
        {
            **INVOICE,
            "customer_id": customer_id,
            "subscription_id": subscription.rsplit("/", 1)[1],
            "invoice_number": f"INV-{word}"[:20],
            "description": f"Seats of {word}",
        },
    )
    return Account(word, email, dict(zip(KINDS, (customer, subscription, invoice), strict=True)))


def _patch(caller: Caller, path: str, body: Any, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return caller.http.patch(path, json=body, headers=named)


def test_records_are_changed_and_listed(staff: Caller, account: Account) -> None:
    # given the version of a subscription
    path = account.paths["subscriptions"]
    before = staff.get(path)

    # when it is changed
    after = _patch(staff, path, {"seats": 7, "price": 59.9}, if_match=before.headers["etag"])

    # then only that is changed, and a change of the former version is refused
    assert after.status_code == 200, after.text
    assert after.json() == {
        **before.json(),
        "seats": 7,
        "price": "59.90",
        "updated_at": after.json()["updated_at"],
    }
    lost = _patch(staff, path + "/", {"seats": 8}, if_match=before.headers["etag"])
    assert_problem(lost, 412)
    assert staff.get(path).json()["seats"] == 7

    # and the records are in the lists, by address and by status
    for kind in KINDS:
        [item] = staff.get(f"/api/{kind}", customer_email=account.email.upper()).json()["items"]
        assert item["id"] == account.paths[kind].rsplit("/", 1)[1]
    items = staff.get("/api/subscriptions", status="active", limit=100).json()["items"]
    assert after.json()["id"] in {item["id"] for item in items}
    first = staff.get("/api/invoices", limit=1).json()
    second = staff.get("/api/invoices", limit=1, cursor=first["next_cursor"]).json()
    assert first["items"] != second["items"]


def test_what_contradicts_or_says_nothing_is_refused(staff: Caller, account: Account) -> None:
    name = {"first_name": "Carla", "last_name": "C"}
    assert_problem(staff.post("/api/customers", {**name, "email": account.email.upper()}), 409)
    number = staff.get(account.paths["invoices"]).json()["invoice_number"]
    bill = {**INVOICE, "customer_id": account.customer_id, "invoice_number": number}
    assert_problem(staff.post("/api/invoices", bill), 409)
    for body, field in (
        ({**bill, "invoice_number": "x", "customer_id": "cust_0"}, "customer_id"),
        ({**bill, "invoice_number": "x", "subscription_id": "sub_0"}, "subscription_id"),
        ({**bill, "invoice_number": "x", "amount": "12.345"}, "amount"),
        ({**bill, "invoice_number": "x", "due": "2026-01-01"}, "due"),
    ):
        problem = assert_problem(staff.post("/api/invoices", body), 422)
        assert [error["field"] for error in problem["errors"]] == [field]
    assert_problem(_patch(staff, account.paths["customers"], {"email": None}), 422)
    assert_problem(staff.get("/api/invoices", status="active"), 422)


def test_records_are_for_staff(
    stack: Stack, staff: Caller, john: Caller, service: Caller, guest: Callable[[], Caller],
    account: Account,
) -> None:  # fmt: skip
    customer_path = account.paths["customers"]
    for kind, path in account.paths.items():
        for caller, status in ((guest(), 401), (john, 403), (service, 403)):
            for answer in (
                caller.get(path),
                caller.get(f"/api/{kind}"),
                caller.post(f"/api/{kind}", {}),
                _patch(caller, path, {}),
            ):
                assert_problem(answer, status)
                assert account.word not in answer.text
    for caller, status in ((guest(), 401), (john, 403), (service, 403), (staff, 403)):
        assert_problem(caller.get("/api/audit"), status)
        assert_problem(caller.get(f"{customer_path}/export"), status)
        assert_problem(caller.http.delete(customer_path), status)
    assert staff.get(customer_path).status_code == 200


def test_audit_log_says_who_saw_and_changed_what(
    staff: Caller, admin: Caller, account: Account
) -> None:
    _patch(staff, account.paths["customers"], {"phone": "+49 30 1234"})
    items = admin.get("/api/audit", customer_id=account.customer_id, limit=100).json()["items"]
    assert [item["action"] for item in items] == [
        "customer.update",
        "invoice.read",
        "invoice.create",
        "subscription.read",
        "subscription.create",
        "customer.read",
        "customer.create",
    ]
    assert items[0]["details"] == {"fields": ["phone"]}
    assert {item["actor"]["kind"] for item in items} == {"staff"}


def test_who_is_erased_is_gone_from_everywhere(
    stack: Stack, staff: Caller, admin: Caller, account: Account
) -> None:
    # given a customer who has asked, complained, and got a person's answer
    word = account.word
    carla = Caller(stack.url, {"authorization": f"Bearer {stack.credential(EMAIL=account.email)}"})
    asked = carla.ask(f"How do I reset my password? My name is {word}.")
    complained = carla.ask(
        f"I am very frustrated and want to talk to a person. Call me {word}.",
        conversation_id=asked["conversation_id"],
    )
    ticket_id = complained["ticket"]["id"]
    staff.post(f"/api/conversations/{asked['conversation_id']}/messages", {"content": f"Hi {word}"})
    carla.post(f"/api/chat/{asked['task_id']}/feedback", {"rating": "up", "comment": word})

    # then the export has all of that
    export = admin.get(f"{account.paths['customers']}/export").json()
    [conversation] = export["conversations"]
    assert conversation["conversation"]["id"] == asked["conversation_id"]
    assert sum(word in message["content"] for message in conversation["messages"]) >= 3
    assert word in {turn["feedback_comment"] for turn in conversation["turns"]}
    assert [whole["ticket"]["id"] for whole in export["tickets"]] == [ticket_id]
    assert [len(export[kind]) for kind in ("subscriptions", "invoices")] == [1, 1]
    assert "customer.create" in {access["action"] for access in export["audit"]}
    assert _places_that_say(stack, word) >= {"customers", "messages", "tickets", "turns"}
    assert _places_that_say(stack, asked["conversation_id"]) >= {"TASK#", "CONV#"}

    # when the customer is erased
    erased = admin.http.delete(account.paths["customers"])

    # then it is, once, and nothing can be read any more
    assert (erased.status_code, erased.text) == (204, "")
    assert_problem(admin.http.delete(account.paths["customers"]), 404)
    assert_problem(staff.get(account.paths["customers"]), 404)
    assert_problem(staff.get(f"/api/tickets/{ticket_id}"), 404)
    for caller in (carla, staff):
        assert_problem(caller.get(f"/api/conversations/{asked['conversation_id']}"), 404)
        assert_problem(caller.get(f"/api/chat/status/{asked['task_id']}"), 404)
    again = {"message": "Hello?", "conversation_id": asked["conversation_id"]}
    assert_problem(carla.post("/api/chat", again), 404)

    # and no store and no log says the word, or knows the tasks
    assert _places_that_say(stack, word) == set()
    assert not _places_that_say(stack, asked["conversation_id"]) & {"TASK#", "CONV#"}

    # and the invoice is kept, and names nobody
    invoice = staff.get(account.paths["invoices"]).json()
    assert (invoice["customer_id"], invoice["description"]) == (None, "")
    assert invoice["total"] == INVOICE["total"]

    # when messages come late, of the erased conversation and of the erased person
    for conversation_id in (asked["conversation_id"], None):
        _deliver_late(stack, account, conversation_id)

    # then they have brought nothing back
    assert _places_that_say(stack, word) == set()
    assert carla.get("/api/conversations").json()["items"] == []
    carla.http.close()


def _deliver_late(stack: Stack, account: Account, conversation_id: str | None) -> None:
    """Queues a message that was accepted before the erasure, and waits for the task's end."""
    known = {} if conversation_id is None else {"conversation_id": conversation_id}
    message = a_message(
        text=f"Do you remember {account.word}?",
        principal=Principal(
            kind=PrincipalKind.CUSTOMER, subject="issuer|elsewhere", email=account.email
        ),
        accepted_at=utc_now().replace(year=2026, month=1, day=1),
        **known,
    )
    table = DynamoDBTable(stack.dynamodb, stack.environment["TASKS_TABLE"])
    DynamoDBTaskAcceptor(table).accept(
        an_acceptance(message, task_expires_at=utc_now().replace(year=2100))
    )
    SQSChatSender(stack.sqs, stack.environment["CHAT_QUEUE_URL"]).send(message)

    def ended() -> bool:
        found = DynamoDBTaskReader(table).get(message.task_id)
        return found is not None and found[0].status is TaskStatus.FAILED

    eventually(ended, seconds=30, what="end of the late task")


def _places_that_say(stack: Stack, word: str) -> set[str]:
    """Every table, kind of item, queue and log that has a word in it."""
    places = set()
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
        for (table,) in tables:
            query = f'SELECT 1 FROM "{table}" t WHERE t::text ILIKE %s LIMIT 1'
            if connection.execute(query.encode(), (f"%{word}%",)).fetchone():
                places.add(str(table))
    pages = stack.dynamodb.get_paginator("scan").paginate(
        TableName=stack.environment["TASKS_TABLE"]
    )
    for page in pages:
        places |= {
            item["pk"]["S"].split("#")[0] + "#" for item in page["Items"] if word in str(item)
        }
    for name in ("CHAT_QUEUE_URL", "CHAT_DLQ_URL"):
        received = stack.sqs.receive_message(
            QueueUrl=stack.environment[name], MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        if word in str(received.get("Messages", [])):
            places.add(name)
    for path in (stack.data_dir / "logs").rglob("*"):
        if path.is_file() and word in path.read_text(errors="replace"):
            places.add(path.name)
    return places
