"""A scripted language model in memory; it fails on a call that the script does not have."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from frontdesk.domain.model import (
    Completion,
    OutputSchema,
    PromptMessage,
    ToolCall,
    ToolSpec,
)


@dataclass(frozen=True)
class Asked:
    messages: tuple[PromptMessage, ...]
    tools: tuple[ToolSpec, ...]
    output: OutputSchema | None
    timeout: float

    @property
    def system(self) -> str:
        return self.messages[0].content

    @property
    def offered(self) -> set[str]:
        return {tool.name for tool in self.tools}


type Answer = Completion | Exception | Callable[[Asked], Completion]


class ScriptedModel:
    """Implements ChatModel from a list of answers; call `verify` at the end."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[Asked] = []
        self._answers = list(answers)

    def will(self, *answers: Answer) -> None:
        self._answers += answers

    def complete(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        output: OutputSchema | None = None,
        timeout: float,
    ) -> Completion:
        asked = Asked(tuple(messages), tuple(tools), output, timeout)
        self.asked.append(asked)
        assert self._answers, "the model was asked once more than the script has answers"
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Completion) else answer(asked)

    def verify(self) -> None:
        assert not self._answers, f"{len(self._answers)} answers were not asked for"


def text(content: str, *, tokens: tuple[int, int] = (100, 20)) -> Completion:
    return Completion(
        content=content,
        model="gpt-4.1-mini",
        input_tokens=tokens[0],
        output_tokens=tokens[1],
        duration_ms=3,
    )


def route(agent: str, confidence: float = 0.95, reasoning: str = "Because.") -> Completion:
    return text(json.dumps({"agent": agent, "confidence": confidence, "reasoning": reasoning}))


def tools(*wanted: tuple[str, dict[str, Any] | None]) -> Completion:
    return Completion(
        content="",
        tool_calls=tuple(
            ToolCall(id=f"call_{position}", name=name, arguments=arguments)
            for position, (name, arguments) in enumerate(wanted)
        ),
        model="gpt-4.1-mini",
        input_tokens=100,
        output_tokens=10,
    )
