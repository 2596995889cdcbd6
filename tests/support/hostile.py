"""Texts that somebody might write, or make a model or a document say, to harm a reader."""

import json
from pathlib import Path

FILE = Path(__file__).parents[1] / "data" / "hostile.json"
HUGE = 4000


def hostile_texts() -> list[str]:
    """Returns them: those of the file, and huge ones that no file should hold."""
    texts: list[str] = json.loads(FILE.read_text())
    huge = [
        "A" * 100_000,
        "word " * 20_000,
        ">" * HUGE + "deep",
        "- " * HUGE + "deep",
        "[" * HUGE + "]" * HUGE,
        "*a " * HUGE,
        "`" * HUGE,
        "<" * HUGE,
        "![](" * HUGE,
        "|a" * HUGE + "|\n" + "|-" * HUGE + "|",
        "\u202e" * HUGE,
        "e" + "\u0301" * HUGE,
        "[x](javascript:window.hacked=1) " * 500,
        "<img src=x onerror=window.hacked=1> " * 500,
    ]
    return texts + huge
