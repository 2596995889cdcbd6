"""A support turn with openai-agents: a router with an output type, a specialist with a tool."""

import sys

from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool, set_tracing_disabled
from openai import AsyncOpenAI
from openai.types.responses.response_usage import InputTokensDetails
from pydantic import BaseModel

from common import INVOICES, ORDER_PROMPT, QUESTION, ROUTER_PROMPT, measure  # isort: skip

# The framework makes these without a field that the client's newer versions ask for.
if "cache_write_tokens" in InputTokensDetails.model_fields:
    InputTokensDetails.model_fields["cache_write_tokens"].default = 0
    InputTokensDetails.model_rebuild(force=True)
set_tracing_disabled(True)
model = OpenAIChatCompletionsModel(
    model="m", openai_client=AsyncOpenAI(base_url=sys.argv[1], api_key="none")
)


class Route(BaseModel):
    """Who answers."""

    reasoning: str
    agent: str
    confidence: float


@function_tool
def get_invoices() -> str:
    """Reads the sender's own invoices."""
    return INVOICES


order = Agent(name="Order", instructions=ORDER_PROMPT, model=model, tools=[get_invoices])
router = Agent(name="Router", instructions=ROUTER_PROMPT, model=model, output_type=Route)


def turn() -> str:
    """Routes the message and lets the specialist answer it."""
    routed = Runner.run_sync(router, QUESTION).final_output
    if routed.agent != "order":
        raise RuntimeError(f"routed {routed.agent!r}")
    return str(Runner.run_sync(order, QUESTION).final_output)


measure(turn)
