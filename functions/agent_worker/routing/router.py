"""Routing by the language model, with the recent turns before it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent_worker.cleaning import storable
from agent_worker.memory import Window, as_prompt
from agent_worker.model_session import ModelSession
from agent_worker.prompting import PromptLibrary
from agent_worker.routing.wishes import Wish
from frontdesk.domain.errors import ModelOutputError
from frontdesk.domain.knowledge import QueryEmbedding
from frontdesk.domain.model import OutputSchema, PromptMessage, Role
from frontdesk.domain.task import Route, RouteLabel

RECENT_MESSAGES = 6
"""Three exchanges: enough to see what «the second one» is about."""

CLIPPED_CHARACTERS = 400
"""The beginning of an earlier message says what it was about."""

MAX_REASONING_CHARACTERS = 300

ROUTE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reasoning": {"type": "string"},
        "agent": {"type": "string", "enum": [*RouteLabel]},
        "confidence": {"type": "number"},
    },
    "required": ["reasoning", "agent", "confidence"],
    "additionalProperties": False,
}


class RouteSource(StrEnum):
    """How a route was found."""

    EMBEDDING = "embedding"
    FOLLOW_UP = "follow_up"
    MODEL = "model"
    KEYWORDS = "keywords"


@dataclass(frozen=True, slots=True)
class Decision:
    """A route, and how it came about.

    Attributes:
        failure: Why the model gave no route; '' where it did, or was not asked.
        embedding: The message's, where it was embedded; for whoever searches for it.
        wishes: The message's, where it has several; in order.
        small_talk: True where nothing is asked that could be looked up.
    """

    route: Route
    source: RouteSource
    failure: str = ""
    embedding: QueryEmbedding | None = None
    wishes: tuple[Wish, ...] = ()
    small_talk: bool = False


class Router(Protocol):
    """Decides which specialist a message goes to."""

    def decide(self, window: Window, session: ModelSession) -> Decision:
        """Routes the message of a window; this always ends with a route.

        Args:
            window: The conversation, and the message to be routed.
            session: The turn's model calls.

        Returns:
            The route, and how it was found.
        """
        ...


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    agent: RouteLabel
    confidence: float = Field(allow_inf_nan=False)
    reasoning: str = ""


class ModelRouter:
    """Asks the model for a route as JSON.

    Args:
        prompts: The company's prompts.
    """

    def __init__(self, prompts: PromptLibrary) -> None:
        self._prompts = prompts

    def route(self, window: Window, session: ModelSession) -> Route:
        """Routes the message of a window.

        Args:
            window: The conversation, and the message to be routed.
            session: The turn's model calls.

        Returns:
            The route.

        Raises:
            ModelError: The model did not say one.
        """
        recent = as_prompt(window, latest=RECENT_MESSAGES, tagged=True, clip=CLIPPED_CHARACTERS)
        system = PromptMessage(role=Role.SYSTEM, content=self._prompts.render("router", {}))
        completion = session.complete(
            "router",
            [system, *recent],
            output=OutputSchema(name="route", schema_=ROUTE_SCHEMA),
        )
        try:
            answer = _Answer.model_validate_json(completion.content)
        except ValidationError as error:
            raise ModelOutputError("the route cannot be read") from error
        return Route(
            agent=answer.agent,
            confidence=round(min(1.0, max(0.0, answer.confidence)), 4),
            reasoning=storable(answer.reasoning[:MAX_REASONING_CHARACTERS]),
        )
