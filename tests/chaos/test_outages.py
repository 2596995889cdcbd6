"""Long outages in simulated time: nothing is lost, and nobody waits for longer than is said."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent_worker.turn import MAX_BACKOFF_SECONDS
from localstack.postgres import EmbeddedPostgres
from tests.chaos import outages
from tests.chaos.outages import Place
from tests.support.postgres import TestDatabase

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture
def place(database: TestDatabase, postgres_cluster: EmbeddedPostgres, tmp_path: Path) -> Place:
    """A place with little of the load."""
    return Place(database, postgres_cluster.superuser_url(), tmp_path / "history.jsonl", load=0.03)


def test_a_quarter_of_an_hour_without_postgres_dead_letters_nothing(place: Place) -> None:
    report = outages.postgres_down(place)
    assert report.verdict["verdict"] == "kept", report.verdict["examples"]
    assert report.verdict["dead_letters"] == 0
    assert set(report.verdict["ended"]) == {"completed"}
    # Everybody's next try is at most a backoff away, and then they are answered one by one.
    assert report.figures["seconds_to_last_answer"] < MAX_BACKOFF_SECONDS * 2


def test_a_quarter_of_an_hour_without_the_model_is_hardly_felt(place: Place) -> None:
    report = outages.model_down(place)
    figures = report.figures
    assert report.verdict["verdict"] == "kept", report.verdict["examples"]
    assert set(report.verdict["ended"]) == {"completed"}
    assert figures["degraded"] > 0
    # Ten are counted; whoever had asked by then could not know.
    assert 10 <= figures["calls_until_open"] <= figures["calls_at_most"]
    tries = figures["calls_while_down"] - figures["calls_until_open"]
    assert tries <= figures["tries_at_most"]
    assert figures["longest_answer_seconds"] <= 30
    assert figures["recovered_after_seconds"] <= 60


def test_without_embeddings_words_are_searched(place: Place) -> None:
    report = outages.embeddings_down(place)
    assert report.verdict["verdict"] == "kept", report.verdict["examples"]
    assert set(report.verdict["ended"]) == {"completed"}
    assert report.figures["degraded"] > 0
    assert report.figures["longest_answer_seconds"] <= 30


def test_without_dynamodb_nothing_is_accepted_and_nothing_lost(place: Place) -> None:
    report = outages.table_throttled(place)
    assert report.verdict["verdict"] == "kept", report.verdict["examples"]
    assert report.verdict["dead_letters"] == 0
    assert report.figures["seconds_to_last_answer"] <= MAX_BACKOFF_SECONDS * 2


def test_ten_times_the_load_is_worked_off(place: Place) -> None:
    report = outages.flood(replace(place, load=0.1), concurrency=3)
    figures = report.figures
    assert report.verdict["verdict"] == "kept", report.verdict["examples"]
    assert report.verdict["dead_letters"] == 0
    assert set(report.verdict["ended"]) == {"completed"}
    assert figures["most_connections"] <= figures["connections_cap"]
    assert figures["left_in_queue"] == 0
