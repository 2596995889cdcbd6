"""The fault test, small; and that its checker sees what it is there for."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localstack.postgres import EmbeddedPostgres
from tests.chaos.faults import CALM, Rates
from tests.chaos.mutants import MUTANTS
from tests.chaos.run import Plan, run
from tests.chaos.world import World
from tests.support.postgres import fresh_database

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

VERY_ROUGH = Rates(
    kills=0.2,
    stalls=0,
    duplicates=0.3,
    model=0.02,
    database=0.1,
    table=0,
    queue=0,
    people=0.5,
    failovers=0,
    demotions=0,
)
"""Retries and copies of nearly everything, so that a small run shows every mistake. Where one shows
only in a worker that dies at one moment, the mistake lets every other worker die there."""

SMALL = Plan(messages=50, conversations=5, seed=5, rates=VERY_ROUGH, pause=20)


@pytest.fixture
def try_it(
    migrated_template: str, postgres_cluster: EmbeddedPostgres, tmp_path: Path
) -> Callable[..., dict[str, Any]]:
    def try_plan(
        plan: Plan, mutant: Callable[[World], AbstractContextManager[object]] = nullcontext
    ) -> dict[str, Any]:
        path = tmp_path / "history.jsonl"
        with fresh_database(postgres_cluster, migrated_template) as database:
            return run(plan, database, postgres_cluster.superuser_url(), path, mutant)

    return try_plan


def test_nothing_is_lost_and_nothing_happens_twice(try_it: Callable[..., dict[str, Any]]) -> None:
    plan = Plan(messages=150, conversations=15, seed=7, over_http=True)
    # When
    verdict = try_it(plan)
    # Then
    assert verdict["verdict"] == "kept", verdict["examples"]
    assert verdict["acknowledged"] >= 145
    assert min(verdict["tickets"], verdict["events"], verdict["actions"]) > 0
    assert {"kills", "duplicates", "database", "model", "table"} <= set(verdict["faults"])


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mistake_is_caught(name: str, try_it: Callable[..., dict[str, Any]]) -> None:
    mutant, rule = MUTANTS[name]
    # When
    verdict = try_it(SMALL, mutant)
    # Then
    assert verdict["violations"].get(rule), verdict["violations"]


def test_a_server_gone_without_a_word_takes_no_worker_with_it(
    try_it: Callable[..., dict[str, Any]],
) -> None:
    rates = replace(CALM, failovers=6)
    verdict = try_it(Plan(messages=120, conversations=12, seed=3, rates=rates, pause=20))
    assert verdict["verdict"] == "kept", verdict["examples"]
    history = Path(verdict["history"]).read_text()
    assert history.count('"kind":"outage"') == 6
    assert '"kind":"died"' not in history


def test_a_server_that_writes_no_more_is_waited_for(try_it: Callable[..., dict[str, Any]]) -> None:
    rates = replace(CALM, demotions=6)
    verdict = try_it(Plan(messages=120, conversations=12, seed=3, rates=rates, pause=20))
    assert verdict["verdict"] == "kept", verdict["examples"]
    assert verdict["faults"]["database: read-only"] > 0
    assert verdict["dead_letters"] == 0


def test_what_is_committed_late_is_written_down_too(try_it: Callable[..., dict[str, Any]]) -> None:
    """A worker may stand still in a transaction, while others commit theirs."""
    rates = replace(CALM, stalls=0.5)
    verdict = try_it(Plan(messages=80, conversations=16, seed=3, rates=rates, pause=5))
    assert verdict["verdict"] == "kept", verdict["examples"]


def test_without_a_mistake_nothing_is_caught(try_it: Callable[..., dict[str, Any]]) -> None:
    verdict = try_it(SMALL)
    assert verdict["verdict"] == "kept", verdict["examples"]
    assert verdict["actions"] > 0
