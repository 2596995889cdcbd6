"""The circuit in front of the model: opens for all, tries now and then, closes for all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import boto3
import pytest
from moto import mock_aws

from agent_worker.breaker import (
    CACHED_FOR,
    FAILURE_WEIGHT,
    FORGOTTEN_AFTER,
    MAX_FAILURES,
    OPEN_FOR,
    GuardedModel,
)
from frontdesk.adapters.dynamodb_breaker import DynamoDBBreakerStore
from frontdesk.adapters.dynamodb_table import DynamoDBTable, moment, number, text
from frontdesk.domain.errors import InfrastructureError, ModelRefusedError, ModelUnavailableError
from frontdesk.domain.model import Completion
from tests.support.chat import NOW
from tests.support.template import Template


class SwitchedModel:
    """Answers, or raises what it is told to."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0

    def complete(self, messages: Any, **_: Any) -> Completion:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return Completion(content="Yes.", model="m", input_tokens=1, output_tokens=1, duration_ms=1)


class Fleet:
    """Some processes that share one table."""

    def __init__(self, table: DynamoDBTable, size: int = 3) -> None:
        self.now = NOW
        table.now = self.clock
        self.model = SwitchedModel()
        self.reports: list[str] = []
        self.store = DynamoDBBreakerStore(table)
        self.processes = [
            GuardedModel(self.model, self.store, self.clock, self.reports.append)
            for _ in range(size)
        ]

    def clock(self) -> datetime:
        return self.now

    def ask(self, process: int = 0) -> str:
        return self.processes[process].complete([], timeout=8).content

    def fail(self, times: int) -> None:
        for place in range(times):
            with pytest.raises(ModelUnavailableError):
                self.ask(place % len(self.processes))

    def pressure(self) -> int:
        return self.store.load(fresh_since=self.now - FORGOTTEN_AFTER).pressure

    def go_down(self) -> None:
        self.model.error = ModelUnavailableError("503", retryable=True)


def refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("a write that nobody needs")


@pytest.fixture
def table() -> Iterator[DynamoDBTable]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        definition = Template().of_type("AWS::DynamoDB::Table")["TasksTable"]
        wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        client.create_table(TableName="tasks", **{name: definition[name] for name in wanted})
        yield DynamoDBTable(client, "tasks")


@pytest.fixture
def fleet(table: DynamoDBTable) -> Fleet:
    return Fleet(table)


def test_ten_failures_of_all_processes_open_it_for_all(fleet: Fleet) -> None:
    # Given
    fleet.go_down()
    fleet.fail(MAX_FAILURES)
    assert fleet.model.asked == MAX_FAILURES
    assert fleet.reports == ["ModelCircuitOpened"]
    # When what each process knew is old
    fleet.now += CACHED_FOR
    fleet.fail(30)
    # Then nobody asks any more
    assert fleet.model.asked == MAX_FAILURES


def test_what_is_refused_by_the_circuit_is_not_tried_again(fleet: Fleet) -> None:
    fleet.go_down()
    fleet.fail(MAX_FAILURES)
    fleet.now += CACHED_FOR
    with pytest.raises(ModelUnavailableError, match="circuit") as refused:
        fleet.ask()
    assert refused.value.retryable is False


def test_after_a_while_one_process_tries_and_closes_it_for_all(fleet: Fleet) -> None:
    # Given
    fleet.go_down()
    fleet.fail(MAX_FAILURES)
    fleet.now += OPEN_FOR + CACHED_FOR
    fleet.model.error = None
    # When
    assert fleet.ask(1) == "Yes."
    # Then
    assert fleet.reports == ["ModelCircuitOpened", "ModelCircuitClosed"]
    fleet.now += CACHED_FOR
    assert [fleet.ask(process) for process in range(3)] == ["Yes."] * 3
    # and it takes ten failures again to open it
    fleet.go_down()
    fleet.fail(MAX_FAILURES - 1)
    fleet.model.error = None
    assert fleet.ask() == "Yes."


