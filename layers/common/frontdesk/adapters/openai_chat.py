"""The language model behind one door: chat completions of OpenAI or of a server like it."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import openai
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.outputs import ChatResult
from langchain_openai import ChatOpenAI

from frontdesk.adapters.openai_errors import DEFAULT_BASE_URL, unavailable
from frontdesk.adapters.openai_http import BoundedHttpClient
from frontdesk.domain.errors import (
    ModelError,
    ModelOutputError,
    ModelRefusedError,
    ModelUnavailableError,
)
from frontdesk.domain.model import (
    Completion,
    OutputSchema,
    PromptMessage,
    Role,
    ToolCall,
    ToolSpec,
)

MAX_OUTPUT_TOKENS = 1_500
"""A support answer has 100 to 400 tokens; what is longer has lost its way, and costs."""


_READY = ("messages", "tools", "response_format")
"""What langchain makes, or was given, just as the endpoint takes it."""


class _ReadyChatOpenAI(ChatOpenAI):
    """Sends what is ready as it is.

    The SDK looks through every field of every message and schema at each call, for names that it
    writes in another way, of which there are none here. That took two fifths of the CPU time of a
    turn; it leaves ``extra_body`` alone.
    """

    def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(*args, **kwargs)
        ready = {name: payload.pop(name) for name in _READY if name in payload}
        # The SDK insists on messages; those of the extra body take their place.
        return {**payload, "messages": [], "extra_body": ready}

    def ask(self, messages: list[BaseMessage], **options: Any) -> ChatResult:
        """Asks past langchain's callbacks.

        Nobody here listens to them, and a tracer that the environment switches on would send what
        customers wrote to another company.
        """
        return self._generate(messages, **options)


class OpenAIChatModel:
    """Asks a chat completions endpoint through langchain; makes no retry of its own.

    Args:
        api_key: Gives the provider's key.
        model: The model's name.
        temperature: How freely it answers, 0 to 2.
        base_url: Another server than OpenAI's; '' for OpenAI's own.
    """

    def __init__(
        self,
        api_key: Callable[[], str],
        *,
        model: str,
        temperature: float,
        base_url: str = "",
    ) -> None:
        self._model = model
        self._chat = _ReadyChatOpenAI(
            model=model,
            temperature=temperature,
            # Asked for at each call, so that a rotated key needs no restart.
            api_key=api_key,
            base_url=base_url or DEFAULT_BASE_URL,
            max_retries=0,
            http_client=BoundedHttpClient(),
            max_completion_tokens=MAX_OUTPUT_TOKENS,
            # Chosen here, not by the model's name: other servers have chat completions only.
            use_responses_api=False,
        )

    def complete(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        output: OutputSchema | None = None,
        timeout: float,
    ) -> Completion:
        """Asks the model once; makes no retry of its own.

        Args:
            messages: The prompt.
            tools: Tools it may ask for.
            output: The JSON schema that its answer has to follow.
            timeout: Seconds to wait at most.

        Returns:
            The completion.

        Raises:
            ModelUnavailableError: Out of reach, throttled, or too slow.
            ModelRefusedError: It declined.
            ModelOutputError: The answer cannot be used.
        """
        options: dict[str, Any] = {"timeout": timeout}
        if tools:
            options["tools"] = [_tool(spec) for spec in tools]
        if output is not None:
            options["response_format"] = _response_format(output)
        started = time.perf_counter()
        try:
            result = self._chat.ask([_message(message) for message in messages], **options)
            generation = result.generations[0]
        except openai.OpenAIError as error:
            _raise_ours(error)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            # What langchain says of a body that is no completion.
            raise ModelOutputError(f"not a completion: {type(error).__name__}") from error
        answer = generation.message
        if not isinstance(answer, AIMessage):
            raise ModelOutputError(f"not a completion: a message of the {answer.type}")
        reason = (generation.generation_info or {}).get("finish_reason")
        if output is not None and reason == "length":
            raise ModelOutputError("the answer was cut short")
        if answer.additional_kwargs.get("refusal"):
            raise ModelRefusedError("the model refused")
        if reason == "content_filter":
            raise ModelRefusedError("the provider's content filter stopped the answer")
        usage: Mapping[str, Any] = answer.usage_metadata or {}
        return Completion(
            content=answer.text,
            tool_calls=_tool_calls(answer),
            model=(result.llm_output or {}).get("model_name") or self._model,
            input_tokens=usage.get("input_tokens", 0),
            output_tokens=usage.get("output_tokens", 0),
            duration_ms=round((time.perf_counter() - started) * 1000),
        )


def _message(message: PromptMessage) -> BaseMessage:
    match message.role:
        case Role.SYSTEM:
            return SystemMessage(content=message.content)
        case Role.USER:
            return HumanMessage(content=message.content)
        case Role.TOOL:
            return ToolMessage(content=message.content, tool_call_id=message.tool_call_id or "")
        case Role.ASSISTANT:
            calls = [
                {"id": call.id, "name": call.name, "args": call.arguments or {}}
                for call in message.tool_calls
            ]
            return AIMessage(content=message.content, tool_calls=calls)


def _tool(spec: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": spec.name,
            "description": spec.description,
            "parameters": spec.parameters,
        },
    }


def _response_format(output: OutputSchema) -> dict[str, Any]:
    schema = {"name": output.name, "schema": output.schema_, "strict": True}
    return {"type": "json_schema", "json_schema": schema}


def _tool_calls(answer: AIMessage) -> tuple[ToolCall, ...]:
    well_formed = [
        ToolCall(
            id=call["id"] or f"call_{position}",
            name=call["name"],
            arguments=call["args"],
        )
        for position, call in enumerate(answer.tool_calls)
    ]
    malformed = [
        ToolCall(
            id=call.get("id") or f"call_invalid_{position}",
            name=call.get("name") or "",
            arguments=None,
        )
        for position, call in enumerate(answer.invalid_tool_calls)
    ]
    return (*well_formed, *malformed)


def _raise_ours(error: openai.OpenAIError) -> NoReturn:
    raise _ours(error) from error


def _ours(error: openai.OpenAIError) -> ModelError:
    """Wraps the SDK's error; its text may quote the prompt, its class and status do not."""
    kind = type(error).__name__
    if isinstance(error, openai.APIStatusError):
        return _of_status(error)
    if isinstance(error, openai.APIConnectionError):  # a time-out is one too
        return ModelUnavailableError(kind)
    return ModelOutputError(kind)


def _of_status(error: openai.APIStatusError) -> ModelError:
    found = unavailable(error)
    if error.code in ("content_filter", "content_policy_violation"):
        return ModelRefusedError(str(found))
    return found
