"""Markdown and plain text, cut into sections at their headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from frontdesk.domain.knowledge import Section

_ATX_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
# What cannot be the text above a setext underline: lists, quotes, tables, other headings.
_NO_PARAGRAPH = re.compile(r"^\s*(?:[-*+>|#]|\d+[.)]\s|$)")
_COMMENT_START, _COMMENT_END = "<!--", "-->"
_INLINE_MARKS = re.compile(r"[*_`]+|!?\[([^\]]*)\]\([^)]*\)|\s*\{#[^}]*\}")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: how deep it is, and its words without Markdown."""

    level: int
    text: str


def sections(text: str) -> list[Section]:
    """Cuts Markdown into the pieces between its headings.

    Args:
        text: Markdown, with line feeds only.

    Returns:
        The sections that have text of their own, each with the headings above it.
    """
    found: list[Section] = []
    path: list[Heading] = []
    lines: list[str] = []
    for item in _headings_and_lines(text):
        if isinstance(item, str):
            lines.append(item)
            continue
        _close(found, path, lines)
        path = [above for above in path if above.level < item.level]
        if item.text:
            path.append(item)
        lines = []
    _close(found, path, lines)
    return found


def first_heading(text: str) -> str | None:
    """Returns the words of the first heading, or None where there is none.

    Args:
        text: Markdown, with line feeds only.

    Returns:
        The heading without its Markdown.
    """
    for item in _headings_and_lines(text):
        if isinstance(item, Heading) and item.text:
            return item.text
    return None


def _close(found: list[Section], path: list[Heading], lines: list[str]) -> None:
    body = "\n".join(lines).strip("\n")
    if body.strip():
        found.append(Section(path=tuple(heading.text for heading in path), text=body))


def _headings_and_lines(text: str) -> Iterator[Heading | str]:
    pending: str | None = None
    for line, is_code in _visible_lines(text):
        if not is_code and (match := _ATX_HEADING.match(line)):
            if pending is not None:
                yield pending
                pending = None
            yield Heading(len(match[1]), _plain(match[2] or ""))
            continue
        if not is_code and pending is not None and (underline := _SETEXT_UNDERLINE.match(line)):
            yield Heading(1 if underline[1][0] == "=" else 2, _plain(pending))
            pending = None
            continue
        if pending is not None:
            yield pending
            pending = None
        if not is_code and not _NO_PARAGRAPH.match(line):
            # It may turn out to be a heading when the next line underlines it.
            pending = line
        else:
            yield line
    if pending is not None:
        yield pending


def _visible_lines(text: str) -> Iterator[tuple[str, bool]]:
    """Lists what a reader sees, and whether each line is code or the fence around it."""
    fence: str | None = None
    in_comment = False
    for written in text.split("\n"):
        if fence is not None:
            yield written, True
            match = _FENCE.match(written)
            if match and match[1].startswith(fence):
                fence = None
            continue
        line, in_comment = _without_comments(written, in_comment)
        if line != written and not line.strip():
            # A comment's own line; a line of spaces parts paragraphs.
            continue
        if match := _FENCE.match(line):
            fence = match[1]
        yield line, match is not None


def _without_comments(line: str, in_comment: bool) -> tuple[str, bool]:
    """Drops what a reader of the page does not see, and what was said to machines alone."""
    seen: list[str] = []
    rest = line
    while rest:
        mark = _COMMENT_END if in_comment else _COMMENT_START
        part, found, rest = rest.partition(mark)
        if not in_comment:
            seen.append(part)
        if found:
            in_comment = not in_comment
    return "".join(seen), in_comment


def _plain(heading: str) -> str:
    return _INLINE_MARKS.sub(lambda match: match[1] or "", heading).strip()
