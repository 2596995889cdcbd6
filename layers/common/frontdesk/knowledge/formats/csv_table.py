"""CSV: every row a passage that names its columns, so that it can be quoted by itself."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import Section
from frontdesk.knowledge import front_matter
from frontdesk.knowledge.decoding import decode
from frontdesk.knowledge.extracted import Extracted, Limits, require_at_most
from frontdesk.knowledge.formats import table_head
from frontdesk.knowledge.splitting import PASSAGE_BYTES

DELIMITERS = ",;\t|"
"""A comma first: where nothing tells them apart, it is one."""

SAMPLE_LINES = 50

MIN_SIDE = 3
"""Rows and columns from which commas below a line without any are no chance."""

MAX_TITLE_CHARACTERS = 100
"""Of the line above a table that names it; what is longer is a remark."""

MAX_LABEL_BYTES = 300
"""Of a row's first value, where it stands above what the row says at length."""

# The text's own length is bounded; the library's bound would refuse a long cell of it.
csv.field_size_limit(2**31 - 1)

# In no text that was cleaned.
_ONE_COLUMN = "\x1f"

# What spreadsheet programs write above a table to tell each other the delimiter.
_DECLARED = re.compile(r"\Asep=(.)\n", re.IGNORECASE)


class _Value(NamedTuple):
    """A value with its column's name, '' where nothing names it."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}: {self.value}" if self.name else self.value


def read_csv(data: bytes, limits: Limits) -> Extracted:
    """Reads a table, with or without a header and a title above it.

    Args:
        data: The file's bytes.
        limits: How much of it is read.

    Returns:
        A section for each row, of lines ``column: value``, or of values alone where no header
        names them; several for one that is longer than a passage, under what the row begins with.

    Raises:
        UnreadableDocumentError: It is no table, or too large a one.
    """
    fields, text = front_matter.parse(decode(data))
    declared = _DECLARED.match(text)
    if declared is not None:
        text = text[declared.end() :]
    rows = _rows(text, declared[1] if declared is not None else _find_delimiter(text))
    sample = list(islice(rows, SAMPLE_LINES))
    if not any(map(any, sample)):
        # More empty lines than people leave above a table.
        sample = list(islice((row for row in rows if any(row)), SAMPLE_LINES))
    if not sample:
        raise UnreadableDocumentError("the document is empty")
    first = table_head.find_first_row(sample)
    above = [" ".join(filter(None, row)).lstrip(f"{table_head.REMARK} ") for row in sample[:first]]
    above = [line for line in above if line]
    names = [""] * len(sample[first])
    if table_head.is_header(sample[first], [row for row in sample[first + 1 :] if any(row)]):
        names = _column_names(sample[first])
        first += 1
    title = above[0] if above and _is_name(above[0]) else None
    path = () if title is None else (title,)
    remarks = "\n".join(above[len(path) :])
    described: list[str] = []
    sections: list[Section] = [Section(path=path, text=remarks)] if remarks else []
    for row in filter(any, chain(sample[first:], rows)):
        lines = _lines(row, names)
        described.append("\n".join(map(str, lines)))
        require_at_most(len(described), limits.rows, "rows")
        sections += _sections(lines, path)
    if not described:
        raise UnreadableDocumentError("the table has a header and no rows")
    return Extracted(
        text="\n\n".join([*path, *filter(None, [remarks]), *described]),
        sections=sections,
        heading=title,
        fields=fields,
    )


def _find_delimiter(text: str) -> str:
    """Finds what cuts the first rows into the same number of columns, as many as possible."""
    lines = text.lstrip().splitlines(keepends=True)[:SAMPLE_LINES]
    sample = "".join(lines)
    rows = (line for line in lines if not line.startswith(table_head.REMARK))
    header = next(rows, lines[0] if lines else "")

    def fit(delimiter: str) -> tuple[float, int]:
        widths = Counter(map(len, _cells(sample, delimiter)))
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return (rows / max(1, widths.total()) if width > 1 else 0.0, width)

    possible = [
        delimiter
        for delimiter in DELIMITERS
        if delimiter in header or (delimiter in sample and _parts_rows_below(sample, delimiter))
    ]
    return max(possible, key=fit, default=_ONE_COLUMN)


def _parts_rows_below(sample: str, delimiter: str) -> bool:
    """Tells a table below a title from sentences, names and prices in a table of one column."""
    rows = [[value.strip() for value in row] for row in _cells(sample, delimiter)]
    if not any(map(any, rows)):
        return False
    first = table_head.find_first_row(rows)
    table = [row for row in rows[first:] if any(row)]
    if first == 0 or len({len(row) for row in table}) > 1:
        return False
    cells = [value for row in _cells(sample, delimiter)[first:] for value in row[1:]]
    is_parted = not all(map(any, rows[:first]))
    return (
        not any(value.startswith(" ") for value in cells)
        and any(character.isalpha() for value in table[0] for character in value)
        and (
            is_parted
            or table_head.names_columns(table[0], table[1:])
            or min(len(table), len(table[0])) >= MIN_SIDE
        )
    )


def _cells(sample: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(sample), delimiter=delimiter))


def _is_name(line: str) -> bool:
    return len(line) <= MAX_TITLE_CHARACTERS and not line.endswith((".", ",", ";", ":", "!"))


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for row in reader:
            begins = reader.line_num + 1
            yield [" ".join(value.split()) for value in row]
    except csv.Error as error:
        # A quotation mark that is not closed shows at the end of the file; it began here.
        raise UnreadableDocumentError(
            f"the row of the table that begins at line {begins} cannot be read: {error}"
        ) from error


def _column_names(header: list[str]) -> list[str]:
    repeated = Counter(header)
    return [
        name if name and repeated[name] == 1 else f"{name} (column {number})".strip()
        for number, name in enumerate(header, start=1)
    ]


def _lines(row: list[str], names: list[str]) -> list[_Value]:
    """Puts each value of a row to its column's name."""
    names = names + [f"(column {number})" for number in range(len(names) + 1, len(row) + 1)]
    return [_Value(name, value) for name, value in zip(names, row, strict=False) if value]


def _sections(lines: Sequence[_Value], above: tuple[str, ...]) -> Iterator[Section]:
    """Cuts a row that is no single passage at its columns, each piece under the first value."""
    described = "\n".join(map(str, lines))
    if _bytes(described) <= PASSAGE_BYTES:
        yield Section(path=above, text=described)
        return
    first = str(lines[0])
    label = (first,) if _bytes(first) <= MAX_LABEL_BYTES else ()
    path = (*above, *label)
    piece: list[str] = []
    for line in lines[len(label) :]:
        if piece and _bytes("\n".join([*piece, str(line)])) > PASSAGE_BYTES:
            yield Section(path=path, text="\n".join(piece))
            piece = []
        if _bytes(str(line)) <= PASSAGE_BYTES:
            piece.append(str(line))
        else:
            yield Section(path=(*path, *filter(None, [line.name])), text=line.value)
    if piece:
        yield Section(path=path, text="\n".join(piece))


def _bytes(text: str) -> int:
    return len(text.encode())
