"""The commands behind ``make dlq`` and ``make redrive``."""

import os
import sys
from collections.abc import Callable, Mapping

from localstack.settings import LocalStackError
from operations.commands import dlq, housekeeping, redrive
from operations.target import OperationsError, Target, find_target

COMMANDS: dict[str, Callable[[Target, Mapping[str, str]], str]] = {
    "dlq": dlq,
    "redrive": redrive,
    "housekeeping": housekeeping,
}


def main() -> None:
    """Runs one command; what the user can mend is said in one line."""
    command = COMMANDS.get(sys.argv[1]) if len(sys.argv) == 2 else None
    if command is None:
        sys.exit(f"usage: python -m operations {{{','.join(COMMANDS)}}}")
    try:
        print(command(find_target(os.environ), os.environ))
    except (OperationsError, LocalStackError) as error:
        sys.exit(f"frontdesk: {error}")


if __name__ == "__main__":
    main()
