"""Who is erased has left no word in any store: rows, tasks, objects, queues, logs, files."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from psycopg import sql

from tests.support.access import OPERATIONS
from tests.support.polling import eventually
from tests.support.stack import Caller, Stack

# What stands in the first two is read through the service that owns it: rows that are gone stand in
# Postgres' files until it cleans up, and the emulator saves what it holds every half a minute. The
# others are code and weights.
NOT_READ_AS_FILES = {"postgres", "emulator", "build", "embedding-model"}


class Stores:
    """Everything that a running stack keeps anything in."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        settings: dict[str, Any] = stack.client_settings()
        self._sqs = boto3.client("sqs", **settings)
        self._s3 = boto3.client("s3", **settings)
        self._dynamodb = boto3.client("dynamodb", **settings)

    def holding(self, word: str) -> set[str]:
        """Returns where a word stands, in whatever case."""
        return {place for place, content in self._everything() if word.lower() in content.lower()}

    def _everything(self) -> Iterator[tuple[str, str]]:
        yield from self._rows()
        yield from self._items()
        yield from self._objects()
        yield from self._messages()
        yield from self._files()

    def _rows(self) -> Iterator[tuple[str, str]]:
        with psycopg.connect(self._stack.environment["DATABASE_URL"]) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            for (table,) in tables:
                query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))
                for (line,) in connection.execute(query):
                    yield f"table {table}", line

    def _items(self) -> Iterator[tuple[str, str]]:
        for table in self._dynamodb.list_tables()["TableNames"]:
            for page in self._dynamodb.get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    yield f"item {item['pk']['S'].partition('#')[0]}", json.dumps(item, default=str)

    def _objects(self) -> Iterator[tuple[str, str]]:
        for bucket in self._s3.list_buckets()["Buckets"]:
            name = bucket["Name"]
            for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=name):
                for version in page.get("Versions", []):
                    got = self._s3.get_object(
                        Bucket=name, Key=version["Key"], VersionId=version["VersionId"]
                    )
                    content = got["Body"].read().decode(errors="replace")
                    yield f"object in {name}", f"{version['Key']} {got['Metadata']} {content}"

    def _messages(self) -> Iterator[tuple[str, str]]:
        for url in self._sqs.list_queues().get("QueueUrls", []):
            got = self._sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=0,
                MessageAttributeNames=["All"],
            )
            for message in got.get("Messages", []):
                yield f"queue {url.rpartition('/')[2]}", json.dumps(message, default=str)

    def _files(self) -> Iterator[tuple[str, str]]:
        root = self._stack.data_dir
        for path in root.rglob("*"):
            place = path.relative_to(root)
            if place.parts[0] not in NOT_READ_AS_FILES and path.is_file():
                yield f"file {_without_number(place)}", path.read_bytes().decode(errors="replace")


def _without_number(place: Path) -> str:
    return str(place if len(place.parts) < 3 else place.parent)


@pytest.fixture
def stores(stack: Stack) -> Stores:
    return Stores(stack)


@pytest.fixture
def signed_in(stack: Stack) -> Iterator[Callable[..., Caller]]:
    callers: list[Caller] = []

    def sign_in(**whose: str) -> Caller:
        token = stack.credential(**whose)
        callers.append(Caller(stack.url, {"authorization": f"Bearer {token}"}))
        return callers[-1]

    yield sign_in
    for caller in callers:
        caller.http.close()


def test_no_store_holds_a_word_of_who_was_erased(
    stores: Stores, signed_in: Callable[..., Caller]
) -> None:
    # given a customer whose name, address and words stand nowhere else
    canary = f"wombat{uuid.uuid4().hex[:12]}"
    email = f"{canary}@canary.example"
    admin, customer = signed_in(ADMIN="1"), signed_in(EMAIL=email)

    def made(path: str, body: dict[str, Any], by: Caller = admin) -> dict[str, Any]:
        answer = by.post(path, body)
        assert answer.status_code == 201, answer.text
        content: dict[str, Any] = answer.json()
        return content

    record = {
        "email": email,
        "first_name": canary,
        "last_name": "C",
        "company_name": f"{canary} Ltd",
        "metadata": {"note": canary},
    }
    customer_id = made("/api/customers", record)["id"]
    subscription = OPERATIONS["POST", "/api/subscriptions"].request["body"]
    made("/api/subscriptions", subscription | {"customer_id": customer_id, "features": [canary]})
    invoice = OPERATIONS["POST", "/api/invoices"].request["body"] | {
        "customer_id": customer_id,
        "invoice_number": f"INV-{uuid.uuid4().hex}",
        "description": f"Seats of {canary}",
    }
    invoice_id = made("/api/invoices", invoice)["id"]

    # and who asked, complained, was answered by a person, and rated
    asked = customer.ask(f"How do I reset the password of {canary}?", customer_email=email)
    path = f"/api/conversations/{asked['conversation_id']}"
    complaint = customer.ask(
        f"I am angry about {canary}. I want to speak to a person now!",
        conversation_id=asked["conversation_id"],
    )
    ticket_id = complaint["ticket"]["id"]
    feedback = {"rating": "down", "comment": f"{canary} was sad"}
    rated = customer.post(f"/api/chat/{asked['task_id']}/feedback", feedback)
    assert rated.status_code == 204, rated.text
    made(f"/api/tickets/{ticket_id}/comments", {"content": f"more of {canary}"}, by=customer)
    made(f"{path}/messages", {"content": f"Dear {canary}, it is done."})
    made(f"{path}/messages", {"content": f"{canary} is difficult", "internal": True})
    tagged = admin.http.patch(path, json={"tags": [canary]})
    assert tagged.status_code == 200, tagged.text
    # so that the answer is not sent by mail: what was sent is in somebody else's hands
    assert canary in customer.get(f"{path}/messages").text
    expected = {"customers", "conversations", "messages", "tickets", "ticket_comments", "turns"}
    assert {f"table {name}" for name in expected} <= stores.holding(canary)

    # when that customer is erased
    erased = admin.http.delete(f"/api/customers/{customer_id}")
    assert erased.status_code == 204, erased.text

    # then no store holds a word of it
    with contextlib.suppress(AssertionError):
        eventually(lambda: not stores.holding(canary), seconds=20, what="end of its words")
    assert stores.holding(canary) == set()
    # and the invoice is kept, in nobody's name
    kept = admin.get(f"/api/invoices/{invoice_id}").json()
    assert kept["customer_id"] is None
    assert kept["total"] == invoice["total"]
