"""What functions used of their roles, and what they were refused."""

import json
from pathlib import Path

from localstack.emulator.checks import Check
from localstack.emulator.policies import Caller, granted


class Ledger:
    """Which grants were used, and what was refused, each noted once.

    Args:
        file: Where it is kept, one JSON array a line, so that a restart forgets nothing.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text().splitlines() if file.exists() else []
        self._noted: dict[tuple[str, ...], None] = {tuple(json.loads(line)): None for line in lines}

    def note_use(self, caller: Caller, action: str, statement: str) -> None:
        """Notes that a statement allowed something."""
        self._note("used", caller.name, statement, action)

    def note_refusal(self, caller: Caller, check: Check) -> None:
        """Notes what was refused, and tells it in the emulator's log."""
        if self._note("refused", caller.name, check.action, check.resource):
            print(f"{caller.name} was refused {check.action} on {check.resource}", flush=True)

    def report(self) -> dict[str, list[list[str]]]:
        """Tells what every function is granted, what of it was used, and what was refused.

        Returns:
            Each grant with the function's name, the statement's and the action; each refusal with
            the function's name, the action and the resource.
        """
        noted = list(self._noted)
        return {
            "granted": sorted(map(list, granted())),
            "used": sorted(rest for kind, *rest in noted if kind == "used"),
            "refused": [rest for kind, *rest in noted if kind == "refused"],
        }

    def _note(self, *line: str) -> bool:
        if line in self._noted:
            return False
        self._noted[line] = None
        with self._file.open("a") as lines:
            lines.write(json.dumps(line) + "\n")
        return True
