"""The labelled examples that the router learns from."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from frontdesk.domain.task import RouteLabel

FILE = Path(__file__).with_name("examples.jsonl")


@dataclass(frozen=True, slots=True)
class Example:
    """A message and where it belongs."""

    text: str
    label: RouteLabel


@cache
def examples() -> tuple[Example, ...]:
    """Reads the examples that come with the code."""
    rows = (json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines() if line)
    return tuple(Example(row["text"], RouteLabel(row["label"])) for row in rows)


def fingerprint(of: tuple[Example, ...], version: str) -> str:
    """Names what a model is made from.

    Args:
        of: Its examples.
        version: The version of the code that trains it.

    Returns:
        A short hash: another one where anything of it changed.
    """
    digest = hashlib.sha256(version.encode())
    for example in of:
        digest.update(f"\x1e{example.text}\x1f{example.label}".encode())
    return digest.hexdigest()[:20]
