"""Fills a JSON schema from what the request says: labels are classified, the rest is copied."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from localstack.offline_model.embedding import Embedder

type Schema = Mapping[str, Any]

_NUMBER = re.compile(r"(?<![\w.-])\d{1,6}(?:\.\d+)?(?![\w-])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_EXPLAINS = re.compile(r"reason|rationale|explanation|why|justification|thought")
_MAX_DEPTH = 8
_SHARPNESS = 12.0
"""Turns differences of cosines into probabilities."""


class UnsupportedSchemaError(ValueError):
    """The schema cannot be filled."""


@dataclass(frozen=True)
class Choice:
    """One value of an enum, and how sure that is."""

    value: Any
    confidence: float
    reasoning: str


type Chooser = Callable[[str, Sequence[Any]], Choice]
"""Chooses a property's value: takes its name and the values allowed."""


@dataclass(frozen=True)
class Filler:
    """Fills schemas for one request."""

    text: str
    """What the customer said."""
    choose: Chooser
    copied: Mapping[str, Any]
    """Values by property name that are known already."""

    def fill(self, schema: Schema) -> Any:
        """Makes a value that the schema allows.

        Raises:
            UnsupportedSchemaError: No value can be made of the text for it.
        """
        return self._value("", schema, schema, None, 0)

    def _value(
        self, name: str, schema: Schema, root: Schema, made: Choice | None, depth: int
    ) -> Any:
        if depth > _MAX_DEPTH:
            raise UnsupportedSchemaError(f"the schema is nested too deeply at {name!r}")
        schema, nullable = simplified(schema, root)
        if name in self.copied and _allows(schema, self.copied[name]):
            return self.copied[name]
        if values := [value for value in schema.get("enum", ()) if value is not None]:
            return self._choice(name, values, nullable=nullable)
        kind = schema.get("type", "object" if "properties" in schema else None)
        if kind == "object":
            return self._object(schema, root, depth)
        if kind == "array":
            return self._array(name, schema, root, depth)
        return self._scalar(name, kind, schema, made, nullable=nullable)

    def _object(self, schema: Schema, root: Schema, depth: int) -> dict[str, Any]:
        properties: Schema = schema.get("properties", {})
        # Whatever else is there explains the choice, so the choice comes first.
        made = next(
            (
                self.choose(name, values)
                for name, property_ in properties.items()
                if name not in self.copied
                and (values := simplified(property_, root)[0].get("enum"))
            ),
            None,
        )
        return {
            name: self._value(name, property_, root, made, depth + 1)
            for name, property_ in properties.items()
        }

    def _array(self, name: str, schema: Schema, root: Schema, depth: int) -> list[Any]:
        wanted = int(schema.get("minItems", 0))
        items = schema.get("items", {"type": "string"})
        return [self._value(name, items, root, None, depth + 1) for _ in range(wanted)]

    def _scalar(
        self, name: str, kind: str | None, schema: Schema, made: Choice | None, *, nullable: bool
    ) -> Any:
        match kind:
            case "boolean":
                return None if nullable else bool(schema.get("default", False))
            case "number" | "integer":
                return self._number(name, schema, kind, made, nullable=nullable)
            case "string":
                return self._string(name, made, nullable=nullable)
            case "null":
                return None
            case _:
                raise UnsupportedSchemaError(f"cannot fill {name!r} of type {kind!r}")

    def _choice(self, name: str, values: Sequence[Any], *, nullable: bool) -> Any:
        if nullable:
            # Optional: only what the customer named.
            return next((v for v in values if _names(self.text, v)), None)
        return self.choose(name, values).value

    def _number(
        self, name: str, schema: Schema, kind: str, made: Choice | None, *, nullable: bool
    ) -> float | int | None:
        low, high = schema.get("minimum"), schema.get("maximum")
        if made is not None and re.search(r"confiden|probab|certain|score", name):
            number = made.confidence * 100 if high == 100 else made.confidence
        else:
            found = [float(match) for match in _NUMBER.findall(self.text)]
            fitting = [
                n
                for n in found
                if (low is None or n >= low)
                and (high is None or n <= high)
                and (kind == "number" or n.is_integer())
            ]
            if not fitting and nullable:
                return None
            number = fitting[0] if fitting else float(schema.get("default") or low or 0)
        number = max(number, low) if low is not None else number
        number = min(number, high) if high is not None else number
        return round(number) if kind == "integer" else round(number, 4)

    def _string(self, name: str, made: Choice | None, *, nullable: bool) -> str | None:
        if "email" in name.lower():
            found = _EMAIL.search(self.text)
            return found.group() if found else (None if nullable else "")
        if made is not None and _EXPLAINS.search(name.lower()):
            return made.reasoning
        return None if nullable else self.text


