"""The circuit among many processes: which shares of failures open it, and how soon an outage."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from agent_worker.breaker import MAX_FAILURES, GuardedModel
from frontdesk.adapters.dynamodb_breaker import DynamoDBBreakerStore
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.domain.errors import ModelUnavailableError
from frontdesk.domain.model import Completion
from tests.chaos.table import Table
from tests.support.chat import NOW

CALLS = 20_000
FLEETS = (1, 3, 20, 200)

YES = Completion(content="Yes.", model="m", input_tokens=1, output_tokens=1, duration_ms=1)


class FlakyModel:
    """Fails a share of the calls, each by itself."""

    def __init__(self, chance: random.Random) -> None:
        self.share = 0.0
        self.failures = 0
        self._chance = chance

    def complete(self, messages: Any, **_: Any) -> Completion:
        if self._chance.random() < self.share:
            self.failures += 1
            raise ModelUnavailableError("503", retryable=True)
        return YES


class Fleet:
    """Processes whose calls come in any order, a hundred a second together."""

    def __init__(self, size: int, seed: str) -> None:
        self.chance = random.Random(seed)
        self.model = FlakyModel(self.chance)
        self.now = NOW
        self.reports: list[str] = []
        client: Any = Table()
        store = DynamoDBBreakerStore(DynamoDBTable(client, "tasks", now=self.clock))
        self.processes = [
            GuardedModel(self.model, store, self.clock, self.reports.append) for _ in range(size)
        ]

    def clock(self) -> datetime:
        return self.now

    def ask(self, process: GuardedModel) -> None:
        self.now += timedelta(milliseconds=10)
        try:
            process.complete([], timeout=8)
        except ModelUnavailableError:
            return

    def ask_often(self, calls: int) -> None:
        for _ in range(calls):
            self.ask(self.chance.choice(self.processes))

    def failures_until_open(self) -> int:
        """Has everybody ask once, in any order, again and again; nobody is answered."""
        self.model.share, self.model.failures = 1.0, 0
        while True:
            for process in self.chance.sample(self.processes, len(self.processes)):
                self.ask(process)
                if self.reports:
                    return self.model.failures


@pytest.mark.parametrize("share", [0.005, 0.02, 0.05])
@pytest.mark.parametrize("size", FLEETS)
def test_a_share_that_the_retry_copes_with_opens_nothing(size: int, share: float) -> None:
    # Given
    fleet = Fleet(size, f"{size}/{share}")
    fleet.model.share = share
    # When
    fleet.ask_often(CALLS)
    # Then many failures were counted, and none too many
    assert fleet.model.failures > 5 * MAX_FAILURES
    assert fleet.reports == []


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", FLEETS)
def test_an_outage_opens_it_ten_failures_after_each_process_has_met_it(
    size: int, seed: int
) -> None:
    # Given a fleet at work, with a failure now and then
    fleet = Fleet(size, f"{size}/{seed}")
    fleet.model.share = 0.005
    fleet.ask_often(50 * size)
    # When
    failures = fleet.failures_until_open()
    # Then
    assert MAX_FAILURES - 1 <= failures <= size + MAX_FAILURES - 1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", FLEETS)
def test_a_model_that_fails_every_other_time_opens_it_soon(size: int, seed: int) -> None:
    # Given
    fleet = Fleet(size, f"half/{size}/{seed}")
    fleet.ask_often(50 * size)
    # When
    fleet.model.share = 0.5
    fleet.ask_often(2 * size + 20 * MAX_FAILURES)
    # Then
    assert "ModelCircuitOpened" in fleet.reports
