"""What the store of a circuit promises: on moto's DynamoDB and on the simulated table alike."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from agent_worker.breaker import BreakerStore
from frontdesk.adapters.dynamodb_breaker import DynamoDBBreakerStore
from frontdesk.adapters.dynamodb_table import DynamoDBTable, Write
from frontdesk.domain.breaker import CLOSED, BreakerState
from frontdesk.domain.errors import InfrastructureError
from tests.chaos.table import Table
from tests.support.chat import NOW

MINUTE = timedelta(minutes=1)
LATER = NOW + timedelta(seconds=15)


@dataclass
class Circuit:
    store: BreakerStore
    table: DynamoDBTable
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    def rise(self, by: int) -> int:
        return self.store.raise_pressure(by, fresh_since=self.now - MINUTE)

    def load(self) -> BreakerState:
        return self.store.load(fresh_since=self.now - MINUTE)


@pytest.fixture(params=["dynamodb", "simulated table"])
def circuit(request: pytest.FixtureRequest) -> Iterator[Circuit]:
    with mock_aws():
        client: Any = Table()
        if request.param == "dynamodb":
            client = boto3.client("dynamodb", region_name="us-east-1")
            client.create_table(
                TableName="tasks",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        table = DynamoDBTable(client, "tasks")
        made = Circuit(DynamoDBBreakerStore(table), table)
        table.now = made.clock
        yield made


def test_pressure_adds_up(circuit: Circuit) -> None:
    assert [circuit.rise(2) for _ in range(3)] == [2, 4, 6]


def test_pressure_is_read(circuit: Circuit) -> None:
    circuit.rise(2)
    circuit.rise(2)
    assert circuit.load() == BreakerState(pressure=4)


def test_relief_is_taken_off(circuit: Circuit) -> None:
    # Given
    circuit.rise(5)
    # Then
    assert circuit.store.relieve_pressure(2) == 3
    assert circuit.store.relieve_pressure(3) == 0
    assert circuit.load() == CLOSED


def test_of_two_who_relieve_it_at_once_one_is_too_late(circuit: Circuit) -> None:
    # Given two who have read the same
    circuit.rise(3)
    # When
    left = [circuit.store.relieve_pressure(2) for _ in range(2)]
    # Then nothing is carried over to what comes
    assert left == [1, 0]
    assert circuit.load().pressure == 1
    assert circuit.rise(2) == 3


def test_there_is_nothing_to_relieve_before_the_first_failure(circuit: Circuit) -> None:
    assert circuit.store.relieve_pressure(1) == 0
    assert circuit.rise(2) == 2


def test_relief_keeps_no_pressure_from_being_forgotten(circuit: Circuit) -> None:
    # Given
    circuit.rise(8)
    circuit.now += MINUTE
    circuit.store.relieve_pressure(2)
    assert circuit.load().pressure == 6
    # When
    circuit.now += timedelta(microseconds=1)
    # Then
    assert circuit.load() == CLOSED
    assert circuit.rise(2) == 2


def test_what_an_earlier_release_counted_is_no_pressure(circuit: Circuit) -> None:
    circuit.table.put({"pk": {"S": "BREAKER#model"}, "failures": {"N": "9"}})
    assert circuit.load() == CLOSED
    assert circuit.store.relieve_pressure(1) == 0
    assert circuit.rise(2) == 2


def test_pressure_is_forgotten_a_minute_after_it_was_raised_last(circuit: Circuit) -> None:
    # Given a pressure that is raised again and again
    for _ in range(4):
        circuit.rise(2)
        circuit.now += MINUTE
    assert circuit.rise(2) == 10
    # When
    circuit.now += MINUTE + timedelta(microseconds=1)
    # Then
    assert circuit.rise(2) == 2


def test_it_opens_once(circuit: Circuit) -> None:
    assert circuit.load() == CLOSED
    assert circuit.store.open(LATER, instead_of=None)
    assert not circuit.store.open(LATER + MINUTE, instead_of=None)
    assert circuit.load() == BreakerState(LATER)


def test_an_open_circuit_keeps_its_pressure(circuit: Circuit) -> None:
    circuit.rise(20)
    circuit.store.open(LATER, instead_of=None)
    assert circuit.load() == BreakerState(LATER, 20)


def test_one_of_many_keeps_it_open_for_longer(circuit: Circuit) -> None:
    circuit.store.open(LATER, instead_of=None)
    assert circuit.store.open(LATER + MINUTE, instead_of=LATER)
    assert not circuit.store.open(LATER + 2 * MINUTE, instead_of=LATER)
    assert circuit.load() == BreakerState(LATER + MINUTE)


def test_closing_forgets_everything(circuit: Circuit) -> None:
    circuit.rise(20)
    circuit.store.open(LATER, instead_of=None)
    circuit.store.close()
    assert circuit.load() == CLOSED
    assert circuit.rise(2) == 2
    circuit.store.close()


def test_a_circuit_that_was_never_open_closes(circuit: Circuit) -> None:
    circuit.store.close()
    assert circuit.load() == CLOSED


def test_a_write_that_another_process_overtakes_is_made_all_the_same(
    circuit: Circuit, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given another process that begins a pressure just before this one does
    other = copy.copy(circuit.store)
    update = circuit.table.update
    overtaken: list[Write] = []

    def overtake(write: Write, **arguments: Any) -> Any:
        if len(overtaken) == 1:
            overtaken.append(write)
            other.raise_pressure(2, fresh_since=NOW - MINUTE)
        overtaken.append(write)
        return update(write, **arguments)

    monkeypatch.setattr(circuit.table, "update", overtake)
    # Then both are counted
    assert circuit.rise(2) == 4


def test_whoever_is_overtaken_again_and_again_gives_up(
    circuit: Circuit, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a process that always finds the other of the two ways open
    update = circuit.table.update
    is_fresh = False

    def overtake(write: Write, **arguments: Any) -> Any:
        nonlocal is_fresh
        circuit.table.put(_pressed(circuit.now) if is_fresh else {"pk": {"S": "BREAKER#model"}})
        is_fresh = not is_fresh
        return update(write, **arguments)

    monkeypatch.setattr(circuit.table, "update", overtake)
    with pytest.raises(InfrastructureError, match="in the way"):
        circuit.rise(2)


def _pressed(at: datetime) -> dict[str, Any]:
    raised_at = {"S": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    return {"pk": {"S": "BREAKER#model"}, "pressure": {"N": "4"}, "raised_at": raised_at}
