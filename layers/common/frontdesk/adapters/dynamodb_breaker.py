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
from frontdesk.domain.errors import InfrastructureError

PRESSURE_ATTEMPTS = 3
"""At any moment one of the two ways to change it is open; others may close it meanwhile."""


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

    def raise_pressure(self, by: int, *, after_relief: int, fresh_since: datetime) -> int:
        """Takes the relief from the pressure, down to nothing, and raises what is left.

        Args:
            by: By how much to raise it.
            after_relief: What to take off before.
            fresh_since: A pressure that was raised last before then counts as none.

        Returns:
            The pressure.

        Raises:
            InfrastructureError: DynamoDB is out of reach, or others changed it again and again.
        """
        now, start = moment(self._table.now()), moment(fresh_since)
        relief = number(after_relief)
        change = update(
            self._key,
            "SET pressure = pressure + :change, raised_at = :now",
            "raised_at >= :start AND pressure >= :relief",
            change=number(by - after_relief),
            now=now,
            start=start,
            relief=relief,
        )
        begin = update(
            self._key,
            "SET pressure = :by, raised_at = :now",
            "attribute_not_exists(raised_at) OR raised_at < :start OR pressure < :relief",
            by=number(by),
            now=now,
            start=start,
            relief=relief,
        )
        for write in (change, begin) * PRESSURE_ATTEMPTS:
            with contextlib.suppress(ConditionFailedError):
                # Not what changed: a relief as large as the rise leaves the pressure as it was.
                return int(self._table.update(write, returned="ALL_NEW")["pressure"]["N"])
        raise InfrastructureError("DynamoDB: other processes stayed in the way")

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
        """Closes the circuit and forgets the pressure."""
        write = update(self._key, "REMOVE open_until, pressure, raised_at", "attribute_exists(pk)")
        with contextlib.suppress(ConditionFailedError):
            self._table.update(write)
