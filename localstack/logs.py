"""Follows log files: what is written from now on, and the last lines of before."""

import os
import sys
import time
from pathlib import Path

TAIL_BYTES = 4000
POLL_SECONDS = 0.2


def follow(folder: Path) -> None:
    """Prints what is written to the logs in a folder, each line with its log's name.

    It ends when nobody reads any more, as with ``make logs | head``.

    Args:
        folder: Where ``*.log`` files are, or will be.
    """
    try:
        _print_lines(folder)
    except BrokenPipeError:
        # What is still buffered would be written, and fail, once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_lines(folder: Path) -> None:
    positions: dict[Path, int] = {}
    rest: dict[Path, bytes] = {}
    while True:
        for file in sorted(folder.glob("*.log")):
            size = file.stat().st_size
            start = positions.get(file, max(0, size - TAIL_BYTES))
            if size == start:
                positions[file] = start
                continue
            with file.open("rb") as log:
                # A smaller file was begun anew.
                log.seek(start if start < size else 0)
                data = rest.pop(file, b"") + log.read()
                positions[file] = log.tell()
            *lines, rest[file] = data.split(b"\n")
            for line in lines:
                print(f"{file.stem}  {line.decode(errors='replace')}", flush=True)
        time.sleep(POLL_SECONDS)
