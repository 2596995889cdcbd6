"""The team's router: the surest of the ways to a route that can be had."""

from agent_worker.memory import Window
from agent_worker.model_session import ModelSession
from agent_worker.routing.keywords import route_by_keywords
from agent_worker.routing.router import Decision, ModelRouter, RouteSource
from frontdesk.domain.errors import ModelError


class DeskRouter:
    """Asks the model, and goes by keywords where it does not answer.

    Args:
        model_router: Asks the model.
    """

    def __init__(self, model_router: ModelRouter) -> None:
        self._model_router = model_router

    def decide(self, window: Window, session: ModelSession) -> Decision:
        """Routes the message of a window; this always ends with a route.

        Args:
            window: The conversation, and the message to be routed.
            session: The turn's model calls.

        Returns:
            The route, and how it was found.
        """
        try:
            return Decision(self._model_router.route(window, session), RouteSource.MODEL)
        except ModelError as error:
            route = route_by_keywords(window.text)
            return Decision(route, RouteSource.KEYWORDS, failure=str(error))
