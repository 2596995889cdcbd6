"""The commands behind the make targets: ``python -m localstack <command>``."""

import errno
import sys
from collections.abc import Callable

from localstack import commands
from localstack.settings import LocalStackError, Settings

COMMANDS: dict[str, Callable[[Settings], None]] = {
    "up": commands.up,
    "token": commands.token,
    "chat": commands.chat,
    "seed": commands.seed,
    "migrate": commands.migrate,
    "logs": commands.logs,
    "shell": commands.shell,
    "clean": commands.clean,
}


def main() -> None:
    """Runs one command; what the user can mend is said in one line."""
    command = COMMANDS.get(sys.argv[1]) if len(sys.argv) == 2 else None
    if command is None:
        sys.exit(f"usage: python -m localstack {{{','.join(COMMANDS)}}}")
    try:
        command(Settings.from_environment())
    except LocalStackError as error:
        sys.exit(f"frontdesk: {error}")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        sys.exit(f"frontdesk: the disk is full: {error.filename or error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
