"""The routes of the API's description, which was made of the code when it was built."""

import json
from functools import cache
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from support_api import docs_page
from support_api.api import Access, Api, Rule

DESCRIPTION = Path(__file__).with_name("openapi.json")


def add_description_route(api: Api) -> None:
    """Adds ``GET /api/openapi.json``, and ``GET /api/docs``, the same for people.

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

    @api.operation(
        "GET",
        "/api/docs",
        Rule(Access.ANYONE),
        summary="Read this description as a page",
        operation_id="docs",
        tags=["operation"],
        enable_validation=False,
        responses={
            200: {
                "description": "A page that needs no other host, and no script.",
                "content": {"text/html": {"schema": {"type": "string"}}},
            }
        },
    )
    def docs() -> Response[str]:
        headers = {
            "cache-control": "max-age=60",
            "content-security-policy": docs_page.CONTENT_SECURITY_POLICY,
            "x-content-type-options": "nosniff",
        }
        return Response(200, "text/html; charset=utf-8", _page(), headers=headers)


@cache
def _page() -> str:
    return docs_page.render(json.loads(_description()))


@cache
def _description() -> str:
    return DESCRIPTION.read_text()
