"""The commands behind ``make dlq``, ``redrive``, ``discard``, ``keys`` and ``reindex``."""

import os
import sys
from collections.abc import Callable, Mapping

from localstack.settings import LocalStackError
from operations.commands import discard, dlq, housekeeping, redrive, reindex
from operations.keys import KEYS, keys
from operations.target import HOUSEKEEPING, KB_INGEST, OperationsError, Target, find_target

type Command = Callable[[Target, Mapping[str, str]], str]

COMMANDS: dict[str, tuple[Command, str]] = {
    "dlq": (dlq, HOUSEKEEPING),
    "redrive": (redrive, HOUSEKEEPING),
    "discard": (discard, HOUSEKEEPING),
    "housekeeping": (housekeeping, HOUSEKEEPING),
    "reindex": (reindex, KB_INGEST),
}


def main() -> None:
    """Runs one command; what the user can mend is said in one line."""
    found = COMMANDS.get(sys.argv[1]) if len(sys.argv) == 2 else None
    if len(sys.argv) > 2 and sys.argv[1] == "keys":
        arguments = sys.argv[2:]
        found = (lambda target, environ: keys(target, arguments, environ)), HOUSEKEEPING
    if found is None:
        sys.exit(f"usage: python -m operations {{{','.join(COMMANDS)}}}\n       {KEYS}")
    command, output = found
    try:
        print(command(find_target(os.environ, output), os.environ))
    except (OperationsError, LocalStackError) as error:
        sys.exit(f"frontdesk: {error}")


if __name__ == "__main__":
    main()
