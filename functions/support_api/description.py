"""The route that serves the API's description, which was made of the code when it was built."""

from functools import cache
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from support_api.api import Access, Api, Rule

DESCRIPTION = Path(__file__).with_name("openapi.json")


def add_description_route(api: Api) -> None:
    """Adds ``GET /api/openapi.json``.

    Args:
        api: The resolver.
    """

    @api.operation(
        "GET",
        "/api/openapi.json",
        Rule(Access.ANYONE),
        summary="Read this description",
        operation_id="openapi",
        tags=["operation"],
        enable_validation=False,
        responses={
            200: {
                "description": "An OpenAPI 3.1 document.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    )
    def openapi() -> Response[str]:
        return Response(
            200, "application/json", _description(), headers={"cache-control": "max-age=60"}
        )


@cache
def _description() -> str:
    return DESCRIPTION.read_text()
