"""CPU time of a running stack, by what each process is."""

from collections import defaultdict
from collections.abc import Mapping

import psutil

FUNCTION = "AWS_LAMBDA_FUNCTION_NAME"
# What the command line of the others says; the first that fits decides.
ROLES = (
    ("localstack.emulator", "emulator"),
    ("localstack.offline_model", "offline_model"),
    ("postgres", "postgres"),
)
FUNCTIONS = "functions"
"""The sum of all functions, by which a stack is compared with another."""


def cpu_seconds(pid: int, *, prefix: str) -> dict[str, float]:
    """Reads what the processes of a stack have used since they were started.

    Args:
        pid: The process that started the stack.
        prefix: What the functions' names begin with.

    Returns:
        Seconds of CPU by function (without the prefix), ``postgres``, ``emulator``,
        ``offline_model`` and ``supervisor``.
    """
    root = psutil.Process(pid)
    used: defaultdict[str, float] = defaultdict(float)
    for process in [root, *root.children(recursive=True)]:
        try:
            times = process.cpu_times()
            role = _role_of(process, prefix)
        except psutil.Error:
            # It has ended meanwhile: what it used is lost, and small.
            continue
        used[role] += times.user + times.system
    return used


def per_message(
    before: Mapping[str, float], after: Mapping[str, float], messages: int
) -> dict[str, float]:
    """Shares what was used among the messages that were answered meanwhile.

    Args:
        before: What had been used before the first of them.
        after: What had been used after the last.
        messages: How many there were.

    Returns:
        Milliseconds a message by role, the largest first, and the sum of all functions.
    """
    milliseconds = {
        role: 1000 * (seconds - before.get(role, 0.0)) / messages for role, seconds in after.items()
    }
    others = {role for _, role in ROLES} | {"supervisor"}
    functions = sum(value for role, value in milliseconds.items() if role not in others)
    ordered = sorted(milliseconds.items(), key=lambda item: -item[1])
    return {FUNCTIONS: round(functions, 1)} | {
        role: round(value, 1) for role, value in ordered if value >= 0.05
    }


def _role_of(process: psutil.Process, prefix: str) -> str:
    name = process.environ().get(FUNCTION)
    if name is not None:
        return name.removeprefix(prefix).replace("-", "_")
    command = " ".join(process.cmdline())
    return next((role for word, role in ROLES if word in command), "supervisor")
