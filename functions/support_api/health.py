"""The health route: what Frontdesk needs, and whether it is there."""

from frontdesk import __version__
from frontdesk.http.problem import UnavailableError
from support_api.api import Access, Api, Rule
from support_api.models import HealthBody
from support_api.ports import Desk

RETRY_AFTER_SECONDS = 5
"""How often a monitor may look again while something is down."""


def add_health_route(api: Api, desk: Desk) -> None:
    """Adds ``GET /api/health``.

    Args:
        api: The resolver.
        desk: What the route reaches the world through.
    """

    @api.operation(
        "GET",
        "/api/health",
        Rule(Access.ANYONE),
        summary="Tell whether everything is up",
        description="503 names what is down under `down`.",
        operation_id="health",
        tags=["operation"],
    )
    def health() -> HealthBody:
        down = [name for name, is_up in desk.probes.items() if not is_up()]
        if down:
            raise UnavailableError(
                f"Down: {', '.join(down)}.", retry_after=RETRY_AFTER_SECONDS, extra={"down": down}
            )
        return HealthBody(status="ok", version=__version__)
