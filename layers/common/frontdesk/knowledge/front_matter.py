"""The few lines of ``name: value`` that a document may begin with."""

import re
from collections.abc import Iterator

from frontdesk.domain.errors import UnreadableDocumentError

_OPENING = re.compile(r"\A\s*^---[ \t]*\n", re.MULTILINE)
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_FIELD = re.compile(r"([A-Za-z][\w -]*?)\s*:(?:\s+(.*))?")
# Of YAML's block texts, with how they are to be joined.
_BLOCK_TEXT = re.compile(r"([|>])[-+\d]*\s*(?:#.*)?")
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"\s*(?:#.*)?|'((?:[^']|'')*)'\s*(?:#.*)?")


def parse(text: str) -> tuple[dict[str, str], str]:
    """Takes the front matter off a document.

    Only ``name: value`` lines and block texts are understood; nested YAML is skipped, not misread.
    A line of dashes that no field follows is a line across the page.

    Args:
        text: The document, with line feeds only.

    Returns:
        The fields, named in lower case with dashes, and the text after them.

    Raises:
        UnreadableDocumentError: It names a visibility and has no end: what nobody is to see would
            be published.
    """
    opening = _OPENING.match(text)
    if opening is None:
        return {}, text
    rest = text[opening.end() :]
    first = next((line for line in rest.split("\n") if line.strip() and line[0] != "#"), "")
    if not _FIELD.fullmatch(first):
        return {}, text
    closing = _CLOSING.search(rest)
    if closing is not None:
        return dict(_fields(rest[: closing.start()].split("\n"))), rest[closing.end() :]
    if "visibility" in dict(_fields(rest.split("\n\n")[0].split("\n"))):
        raise UnreadableDocumentError("the front matter has no end: a line '---' is missing")
    return {}, text


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines):
        if field := _FIELD.fullmatch(line):
            name = field[1].strip().lower().replace("_", "-").replace(" ", "-")
            value = (field[2] or "").strip()
            if block := _BLOCK_TEXT.fullmatch(value):
                yield name, _block_text(lines[number + 1 :], "\n" if block[1] == "|" else " ")
            else:
                yield name, _scalar(value)


def _block_text(lines: list[str], joint: str) -> str:
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
