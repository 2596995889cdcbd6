"""The circuit among many processes, in simulated time: what opens it, and how soon."""

import random
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from agent_worker.breaker import MAX_FAILURES, GuardedModel
from frontdesk.adapters.dynamodb_breaker import DynamoDBBreakerStore
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.model import Completion
from tests.chaos.kernel import Simulation
from tests.chaos.table import Table

CALLS = 6_000
QUIET_SECONDS = 60.0
LONG = 1_000_000.0

AT_ONCE = 0.2
TIMED_OUT = 8.0

YES = Completion(content="Yes.", model="m", input_tokens=1, output_tokens=1, duration_ms=1)


@dataclass(frozen=True)
class Load:
    """How many processes there are, and what they do.

    Attributes:
        answer: Seconds that an answer takes.
        pause: Seconds between a process' calls.
    """

    processes: int
    answer: float
    pause: float


LOADS = {
    "one, 7 calls a second": Load(1, 0.12, 0.02),
    "20, 9 calls a second": Load(20, 1.2, 1.0),
    "100, a call each 20 seconds": Load(100, 1.2, 18.8),
    "180, 140 calls a second": Load(180, 1.2, 0.086),
}

loads = pytest.mark.parametrize("load", LOADS.values(), ids=LOADS)
ways_to_fail = pytest.mark.parametrize("fails_after", [AT_ONCE, TIMED_OUT], ids=["503", "late"])


class Fleet:
    """Processes that ask a model again and again; it fails a share of the calls."""

    def __init__(self, load: Load, fails_after: float, seed: int = 1) -> None:
        self.simulation = Simulation()
        self.share = 0.0
        self.begun = self.failures = self.writes = 0
        self.reports: list[str] = []
        self._load, self._fails_after = load, fails_after
        self._chance = random.Random(f"{load}/{fails_after}/{seed}")
        client: Any = Table(self._note_write)
        table = DynamoDBTable(client, "tasks", now=self.simulation.utc_now)
        self.store = DynamoDBBreakerStore(table)
        for _ in range(load.processes):
            soon = self._chance.uniform(0, load.answer + load.pause)
            self.simulation.spawn(self._ask_again_and_again, after=soon)
        self.run(QUIET_SECONDS)

    def run(self, seconds: float = LONG, *, calls: int | None = None) -> None:
        """Lets time pass, until the circuit opens."""
        self.begun = self.failures = self.writes = 0
        self.simulation.run(
            until=self.simulation.now + seconds,
            unless=lambda: bool(self.reports) or self.begun == calls,
        )

    def complete(self, *_: Any, **__: Any) -> Completion:
        """Answers, or fails, in the model's place."""
        self.begun += 1
        if self._chance.random() < self.share:
            self.simulation.sleep(self._fails_after * self._chance.uniform(0.9, 1.1))
            self.failures += 1
            raise ModelUnavailableError("503", retryable=True)
        self.simulation.sleep(self._load.answer * self._chance.uniform(0.25, 1.75))
        return YES

    def _ask_again_and_again(self) -> None:
        now, report = self.simulation.utc_now, self.reports.append
        process = GuardedModel(self, self.store, now, report)
        while True:
            with suppress(ModelUnavailableError):
                process.complete([], timeout=8)
            self.simulation.sleep(self._chance.expovariate(1 / self._load.pause))

    def _note_write(self, *_: Any) -> None:
        self.writes += 1


@loads
@ways_to_fail
@pytest.mark.parametrize("share", [0.01, 0.05, 0.1])
def test_a_share_that_the_retry_copes_with_opens_nothing(
    load: Load, fails_after: float, share: float
) -> None:
    # Given
    fleet = Fleet(load, fails_after)
    fleet.share = share
    # When
    fleet.run(calls=CALLS)
    # Then many failures were counted, and none too many
    assert fleet.reports == []
    assert fleet.failures > 3 * MAX_FAILURES
    # and each took the writes that make up for it, not one for each answer
    assert fleet.writes < 4 * fleet.failures


@loads
@pytest.mark.parametrize("seed", range(3))
def test_the_tenth_call_that_times_out_opens_it(load: Load, seed: int) -> None:
    # Given a fleet that was answered until now
    fleet = Fleet(load, TIMED_OUT, seed)
    assert fleet.writes == 0
    # When
    fleet.share = 1.0
    fleet.run()
    # Then there were the ten, and what was in flight
    assert fleet.failures == MAX_FAILURES
    assert fleet.begun <= MAX_FAILURES + load.processes


@loads
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.0, 0.02])
def test_an_outage_opens_it_soon(load: Load, seed: int, share: float) -> None:
    # Given a fleet at work, with a failure now and then or without
    fleet = Fleet(load, AT_ONCE, seed)
    fleet.share = share
    fleet.run(calls=10 * load.processes)
    # When
    fleet.share = 1.0
    fleet.run()
    # Then
    assert fleet.reports == ["ModelCircuitOpened"]
    assert fleet.begun <= MAX_FAILURES + load.processes


@loads
@ways_to_fail
def test_a_model_that_fails_every_other_time_opens_it(load: Load, fails_after: float) -> None:
    # Given
    fleet = Fleet(load, fails_after)
    # When
    fleet.share = 0.5
    fleet.run(calls=load.processes + 50 * MAX_FAILURES)
    # Then
    assert fleet.reports == ["ModelCircuitOpened"]
