"""The vocabulary of talking to a language model, whichever it is."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Role(StrEnum):
    """Who speaks in a prompt."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class ToolCall(_Part):
    """A tool that the model asks for.

    Attributes:
        arguments: The arguments as an object, or None where the model's JSON was malformed.
    """

    id: str
    name: str
    arguments: dict[str, Any] | None


class PromptMessage(_Part):
    """One message of a prompt.

    Attributes:
        tool_calls: What an assistant message asked for.
        tool_call_id: Which call a tool message answers.
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


class ToolSpec(_Part):
    """A tool as it is offered to the model; ``parameters`` is a JSON schema."""

    name: str
    description: str
    parameters: dict[str, Any]


class OutputSchema(_Part):
    """The JSON object that the model has to answer with."""

    name: str
    schema_: dict[str, Any]


class Completion(_Part):
    """What the model answered.

    Attributes:
        content: Its text; '' where it only asked for tools.
        input_tokens: Tokens of the prompt, by the provider's count.
        output_tokens: Tokens of the answer, by the provider's count.
        duration_ms: Wall time of the call.
    """

    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    duration_ms: int = 0


class ModelPrice(_Part):
    """US dollars a million tokens."""

    input_usd_per_million: Decimal
    output_usd_per_million: Decimal
