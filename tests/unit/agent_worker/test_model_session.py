"""Model calls of a turn: bounded, retried once, counted."""

from decimal import Decimal

import pytest

from agent_worker.budget import MAX_MODEL_CALLS, MODEL_SECONDS, TurnBudget
from agent_worker.model_session import RETRY_WAIT_SECONDS, ModelSession
from frontdesk.domain.errors import (
    ModelOutputError,
    ModelRefusedError,
    ModelUnavailableError,
)
from frontdesk.domain.model import Completion
from frontdesk.pricing import PRICES
from tests.support.fake_model import Asked, ScriptedModel, text, tools
from tests.support.worker import RecordingTelemetry


class Time:
    """A clock that moves when somebody sleeps or works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def a_session(model: ScriptedModel, time: Time, function_seconds: float = 60.0) -> ModelSession:
    return ModelSession(
        model,
        TurnBudget(function_seconds, monotonic=time),
        PRICES,
        RecordingTelemetry(),
        sleep=time.sleep,
        monotonic=time,
    )


def test_calls_are_counted_and_priced() -> None:
    session = a_session(ScriptedModel(text("a", tokens=(1000, 500)), text("b")), Time())

    session.complete("router", [])
    session.complete("faq", [])

    assert session.usage.llm_calls == 2
    assert (session.usage.input_tokens, session.usage.output_tokens) == (1100, 520)
    assert session.usage.cost_usd == Decimal("0.001272")
    assert [call["purpose"] for call in session.calls] == ["router", "faq"]


def test_a_passing_failure_is_retried_once() -> None:
    time = Time()
    session = a_session(ScriptedModel(ModelUnavailableError("HTTP 500"), text("a")), time)

    assert session.complete("faq", []).content == "a"
    assert time.slept == [RETRY_WAIT_SECONDS]
    assert not session.out_of_reach
    assert session.usage.llm_calls == 2


def test_the_provider_says_how_long_to_wait() -> None:
    time = Time()
    error = ModelUnavailableError("HTTP 429", retry_after=3.0)

    a_session(ScriptedModel(error, text("a")), time).complete("faq", [])

    assert time.slept == [3.0]


@pytest.mark.parametrize(
    "error",
    [
        ModelUnavailableError("HTTP 429 insufficient_quota", retryable=False),
        ModelUnavailableError("HTTP 429", retry_after=MODEL_SECONDS),
    ],
)
def test_what_no_retry_cures_is_not_retried(error: ModelUnavailableError) -> None:
    model, time = ScriptedModel(error), Time()
    session = a_session(model, time)

    with pytest.raises(ModelUnavailableError):
        session.complete("faq", [])

    assert session.out_of_reach
    assert time.slept == []
    assert len(model.asked) == 1


def test_the_second_failure_is_the_last() -> None:
    model = ScriptedModel(ModelUnavailableError("HTTP 500"), ModelUnavailableError("HTTP 500"))
    session = a_session(model, Time())

    with pytest.raises(ModelUnavailableError):
        session.complete("faq", [])

    assert session.out_of_reach


def test_unusable_output_is_asked_for_again() -> None:
    session = a_session(ScriptedModel(ModelOutputError("no JSON"), text("a")), Time())

    assert session.complete("faq", []).content == "a"


def test_a_refusal_is_final() -> None:
    model = ScriptedModel(ModelRefusedError("no"))
    session = a_session(model, Time())

    with pytest.raises(ModelRefusedError):
        session.complete("faq", [])

    assert len(model.asked) == 1
    assert not session.out_of_reach


def test_slow_calls_end_within_the_models_seconds() -> None:
    time = Time()

    def slow(asked: Asked) -> Completion:
        time.now += asked.timeout
        raise ModelUnavailableError("APITimeoutError")

    model = ScriptedModel(slow, slow, slow, slow)
    session = a_session(model, time)

    for _ in range(3):
        with pytest.raises(ModelUnavailableError):
            session.complete("faq", [])

    assert time.now <= MODEL_SECONDS
    assert [round(asked.timeout, 1) for asked in model.asked] == [8.0, 8.0, 3.5]


def test_a_function_about_to_end_makes_no_call() -> None:
    model = ScriptedModel()
    session = a_session(model, Time(), function_seconds=8.5)

    with pytest.raises(ModelUnavailableError, match="budget"):
        session.complete("faq", [])

    assert model.asked == []


def test_there_are_only_so_many_calls() -> None:
    session = a_session(ScriptedModel(*[text("a")] * MAX_MODEL_CALLS), Time())
    for _ in range(MAX_MODEL_CALLS):
        session.complete("faq", [])

    with pytest.raises(ModelUnavailableError, match="budget"):
        session.complete("faq", [])


def test_what_no_database_takes_is_dropped() -> None:
    model = ScriptedModel(
        text("a\x00b\ud800c"), tools(("search", {"query": "x\x00", "deep": ["\udfff"]}))
    )
    session = a_session(model, Time())

    assert session.complete("faq", []).content == "abc"
    [call] = session.complete("faq", []).tool_calls
    assert call.arguments == {"query": "x", "deep": [""]}
