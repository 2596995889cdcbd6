"""The description is what the code says, complete, and valid."""

from typing import Any

import pytest

from support_api import chat_description
from support_api.description import DESCRIPTION
from support_api.openapi import describe, render
from tests.support.support_api import Client


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The description, as it is made of the code."""
    return describe()


def test_kept_description_is_the_codes() -> None:
    assert DESCRIPTION.read_text() == render(), "run `python -m support_api.openapi`"


def test_wait_for_a_task_is_described_as_it_is_read(document: dict[str, Any]) -> None:
    [wait] = [
        parameter["schema"]
        for parameter in document["paths"]["/api/chat/status/{task_id}"]["get"]["parameters"]
        if parameter["name"] == "wait"
    ]
    # «1.5» is refused by the status function.
    assert wait["type"] == "integer"


def test_every_route_is_described(client: Client, document: dict[str, Any]) -> None:
    described = {
        (method.upper(), path.replace("{", "<").replace("}", ">"))
        for path, operations in document["paths"].items()
        for method in operations
        if path not in chat_description.PATHS
    }
    assert described == set(client.api.rules)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    names = set()

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(reference := node.get("$ref"), str):
                names.add(reference.removeprefix("#/components/schemas/"))
            for child in node.values():
                collect(child)
        elif isinstance(node, list):
            for child in node:
                collect(child)

    collect(document)
    assert names <= schemas.keys()
    assert schemas.keys() - names == set(), "nothing uses these"


def test_every_operation_says_who_may_and_how_it_refuses(document: dict[str, Any]) -> None:
    identifiers = []
    for operations in document["paths"].values():
        for operation in operations.values():
            identifiers.append(operation["operationId"])
            assert operation["security"]
            assert operation["summary"]
            for status, answer in operation["responses"].items():
                assert "x-correlation-id" in answer["headers"]
                if not status.startswith("2"):
                    assert next(iter(answer["content"])) == "application/problem+json"
            # No function of ours is asked where the gateway refuses a credential.
            assert "application/json" in operation["responses"]["403"]["content"]
    assert len(set(identifiers)) == len(identifiers)


def test_description_is_served(client: Client) -> None:
    answer = client.get("/api/openapi.json/")
    assert answer.status == 200
    assert answer.content["openapi"].startswith("3.1")
