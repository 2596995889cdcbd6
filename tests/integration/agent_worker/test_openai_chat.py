"""The real adapter against a scripted server: what is sent, and what becomes of each failure."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.tracers.context import collect_runs

from frontdesk.adapters.openai_chat import OpenAIChatModel
from frontdesk.domain.errors import (
    ModelOutputError,
    ModelRefusedError,
    ModelUnavailableError,
)
from frontdesk.domain.model import OutputSchema, PromptMessage, Role, ToolCall, ToolSpec
from tests.support.openai_server import (
    ScriptedOpenAI,
    Step,
    calls,
    drops,
    fails,
    hangs,
    refuses,
    says,
)

pytestmark = pytest.mark.integration

HELLO = [PromptMessage(role=Role.USER, content="Hello")]
SEARCH = ToolSpec(
    name="search",
    description="Searches.",
    parameters={"type": "object", "properties": {"query": {"type": "string"}}},
)
ROUTE = OutputSchema(
    name="route",
    schema_={
        "type": "object",
        "properties": {"agent": {"type": "string"}},
        "required": ["agent"],
        "additionalProperties": False,
    },
)

type Ask = Callable[..., Any]


@pytest.fixture
def ask(openai_server: ScriptedOpenAI) -> Ask:
    model = OpenAIChatModel(
        lambda: "sk-test", model="gpt-4.1-mini", temperature=0.25, base_url=openai_server.base_url
    )

    def complete(messages: list[PromptMessage] = HELLO, **options: Any) -> Any:
        return model.complete(messages, **{"timeout": 5.0, **options})

    return complete


def test_model_temperature_and_messages_are_sent(ask: Ask, openai_server: ScriptedOpenAI) -> None:
    openai_server.will(says("Hi.", tokens=(12, 3)))

    completion = ask(
        [
            PromptMessage(role=Role.SYSTEM, content="Be kind."),
            PromptMessage(role=Role.USER, content="Hello"),
            PromptMessage(
                role=Role.ASSISTANT,
                content="",
                tool_calls=(ToolCall(id="call_1", name="search", arguments={"query": "é"}),),
            ),
            PromptMessage(role=Role.TOOL, content='{"passages": []}', tool_call_id="call_1"),
        ]
    )

    assert completion.content == "Hi."
    assert (completion.input_tokens, completion.output_tokens) == (12, 3)
    assert completion.model == "gpt-4.1-mini-2025-04-14"
    [request] = openai_server.requests
    assert (request["model"], request["temperature"]) == ("gpt-4.1-mini", 0.25)
    assert "tools" not in request
    assert "response_format" not in request
    assert [message["role"] for message in request["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]
    assert request["messages"][2]["tool_calls"] == [
        {
            "id": "call_1",
            "type": "function",
            "function": {"name": "search", "arguments": '{"query": "é"}'},
        }
    ]
    assert request["messages"][3]["tool_call_id"] == "call_1"


def test_tools_are_offered_and_their_calls_read(ask: Ask, openai_server: ScriptedOpenAI) -> None:
    openai_server.will(calls(("search", {"query": "x"}), ("search", {})))

    completion = ask(tools=[SEARCH])

    assert [(call.name, call.arguments) for call in completion.tool_calls] == [
        ("search", {"query": "x"}),
        ("search", {}),
    ]
    assert openai_server.requests[0]["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "search",
                "description": "Searches.",
                "parameters": SEARCH.parameters,
            },
        }
    ]


def test_a_schema_is_asked_for_strictly(ask: Ask, openai_server: ScriptedOpenAI) -> None:
    openai_server.will(says('{"agent": "faq"}'))

    assert ask(output=ROUTE).content == '{"agent": "faq"}'

    [request] = openai_server.requests
    assert request["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "route", "schema": ROUTE.schema_, "strict": True},
    }
    assert request["temperature"] == 0.25


def test_malformed_arguments_are_none(ask: Ask, openai_server: ScriptedOpenAI) -> None:
    openai_server.will(calls(("search", "{not json"), ("search", {"query": "ok"})))

    completion = ask(tools=[SEARCH])

    assert sorted(call.arguments is None for call in completion.tool_calls) == [False, True]


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (refuses(), ModelRefusedError),
        (says("", finish="content_filter"), ModelRefusedError),
        (fails(400, code="content_filter"), ModelRefusedError),
        (says("half", finish="length"), None),
        (Step("<html>Bad gateway</html>", headers={"content-type": "text/html"}), ModelOutputError),
        (Step({"object": "chat.completion"}), ModelOutputError),
        (Step({"choices": None}), ModelOutputError),
        (Step("{"), ModelOutputError),
        (fails(500), ModelUnavailableError),
        (fails(503), ModelUnavailableError),
        (fails(401), ModelUnavailableError),
        (fails(404, code="model_not_found"), ModelUnavailableError),
        (fails(400, code="context_length_exceeded"), ModelUnavailableError),
        (drops(), ModelUnavailableError),
    ],
)
def test_each_failure_is_one_of_ours(
    ask: Ask, openai_server: ScriptedOpenAI, step: Step, error: type[Exception] | None
) -> None:
    openai_server.will(step)

    if error is None:
        assert ask().content == "half"
        return
    with pytest.raises(error) as raised:
        ask()
    assert "Hello" not in str(raised.value)


@pytest.mark.parametrize("step", [refuses(), says("{", finish="content_filter")])
def test_a_refusal_of_a_schema_is_a_refusal(
    ask: Ask, openai_server: ScriptedOpenAI, step: Step
) -> None:
    openai_server.will(step)

    with pytest.raises(ModelRefusedError):
        ask(output=ROUTE)


def test_a_schema_cut_short_is_unusable(ask: Ask, openai_server: ScriptedOpenAI) -> None:
    openai_server.will(says('{"agent": "fa', finish="length"))

    with pytest.raises(ModelOutputError):
        ask(output=ROUTE)


@pytest.mark.parametrize(
    ("status", "code", "headers", "retryable", "retry_after"),
    [
        (429, "rate_limit_exceeded", {"retry-after": "3"}, True, 3.0),
        (429, "rate_limit_exceeded", {"retry-after-ms": "1500"}, True, 1.5),
        (429, "rate_limit_exceeded", {}, True, None),
        (429, None, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, True, None),
        (429, "insufficient_quota", {"retry-after": "3"}, False, None),
        (500, None, {}, True, None),
        (401, "invalid_api_key", {}, False, None),
    ],
)
def test_what_a_retry_may_cure_is_said(
    ask: Ask,
    openai_server: ScriptedOpenAI,
    status: int,
    code: str | None,
    headers: dict[str, str],
    retryable: bool,
    retry_after: float | None,
) -> None:
    openai_server.will(fails(status, code=code, headers=headers))

    with pytest.raises(ModelUnavailableError) as raised:
        ask()

    assert (raised.value.retryable, raised.value.retry_after) == (retryable, retry_after)


def test_a_call_ends_when_its_time_is_over(ask: Ask, openai_server: ScriptedOpenAI) -> None:
    openai_server.will(hangs())

    with pytest.raises(ModelUnavailableError) as raised:
        ask(timeout=0.2)

    assert raised.value.retryable


def test_a_server_that_is_not_there_is_out_of_reach() -> None:
    model = OpenAIChatModel(
        lambda: "sk-test", model="gpt-4.1-mini", temperature=0.7, base_url="http://127.0.0.1:9/v1"
    )

    with pytest.raises(ModelUnavailableError):
        model.complete(HELLO, timeout=5.0)


def test_no_tracer_of_langchains_is_told_what_customers_write(
    ask: Ask, openai_server: ScriptedOpenAI
) -> None:
    openai_server.will(says("Hi."))

    with collect_runs() as tracer:
        ask()

    assert tracer.traced_runs == []
