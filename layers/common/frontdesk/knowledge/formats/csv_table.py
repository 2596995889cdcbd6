"""CSV: every row a passage that names its columns, so that it can be quoted by itself."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import Section
from frontdesk.knowledge.decoding import decode
from frontdesk.knowledge.extracted import Extracted, Limits, require_at_most

DELIMITERS = ",;\t|"
"""A comma first: where nothing tells them apart, it is one."""

SAMPLE_LINES = 50

# In no text that was cleaned.
_ONE_COLUMN = "\x1f"

# What spreadsheet programs write above a table to tell each other the delimiter.
_DECLARED = re.compile(r"\Asep=(.)\n", re.IGNORECASE)


def read_csv(data: bytes, limits: Limits) -> Extracted:
    """Reads a table with a header.

    Args:
        data: The file's bytes.
        limits: How much of it is read.

    Returns:
        A section for each row, of lines ``column: value``.

    Raises:
        UnreadableDocumentError: It is no table, or too large a one.
    """
    text = decode(data)
    declared = _DECLARED.match(text)
    if declared is not None:
        text = text[declared.end() :]
    delimiter = declared[1] if declared is not None else _find_delimiter(text)
    try:
        rows = _rows(text, delimiter)
        header = next(rows, None)
        if header is None:
            raise UnreadableDocumentError("the document is empty")
        names = _column_names(header)
        sections = []
        for row in rows:
            sections.append(Section(text=_describe(row, names)))
            require_at_most(len(sections), limits.rows, "rows")
    except csv.Error as error:
        raise UnreadableDocumentError(f"the table cannot be read: {error}") from error
    if not sections:
        raise UnreadableDocumentError("the table has a header and no rows")
    return Extracted(text="\n\n".join(section.text for section in sections), sections=sections)


def _find_delimiter(text: str) -> str:
    """Finds what cuts the first rows into the same number of columns, as many as possible."""
    lines = text.lstrip().splitlines(keepends=True)[:SAMPLE_LINES]
    sample = "".join(lines)
    header = lines[0] if lines else ""

    def fit(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter))
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return (rows / max(1, widths.total()) if width > 1 else 0.0, width)

    possible = [delimiter for delimiter in DELIMITERS if delimiter in header]
    return max(possible, key=fit, default=_ONE_COLUMN)


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
        values = [" ".join(value.split()) for value in row]
        if any(values):
            yield values


def _column_names(header: list[str]) -> list[str]:
    repeated = Counter(header)
    return [
        name if name and repeated[name] == 1 else f"{name} (column {number})".strip()
        for number, name in enumerate(header, start=1)
    ]


def _describe(row: list[str], names: list[str]) -> str:
    names = names + [f"(column {number})" for number in range(len(names) + 1, len(row) + 1)]
    return "\n".join(f"{name}: {value}" for name, value in zip(names, row, strict=False) if value)
