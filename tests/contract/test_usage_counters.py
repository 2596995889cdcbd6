"""What every store of counters promises: held by DynamoDB's adapter and by its fake alike."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from frontdesk.adapters.dynamodb_counters import DynamoDBUsageCounters
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.domain.limits import MINUTE, Counter, Limit
from frontdesk.ports import UsageCounters
from tests.support.chat import NOW
from tests.support.fake_counters import FakeCounters

LIMIT = Limit("requests", 5, MINUTE)


class SetClock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@dataclass
class Store:
    counters: UsageCounters
    clock: SetClock

    def counter(self, counted_as: str = "alice") -> Counter:
        return LIMIT.counter(counted_as, self.clock())


@pytest.fixture(params=["dynamodb", "fake"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    clock = SetClock()
    if request.param == "fake":
        yield Store(FakeCounters(clock), clock)
        return
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="tasks",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Store(DynamoDBUsageCounters(DynamoDBTable(client, "tasks", now=clock)), clock)


def test_counts_are_added_up(store: Store) -> None:
    assert store.counters.add(store.counter(), 1) == 1
    assert store.counters.add(store.counter(), 41) == 42
    assert store.counters.read([store.counter()]) == [42]


def test_each_is_counted_apart(store: Store) -> None:
    store.counters.add(store.counter("alice"), 3)
    store.counters.add(store.counter("bob"), 4)

    counted = [store.counter(name) for name in ("bob", "nobody", "alice")]

    assert store.counters.read(counted) == [4, 0, 3]


def test_a_window_begins_with_nothing(store: Store) -> None:
    store.counters.add(store.counter(), 3)
    former = store.counter()

    store.clock.time += timedelta(seconds=MINUTE)

    assert store.counters.read([store.counter()]) == [0]
    assert store.counters.add(store.counter(), 1) == 1
    # What a store has not removed yet is not there any more either.
    assert store.counters.read([former]) == [0]


def test_processes_count_together(store: Store) -> None:
    # Another process's adapter knows nothing but the store.
    other = copy.copy(store.counters)
    counter = store.counter()

    counts = [one.add(counter, 1) for _ in range(5) for one in (store.counters, other)]

    assert counts == list(range(1, 11))
