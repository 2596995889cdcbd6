"""What a turn may spend: seconds of its own, seconds and calls of the model."""

import pytest

from agent_worker.budget import (
    CALL_SECONDS,
    COMMIT_RESERVE_SECONDS,
    MAX_TURN_SECONDS,
    MIN_CALL_SECONDS,
    MODEL_SECONDS,
    TurnBudget,
)


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_call_has_its_own_limit() -> None:
    assert TurnBudget(60, monotonic=Time()).call_timeout() == CALL_SECONDS


def test_no_call_begins_once_the_turn_has_had_its_time() -> None:
    # Given a turn that spent its time on look-ups, and none of it on the model
    time = Time()
    budget = TurnBudget(300, monotonic=time)
    time.now = MAX_TURN_SECONDS - MIN_CALL_SECONDS
    assert budget.call_timeout() == MIN_CALL_SECONDS
    # When
    time.now += 0.1
    # Then
    assert budget.call_timeout() is None
    assert not budget.allows_wait(0)


def test_the_functions_own_end_comes_first_and_leaves_time_to_commit() -> None:
    time = Time()
    budget = TurnBudget(20, monotonic=time)
    time.now = 20 - COMMIT_RESERVE_SECONDS - MIN_CALL_SECONDS + 0.1
    assert budget.call_timeout() is None


@pytest.mark.parametrize("spend", [TurnBudget.spend_call, TurnBudget.spend_wait])
def test_calls_and_waits_share_the_models_seconds(spend: object) -> None:
    budget = TurnBudget(60, monotonic=Time())
    assert callable(spend)
    spend(budget, MODEL_SECONDS - 3)
    assert budget.call_timeout() == pytest.approx(3)
    assert not budget.allows_wait(2.5)
