"""A circuit's state in the tasks table, shared by all processes; a closed one is not written."""

import contextlib
from datetime import datetime

from frontdesk.adapters.dynamodb_table import (
    ConditionFailedError,
    DynamoDBTable,
    moment,
    number,
    read_moment,
    update,
)
from frontdesk.domain.breaker import CLOSED, BreakerState


class DynamoDBBreakerStore:
    """Keeps one circuit.

    Args:
        table: The tasks table.
        name: Which service it leads to.
    """

    def __init__(self, table: DynamoDBTable, name: str = "model") -> None:
        self._table = table
        self._key = f"BREAKER#{name}"

    def load(self) -> BreakerState:
        """Reads the state."""
        item = self._table.get(self._key, "open_until")
        if item is None or "open_until" not in item:
            return CLOSED
        return BreakerState(read_moment(item["open_until"]))

    def add_failure(self, *, window_start: datetime) -> int:
        """Counts a failure.

        Args:
            window_start: Failures counted since before then are forgotten.

        Returns:
            How many there were within the window, this one included.
        """
        count = update(
            self._key,
            "SET failures = failures + :one",
            "counted_since >= :start",
            one=number(1),
            start=moment(window_start),
        )
        with contextlib.suppress(ConditionFailedError):
            return int(self._table.update(count, returned="UPDATED_NEW")["failures"]["N"])
        begin = update(
            self._key,
            "SET failures = :one, counted_since = :now",
            "attribute_not_exists(counted_since) OR counted_since < :start",
            one=number(1),
            now=moment(self._table.now()),
            start=moment(window_start),
        )
        try:
            self._table.update(begin)
        except ConditionFailedError:
            # Another process began the window meanwhile.
            return int(self._table.update(count, returned="UPDATED_NEW")["failures"]["N"])
        return 1

    def open(self, until: datetime, *, instead_of: datetime | None) -> bool:
        """Opens the circuit, or keeps it open for longer.

        Args:
            until: Until when nobody asks the service.
            instead_of: What ``open_until`` was, as far as the caller knows.

        Returns:
            False where another process changed it first.
        """
        condition = "attribute_not_exists(open_until)"
        values = {"until": moment(until)}
        if instead_of is not None:
            condition = "open_until = :former"
            values["former"] = moment(instead_of)
        try:
            self._table.update(update(self._key, "SET open_until = :until", condition, **values))
        except ConditionFailedError:
            return False
        return True

    def close(self) -> None:
        """Closes the circuit and forgets what was counted."""
        write = update(
            self._key, "REMOVE open_until, failures, counted_since", "attribute_exists(pk)"
        )
        with contextlib.suppress(ConditionFailedError):
            self._table.update(write)
