"""Counters of limits in the tasks table: one item a counter, gone with its window."""

from collections.abc import Sequence

from frontdesk.adapters.dynamodb_table import DynamoDBTable, limit_key, number, update
from frontdesk.domain.limits import Counter


class DynamoDBUsageCounters:
    """Counts in DynamoDB; implements `frontdesk.ports.UsageCounters`.

    Args:
        table: The tasks table.
    """

    def __init__(self, table: DynamoDBTable) -> None:
        self._table = table

    def add(self, counter: Counter, amount: int) -> int:
        """Counts; many may do so at once.

        Args:
            counter: What is counted.
            amount: How much of it.

        Returns:
            The count with this added.
        """
        write = update(
            limit_key(counter.name),
            "ADD used :amount SET expires_at = :end",
            amount=number(amount),
            end=number(counter.ends_at),
        )
        return int(self._table.update(write, returned="UPDATED_NEW")["used"]["N"])

    def read(self, counters: Sequence[Counter]) -> list[int]:
        """Reads counts.

        Args:
            counters: What was counted.

        Returns:
            The counts, in order; 0 where nothing was counted or the window is over.
        """
        items = self._table.get_all([limit_key(counter.name) for counter in counters], "used")
        return [0 if item is None else int(item["used"]["N"]) for item in items]
