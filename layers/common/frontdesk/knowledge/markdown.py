"""Markdown, cut into sections at its headings."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from frontdesk.domain.knowledge import Section
from frontdesk.knowledge.markdown_headings import find_html_heading, plain
from frontdesk.knowledge.markdown_notes import Notes
from frontdesk.knowledge.markdown_visibility import seen_lines

_ATX_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
# What cannot be the text above a setext underline: lists, quotes, tables, other headings.
_NO_PARAGRAPH = re.compile(r"^\s*(?:[-*+>|#]|\d+[.)]\s|$)")
_TABLE = re.compile(r"<(/?)table\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: how deep it is, and its words without Markdown."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class _Block:
    """A line, or a heading as it is written; of a level then."""

    text: str
    level: int = 0
    is_code: bool = False


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
    lines: Sequence[tuple[str, bool]] = list(seen_lines(text, has_html=has_html))
    # In Markdown made of a page, marks of notes are its words, as tags are.
    notes = Notes(lines if has_html else ())
    for block in _blocks(notes.without_notes() if notes else lines, has_html=has_html):
        if block.level:
            notes.begin_section()
            words, said = notes.take_from(block.text)
            yield Heading(block.level, plain(words, has_html=has_html))
            yield from said
        else:
            yield block.text if block.is_code else notes.put_into(block.text)


def _blocks(lines: Sequence[tuple[str, bool]], *, has_html: bool) -> Iterator[_Block]:
    pending: str | None = None
    in_table = False
    place = 0
    while place < len(lines):
        line, is_code = lines[place]
        place += 1
        underline = None if is_code or pending is None else _SETEXT_UNDERLINE.match(line)
        if underline is not None and pending is not None:
            yield _Block(pending, level=1 if underline[1][0] == "=" else 2)
            pending = None
            continue
        if pending is not None:
            yield _Block(pending)
            pending = None
        if is_code:
            yield _Block(line, is_code=True)
            continue
        # In a table, headings are the names of its columns.
        in_table = [in_table, *(not end for end in _TABLE.findall(line))][-1]
        if match := _ATX_HEADING.match(line):
            yield _Block(match[2] or "", level=len(match[1]))
            in_table = False
        elif has_html and not in_table and (found := find_html_heading(lines, place - 1)):
            yield _Block(found.text, level=found.level)
            place = found.next_place
            if found.rest:
                yield _Block(found.rest)
        elif not _NO_PARAGRAPH.match(line):
            # It may turn out to be a heading when the next line underlines it.
            pending = line
        else:
            yield _Block(line)
    if pending is not None:
        yield _Block(pending)
