"""A support turn with openai-agents: a router with an output type, a specialist with its tools."""

from typing import Any, Literal

from agents import (
    Agent,
    FunctionTool,
    ModelSettings,
    OpenAIChatCompletionsModel,
    Runner,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from openai.types.responses.response_usage import InputTokensDetails
from pydantic import BaseModel

from common import BASE_URL, TURN, measure, run_tool  # isort: skip

# The framework makes these without a field that the client's newer versions ask for.
if "cache_write_tokens" in InputTokensDetails.model_fields:
    InputTokensDetails.model_fields["cache_write_tokens"].default = 0
    InputTokensDetails.model_rebuild(force=True)
# Its traces would be sent to OpenAI; without them the turn is the cheaper one.
set_tracing_disabled(True)
model = OpenAIChatCompletionsModel(
    model=TURN["model"], openai_client=AsyncOpenAI(base_url=BASE_URL, api_key="none", max_retries=0)
)
settings = ModelSettings(temperature=TURN["temperature"])


class Route(BaseModel):
    """Who answers."""

    reasoning: str
    agent: Literal["faq", "order", "escalation", "out_of_scope"]
    confidence: float


def _tool(spec: dict[str, Any]) -> FunctionTool:
    async def run(*_: Any) -> str:
        return run_tool(spec["name"])

    return FunctionTool(
        name=spec["name"],
        description=spec["description"],
        params_json_schema=spec["parameters"],
        on_invoke_tool=run,
        strict_json_schema=False,
    )


router = Agent(
    name="Router",
    instructions=TURN["router_prompt"],
    model=model,
    model_settings=settings,
    output_type=Route,
)
order = Agent(
    name="Order",
    instructions=TURN["order_prompt"],
    model=model,
    model_settings=settings,
    tools=[_tool(spec) for spec in TURN["tools"]],
)


def turn() -> str:
    """Routes the message and lets the specialist answer it."""
    routed = Runner.run_sync(router, TURN["conversation"]).final_output
    if routed.agent != "order":
        raise RuntimeError(f"routed {routed.agent!r}")
    return str(Runner.run_sync(order, TURN["conversation"]).final_output)


measure(turn)
