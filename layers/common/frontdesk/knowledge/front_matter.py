"""The few lines of ``name: value`` that a document may begin with."""

import re
import textwrap
import tomllib
from collections.abc import Iterator

from frontdesk.domain.errors import UnreadableDocumentError

_OPENING = re.compile(r"\A\s*^---[ \t]*\n", re.MULTILINE)
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_FIELD = re.compile(r"(['\"]?)([A-Za-z][\w -]*?)\1\s*:(?:\s+(.*))?")
# What is indented further is code in Markdown.
_INDENT = re.compile(r" {0,3}(?! )")
_TOML = re.compile(r"\A\s*^\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL)
# Of YAML's block texts, with how they are to be joined.
_BLOCK_TEXT = re.compile(r"([|>])[-+\d]*\s*(?:#.*)?")
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"\s*(?:#.*)?|'((?:[^']|'')*)'\s*(?:#.*)?")


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
        UnreadableDocumentError: It names a visibility and has no end, or is TOML that cannot be
            read: what nobody is to see would be published.
    """
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
    if "visibility" in dict(_fields(rest.split("\n\n")[0])):
        raise UnreadableDocumentError("the front matter has no end: a line '---' is missing")
    return {}, text


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
                yield _name(field[2]), _scalar(value)


def _name(written: str) -> str:
    return written.strip().lower().replace("_", "-").replace(" ", "-")


def _block_text(lines: list[str], style: str) -> str:
    joint = "\n" if style == "|" else " "
    written = []
    for line in lines:
        if line.strip() and not line[0].isspace():
            break
        written.append(line.strip())
    return joint.join(written).strip()


def _scalar(value: str) -> str:
    if quoted := _QUOTED.fullmatch(value):
        if quoted[1] is not None:
            return re.sub(r"\\(.)", r"\1", quoted[1])
        return quoted[2].replace("''", "'")
    return re.sub(r"(?:^|\s+)#.*$", "", value)
