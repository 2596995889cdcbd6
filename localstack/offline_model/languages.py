"""What this model knows of languages besides English: the words in the agents' own files."""

import re
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


def tried_in_vain(text: str) -> bool:
    """Tells whether a message says that an answer was of no use, and nothing else.

    Args:
        text: What the customer wrote.

    Returns:
        True where it does, in one of the languages.
    """
    said = text.strip(" \t\n.,!?;:")
    return any(
        re.fullmatch(pattern, said, re.IGNORECASE)
        for one in languages().values()
        for pattern in one["answers"]["in_vain"]
    )


def asks_to_reach_us(question: str) -> bool:
    """Tells whether a question is how, or when, support can be reached.

    Args:
        question: What the customer wrote.

    Returns:
        True where it is, in one of the languages.
    """
    return any(
        re.search(pattern, question, re.IGNORECASE)
        for one in languages().values()
        for pattern in one["reaching_us"]["asks"]
    )
