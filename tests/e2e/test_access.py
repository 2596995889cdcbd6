"""Every operation that the description names × every caller and every bad credential."""

import json
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from support_api.description import DESCRIPTION
from tests.support.access import OPERATIONS, OWNED, Operation, everyone
from tests.support.bad_credentials import bad_credentials
from tests.support.stack import Caller, Stack

CHAT = {
    ("POST", "/api/chat"): Operation(everyone(202), {"body": {"message": "Hello"}}),
    # 202 where the answer takes longer than the request may.
    ("POST", "/api/chat/sync"): Operation(everyone(200), {"body": {"message": "Hello"}}),
    ("GET", "/api/chat/status/<task_id>"): Operation(OWNED),
}
TABLE = OPERATIONS | CHAT
DESCRIBED = [
    (method.upper(), path.replace("{", "<").replace("}", ">"))
    for path, operations in json.loads(DESCRIPTION.read_text())["paths"].items()
    for method in operations
]
# What is gone afterwards, or no longer takes anything, is made anew for each who may do that.
ENDING = {
    ("DELETE", "/api/customers/<customer_id>"),
    ("DELETE", "/api/knowledge/<document_id>"),
    ("POST", "/api/conversations/<conversation_id>/close"),
}
DOCUMENT = {"title": "Access", "content": "Of no use to anybody.", "category": "faq"}


@dataclass
class World:
    """Everything of one customer's, and everybody who asks for it."""

    callers: dict[str, Caller]
    refused: dict[str, Caller]
    ids: dict[str, str]

    def made(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.callers["staff"].post(path, body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def new_customer(self) -> dict[str, Any]:
        name = f"access-{uuid.uuid4().hex}@customer.example"
        body = {"email": name, "first_name": "A", "last_name": "B"}
        return self.made("/api/customers", body)

    def ids_for(self, operation: tuple[str, str], *, succeeds: bool) -> dict[str, str]:
        if operation not in ENDING or not succeeds:
            return self.ids
        match operation[1]:
            case "/api/customers/<customer_id>":
                return {"customer_id": self.new_customer()["id"]}
            case "/api/knowledge/<document_id>":
                return {"document_id": self.made("/api/knowledge", DOCUMENT)["id"]}
            case _:
                task = self.callers["owner"].ask("Hello")
                return {"conversation_id": task["conversation_id"]}

    def request(
        self, caller: Caller, operation: tuple[str, str], *, succeeds: bool
    ) -> httpx.Response:
        method, path = operation
        for name, value in self.ids_for(operation, succeeds=succeeds).items():
            path = path.replace(f"<{name}>", value)
        body = TABLE[operation].request.get("body")
        if isinstance(body, dict):
            new = uuid.uuid4().hex
            fresh = {
                "customer_id": self.ids["customer_id"],
                "email": f"access-{new}@customer.example",
                "invoice_number": f"INV-{new}",
            }
            body = body | {name: value for name, value in fresh.items() if name in body}
        return caller.http.request(method, path, json=body)


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    """A customer with a conversation, an answer, a ticket and an account; the rest is staff's."""

    def bearer(**whose: str) -> Caller:
        return Caller(stack.url, {"authorization": f"Bearer {stack.credential(**whose)}"})

    email = f"owner-{uuid.uuid4().hex}@customer.example"
    callers = {
        "nobody": Caller(stack.url),
        "guest": Caller(stack.url, {"authorization": f"Bearer {stack.guest_token()}"}),
        "other customer": bearer(EMAIL="other@customer.example"),
        "owner": bearer(EMAIL=email),
        "service": Caller(stack.url, {"x-api-key": stack.credential(SERVICE="1")}),
        "staff": bearer(STAFF="1"),
        "admin": bearer(ADMIN="1"),
    }
    refused = {why: Caller(stack.url, h) for why, h in bad_credentials(stack).items()}
    made = World(callers, refused, {})
    record = {"email": email, "first_name": "O", "last_name": "W"}
    customer = made.made("/api/customers", record)["id"]
    made.ids["customer_id"] = customer
    of_customer = {"customer_id": customer}
    subscription = OPERATIONS["POST", "/api/subscriptions"].request["body"] | of_customer
    number = {"invoice_number": f"INV-{uuid.uuid4().hex}"}
    invoice = OPERATIONS["POST", "/api/invoices"].request["body"] | of_customer | number
    task = callers["owner"].ask("I am angry. I want to speak to a person now!")
    made.ids |= {
        "subscription_id": made.made("/api/subscriptions", subscription)["id"],
        "invoice_id": made.made("/api/invoices", invoice)["id"],
        "document_id": made.made("/api/knowledge", DOCUMENT)["id"],
        "number": "1",
        "task_id": task["task_id"],
        "conversation_id": task["conversation_id"],
        "ticket_id": task["ticket"]["id"],
    }
    yield made
    for caller in (*callers.values(), *refused.values()):
        caller.http.close()


def test_every_operation_has_its_row() -> None:
    # A new route without a row fails: somebody has to say who may use it.
    assert set(DESCRIBED) == set(TABLE)


@pytest.mark.parametrize("operation", DESCRIBED, ids=" ".join)
def test_each_caller_gets_what_the_table_says(world: World, operation: tuple[str, str]) -> None:
    expected = TABLE[operation].statuses

    answers = {
        who: world.request(caller, operation, succeeds=expected[who] < 300)
        for who, caller in world.callers.items()
    }

    got = {who: answer.status_code for who, answer in answers.items()}
    if operation[1] == "/api/chat/sync":
        got = {who: 200 if status == 202 else status for who, status in got.items()}
    assert got == expected
    for answer in answers.values():
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("operation", DESCRIBED, ids=" ".join)
def test_no_bad_credential_opens_anything(world: World, operation: tuple[str, str]) -> None:
    def ask(caller: Caller) -> tuple[int, str]:
        answer = world.request(caller, operation, succeeds=False)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(4) as pool:
        got = dict(zip(world.refused, pool.map(ask, world.refused.values()), strict=True))

    # Refused by the gateway, the same for each, and before anything is looked for.
    assert got == dict.fromkeys(world.refused, (403, '{"message": "Forbidden"}'))