def choose_by_meaning(text: str, name: str, values: Sequence[Any], embedder: Embedder) -> Choice:
    """Chooses the value whose words are nearest to the text in meaning.

    Args:
        text: What the customer said.
        name: The property's name.
        values: What is allowed.
        embedder: Compares meanings.
    """
    named = [value for value in values if _names(text, value)]
    if len(named) == 1:
        return Choice(named[0], 1.0, f"The message says {named[0]!r}.")
    spoken = [str(value).replace("_", " ") for value in values]
    vectors = embedder.embed([text or name or " ", *spoken])
    scores = np.exp(_SHARPNESS * (vectors[1:] @ vectors[0]))
    shares = scores / scores.sum()
    best = int(shares.argmax())
    return Choice(
        values[best],
        round(float(shares[best]), 4),
        f"Of the possible values, {values[best]!r} is nearest in meaning.",
    )


def is_optional(name: str, property_: Schema, schema: Schema) -> bool:
    """Tells whether an object's property may be left out or be null.

    Args:
        name: The property's name.
        property_: Its schema.
        schema: The object's.
    """
    return name not in schema.get("required", ()) or simplified(property_, schema)[1]


def simplified(schema: Schema, root: Schema) -> tuple[Schema, bool]:
    """Resolves references and alternatives.

    Args:
        schema: A part of a schema.
        root: The whole, with its definitions.

    Returns:
        The first real alternative, and whether null is allowed beside it.
    """
    nullable = None in schema.get("enum", ())
    for _ in range(_MAX_DEPTH):
        if "$ref" in schema:
            schema = {**_resolved(schema["$ref"], root), **_without(schema, "$ref")}
        elif "anyOf" in schema or "oneOf" in schema:
            options = schema.get("anyOf") or schema.get("oneOf") or []
            nullable = nullable or any(option.get("type") == "null" for option in options)
            real = [option for option in options if option.get("type") != "null"]
            schema = {**_without(schema, "anyOf", "oneOf"), **(real[0] if real else {})}
        elif isinstance(schema.get("allOf"), list) and len(schema["allOf"]) == 1:
            schema = {**_without(schema, "allOf"), **schema["allOf"][0]}
        elif isinstance(schema.get("type"), list):
            kinds = [kind for kind in schema["type"] if kind != "null"]
            nullable = nullable or "null" in schema["type"]
            schema = {**schema, "type": kinds[0] if kinds else "null"}
        elif "const" in schema:
            schema = {**_without(schema, "const"), "enum": [schema["const"]]}
        else:
            break
    return schema, nullable


def _resolved(reference: str, root: Schema) -> Schema:
    target: Any = root
    for part in reference.removeprefix("#/").split("/"):
        try:
            target = target[part]
        except (KeyError, TypeError) as exc:
            raise UnsupportedSchemaError(f"{reference!r} leads nowhere") from exc
    if not isinstance(target, Mapping):
        raise UnsupportedSchemaError(f"{reference!r} is no schema")
    return target


def _without(schema: Schema, *keys: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in keys}


def _allows(schema: Schema, value: Any) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    return schema.get("type") in {None, "string"} if isinstance(value, str) else True


def _names(text: str, value: Any) -> bool:
    spoken = str(value).replace("_", " ").lower()
    return re.search(rf"\b{re.escape(spoken)}\b", text.lower()) is not None