def test_a_try_that_fails_keeps_it_open(fleet: Fleet) -> None:
    fleet.go_down()
    fleet.fail(MAX_FAILURES)
    for rounds in range(1, 4):
        fleet.now += OPEN_FOR + CACHED_FOR
        fleet.fail(12)
        assert fleet.model.asked == MAX_FAILURES + rounds
        # An alarm of the last five minutes goes on as long as this does.
        assert fleet.reports == ["ModelCircuitOpened"] * (1 + rounds)


def test_the_model_is_back_within_a_minute(fleet: Fleet) -> None:
    fleet.go_down()
    fleet.fail(MAX_FAILURES)
    fleet.now += timedelta(minutes=15)
    fleet.fail(1)
    fleet.model.error = None
    returned = fleet.now
    while fleet.now - returned < timedelta(seconds=60):
        fleet.now += timedelta(seconds=1)
        try:
            answers = [fleet.ask(process) for process in range(3)]
        except ModelUnavailableError:
            continue
        assert answers == ["Yes."] * 3
        return
    raise AssertionError("the circuit stayed open")


def test_failures_far_apart_open_nothing(fleet: Fleet) -> None:
    fleet.go_down()
    for _ in range(3 * MAX_FAILURES):
        fleet.fail(1)
        fleet.now += FORGOTTEN_AFTER + timedelta(seconds=1)
    assert fleet.model.asked == 3 * MAX_FAILURES


def test_a_process_that_was_answered_until_now_opens_it_at_its_tenth_failure(
    fleet: Fleet,
) -> None:
    # Given a process with many answers, and nobody else
    for _ in range(100):
        fleet.ask()
    fleet.go_down()
    # When all its calls fail
    for _ in range(MAX_FAILURES):
        assert fleet.reports == []
        with pytest.raises(ModelUnavailableError):
            fleet.ask()
    # Then
    assert fleet.reports == ["ModelCircuitOpened"]


def test_answers_between_failures_keep_it_closed(fleet: Fleet) -> None:
    # Given a model that fails now and then, but is back at once
    for _ in range(5 * MAX_FAILURES):
        fleet.model.error = ModelUnavailableError("503", retryable=True)
        with pytest.raises(ModelUnavailableError):
            fleet.ask()
        fleet.model.error = None
        # When as many calls are answered as make up for the failure
        for _ in range(FAILURE_WEIGHT):
            assert fleet.ask() == "Yes."
    # Then
    assert fleet.reports == []


def test_answers_of_others_make_up_for_failures(fleet: Fleet) -> None:
    # Given a process whose calls all fail, and others whose calls are answered
    for _ in range(5 * MAX_FAILURES):
        fleet.go_down()
        fleet.fail(1)
        fleet.model.error = None
        for _ in range(FAILURE_WEIGHT):
            fleet.now += CACHED_FOR / 2
            assert fleet.ask(1) == "Yes."
    # Then
    assert fleet.reports == []


def test_answers_of_the_last_moments_count_too(fleet: Fleet) -> None:
    # Given a process that was answered, while another one failed
    fleet.ask(1)
    fleet.go_down()
    fleet.fail(1)
    fleet.model.error = None
    fleet.now += CACHED_FOR / 2
    assert fleet.ask(1) == "Yes."
    # When it reads of the failure
    fleet.now += CACHED_FOR / 2
    fleet.go_down()
    with pytest.raises(ModelUnavailableError):
        fleet.ask(1)
    # Then its two answers have made up for it, and only its own failure is left
    assert fleet.pressure() == FAILURE_WEIGHT


def test_answers_from_before_an_outage_hide_nothing(fleet: Fleet) -> None:
    # Given processes that were answered until now
    for _ in range(20):
        assert [fleet.ask(process) for process in range(3)] == ["Yes."] * 3
    # When their calls run into time-outs
    fleet.go_down()
    for _ in range(MAX_FAILURES):
        assert fleet.reports == []
        fleet.now += timedelta(seconds=8)
        fleet.fail(1)
        fleet.processes.append(fleet.processes.pop(0))
    # Then
    assert fleet.reports == ["ModelCircuitOpened"]


