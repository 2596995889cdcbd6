"""What happened, line by line; docs/operations/chaos.md describes each kind of line."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self


class History:
    """Writes a history.

    Args:
        path: The file; what is there is overwritten.
        now: Seconds of simulated time.
    """

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self.path = path
        self._now = now
        self._file = path.open("w")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def note(self, kind: str, **fields: Any) -> None:
        """Adds a line."""
        line = {"at": round(self._now(), 3), "kind": kind, **fields}
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")


def digest(text: str | None) -> str | None:
    """Stands for a text: enough to tell two apart."""
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()[:16]
