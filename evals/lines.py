"""Reading evaluation data."""

import json
from pathlib import Path


def read_lines(path: Path) -> list[object]:
    """Reads a file of JSON lines.

    Args:
        path: The file.

    Returns:
        What each line holds.
    """
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]
