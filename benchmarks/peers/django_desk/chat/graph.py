"""The team as a graph of langgraph: a node that routes, and one with tools for each specialist."""

from collections.abc import Callable, Sequence
from typing import Any

from chat.agents import SPECIALISTS, as_messages, configured, route
from chat.models import Conversation
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition


class State(MessagesState):
    """What the nodes hand on."""

    agent: str


def _routed(state: State) -> dict[str, Any]:
    return {"agent": route(state["messages"])}


def _replying(agent: str) -> Callable[[State], dict[str, Any]]:
    def reply(state: State) -> dict[str, Any]:
        return {"messages": [SPECIALISTS[agent].reply(state["messages"])]}

    return reply


def _compiled() -> Any:
    graph = StateGraph(State)
    graph.add_node("route", _routed)
    graph.add_edge(START, "route")
    graph.add_conditional_edges("route", lambda state: state["agent"], list(SPECIALISTS))
    for agent, specialist in SPECIALISTS.items():
        tools = f"{agent}_tools"
        graph.add_node(agent, _replying(agent))
        graph.add_node(tools, ToolNode(specialist.tools))
        graph.add_conditional_edges(agent, tools_condition, {"tools": tools, END: END})
        graph.add_edge(tools, agent)
    return graph.compile()


_graph = _compiled()


def by_graph(conversation: Conversation, window: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Answers the last message.

    Args:
        conversation: Where it was said.
        window: Who said what, oldest first.

    Returns:
        Who answered, and what.
    """
    ended = _graph.invoke({"messages": as_messages(window)}, configured(conversation))
    return ended["agent"], ended["messages"][-1].text
