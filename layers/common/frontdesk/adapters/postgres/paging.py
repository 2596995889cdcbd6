"""Keyset pagination: a page goes on after the last row of the one before.

Unlike an offset, the place stays the same when rows are inserted, and costs the same on every
page, as long as an index has the sort key's order.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from psycopg import sql

from frontdesk.domain.listing import Page, PageRequest, Position

type Parameters = dict[str, Any]


class Conditions:
    """The conditions of a query that are asked for, and their parameters."""

    def __init__(self) -> None:
        self._parts: list[sql.Composable] = []
        self.parameters: Parameters = {}

    def equal(self, column: str, value: object | None) -> None:
        """Wants a column to have a value; None wants nothing.

        Args:
            column: The column's name, ours and never a caller's.
            value: The value.
        """
        if value is None:
            return
        self._parts.append(
            sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(column))
        )
        self.parameters[column] = value

    def add(self, condition: sql.Composable, **parameters: object) -> None:
        """Wants something else.

        Args:
            condition: The condition, with named placeholders.
            **parameters: Their values.
        """
        self._parts.append(condition)
        self.parameters |= parameters

    def where(self) -> sql.Composable:
        """Returns the WHERE clause."""
        if not self._parts:
            return sql.SQL("")
        return sql.SQL(" WHERE ") + sql.SQL(" AND ").join(self._parts)


def newest_first(conditions: Conditions, page: PageRequest) -> sql.Composable:
    """Lists by creation, the newest first, and goes on after the last page.

    Args:
        conditions: Gets the condition that skips what was listed already.
        page: How much is wanted, and after which row.

    Returns:
        The ORDER BY and LIMIT clauses.
    """
    if page.after is not None:
        created_at, row_id = page.after
        conditions.add(
            sql.SQL("(created_at, id) < (%(after_time)s::timestamptz, %(after_id)s)"),
            after_time=created_at,
            after_id=row_id,
        )
    # One more than is wanted tells whether there is a next page.
    conditions.parameters["row_limit"] = page.limit + 1
    return sql.SQL(" ORDER BY created_at DESC, id DESC LIMIT %(row_limit)s")


def page_of[T](
    rows: Sequence[Mapping[str, Any]],
    page: PageRequest,
    make: Callable[[Mapping[str, Any]], T],
    *,
    sort_column: str = "created_at",
) -> Page[T]:
    """Makes a page of rows that were read with one more than was wanted.

    Args:
        rows: The rows, each with an ``id`` and the sort column.
        page: What was wanted.
        make: Makes an item of a row.
        sort_column: The time that the rows are sorted by, before their ids.

    Returns:
        The page.
    """
    kept = rows[: page.limit]
    position: Position | None = None
    if len(rows) > page.limit:
        last = kept[-1]
        position = (last[sort_column].isoformat(), last["id"])
    return Page(tuple(make(row) for row in kept), position)
