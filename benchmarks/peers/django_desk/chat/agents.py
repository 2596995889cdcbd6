"""The team: a router asks the model who answers, and that specialist uses its tools until it has.

As a loop written by hand: langchain-openai is all that the description names. `chat.graph` is the
same for those who write it with langgraph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chat import prompts, tools
from chat.models import Conversation
from django.conf import settings
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

MODEL_CALLS = 6

chat = ChatOpenAI(
    model=settings.LLM_MODEL,
    temperature=settings.LLM_TEMPERATURE,
    base_url=settings.OPENAI_BASE_URL,
    api_key="none",
)


class Route(BaseModel):
    """Who answers."""

    reasoning: str
    agent: Literal["faq", "order", "escalation"]
    confidence: float


@dataclass(frozen=True)
class Specialist:
    """One who answers.

    Attributes:
        prompt: What it is told.
        tools: What it may use.
    """

    prompt: SystemMessage
    tools: Sequence[BaseTool]

    def __post_init__(self) -> None:
        """Makes its model once, not for every message."""
        object.__setattr__(self, "model", chat.bind_tools(self.tools))

    def reply(self, said: Sequence[BaseMessage]) -> AIMessage:
        """Asks the model for an answer or for tools."""
        return self.model.invoke([self.prompt, *said])


_ACCOUNT = [tools.get_customer_info, tools.get_subscription_details, tools.get_invoices]
SPECIALISTS = {
    "faq": Specialist(SystemMessage(prompts.FAQ), [tools.search_knowledge_base]),
    "order": Specialist(
        SystemMessage(prompts.ORDER),
        [*_ACCOUNT, tools.search_knowledge_base, tools.create_support_ticket],
    ),
    "escalation": Specialist(
        SystemMessage(prompts.ESCALATION), [*_ACCOUNT, tools.create_support_ticket]
    ),
}
_ROUTER_PROMPT = SystemMessage(prompts.ROUTER)
_router = chat.with_structured_output(Route)


def route(said: Sequence[BaseMessage]) -> str:
    """Asks the model who answers."""
    return str(_router.invoke([_ROUTER_PROMPT, *said]).agent)


def as_messages(window: Sequence[tuple[str, str]]) -> list[BaseMessage]:
    """Writes the last messages as the model is told them.

    Args:
        window: Who said what, oldest first.

    Returns:
        The messages.
    """
    return [
        HumanMessage(content) if role == "customer" else AIMessage(content)
        for role, content in window
    ]


def configured(conversation: Conversation) -> RunnableConfig:
    """Says whose account the tools look into."""
    configurable: dict[str, Any] = {
        "conversation_id": conversation.pk,
        "customer_email": conversation.customer_email,
    }
    return {"configurable": configurable}


def by_loop(conversation: Conversation, window: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Answers the last message.

    Args:
        conversation: Where it was said.
        window: Who said what, oldest first.

    Returns:
        Who answered, and what.
    """
    said, config = as_messages(window), configured(conversation)
    agent = route(said)
    specialist = SPECIALISTS[agent]
    by_name = {tool.name: tool for tool in specialist.tools}
    for _ in range(MODEL_CALLS):
        reply = specialist.reply(said)
        if not reply.tool_calls:
            return agent, reply.text
        said.append(reply)
        said.extend(by_name[call["name"]].invoke(call, config) for call in reply.tool_calls)
    raise RuntimeError("the model goes on asking for tools")
