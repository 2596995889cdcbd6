"""The few lines of ``name: value`` that a document may begin with."""

import re
import textwrap
import tomllib
from collections.abc import Iterator
from itertools import takewhile

from frontdesk.domain.errors import UnreadableDocumentError

_OPENING = re.compile(r"\A\s*^---[ \t]*\n", re.MULTILINE)
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_FIELD = re.compile(r"(['\"]?)([^\W\d_][\w -]*?)\1\s*:(?:\s+(.*))?")
# What is indented further is code in Markdown.
_INDENT = re.compile(r" {0,3}(?! )")
_TOML = re.compile(r"\A\s*^\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL)
# Of YAML's block texts, with how they are to be joined.
_BLOCK_TEXT = re.compile(r"([|>])[-+\d]*\s*(?:#.*)?")
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"\s*(?:#.*)?|'((?:[^']|'')*)'\s*(?:#.*)?")

_LIKE_LIST_OR_COMMENT = re.compile(r"-(?:\s|$)|#|$")
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))")

HEAD_LINES = 60
"""How far front matter that cannot be read is looked through for a visibility."""

_BEFORE_HEAD = re.compile(r"\A(?:\s|<!--.*?-->)*", re.DOTALL)
_FENCE = re.compile(r"[ \t]*(?:-{3,}|\+{3,})[ \t]*(?:[A-Za-z]{1,8}|#.*)?")
_FENCE_END = re.compile(r"[ \t]*(?:-{3,}|\+{3,}|\.\.\.)[ \t]*")
_LIKE_FIELD = re.compile(
    r"[ \t]*(?:[-*][ \t]+)?['\"]?(?P<name>[^\W\d_][\w .-]{0,40}?)['\"]?[ \t]*"
    r"[:\uff1a=](?P<value>.*)"
)
_LIKE_PART = re.compile(r"[ \t]*|[ \t]*#.*|[ \t]+.*|[ \t]*[-*\[].*")
"""What may stand between fields: blank lines, comments, what is indented, lists and tables."""
_MOST_WORDS = 2
"""A value has one; what has more is a sentence about visibility."""


def parse(text: str) -> tuple[dict[str, str], str]:
    """Takes the front matter off a document.

    Of YAML, only ``name: value`` lines and block texts are understood; what is nested is skipped,
    not misread. A line of dashes that no field follows is a line across the page. Between lines of
    plus signs it is TOML.

    Args:
        text: The document, with line feeds only.

    Returns:
        The fields, named in lower case with dashes, and the text after them.

    Raises:
        UnreadableDocumentError: It names a visibility that cannot be read, and nobody guesses
            what is for staff alone; or it is TOML that cannot be read.
    """
    fields, rest = _parse(text)
    if "visibility" not in fields and (line := _unread_visibility(text)) is not None:
        raise UnreadableDocumentError(
            f"the front matter's visibility (line {line}) cannot be read: front matter begins in "
            "the first line with '---', ends with such a line, and says 'visibility: internal'"
        )
    return fields, rest


def _parse(text: str) -> tuple[dict[str, str], str]:
    if toml := _TOML.match(text):
        return _toml_fields(toml[1]), text[toml.end() :]
    opening = _OPENING.match(text)
    if opening is None:
        return {}, text
    rest = text[opening.end() :]
    first = next((line for line in rest.split("\n") if line.strip() and line[0] != "#"), "")
    indent = _INDENT.match(first)
    if indent is None or not _FIELD.fullmatch(first[indent.end() :]):
        return {}, text
    closing = _CLOSING.search(rest)
    if closing is not None:
        return dict(_fields(rest[: closing.start()])), rest[closing.end() :]
    return {}, text


def _unread_visibility(text: str) -> int | None:
    """Finds where a document plainly says who may see it, in a way that is not read as that.

    Args:
        text: The document.

    Returns:
        The line's number, from 1; None where there is none, or it says what holds anyway.
    """
    before = _BEFORE_HEAD.match(text)
    start = before.end() if before else 0
    lines = text[start:].split("\n", HEAD_LINES)[:HEAD_LINES]
    fenced = _FENCE.fullmatch(lines[0]) is not None
    for place, line in enumerate(_head(lines[1:]) if fenced else _head(lines), start=int(fenced)):
        field = _LIKE_FIELD.fullmatch(line)
        if field is None or _name(field["name"]) != "visibility":
            continue
        value = _scalar(field["value"].strip()).strip(" \t,'\"").lower()
        is_plain = len(value.split()) <= _MOST_WORDS if fenced else value == "internal"
        if is_plain and value != "public":
            return text.count("\n", 0, start) + place + 1
    return None


def _head(lines: list[str]) -> list[str]:
    """What looks like front matter: up to its end, or as far as there is nothing but fields."""
    first = next((line for line in lines if line.strip() and line.strip()[0] != "#"), "")
    if not (_LIKE_FIELD.fullmatch(first) or first.lstrip().startswith(("- ", "["))):
        return []
    end = next((n for n, line in enumerate(lines) if _FENCE_END.fullmatch(line)), None)
    if end is not None:
        return lines[:end]
    return list(
        takewhile(lambda line: _LIKE_FIELD.fullmatch(line) or _LIKE_PART.fullmatch(line), lines)
    )


def _toml_fields(written: str) -> dict[str, str]:
    try:
        values = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableDocumentError(f"the front matter is no TOML: {error}") from None
    return {
        _name(name): "" if isinstance(value, dict | list) else str(value)
        for name, value in values.items()
    }


def _fields(written: str) -> Iterator[tuple[str, str]]:
    lines = textwrap.dedent(written).split("\n")
    for number, line in enumerate(lines):
        if field := _FIELD.fullmatch(line):
            value = (field[3] or "").strip()
            if block := _BLOCK_TEXT.fullmatch(value):
                yield _name(field[2]), _block_text(lines[number + 1 :], block[1])
            else:
                yield _name(field[2]), _scalar(_folded(value, lines[number + 1 :]))


def _name(written: str) -> str:
    return written.strip().lower().replace("_", "-").replace(" ", "-")


def _folded(value: str, below: list[str]) -> str:
    """Joins a value with the indented lines that it goes on in, one in quotes up to their end."""
    if not value or value[0] == "#":
        return value
    is_quoted = value[0] in "\"'"
    for line in below:
        stripped = line.strip()
        if not line[:1].isspace() or (is_quoted and _QUOTED.fullmatch(value)):
            break
        if not is_quoted and (_LIKE_LIST_OR_COMMENT.match(stripped) or _FIELD.fullmatch(stripped)):
            break
        value = f"{value} {stripped}".rstrip()
    return value


def _block_text(lines: list[str], style: str) -> str:
    joint = "\n" if style == "|" else " "
    written = []
    for line in lines:
        if line.strip() and not line[0].isspace():
            break
        written.append(line.strip())
    return joint.join(written).strip()


def _unescaped(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1], 16)) if escaped[1] else escaped[2]


def _scalar(value: str) -> str:
    if quoted := _QUOTED.fullmatch(value):
        if quoted[1] is not None:
            return _ESCAPED.sub(_unescaped, quoted[1])
        return quoted[2].replace("''", "'")
    return re.sub(r"(?:^|\s+)#.*$", "", value)
