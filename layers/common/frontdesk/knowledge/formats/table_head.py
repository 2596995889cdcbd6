"""Where a table begins in its file, and whether it says what its columns are.

People write a title, a date or a remark above a table, and programs export tables without a
header. What is taken for a header stands in every passage, so that nothing is taken for one that
shows to be something else: what repeats itself below, or is of the kind of what stands below it.
"""

import re
from collections.abc import Sequence
from enum import Enum
from itertools import pairwise

MAX_LINES_ABOVE = 10
"""Before an empty line; what is longer is a table of its own."""

MIN_LINES_OF_TABLE = 3
"""Before an empty line and a wider table; what is shorter says of whom and of when that one is."""

REMARK = "#"
"""Begins a line that is no row, unless it is the header."""

_SENTENCE_WORDS = 4
_COUNTED = 3
_YEARS = range(1900, 2100)

type Row = Sequence[str]


class _Kind(Enum):
    """What a value is that nobody would call a column."""

    NUMBER = re.compile(r"[-+(]?(?:[A-Z]{3} ?|[$£€¥] ?)?\d[\d.,'’ ]*\)? ?(?:%|[$£€¥]|[A-Z]{3})?")
    TIME = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ]\S+)?|\d{1,2}:\d{2}(?::\d{2})?")
    ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|https?://\S+", re.IGNORECASE)


def find_first_row(rows: Sequence[Row]) -> int:
    """Finds the first row of a table below what is written above it.

    Args:
        rows: The first rows of the file, empty ones too; at least one is not empty.

    Returns:
        The number of the row, from 0: the header, where there is one.
    """
    first = _next_filled(rows, 0)
    while _is_remark(rows, first) or _is_title(rows, first) or _is_a_line_apart(rows, first):
        first = _next_filled(rows, first + 1)
    block = _block(rows, first)
    after = first + len(block)
    if len(block) <= MAX_LINES_ABOVE and any(any(row) for row in rows[after:]):
        table = _next_filled(rows, after)
        is_narrower = max(map(_width, block)) < min(_width(rows[table]), 3)
        begins_table = is_header(rows[table], _filled(rows[table + 1 :]))
        is_table = len(block) >= MIN_LINES_OF_TABLE and names_columns(block[0], block[1:])
        if is_narrower and begins_table and not is_table:
            return table
    return first


def is_header(row: Row, below: Sequence[Row]) -> bool:
    """Tells whether a table's first row may be what its columns are called.

    Args:
        row: The table's first row.
        below: Some rows below it.

    Returns:
        Whether nothing shows that it is a row as all others are.
    """
    columns = [_column(below, number) for number in range(len(row))]
    return not (
        any(_repeats(name, column) for name, column in zip(row, columns, strict=True))
        or any(name.endswith(".") and len(name.split()) >= _SENTENCE_WORDS for name in row)
        or (
            any(_is_like(name, column) for name, column in zip(row, columns, strict=True))
            and not _counts(row, columns)
        )
    )


def names_columns(row: Row, below: Sequence[Row]) -> bool:
    """Tells whether a row shows to be a header: words above what is no word.

    Args:
        row: The row.
        below: Some rows below it.

    Returns:
        Whether it does.
    """
    if not is_header(row, below) or not any(map(_is_word, row)):
        return False
    columns = (_column(below, number) for number in range(len(row)))
    return any(
        _is_word(name) and any(_is_mostly(kind, column) for kind in _Kind)
        for name, column in zip(row, columns, strict=True)
    )


def _is_remark(rows: Sequence[Row], place: int) -> bool:
    """Tells a remark from a header that begins with the same sign."""
    row, below = rows[place], _filled(rows[place + 1 :])
    if not row[0].startswith(REMARK) or row[0] == REMARK or not below:
        return False
    if len(row) != len(below[0]):
        return True
    is_set_apart = row[0].startswith(f"{REMARK} ")
    return below[0][0].startswith(REMARK) or (is_set_apart and is_header(below[0], below[1:]))


def _is_title(rows: Sequence[Row], place: int) -> bool:
    """Tells a line of one value, above rows of several, from a header of one name."""
    row, below = rows[place], _filled(rows[place + 1 :])
    if sum(map(bool, row)) > 1 or not (row[0] or len(row) > 2):
        return False
    wide = [_width(other) > 1 for other in below]
    if True not in wide:
        return False
    lines = wide.index(True)
    is_parted = not any(rows[place + 1])
    return 2 * sum(wide[lines:]) > len(wide) - lines and (is_parted or lines + 1 < sum(wide))


def _is_a_line_apart(rows: Sequence[Row], place: int) -> bool:
    """Finds a line whose commas part no columns: it stands alone, and a header comes after it."""
    if len(rows) <= place + 1 or any(rows[place + 1]):
        return False
    below = _filled(rows[place + 1 :])
    return len(below) > 1 and names_columns(below[0], below[1:])


def _next_filled(rows: Sequence[Row], place: int) -> int:
    return next(number for number in range(place, len(rows)) if any(rows[number]))


def _filled(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if any(row)]


def _block(rows: Sequence[Row], first: int) -> Sequence[Row]:
    end = next((place for place in range(first, len(rows)) if not any(rows[place])), len(rows))
    return rows[first:end]


def _width(row: Row) -> int:
    """Counts columns as far as any is filled: spreadsheets fill up short lines."""
    return max((number for number, value in enumerate(row, start=1) if value), default=0)


def _column(rows: Sequence[Row], number: int) -> list[str]:
    return [row[number] for row in rows if number < len(row) and row[number]]


def _is_word(value: str) -> bool:
    return any(map(str.isalpha, value)) and _kind(value) is None


def _kind(value: str) -> _Kind | None:
    return next((kind for kind in _Kind if kind.value.fullmatch(value)), None)


def _is_mostly(kind: _Kind, column: Sequence[str]) -> bool:
    return 2 * sum(_kind(value) is kind for value in column) > len(column)


def _is_like(name: str, column: Sequence[str]) -> bool:
    kind = _kind(name)
    return kind is not None and (not column or _is_mostly(kind, column))


def _repeats(name: str, column: Sequence[str]) -> bool:
    return len(column) > 1 and 2 * column.count(name) >= len(column)


def _counts(row: Row, columns: Sequence[Sequence[str]]) -> bool:
    """Tells whether the numbers among the names are years, or count up as sizes and scales do."""
    places = [place for place, name in enumerate(row) if _kind(name) is not None]
    if not all(row[place].isdecimal() for place in places):
        return False
    numbers = [int(row[place]) for place in places]
    below = {value for place in places for value in columns[place]}
    if all(number in _YEARS for number in numbers):
        return not all(value.isdecimal() and int(value) in _YEARS for value in below)
    if len(numbers) >= _COUNTED and all(after - one == 1 for one, after in pairwise(numbers)):
        return True
    # Such as seats, above prices: what grows above what is not counted in the same way. Above
    # whole numbers, it may be a row as the others are.
    return (
        len(numbers) > 1
        and sum(len(columns[place]) for place in places) >= _COUNTED
        and not any(map(str.isdecimal, below))
        and all(one < after for one, after in pairwise(numbers))
    )
