"""What this model knows of languages besides English: the words in the agents' own files."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ENGLISH = "en"

_FOLDER = Path(__file__).parents[2] / "functions" / "agent_worker" / "languages"


@cache
def languages() -> Mapping[str, Mapping[str, Any]]:
    """Reads the languages' files.

    Returns:
        Their contents, by code.
    """
    return {
        file.stem: tomllib.loads(file.read_text(encoding="utf-8"))
        for file in sorted(_FOLDER.glob("*.toml"))
    }
