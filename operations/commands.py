"""What each command asks of a function of the system, and how it is shown."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from operations.target import OperationsError

PROGRESS_SECONDS = 5
"""How often a long command says how far it came."""

SECOND, MINUTE, HOUR, DAY = 1, 60, 3_600, 86_400


class Function(Protocol):
    """A function of a running system."""

    def ask(self, event: Mapping[str, Any]) -> Any:
        """Lets it do something, and returns what it answered."""
        ...


def dlq(target: Function, environ: Mapping[str, str]) -> str:  # noqa: ARG001 - as all have it
    """Lists what could not be answered, without its words.

    Args:
        target: The system.
        environ: Not used.

    Returns:
        A table, the oldest first.
    """
    listing = target.ask({"action": "dlq"})
    letters, more = listing["letters"], listing["more"]
    if not letters:
        return (
            f"somebody else is looking at the {more} messages in the dead-letter queue"
            if more
            else "the dead-letter queue is empty"
        )
    rows = [
        (
            letter["task_id"] or f"(unreadable: {letter['message_id']})",
            letter["conversation_id"] or "",
            age(letter["age_seconds"]),
            letter["reason"],
        )
        for letter in letters
    ]
    shown = table(("TASK", "CONVERSATION", "AGE", "REASON"), rows)
    return f"{shown}\nabout {more} more wait behind these" if more else shown


def redrive(target: Function, environ: Mapping[str, str]) -> str:
    """Brings failed tasks back to life.

    Args:
        target: The system.
        environ: ``TASK`` names one task; without it all are meant.

    Returns:
        What became of each.
    """
    task_id = environ.get("TASK") or None
    done = target.ask({"action": "redrive", "task_id": task_id})
    if not done:
        return (
            "the dead-letter queue is empty, or somebody is looking at it"
            if task_id is None
            else _not_there(task_id)
        )
    rows = [(one["task_id"] or f"({one['message_id']})", one["outcome"]) for one in done]
    counted = Counter(outcome for _, outcome in rows)
    summary = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counted.items()))
    return f"{table(('TASK', 'OUTCOME'), rows)}\n{summary}"


def discard(target: Function, environ: Mapping[str, str]) -> str:
    """Removes a message from the dead-letter queue for good.

    Args:
        target: The system.
        environ: ``TASK`` names its task, or the message where `dlq` shows it as unreadable.

    Returns:
        What was removed.

    Raises:
        OperationsError: No message is named.
    """
    name = environ.get("TASK", "")
    if not name:
        raise OperationsError("TASK=… names the message, as make dlq shows it")
    done = target.ask({"action": "discard", "task_id": name})
    return f"{name}: {done[0]['outcome']}" if done else _not_there(name)


def _not_there(name: str) -> str:
    return f"the dead-letter queue does not have {name}, or somebody is looking at it"


def housekeeping(target: Function, environ: Mapping[str, str]) -> str:  # noqa: ARG001
    """Does now what the schedules do, but for deleting what has expired.

    Args:
        target: The system.
        environ: Not used.

    Returns:
        What was found and mended.
    """
    actions = ("tasks", "documents", "events")
    found = {action: target.ask({"action": action}) for action in actions}
    return "\n".join(
        f"{name}: " + ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in one.items())
        for name, one in found.items()
    )


def reindex(target: Function, environ: Mapping[str, str]) -> str:
    """Embeds the knowledge with another model, and lets searches use it once all is embedded.

    May be stopped and begun again; searches and publications go on meanwhile.

    Args:
        target: The system.
        environ: ``MODEL`` names the model.

    Returns:
        What is used from now on.

    Raises:
        OperationsError: No model is named, or it cannot be used.
    """
    model = environ.get("MODEL", "")
    if not model:
        raise OperationsError("MODEL=… names the embedding model")
    event = {"action": "reindex", "model": model, "seconds": PROGRESS_SECONDS}
    embedded = 0
    while not (answer := target.ask(event))["done"]:
        embedded += answer["embedded"]
        total = embedded + answer["left"]
        print(f"{embedded:,} of {total:,} passages are embedded", file=sys.stderr)
    return (
        f"searches use {model} now; {embedded + answer['embedded']:,} passages were embedded\n"
        f"(set EMBEDDING_MODEL={model} where the system is started or deployed)"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Sets rows under their heads, in columns as wide as they need.

    Args:
        head: The columns' names.
        rows: What is below them.

    Returns:
        The lines.
    """
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    )


def age(seconds: int) -> str:
    """Says how long something has been waiting, in its two largest units.

    Args:
        seconds: How long.

    Returns:
        Such as ``3 d 4 h``.
    """
    units = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
    parts: list[tuple[int, str]] = []
    for size, name in units:
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append((count, name))
    said = [f"{count} {name}" for count, name in parts[:2] if count]
    return " ".join(said) or "0 s"
