"""The figures of a period: how much was asked, who answered, how fast, how well, at what cost."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

QUIET_HOURS = 24
"""A customer who has not come back for a day had what was wanted, or gave up elsewhere."""


class Rating(StrEnum):
    """What a customer thinks of an answer."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of time."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    @property
    def days(self) -> list[date]:
        """The days in UTC that it touches, the first one first."""
        first = self.start.astimezone(UTC).date()
        last = (self.end - timedelta.resolution).astimezone(UTC).date()
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened in a period.

    Attributes:
        conversations: Those that began in it.
        resolved_without_person: Of these, those that the agents answered, that are closed or
            quiet for `QUIET_HOURS`, and in which no person wrote or is waited for, no answer was
            rated down, and which no later conversation carries on.
        handed_over: Of these, those in which a person took part.
        first_answer_p50_ms: Of these, from the first message to the first reply of whomever;
            None where there is none.
        customer_messages: Messages of the period, by whom they are.
        turns: Messages that the agents dealt with in the period, whatever the end.
        answers_by_agent: Their answers, by agent.
        degraded_answers: Answers that were made without the model or the embeddings.
        handed_off_turns: Messages that were left to a person.
        tickets: Tickets that were made in the period.
        ratings_up: Of the period's answers, those that were rated so.
    """

    conversations: int
    resolved_without_person: int
    handed_over: int
    first_answer_p50_ms: int | None
    first_answer_p95_ms: int | None
    customer_messages: int
    assistant_messages: int
    staff_messages: int
    turns: int
    answers_by_agent: dict[str, int]
    degraded_answers: int
    handed_off_turns: int
    failed_turns: int
    llm_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    ratings_up: int
    ratings_down: int
    tickets: int

    @property
    def answers(self) -> int:
        """Answers of all agents."""
        return sum(self.answers_by_agent.values())

    @property
    def degraded_share(self) -> float | None:
        """The part of all answers that was degraded; None where there is none."""
        return round(self.degraded_answers / self.answers, 4) if self.answers else None
