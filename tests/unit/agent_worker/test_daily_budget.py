"""What a day may cost: counted after the answer, and no silence once it is spent."""

from typing import Any

from frontdesk.domain.task import TaskStatus
from tests.support.fake_conversations import FakeConversationStore
from tests.support.fake_knowledge import FakeKnowledgeSearch
from tests.support.fake_model import Answer, ScriptedModel, route, text
from tests.support.worker import JOHN, Desk, a_hit

ALICE = "a digest of Alice"


def a_desk(*answers: Answer, **limits: Any) -> tuple[Desk, ScriptedModel]:
    model = ScriptedModel(*answers)
    knowledge = FakeKnowledgeSearch((a_hit("Click it."),))
    return Desk(model, FakeConversationStore(), knowledge, **limits), model


def used(desk: Desk) -> dict[str, int]:
    return {
        counter.name.rpartition("#")[0]: count
        for counter, count in desk.counters.counts.items()
        if count
    }


def test_an_answers_tokens_are_counted_for_its_caller_and_for_all() -> None:
    desk, _ = a_desk(route("faq"), text("Click it [1].", tokens=(200, 30)))

    task = desk.ask("How?", counted_as=ALICE)

    tokens = task.usage.input_tokens + task.usage.output_tokens
    assert tokens == 100 + 20 + 200 + 30
    assert used(desk) == {f"tokens#{ALICE}": tokens, "tokens-together#all": tokens}


def test_an_answer_is_counted_once_however_often_it_is_delivered() -> None:
    desk, _ = a_desk(route("faq"), text("Click it [1]."))
    message = desk.accept("How?", counted_as=ALICE)

    desk.deliver(message)
    desk.deliver(message)

    assert used(desk) == {f"tokens#{ALICE}": 240, "tokens-together#all": 240}


def test_a_spent_day_is_answered_without_the_model() -> None:
    for limits in ({"daily_tokens": 240}, {"daily_tokens_together": 240}):
        # Given: an answer that spends it
        desk, model = a_desk(route("faq"), text("Click it [1]."), **limits)
        assert not desk.ask("How?", counted_as=ALICE).degraded
        # When
        task = desk.ask("How?", by=JOHN, counted_as=ALICE)
        # Then: the script has no further answers, and none were asked for
        model.verify()
        assert task.status is TaskStatus.COMPLETED
        assert task.degraded
        assert "Click it." in str(task.response)
        assert task.citations
        assert "TokenBudgetSpent" in desk.telemetry.counted


def test_a_budget_spent_within_a_turn_ends_it_with_what_was_found() -> None:
    # Given: a budget that the routing alone spends
    desk, model = a_desk(route("faq"), daily_tokens=120)
    # When
    task = desk.ask("How?", counted_as=ALICE)
    # Then
    model.verify()
    assert task.degraded
    assert "Click it." in str(task.response)
    assert task.usage.llm_calls == 1


def test_counters_out_of_reach_silence_nobody() -> None:
    desk, _ = a_desk(route("faq"), text("Click it [1]."), daily_tokens=1)
    desk.counters.is_down = True

    task = desk.ask("How?", counted_as=ALICE)

    assert task.response == "Click it [1]."
    assert not task.degraded
    assert "LimiterFailures" in desk.telemetry.counted
