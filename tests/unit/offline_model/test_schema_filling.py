from typing import Any

import pytest

from localstack.offline_model.schema_filling import (
    Choice,
    Filler,
    UnsupportedSchemaError,
    choose_by_meaning,
)
from tests.support.offline_model import FakeEmbedder


def fill(schema: dict[str, Any], text: str = "My 3 printers are broken, ann@example.com") -> Any:
    filler = Filler(
        text=text,
        choose=lambda _, values: Choice(values[0], 0.75, "because"),
        copied={},
    )
    return filler.fill(schema)


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def test_what_stands_beside_a_choice_explains_it() -> None:
    filled = fill(
        of(
            reasoning={"type": "string"},
            confidence={"type": "number", "minimum": 0, "maximum": 1},
            agent={"type": "string", "enum": ["a", "b"]},
        )
    )

    assert filled == {"reasoning": "because", "confidence": 0.75, "agent": "a"}


def test_a_confidence_in_percent_is_one() -> None:
    schema = of(agent={"enum": ["a"]}, confidence={"type": "integer", "maximum": 100})

    assert fill(schema)["confidence"] == 75


def test_numbers_and_addresses_are_taken_from_the_text() -> None:
    filled = fill(of(count={"type": "integer"}, email={"type": "string"}))

    assert filled == {"count": 3, "email": "ann@example.com"}


def test_what_the_text_does_not_say_is_null_where_that_is_allowed() -> None:
    schema = of(
        count={"type": ["integer", "null"]},
        contact_email={"anyOf": [{"type": "string"}, {"type": "null"}]},
        urgent={"type": ["boolean", "null"]},
        kind={"enum": ["x", None]},
    )

    filled = fill(schema, text="nothing here")

    assert filled == {"count": None, "contact_email": None, "urgent": None, "kind": None}


def test_references_arrays_and_nested_objects_are_followed() -> None:
    schema = of(
        item={"$ref": "#/$defs/Item"},
        tags={"type": "array", "items": {"type": "string"}},
        fixed={"const": "v1"},
    ) | {"$defs": {"Item": of(done={"type": "boolean"})}}

    assert fill(schema) == {"item": {"done": False}, "tags": [], "fixed": "v1"}


@pytest.mark.parametrize(
    "schema",
    [
        of(x={"$ref": "#/$defs/Missing"}),
        of(x={"type": "tuple"}),
        {"$defs": {"N": of(n={"$ref": "#/$defs/N"})}} | of(n={"$ref": "#/$defs/N"}),
    ],
    ids=["unknown reference", "unknown type", "endless"],
)
def test_what_cannot_be_filled_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedSchemaError):
        fill(schema)


def test_a_value_that_is_named_is_chosen() -> None:
    choice = choose_by_meaning(
        "a bug report please", "kind", ["idea", "bug_report"], FakeEmbedder()
    )

    assert (choice.value, choice.confidence) == ("bug_report", 1.0)


def test_else_the_value_nearest_in_meaning_is_chosen() -> None:
    choice = choose_by_meaning(
        "the invoices are wrong", "kind", ["login trouble", "invoice trouble"], FakeEmbedder()
    )

    assert choice.value == "invoice trouble"
    assert 0.5 < choice.confidence < 1
