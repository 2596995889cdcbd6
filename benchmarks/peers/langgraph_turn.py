"""A support turn as its users write it with langgraph: ChatOpenAI, ToolNode, messages as state."""

from typing import Any, Literal

from langchain_core.messages import SystemMessage
from langchain_core.tools import BaseTool, StructuredTool
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from pydantic import BaseModel

from common import BASE_URL, TURN, measure, run_tool  # isort: skip


class Route(BaseModel):
    """Who answers."""

    reasoning: str
    agent: Literal["faq", "order", "escalation", "out_of_scope"]
    confidence: float


class State(MessagesState):
    """What the nodes hand on."""

    agent: str


def _tool(spec: dict[str, Any]) -> BaseTool:
    def run(**_: Any) -> str:
        return run_tool(spec["name"])

    return StructuredTool.from_function(
        run, name=spec["name"], description=spec["description"], args_schema=spec["parameters"]
    )


chat = ChatOpenAI(
    model=TURN["model"],
    temperature=TURN["temperature"],
    base_url=BASE_URL,
    api_key="none",
    max_retries=0,
)
tools = [_tool(spec) for spec in TURN["tools"]]
router = chat.with_structured_output(Route)
specialist = chat.bind_tools(tools)


def route(state: State) -> dict[str, Any]:
    """Asks the model who answers."""
    made = router.invoke([SystemMessage(TURN["router_prompt"]), *state["messages"]])
    return {"agent": made.agent}


def order(state: State) -> dict[str, Any]:
    """Asks the model for an answer or a tool."""
    return {
        "messages": [specialist.invoke([SystemMessage(TURN["order_prompt"]), *state["messages"]])]
    }


graph = StateGraph(State)
graph.add_node("route", route)
graph.add_node("order", order)
graph.add_node("tools", ToolNode(tools))
graph.add_edge(START, "route")
graph.add_conditional_edges("route", lambda state: state["agent"], ["order"])
graph.add_conditional_edges("order", tools_condition)
graph.add_edge("tools", "order")
compiled = graph.compile()


def turn() -> str:
    """Runs the graph once."""
    return str(compiled.invoke({"messages": TURN["conversation"]})["messages"][-1].content)


measure(turn)
