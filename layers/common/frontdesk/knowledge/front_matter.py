"""The few lines of ``name: value`` that a document may begin with."""

import re

_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_FIELD = re.compile(r"^([A-Za-z][\w -]*?)\s*:(?:\s+(.*))?$")


def parse(text: str) -> tuple[dict[str, str], str]:
    """Takes the front matter off a document.

    Only ``name: value`` lines are understood; nested YAML is skipped, not misread.

    Args:
        text: The document, with line feeds only.

    Returns:
        The fields, named in lower case with dashes, and the text after them.
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    fields = {}
    for line in match[1].split("\n"):
        if field := _FIELD.match(line):
            fields[field[1].strip().lower().replace("_", "-").replace(" ", "-")] = _scalar(
                field[2] or ""
            )
    return fields, text[match.end() :]


def _scalar(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] in "\"'" and value[-1] == value[0]:
        inner = value[1:-1]
        return inner.replace('\\"', '"') if value[0] == '"' else inner.replace("''", "'")
    return re.sub(r"(?:^|\s+)#.*$", "", value)
