"""What the peers' turns have in common; it needs nothing but Python.

Called with the model's address, the number of turns, and the file that describes the turn: the
same prompts, conversation, tools and records that ours has.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

WARM_UP = 10

BASE_URL, TURNS = sys.argv[1], int(sys.argv[2])
TURN = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))


def run_tool(name: str) -> str:
    """Runs a tool on the records in memory.

    Args:
        name: The tool.

    Returns:
        What it found, as JSON.
    """
    if name != TURN["look_up"]:
        raise RuntimeError(f"nobody asks for {name!r} in this turn")
    return json.dumps(TURN["records"])


def measure(turn: Callable[[], str]) -> None:
    """Prints the CPU milliseconds of a turn.

    Args:
        turn: Answers the question, and returns the answer.
    """
    for _ in range(WARM_UP):
        answer = turn()
        if answer != TURN["answer"]:
            raise RuntimeError(f"another answer: {answer!r}")
    started = time.process_time()
    for _ in range(TURNS):
        turn()
    print(json.dumps(round((time.process_time() - started) * 1000 / TURNS, 2)))
