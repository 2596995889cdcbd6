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

    def load(self, *, fresh_since: datetime) -> BreakerState:
        """Reads the state.

        Args:
            fresh_since: A pressure that was raised last before then counts as none.

        Returns:
            The state.
        """
        item = self._table.get(self._key, "open_until", "pressure", "raised_at")
        if item is None:
            return CLOSED
        open_until = read_moment(item["open_until"]) if "open_until" in item else None
        is_fresh = "raised_at" in item and read_moment(item["raised_at"]) >= fresh_since
        return BreakerState(open_until, int(item["pressure"]["N"]) if is_fresh else 0)

    def raise_pressure(self, by: int, *, fresh_since: datetime) -> int:
        """Raises the pressure.

        Args:
            by: By how much.
            fresh_since: A pressure that was raised last before then counts as none.

        Returns:
            The pressure.

        Raises:
            InfrastructureError: DynamoDB is out of reach, or others changed it again and again.
        """
        values = {
            "by": number(by),
            "now": moment(self._table.now()),
            "start": moment(fresh_since),
        }
        add = update(
            self._key,
            "SET pressure = pressure + :by, raised_at = :now",
            "raised_at >= :start",
            **values,
        )
        begin = update(
            self._key,
            "SET pressure = :by, raised_at = :now",
            "attribute_not_exists(raised_at) OR raised_at < :start",
            **values,
        )
        for write in (add, begin) * PRESSURE_ATTEMPTS:
            with contextlib.suppress(ConditionFailedError):
                # Not what changed: a new pressure may be what a forgotten one was.
                return int(self._table.update(write, returned="ALL_NEW")["pressure"]["N"])
        raise InfrastructureError("DynamoDB: other processes stayed in the way")

    def relieve_pressure(self, by: int) -> int:
        """Takes something off the pressure.

        Args:
            by: How much.

        Returns:
            The pressure that is left. Where there is less than that, others were faster: nothing
            is taken off, and what is left is as good as none.
        """
        write = update(self._key, "SET pressure = pressure - :by", "pressure >= :by", by=number(by))
        try:
            return int(self._table.update(write, returned="UPDATED_NEW")["pressure"]["N"])
        except ConditionFailedError:
            return 0

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
