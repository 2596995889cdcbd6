"""The model calls of one turn: bounded in time and number, retried once, counted and priced."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from agent_worker.budget import Monotonic, TurnBudget
from agent_worker.cleaning import storable
from agent_worker.telemetry import Telemetry
from frontdesk import clock
from frontdesk.domain.errors import ModelError, ModelOutputError, ModelUnavailableError
from frontdesk.domain.model import (
    Completion,
    ModelPrice,
    OutputSchema,
    PromptMessage,
    ToolCall,
    ToolSpec,
)
from frontdesk.domain.task import Usage
from frontdesk.ports import ChatModel
from frontdesk.pricing import cost_usd, price_of

RETRY_WAIT_SECONDS = 0.5
"""Before the retry where the provider named no time: long enough for a connection to recover."""


@dataclass
class ModelSession:
    """Asks the model on behalf of one turn.

    Attributes:
        model: The model.
        budget: What the turn may still spend.
        prices: Prices by model name.
        telemetry: Where calls are traced.
        tokens_left: Reads how many tokens the day still allows; None where that is not known.
        calls: What was called, for the turn's trace.
        out_of_reach: True once the model could not be reached: nothing asks it again this turn.
    """

    model: ChatModel
    budget: TurnBudget
    prices: Mapping[str, ModelPrice]
    telemetry: Telemetry
    tokens_left: Callable[[], int | None] = lambda: None
    sleep: Callable[[float], None] = clock.sleep
    monotonic: Monotonic = clock.monotonic
    calls: list[dict[str, Any]] = field(default_factory=list)
    out_of_reach: bool = False
    _usage: Usage = field(default_factory=Usage)

    @property
    def usage(self) -> Usage:
        """What the calls took so far."""
        return self._usage

    def complete(
        self,
        purpose: str,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        output: OutputSchema | None = None,
    ) -> Completion:
        """Asks the model, and once more where that may help.

        Args:
            purpose: Who asks, for the trace: ``router`` or an agent's name.
            messages: The prompt.
            tools: Tools it may ask for.
            output: The JSON schema that its answer has to follow.

        Returns:
            The completion.

        Raises:
            ModelUnavailableError: Out of reach, or the budget of the turn or the day is spent.
            ModelRefusedError: It declined.
            ModelOutputError: The answer cannot be used.
        """
        self._check_tokens()
        try:
            return self._attempt(purpose, messages, tools, output)
        except ModelUnavailableError as error:
            wait = RETRY_WAIT_SECONDS if error.retry_after is None else error.retry_after
            if not (error.retryable and self._wait(wait)):
                self.out_of_reach = True
                raise
        except ModelOutputError:
            if not self.budget.allows_wait(0):
                raise
        try:
            return self._attempt(purpose, messages, tools, output)
        except ModelUnavailableError:
            self.out_of_reach = True
            raise

    def _wait(self, seconds: float) -> bool:
        if not self.budget.allows_wait(seconds):
            return False
        self.sleep(seconds)
        self.budget.spend_wait(seconds)
        return True

    def _check_tokens(self) -> None:
        left = self.tokens_left()
        if left is None or self._usage.input_tokens + self._usage.output_tokens < left:
            return
        self.out_of_reach = True
        self.telemetry.count("TokenBudgetSpent")
        raise ModelUnavailableError("the day's tokens are spent", retryable=False)

    def _attempt(
        self,
        purpose: str,
        messages: Sequence[PromptMessage],
        tools: Sequence[ToolSpec],
        output: OutputSchema | None,
    ) -> Completion:
        timeout = self.budget.call_timeout()
        if timeout is None:
            raise ModelUnavailableError("the turn's model budget is spent", retryable=False)
        started = self.monotonic()
        try:
            with self.telemetry.segment("model", gen_ai_operation_name="chat", agent=purpose):
                completion = self.model.complete(
                    messages, tools=tools, output=output, timeout=timeout
                )
        except ModelError as error:
            self._record_failure(purpose, error, self.monotonic() - started)
            raise
        self.budget.spend_call(self.monotonic() - started)
        self._record(purpose, completion)
        return _cleaned(completion)

    def _record(self, purpose: str, completion: Completion) -> None:
        price = price_of(completion.model, self.prices)
        if price is None:
            note_unknown_price(self.telemetry, completion.model)
        cost = cost_usd(
            price,
            input_tokens=completion.input_tokens,
            output_tokens=completion.output_tokens,
        )
        self._add_usage(completion.input_tokens, completion.output_tokens, cost)
        self.calls.append(
            {
                "purpose": purpose,
                "model": completion.model,
                "input_tokens": completion.input_tokens,
                "output_tokens": completion.output_tokens,
                "cost_usd": f"{cost:.6f}",
                "duration_ms": completion.duration_ms,
                "tool_calls": [call.name for call in completion.tool_calls],
            }
        )

    def _record_failure(self, purpose: str, error: ModelError, seconds: float) -> None:
        self.budget.spend_call(seconds)
        self._add_usage(0, 0, Decimal())
        failure: dict[str, str | int] = {
            "purpose": purpose,
            "error": type(error).__name__,
            "reason": str(error),
            "duration_ms": round(seconds * 1000),
        }
        self.calls.append(failure)
        self.telemetry.count("ModelFailures")
        # Our own errors name a class or a status, never what was asked or answered.
        self.telemetry.event("model.failed", **failure)

    def _add_usage(self, input_tokens: int, output_tokens: int, cost: Decimal) -> None:
        self._usage = Usage(
            llm_calls=self._usage.llm_calls + 1,
            input_tokens=self._usage.input_tokens + input_tokens,
            output_tokens=self._usage.output_tokens + output_tokens,
            cost_usd=self._usage.cost_usd + cost,
        )


_unknown_prices: set[str] = set()


def note_unknown_price(telemetry: Telemetry, model: str) -> None:
    """Logs once a process that a model's calls are counted as free.

    Args:
        telemetry: Where to log.
        model: The model's name.
    """
    if model not in _unknown_prices:
        _unknown_prices.add(model)
        telemetry.event("model.price_unknown", model=model)


def _cleaned(completion: Completion) -> Completion:
    """What a model writes may hold what no database takes: NUL, lone surrogates."""
    return completion.model_copy(
        update={
            "content": storable(completion.content),
            "tool_calls": tuple(
                ToolCall(
                    id=storable(call.id),
                    name=storable(call.name),
                    arguments=storable(call.arguments),
                )
                for call in completion.tool_calls
            ),
        }
    )
