"""What clients may send, in OpenAI's form."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _text_of(content: Any) -> Any:
    """Joins the text parts of a message; anything but text is refused."""
    if not isinstance(content, list):
        return content
    texts = []
    for part in content:
        if not isinstance(part, dict) or part.get("type") not in {"text", "refusal"}:
            raise ValueError("this model reads text parts only")
        text = part.get(part["type"])
        if not isinstance(text, str):
            raise ValueError("a text part needs its text")
        texts.append(text)
    return "\n".join(texts)


class _Request(BaseModel):
    # OpenAI's clients send options that mean nothing to this model.
    model_config = ConfigDict(extra="ignore")


class FunctionCall(_Request):
    """A tool that an assistant's message asks for."""

    name: str
    arguments: str


class ToolCall(_Request):
    """The same, with its identifier."""

    id: str
    type: Literal["function"] = "function"
    function: FunctionCall


class Message(_Request):
    """One message of the prompt."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[str | None, BeforeValidator(_text_of)] = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None


class FunctionSpec(_Request):
    """A function that the model may ask for."""

    name: str = Field(min_length=1, max_length=64)
    description: str | None = ""
    parameters: dict[str, Any] | None = None


class ToolSpec(_Request):
    """The same, in its envelope."""

    type: Literal["function"]
    function: FunctionSpec


class NamedFunction(_Request):
    """The name of a function."""

    name: str


class NamedToolChoice(_Request):
    """Demands one tool."""

    type: Literal["function"]
    function: NamedFunction


class JsonSchemaSpec(_Request):
    """The schema that the answer must follow."""

    name: str
    schema_: dict[str, Any] = Field(alias="schema", default_factory=dict)


class ResponseFormat(_Request):
    """Free text, any JSON object, or JSON of a schema."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaSpec | None = None


class StreamOptions(_Request):
    """What a stream tells besides the answer."""

    include_usage: bool = False


class ChatRequest(_Request):
    """The body of `POST /v1/chat/completions`."""

    model: str = Field(min_length=1)
    messages: list[Message] = Field(min_length=1)
    tools: list[ToolSpec] = []
    tool_choice: Literal["none", "auto", "required"] | NamedToolChoice = "auto"
    parallel_tool_calls: bool | None = True
    response_format: ResponseFormat | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    n: Literal[1] | None = 1


class EmbeddingRequest(_Request):
    """The body of `POST /v1/embeddings`; token numbers are of this model's own vocabulary."""

    model: str = Field(min_length=1)
    input: str | list[str] | list[int] | list[list[int]]
    encoding_format: Literal["float", "base64"] | None = "float"
    dimensions: int | None = None
