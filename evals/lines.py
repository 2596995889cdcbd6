"""Reading evaluation data."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ValidationError


def _as_id(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Id = Annotated[str, BeforeValidator(_as_id)]
"""What a document is called; an integer is as good as its digits."""


def read_lines[M: BaseModel](path: Path, model: type[M]) -> list[M]:
    """Reads a file of JSON lines.

    Args:
        path: The file; a byte order mark at its beginning is no part of it.
        model: What each line holds.

    Returns:
        The lines, without those that are blank.

    Raises:
        ValueError: The file is not UTF-8, or a line holds something else; file and line are named.
    """
    read: list[M] = []
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    read.append(_read(line, model, f"{path}:{number}"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: is not UTF-8") from error
    return read


def _read[M: BaseModel](line: str, model: type[M], place: str) -> M:
    try:
        return model.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise ValueError(f"{place}: is not JSON: {error.msg}") from error
    except ValidationError as error:
        faults = "; ".join(
            ": ".join(filter(None, [".".join(map(str, fault["loc"])), fault["msg"]]))
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise ValueError(f"{place}: {faults}") from error
