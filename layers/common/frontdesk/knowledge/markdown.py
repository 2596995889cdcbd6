"""Markdown, cut into sections at its headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from frontdesk.domain.knowledge import Section
from frontdesk.knowledge.markdown_visibility import seen_lines

_ATX_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
# What cannot be the text above a setext underline: lists, quotes, tables, other headings.
_NO_PARAGRAPH = re.compile(r"^\s*(?:[-*+>|#]|\d+[.)]\s|$)")
_INLINE_MARKS = re.compile(r"[*_`]+|!?\[([^\]]*)\]\([^)]*\)|\s*\{#[^}]*\}")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: how deep it is, and its words without Markdown."""

    level: int
    text: str


def sections(text: str, *, has_html: bool = True) -> list[Section]:
    """Cuts Markdown into the pieces between its headings.

    Args:
        text: Markdown, with line feeds only.
        has_html: Whether tags in it are HTML; in Markdown made of a page they are its words.

    Returns:
        The sections that have text of their own, each with the headings above it.
    """
    found: list[Section] = []
    path: list[Heading] = []
    lines: list[str] = []
    for item in _headings_and_lines(text, has_html=has_html):
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


def first_heading(text: str, *, has_html: bool = True) -> str | None:
    """Returns the words of the first heading, or None where there is none.

    Args:
        text: Markdown, with line feeds only.
        has_html: Whether tags in it are HTML.

    Returns:
        The heading without its Markdown.
    """
    for item in _headings_and_lines(text, has_html=has_html):
        if isinstance(item, Heading) and item.text:
            return item.text
    return None


def _close(found: list[Section], path: list[Heading], lines: list[str]) -> None:
    body = "\n".join(lines).strip("\n")
    if body.strip():
        found.append(Section(path=tuple(heading.text for heading in path), text=body))


def _headings_and_lines(text: str, *, has_html: bool) -> Iterator[Heading | str]:
    pending: str | None = None
    for line, is_code in seen_lines(text, has_html=has_html):
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


def _plain(heading: str) -> str:
    return _INLINE_MARKS.sub(lambda match: match[1] or "", heading).strip()
