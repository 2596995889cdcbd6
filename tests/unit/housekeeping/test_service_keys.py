"""Services' keys: made, rotated with two valid at once, revoked, and each time written down."""

from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from frontdesk.adapters.dynamodb_keyring import DynamoDBKeyring
from frontdesk.adapters.dynamodb_service_keys import DynamoDBServiceKeys, hash_key
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.errors import ConflictError, NotFoundError
from frontdesk.domain.service_keys import Keyring
from housekeeping.service_keys import KeyOffice
from tests.contract.test_tasks import make_table
from tests.support.chat import NOW

pytestmark = pytest.mark.enable_socket


class Office:
    """The office on moto's DynamoDB, and what callers get in with."""

    def __init__(self) -> None:
        client = boto3.client("dynamodb", region_name="us-east-1")
        make_table(client)
        self.now = NOW
        table = DynamoDBTable(client, "tasks", now=lambda: self.now)
        self.client = client
        self.keyring = DynamoDBKeyring(table)
        self.entries: list[AuditEntry] = []
        self._office = KeyOffice(self.keyring, self, lambda: self.now)
        self._keys = DynamoDBServiceKeys(table)

    def record(self, entry: AuditEntry) -> None:
        self.entries.append(entry)

    def act(self, do: str, name: str = "", key: str = "", **fields: Any) -> list[dict[str, Any]]:
        return self._office.act({"do": do, "name": name, "key_hash": hash_key(key), **fields})

    def lets_in(self, key: str) -> str | None:
        found = self._keys.find(key)
        return None if found is None else found.key_id


@pytest.fixture
def office() -> Any:
    with mock_aws():
        yield Office()


def test_a_new_key_lets_its_service_in_under_its_name(office: Office) -> None:
    (shown,) = office.act("create", "shop", "key-1")

    assert office.lets_in("key-1") == "shop"
    assert office.lets_in("key-2") is None
    assert shown == {
        "name": "shop",
        "hash": hash_key("key-1")[:8],
        "created_at": "2026-05-04T12:30:15+00:00",
        "expires_at": None,
    }


def test_two_keys_are_valid_while_one_replaces_the_other(office: Office) -> None:
    office.act("create", "shop", "key-1")
    office.now += timedelta(minutes=1)
    office.act("rotate", "shop", "key-2", overlap_hours="24")

    assert (office.lets_in("key-1"), office.lets_in("key-2")) == ("shop", "shop")
    office.now += timedelta(hours=24)
    assert (office.lets_in("key-1"), office.lets_in("key-2")) == (None, "shop")
    assert [one["expires_at"] for one in office.act("list")] == [None]


def test_a_second_rotation_leaves_two_and_never_lengthens_a_life(office: Office) -> None:
    office.act("create", "shop", "key-1")
    for number in (2, 3):
        office.now += timedelta(minutes=1)
        office.act("rotate", "shop", f"key-{number}", overlap_hours=1)

    assert [office.lets_in(f"key-{number}") for number in (1, 2, 3)] == [None, "shop", "shop"]
    office.now += timedelta(hours=1)
    assert [office.lets_in(f"key-{number}") for number in (1, 2, 3)] == [None, None, "shop"]


def test_a_revoked_service_is_out_at_once_and_others_are_not(office: Office) -> None:
    office.act("create", "shop", "key-1")
    office.act("create", "crm", "key-2")
    office.act("rotate", "shop", "key-3")

    left = office.act("revoke", "shop")

    assert [one["name"] for one in left] == ["crm"]
    assert [office.lets_in(f"key-{number}") for number in (1, 2, 3)] == [None, "crm", None]


def test_each_change_is_written_down_and_looking_is_not(office: Office) -> None:
    office.act("create", "shop", "key-1")
    office.act("rotate", "shop", "key-2")
    office.act("revoke", "shop")
    office.act("list")

    assert [(entry.action, entry.object_id) for entry in office.entries] == [
        ("service_key.create", "shop"),
        ("service_key.rotate", "shop"),
        ("service_key.revoke", "shop"),
    ]
    assert "key-1" not in str(office.entries)


def test_no_key_is_stored(office: Office) -> None:
    office.act("create", "shop", "key-1")

    assert "key-1" not in str(office.client.scan(TableName="tasks")["Items"])


def test_what_is_lost_to_somebody_else_changes_nothing(office: Office) -> None:
    stale = office.keyring.load()
    office.act("create", "shop", "key-1")

    with pytest.raises(ConflictError, match="somebody else"):
        office.keyring.save(stale, stale.created("crm", hash_key("key-2"), NOW))

    assert office.lets_in("key-2") is None
    assert [one["name"] for one in office.act("list")] == ["shop"]


@pytest.mark.parametrize("name", ["", "Shop", "a b", "housekeeping", "-a", "a" * 42])
def test_a_name_is_one_for_people_and_machines(name: str) -> None:
    with pytest.raises(ConflictError):
        Keyring().created(name, hash_key("key"), NOW)


def test_what_is_there_is_not_made_and_what_is_not_is_neither_rotated_nor_revoked() -> None:
    keyring = Keyring().created("shop", hash_key("key"), NOW)

    with pytest.raises(ConflictError, match="rotate"):
        keyring.created("shop", hash_key("other"), NOW)
    with pytest.raises(NotFoundError):
        keyring.rotated("crm", hash_key("other"), NOW, timedelta(hours=1))
    with pytest.raises(NotFoundError):
        keyring.revoked("crm", NOW)
    with pytest.raises(ConflictError):
        Keyring().created("shop", "key in the clear", NOW)


def test_what_nobody_knows_is_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="steal"):
        office.act("steal", "shop", "key-1")
    assert office.entries == []


def test_who_asked_is_written_down_as_they_say(office: Office) -> None:
    office.act("create", "shop", "key-1", operator="arn:aws:iam::123456789012:user/jane")
    office.act("revoke", "shop")
    assert [entry.details for entry in office.entries] == [
        {"operator": "arn:aws:iam::123456789012:user/jane"},
        {},
    ]