def test_answers_are_told_of_once(fleet: Fleet) -> None:
    # Given an answer that was told of
    fleet.go_down()
    fleet.fail(2)
    fleet.model.error = None
    fleet.now += CACHED_FOR
    fleet.ask(2)
    assert fleet.pressure() == 2 * FAILURE_WEIGHT - 1
    # When the process has nothing new to tell
    fleet.now += CACHED_FOR
    fleet.go_down()
    with pytest.raises(ModelUnavailableError):
        fleet.ask(2)
    # Then
    assert fleet.pressure() == 3 * FAILURE_WEIGHT - 1


def test_no_thread_waits_for_another_ones_telling(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a process that knows of a failure, and a thread of it that is telling of an answer
    fleet.go_down()
    fleet.fail(1)
    fleet.model.error = None
    relieve = fleet.store.relieve_pressure
    is_telling, may_end = Event(), Event()

    def tell(by: int) -> int:
        if not is_telling.is_set():
            is_telling.set()
            assert may_end.wait(10)
        return relieve(by)

    monkeypatch.setattr(fleet.store, "relieve_pressure", tell)
    with ThreadPoolExecutor(1) as executor:
        first = executor.submit(fleet.ask)
        assert is_telling.wait(10)
        # When another thread asks meanwhile
        assert fleet.ask() == "Yes."
        may_end.set()
        assert first.result(10) == "Yes."
    # Then both answers were told of
    assert fleet.pressure() == FAILURE_WEIGHT - 2


def test_nobody_writes_while_there_is_no_pressure(fleet: Fleet, table: DynamoDBTable) -> None:
    # Given a failure that was made up for
    fleet.go_down()
    fleet.fail(1)
    fleet.model.error = None
    for _ in range(FAILURE_WEIGHT):
        fleet.ask()
    assert fleet.pressure() == 0
    # When answers come, and the table takes no writes
    table.update = refuse  # type: ignore[method-assign]
    for _ in range(20):
        fleet.now += CACHED_FOR / 2
        assert [fleet.ask(process) for process in range(3)] == ["Yes."] * 3


def test_what_an_earlier_release_counted_is_no_pressure(fleet: Fleet, table: DynamoDBTable) -> None:
    # Given
    counted = {"failures": number(MAX_FAILURES - 1), "counted_since": moment(NOW)}
    table.put({"pk": text("BREAKER#model"), **counted})
    fleet.go_down()
    # When
    fleet.fail(MAX_FAILURES - 1)
    # Then
    assert fleet.reports == []
    fleet.fail(1)
    assert fleet.reports == ["ModelCircuitOpened"]


def test_a_model_that_declines_is_in_reach(fleet: Fleet) -> None:
    fleet.model.error = ModelRefusedError("it declined")
    for _ in range(2 * MAX_FAILURES):
        with pytest.raises(ModelRefusedError):
            fleet.ask()
    assert fleet.reports == []


def test_a_try_that_is_declined_closes_it(fleet: Fleet) -> None:
    # Given
    fleet.go_down()
    fleet.fail(MAX_FAILURES)
    fleet.now += OPEN_FOR + CACHED_FOR
    fleet.model.error = ModelRefusedError("it declined")
    # When
    with pytest.raises(ModelRefusedError):
        fleet.ask()
    # Then
    assert fleet.reports == ["ModelCircuitOpened", "ModelCircuitClosed"]


def test_a_store_out_of_reach_keeps_nobody_from_the_model(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise InfrastructureError("DynamoDB is out of reach")

    for name in ("load", "raise_pressure", "relieve_pressure", "open", "close"):
        monkeypatch.setattr(fleet.store, name, fail)
    assert fleet.ask() == "Yes."
    fleet.go_down()
    fleet.fail(2 * MAX_FAILURES)
    assert fleet.model.asked == 2 * MAX_FAILURES + 1


def test_what_is_known_is_read_once_in_seconds(fleet: Fleet) -> None:
    read = 0
    load = fleet.store.load

    def counted(**arguments: Any) -> Any:
        nonlocal read
        read += 1
        return load(**arguments)

    fleet.store.load = counted  # type: ignore[method-assign]
    for _ in range(20):
        fleet.ask()
    assert read == 1
