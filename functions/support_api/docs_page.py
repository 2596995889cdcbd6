"""The API's description as a page for people: one HTML document that needs nothing else.

No script and no other host: it is written from the OpenAPI document on the first request, and its
own few lines of style are all that its content security policy allows.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from http import HTTPStatus
from typing import Any

STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:64rem;padding:1rem 1.5rem 4rem}
h2{margin-top:2.5rem;text-transform:capitalize}h3{margin:0;display:inline;font-size:1rem}
code,pre{font:.875rem/1.5 ui-monospace,monospace}pre{background:var(--soft);border-radius:.4rem;
overflow:auto;padding:.75rem}table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}
th,td{border-bottom:1px solid var(--line);padding:.35rem .75rem .35rem 0;text-align:left;
vertical-align:top}details{border:1px solid var(--line);border-radius:.4rem;margin:.6rem 0;
padding:.6rem .9rem}summary{cursor:pointer}summary span{opacity:.75;margin-left:.5rem}
.method{display:inline-block;min-width:4.2rem;font-weight:600}nav ul{columns:2;padding-left:1.2rem}
h4{margin:1rem 0 .25rem}@media(max-width:40rem){nav ul{columns:1}td,th{display:block;border:0}
tr{border-bottom:1px solid var(--line)}}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_SCHEMAS = "#/components/schemas/"
_MAX_DEPTH = 12
"""Schemas that hold themselves end somewhere; no other is that deep."""

_OF_FORMATS = {
    "date-time": "2026-01-31T09:30:00Z",
    "date": "2026-01-31",
    "email": "john.smith@example.com",
    "uri": "https://example.com",
}
_OF_TYPES: dict[str, Any] = {"string": "…", "integer": 1, "number": 1.0, "boolean": True}

type Node = Mapping[str, Any]


def render(document: Node) -> str:
    """Writes the page.

    Args:
        document: The OpenAPI document.

    Returns:
        HTML.
    """
    return "".join(_Page(document).write())


class _Page:
    def __init__(self, document: Node) -> None:
        self._document = document
        self._schemas: Node = document["components"]["schemas"]
        self._by_tag: dict[str, list[tuple[str, str, Node]]] = {}
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                (tag, *_) = operation.get("tags") or ["other"]
                self._by_tag.setdefault(tag, []).append((method.upper(), path, operation))

    def write(self) -> Iterator[str]:
        info = self._document["info"]
        title = f"{info['title']} API {info['version']}"
        yield (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
            f"<header><h1>{escape(title)}</h1><p>{escape(info.get('description', ''))} "
            'The same for machines: <a href="openapi.json">openapi.json</a>.</p></header>'
        )
        yield from self._navigation()
        yield "<main>"
        yield from self._credentials()
        for tag, operations in sorted(self._by_tag.items()):
            yield f'<h2 id="{escape(tag)}">{escape(tag)}</h2>'
            for method, path, operation in operations:
                yield from self._operation(method, path, operation)
        yield '<h2 id="schemas">Schemas</h2>'
        for name, schema in self._schemas.items():
            yield from self._schema(name, schema)
        yield "</main></body></html>"

    def _navigation(self) -> Iterator[str]:
        yield '<nav aria-label="Operations"><ul>'
        for tag, operations in sorted(self._by_tag.items()):
            yield f'<li><a href="#{escape(tag)}">{escape(tag)}</a> ({len(operations)})</li>'
        yield '<li><a href="#schemas">schemas</a></li></ul></nav>'

    def _credentials(self) -> Iterator[str]:
        yield '<h2 id="credentials">Credentials</h2><table>'
        for name, scheme in self._document["components"]["securitySchemes"].items():
            header = scheme.get("name") or "authorization: Bearer …"
            meaning = scheme.get("description", "A backend service's key.")
            yield _row(f"<code>{escape(name)}</code>", f"<code>{escape(header)}</code>",
                       escape(meaning))  # fmt: skip
        yield "</table>"

    def _operation(self, method: str, path: str, operation: Node) -> Iterator[str]:
        identifier = escape(operation["operationId"])
        yield (
            f'<details id="{identifier}"><summary><h3><span class="method">{method}</span>'
            f"<code>{escape(path)}</code></h3><span>{escape(operation['summary'])}</span></summary>"
        )
        if operation.get("description"):
            yield f"<p>{escape(operation['description'])}</p>"
        callers = [" and ".join(one) or "nobody" for one in operation["security"]]
        yield f"<p>Credential: {escape(', or '.join(callers))}</p>"
        parameters = operation.get("parameters", ())
        if parameters:
            yield "<h4>Parameters</h4><table>"
            for parameter in parameters:
                schema = parameter.get("schema", {})
                meaning = parameter.get("description") or schema.get("description", "")
                required = " required" if parameter.get("required") else ""
                yield _row(
                    f"<code>{escape(parameter['name'])}</code>",
                    escape(parameter["in"]) + required,
                    self._type(schema),
                    escape(meaning),
                )
            yield "</table>"
        for content_type, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"<h4>Body, {escape(content_type)}</h4>"
            yield from self._content(content)
        yield "<h4>Answers</h4>"
        for status, answer in operation["responses"].items():
            yield from self._answer(status, answer)
        yield "</details>"

    def _answer(self, status: str, answer: Node) -> Iterator[str]:
        described = answer.get("description", "")
        known = HTTPStatus(int(status)).phrase
        meaning = known if described == "Successful Response" else described
        contents: Node = answer.get("content", {})
        kinds = ", ".join(
            f"{escape(content_type)} {self._type(content.get('schema', {}))}"
            for content_type, content in contents.items()
        )
        headers = ", ".join(f"<code>{escape(name)}</code>" for name in answer.get("headers", {}))
        yield f"<table>{_row(f'<b>{escape(status)}</b>', escape(meaning), kinds, headers)}</table>"
        if status.startswith("2"):
            for content in contents.values():
                yield from self._example(content)

    def _content(self, content: Node) -> Iterator[str]:
        schema = self._resolve(content.get("schema", {}))
        if schema.get("properties"):
            yield from self._fields(schema)
        else:
            yield f"<p>{self._type(content.get('schema', {}))}</p>"
        yield from self._example(content)

    def _example(self, content: Node) -> Iterator[str]:
        if "schema" not in content:
            return
        given = content.get("example")
        example = self._make_example(content["schema"]) if given is None else given
        text = json.dumps(example, indent=2, ensure_ascii=False)
        yield f"<pre>{escape(text)}</pre>"

    def _schema(self, name: str, schema: Node) -> Iterator[str]:
        yield f'<details id="schema-{escape(name)}"><summary><h3>{escape(name)}</h3></summary>'
        if schema.get("description"):
            yield f"<p>{escape(schema['description'])}</p>"
        if schema.get("properties"):
            yield from self._fields(schema)
        else:
            yield f"<p>{self._type(schema)}</p>"
        yield "</details>"

    def _fields(self, schema: Node) -> Iterator[str]:
        required = schema.get("required", ())
        yield "<table>"
        for name, field in schema["properties"].items():
            yield _row(
                f"<code>{escape(name)}</code>",
                "required" if name in required else "",
                self._type(field),
                escape(field.get("description", "")),
            )
        yield "</table>"

    def _type(self, schema: Node) -> str:
        """Says in HTML what a value may be."""
        if reference := schema.get("$ref"):
            name = escape(reference.removeprefix(_SCHEMAS))
            kind = f'<a href="#schema-{name}">{name}</a>'
        elif "enum" in schema or "const" in schema:
            values = schema.get("enum", [schema.get("const")])
            kind = " | ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)
        elif choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            kind = " or ".join(self._type(choice) for choice in choices)
        elif schema.get("type") == "array":
            kind = f"list of {self._type(schema.get('items', {}))}"
        else:
            kind = escape(str(schema.get("format") or schema.get("type", "anything")))
        bounds = [
            f"{words} {_number(schema[key])}"
            for key, words in (
                ("minLength", "at least"),
                ("maxLength", "at most"),
                ("minimum", "from"),
                ("maximum", "to"),
                ("maxItems", "at most"),
            )
            if key in schema
        ]
        if "default" in schema and schema["default"] is not None:
            bounds.append(f"else {json.dumps(schema['default'])}")
        return kind + (escape(f" ({', '.join(bounds)})") if bounds else "")

    def _resolve(self, schema: Node) -> Node:
        reference = schema.get("$ref")
        if reference is None:
            return schema
        found: Node = self._schemas[reference.removeprefix(_SCHEMAS)]
        return found

    def _make_example(self, schema: Node, depth: int = 0) -> Any:
        """Makes a value that a schema allows, of its examples where it has some."""
        schema = self._resolve(schema)
        given = [*schema.get("examples", ()), schema.get("example"), schema.get("const"),
                 schema.get("default"), *schema.get("enum", ())]  # fmt: skip
        known = next((value for value in given if value is not None), None)
        if known is not None or depth > _MAX_DEPTH:
            return known
        choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if choices:
            return self._make_example(choices[0], depth + 1)
        match schema.get("type"):
            case "object":
                return {
                    name: self._make_example(field, depth + 1)
                    for name, field in schema.get("properties", {}).items()
                }
            case "array":
                return [self._make_example(schema.get("items", {}), depth + 1)]
            case kind:
                return _OF_FORMATS.get(schema.get("format", ""), _OF_TYPES.get(str(kind)))


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _number(bound: float) -> str:
    # Powertools writes the bounds of whole numbers as 1.0.
    return str(int(bound)) if bound == int(bound) else str(bound)
