"""The structure of a passage: paragraphs, lists, tables and code, in order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from localstack.offline_model.text import sentences

type Kind = Literal["paragraph", "list", "verbatim"]

_HEADING = re.compile(r"^#{1,6}\s+(?P<text>.+?)\s*#*$")
_ITEM = re.compile(r"^\s*(?:[-*•+]|(?P<number>\d{1,3})[.)])\s+\S")
_MARKER = re.compile(r"^\s*(?:[-*•+]|\d{1,3}[.)])\s+")
_FENCE = re.compile(r"^\s*(```|~~~)")
_LEAD_MAX_LENGTH = 300


@dataclass(frozen=True)
class Block:
    """A part of a passage that makes sense on its own."""

    kind: Kind
    units: tuple[str, ...]
    """Its sentences, its items as written, or its whole text."""
    lead: str = ""
    """The line that introduces a list."""
    heading: str = ""
    """The heading it stands under."""
    ordered: bool = False
    """Whether its items are steps."""

    @property
    def length(self) -> int:
        """Characters of the whole block."""
        return len(self.lead) + sum(map(len, self.units))


def plain(unit: str) -> str:
    """Returns a unit's words without the marker of its list and without emphasis."""
    return re.sub(r"[*_`|]+", "", _MARKER.sub("", unit)).strip()


def parse(content: str) -> list[Block]:
    """Splits a passage's Markdown into blocks.

    Args:
        content: The passage.

    Returns:
        Its blocks in order; a paragraph that introduces a list belongs to the list.
    """
    blocks: list[Block] = []
    heading = ""
    for lines in _groups(content):
        if match := _HEADING.match(lines[0]):
            heading = plain(match["text"])
            continue
        block = _block(lines, heading)
        previous = blocks[-1] if blocks else None
        if block.kind != "paragraph" and previous is not None and _introduces(previous, block):
            blocks[-1] = Block(
                block.kind, block.units, " ".join(previous.units), heading, block.ordered
            )
        else:
            blocks.append(block)
    return blocks


def _introduces(previous: Block, block: Block) -> bool:
    return (
        previous.kind == "paragraph"
        and previous.heading == block.heading
        and not block.lead
        and previous.length <= _LEAD_MAX_LENGTH
        and (len(previous.units) == 1 or previous.units[-1].rstrip("*_ ").endswith(":"))
    )


def _groups(content: str) -> Iterator[list[str]]:
    """Yields the lines that belong together."""
    group: list[str] = []
    fenced = False
    for line in content.replace("\r\n", "\n").split("\n"):
        if _FENCE.match(line):
            if not fenced and group:
                yield group
                group = []
            group.append(line.rstrip())
            fenced = not fenced
            if not fenced:
                yield group
                group = []
        elif fenced:
            group.append(line.rstrip())
        elif not line.strip():
            if group:
                yield group
            group = []
        else:
            if group and _starts_anew(group, line):
                yield group
                group = []
            group.append(line.rstrip())
    if group:
        yield group


def _starts_anew(group: list[str], line: str) -> bool:
    if _HEADING.match(line) or _HEADING.match(group[0]):
        return True
    in_list, in_table = _ITEM.match(group[0]) is not None, group[0].lstrip().startswith("|")
    if in_table or line.lstrip().startswith("|"):
        return in_table != line.lstrip().startswith("|")
    if in_list:
        return _ITEM.match(line) is None and not line.startswith(" ")
    return _ITEM.match(line) is not None


def _block(lines: list[str], heading: str) -> Block:
    if _FENCE.match(lines[0]) or lines[0].lstrip().startswith("|"):
        return Block("verbatim", ("\n".join(lines),), heading=heading)
    if match := _ITEM.match(lines[0]):
        items: list[str] = []
        for line in lines:
            # Sub-items and continued lines stay with their item.
            if items and (line.startswith(("  ", "\t")) or not _ITEM.match(line)):
                items[-1] += "\n" + line
            else:
                items.append(line)
        return Block("list", tuple(items), heading=heading, ordered=match["number"] is not None)
    text = " ".join(line.strip() for line in lines)
    return Block("paragraph", tuple(sentences(text)), heading=heading)
