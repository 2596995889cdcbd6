"""Reading a task: whose it is, and holding the request until it ends."""

import re
from collections.abc import Callable

from frontdesk.domain.errors import InvalidInputError, NotFoundError
from frontdesk.domain.task import Task
from frontdesk.ports import TaskReader
from frontdesk.principal import Principal
from frontdesk.waiting import wait_until_ended

MAX_WAIT_SECONDS = 20
"""The longest ``wait``: with a slow start, still well within the gateway's 30 s."""

_SECONDS = re.compile(r"[0-9]{1,2}")


def read_task(
    reader: TaskReader,
    principal: Principal,
    task_id: str,
    *,
    wait: str | None,
    seconds_until: Callable[[float], float],
) -> Task:
    """Reads a task for its owner or for staff.

    Args:
        reader: Reads tasks.
        principal: Who is asking.
        task_id: The task; any text a caller may send.
        wait: How many seconds to wait for its end, as the caller wrote it.
        seconds_until: Says how many of a number of seconds are left of the request.

    Returns:
        The task, ended if it did so in time.

    Raises:
        NotFoundError: There is no such task, or it is somebody else's.
        InvalidInputError: `wait` is not a number of seconds in range.
    """
    task = _read_own(reader, principal, task_id)
    seconds = seconds_until(_read_wait(wait))
    if task.status.is_terminal or seconds <= 0:
        return task

    def look() -> Task:
        found = reader.get(task_id)
        return task if found is None else found[0]

    return wait_until_ended(look, seconds, seen=task)


def _read_own(reader: TaskReader, principal: Principal, task_id: str) -> Task:
    found = reader.get(task_id)
    if found is None:
        raise NotFoundError("There is no such task.")
    task, owner = found
    may_read = (
        principal.is_staff
        or principal.owns(owner)
        # A guest's task becomes a customer's with the conversation.
        or (
            principal.subject is not None
            and principal.owns(reader.conversation_owner(task.conversation_id))
        )
    )
    if not may_read:
        raise NotFoundError("There is no such task.")
    return task


def _read_wait(wait: str | None) -> int:
    if wait is None:
        return 0
    if not _SECONDS.fullmatch(wait) or int(wait) > MAX_WAIT_SECONDS:
        raise InvalidInputError.of(
            "wait", f"Input should be a whole number of seconds from 0 to {MAX_WAIT_SECONDS}"
        )
    return int(wait)
