"""The page about the API: whole, harmless, and in need of nobody."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from support_api import docs_page
from support_api.openapi import describe
from tests.support.support_api import Client


class Page(HTMLParser):
    """What is in a page, and that all of it is closed again."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        assert "style" not in given
        assert not any(name.startswith("on") for name in given)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if given.get("href"):
            self.links.append(str(given["href"]))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return describe()


@pytest.fixture(scope="module")
def text(document: dict[str, Any]) -> str:
    return docs_page.render(document)


def test_bounds_are_written_as_people_write_them(text: str) -> None:
    assert "integer (from 1, to 100, else 20)" in text
    assert "from 1.0" not in text


def test_every_operation_and_schema_is_on_it(document: dict[str, Any], text: str) -> None:
    page = Page(text)
    operations = {
        operation["operationId"]
        for of_path in document["paths"].values()
        for operation in of_path.values()
    }
    schemas = {f"schema-{name}" for name in document["components"]["schemas"]}

    assert operations | schemas <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_every_link_leads_somewhere_on_this_host(text: str) -> None:
    page = Page(text)

    assert set(page.links) - {f"#{name}" for name in page.ids} == {"openapi.json"}
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "form"})


def test_parameters_bodies_examples_and_answers_are_shown(text: str) -> None:
    operation = text.split('<details id="createTicket">')[1].split("</details>", maxsplit=1)[0]
    example = re.findall(r"<pre>(.*?)</pre>", operation, re.DOTALL)[0]

    assert "<code>contact_email</code>" in operation
    assert '<a href="#schema-TicketPriority">' in operation
    assert json.loads(example.replace("&quot;", '"'))["category"] == "billing"
    for status in ("201", "401", "409", "422"):
        assert f"<b>{status}</b>" in operation
    listing = text.split('<details id="listTickets">')[1].split("</details>", maxsplit=1)[0]
    for parameter in ("limit", "cursor", "status", "customer_email"):
        assert f"<code>{parameter}</code>" in listing


def test_examples_are_what_the_schemas_allow(document: dict[str, Any]) -> None:
    page = docs_page._Page(document)
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    for name, schema in document["components"]["schemas"].items():
        if not schema.get("properties"):
            continue
        example = page._make_example(schema)
        validator = Draft202012Validator({**schema, "components": document["components"]})
        shallow = [
            error
            for error in validator.iter_errors(example)
            # Patterns and lengths ask for more than a placeholder.
            if error.validator in {"type", "required", "enum", "additionalProperties"}
        ]
        assert shallow == [], name


def test_what_a_description_says_is_shown_and_not_run() -> None:
    evil = '<script>alert(1)</script>"&'
    document = {
        "info": {"title": evil, "version": evil, "description": evil},
        "paths": {
            f"/{evil}": {
                "get": {
                    "operationId": "one",
                    "summary": evil,
                    "description": evil,
                    "tags": ["some"],
                    "security": [{}],
                    "parameters": [
                        {"name": evil, "in": "query", "schema": {"type": evil, "default": evil}}
                    ],
                    "responses": {"200": {"description": evil}},
                }
            }
        },
        "components": {
            "schemas": {"One": {"description": evil, "enum": [evil]}},
            "securitySchemes": {"key": {"name": evil, "description": evil}},
        },
    }

    text = docs_page.render(document)

    assert "<script" not in text
    assert Page(text).tags.isdisjoint({"script"})


def test_it_is_served_to_anybody_under_a_policy_that_lets_nothing_in(client: Client) -> None:
    answer = client.get("/api/docs/")

    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert f"<style>{docs_page.STYLE}</style>" in answer.text
