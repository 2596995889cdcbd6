"""CSV: every row a passage that names its columns, so that it can be quoted by itself."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.domain.knowledge import Section
from frontdesk.knowledge import front_matter
from frontdesk.knowledge.decoding import decode
from frontdesk.knowledge.extracted import Extracted, Limits, require_at_most
from frontdesk.knowledge.splitting import PASSAGE_BYTES

DELIMITERS = ",;\t|"
"""A comma first: where nothing tells them apart, it is one."""

SAMPLE_LINES = 50

MAX_LABEL_BYTES = 300
"""Of a row's first value, where it stands above what the row says at length."""

# The text's own length is bounded; the library's bound would refuse a long cell of it.
csv.field_size_limit(2**31 - 1)

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
        A section for each row, of lines ``column: value``; several for one that is longer than a
        passage, under what the row begins with.

    Raises:
        UnreadableDocumentError: It is no table, or too large a one.
    """
    fields, text = front_matter.parse(decode(data))
    declared = _DECLARED.match(text)
    if declared is not None:
        text = text[declared.end() :]
    rows = _rows(text, declared[1] if declared is not None else _find_delimiter(text))
    header = next(rows, None)
    if header is None:
        raise UnreadableDocumentError("the document is empty")
    names = _column_names(header)
    described = []
    sections: list[Section] = []
    for row in rows:
        lines = _lines(row, names)
        described.append("\n".join(f"{name}: {value}" for name, value in lines))
        require_at_most(len(described), limits.rows, "rows")
        sections += _sections(described[-1], lines)
    if not sections:
        raise UnreadableDocumentError("the table has a header and no rows")
    return Extracted(text="\n\n".join(described), sections=sections, fields=fields)


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
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for row in reader:
            begins = reader.line_num + 1
            values = [" ".join(value.split()) for value in row]
            if any(values):
                yield values
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


def _lines(row: list[str], names: list[str]) -> list[tuple[str, str]]:
    """Puts each value of a row to its column's name."""
    names = names + [f"(column {number})" for number in range(len(names) + 1, len(row) + 1)]
    return [(name, value) for name, value in zip(names, row, strict=False) if value]


def _sections(described: str, lines: Sequence[tuple[str, str]]) -> Iterator[Section]:
    """Cuts a row that is no single passage at its columns, each piece under the first value."""
    if _bytes(described) <= PASSAGE_BYTES:
        yield Section(text=described)
        return
    first = ": ".join(lines[0])
    path = (first,) if _bytes(first) <= MAX_LABEL_BYTES else ()
    piece: list[str] = []
    for name, value in lines[len(path) :]:
        line = f"{name}: {value}"
        if piece and _bytes("\n".join([*piece, line])) > PASSAGE_BYTES:
            yield Section(path=path, text="\n".join(piece))
            piece = []
        if _bytes(line) <= PASSAGE_BYTES:
            piece.append(line)
        else:
            yield Section(path=(*path, name), text=value)
    if piece:
        yield Section(path=path, text="\n".join(piece))


def _bytes(text: str) -> int:
    return len(text.encode())
