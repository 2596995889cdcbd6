"""A support turn as a langgraph graph: a router, a specialist, its tools."""

import json
import sys
from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from openai import OpenAI

from common import INVOICES, ORDER_PROMPT, QUESTION, ROUTER_PROMPT, measure  # isort: skip

client = OpenAI(base_url=sys.argv[1], api_key="none")
SCHEMA: Any = {
    "type": "json_schema",
    "json_schema": {
        "name": "route",
        "schema": {"type": "object", "properties": {"agent": {"type": "string"}}},
    },
}
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "get_invoices",
            "description": "Reads the sender's own invoices.",
            "parameters": {"type": "object", "properties": {}},
        },
    }
]


class State(TypedDict):
    """What the nodes hand on."""

    messages: list[dict[str, Any]]
    agent: str


def route(state: State) -> dict[str, Any]:
    """Asks the model who answers."""
    messages: Any = [{"role": "system", "content": ROUTER_PROMPT}, *state["messages"]]
    made = client.chat.completions.create(model="m", messages=messages, response_format=SCHEMA)
    return {"agent": json.loads(made.choices[0].message.content or "{}")["agent"]}


def answer(state: State) -> dict[str, Any]:
    """Asks the model for an answer or a tool."""
    messages: Any = [{"role": "system", "content": ORDER_PROMPT}, *state["messages"]]
    made = client.chat.completions.create(model="m", messages=messages, tools=TOOLS)
    said = made.choices[0].message.model_dump(exclude_none=True)
    return {"messages": [*state["messages"], said]}


def look_up(state: State) -> dict[str, Any]:
    """Runs the tools that the model asked for."""
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": INVOICES}
        for call in state["messages"][-1]["tool_calls"]
    ]
    return {"messages": [*state["messages"], *results]}


def goes_on(state: State) -> Literal["look_up", "__end__"]:
    """Ends the turn once there is an answer."""
    return "look_up" if state["messages"][-1].get("tool_calls") else "__end__"


graph = StateGraph(State)
graph.add_node("route", route)
graph.add_node("answer", answer)
graph.add_node("look_up", look_up)
graph.add_edge(START, "route")
graph.add_edge("route", "answer")
graph.add_conditional_edges("answer", goes_on, {"look_up": "look_up", "__end__": END})
graph.add_edge("look_up", "answer")
compiled = graph.compile()


def turn() -> str:
    """Runs the graph once."""
    state: Any = {"messages": [{"role": "user", "content": QUESTION}], "agent": ""}
    return str(compiled.invoke(state)["messages"][-1]["content"])


measure(turn)
