"""Headings of Markdown: their words without Markdown, and those that are written as HTML."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

MAX_LINES = 12
"""Of a heading written as HTML, which pages of projects begin with: a logo, a name, a link."""

MAX_CHARACTERS = 1_000
"""Of a heading whose Markdown is read; what is longer was none, and takes long to read."""

_BEGIN = re.compile(r"[ \t]*<h([1-6])(?=[\s>])", re.IGNORECASE)
_ATTRIBUTES = r"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
# Elements that say how words look; others, such as <id>, may be words of the heading.
_TAG = re.compile(
    r"</?(?P<name>a|abbr|b|big|br|center|code|del|div|em|font|i|img|ins|kbd|mark|p|picture|q|s|small"
    rf"|source|span|strong|sub|sup|tt|u|wbr)(?![\w:@.-])(?P<attributes>{_ATTRIBUTES})>",
    re.IGNORECASE,
)
_ALT = re.compile(r"""\salt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_LITERAL = re.compile(r"(?<!`)(`+)(?!`)(?P<code>.+?)(?<!`)\1(?!`)|\\(?P<sign>[!-/:-@\[-`{-~])")
_KEPT = re.compile("\0(\\d+)\0")
_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])")
_ANCHOR = re.compile(r"\s*\{#[^}]*\}")
# Within a word an underscore is a letter of it; asterisks are signs wherever they stand.
_EMPHASIS = re.compile(
    r"(\*{1,3})(?=\S)([^*]+)(?<=\S)\1"
    r"|(?<!\w)(_{1,3})(?=[^\s_])(.+?)(?<=[^\s_])\3(?!\w)"
)
_MAX_NESTED = 4


@dataclass(frozen=True, slots=True)
class HtmlHeading:
    """A heading that is written as HTML.

    Attributes:
        level: How deep it is.
        text: What is in the element.
        rest: What stands behind it in its last line.
        next_place: The number of the line after it.
    """

    level: int
    text: str
    rest: str
    next_place: int


def find_html_heading(lines: Sequence[tuple[str, bool]], place: int) -> HtmlHeading | None:
    """Finds a heading written as HTML at the beginning of a line.

    Args:
        lines: All lines, and whether each is code.
        place: The number of the line that it would begin at.

    Returns:
        The heading; None where there is none, or it does not end soon.
    """
    begin = _BEGIN.match(lines[place][0])
    if begin is None:
        return None
    following = takewhile(lambda line: not line[1], lines[place : place + MAX_LINES])
    written = "\n".join(line for line, _ in following)
    element = re.compile(
        rf"[ \t]*<h{begin[1]}(?:\s{_ATTRIBUTES})?>(.*?)</h{begin[1]}\s*>([^\n]*)",
        re.IGNORECASE | re.DOTALL,
    )
    match = element.match(written)
    if match is None:
        return None
    return HtmlHeading(
        level=int(begin[1]),
        text=match[1],
        rest=match[2].strip(),
        next_place=place + match[0].count("\n") + 1,
    )


def plain(heading: str, *, has_html: bool) -> str:
    """Writes a heading without its Markdown, as its reader sees it.

    Args:
        heading: What stands in the heading.
        has_html: Whether tags in it are HTML.

    Returns:
        The words, in one line.
    """
    if len(heading) > MAX_CHARACTERS:
        return " ".join(heading.split())
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        code = match["code"] or ""
        is_padded = code.strip() and code[0] == code[-1] == " "
        kept.append(match["sign"] or (code[1:-1] if is_padded else code))
        return f"\0{len(kept) - 1}\0"

    text = _LITERAL.sub(keep, heading.replace("\0", ""))
    if has_html:
        text = html.unescape(_TAG.sub(_without_tag, text))
    for _ in range(_MAX_NESTED):
        # An image may be within a link, and emphasis within another one.
        before = text
        text = _LINK.sub(r"\1", text)
        text = _EMPHASIS.sub(lambda match: match[2] or match[4], text)
        if text == before:
            break
    text = _KEPT.sub(lambda match: kept[int(match[1])], _ANCHOR.sub("", text))
    return " ".join(text.split())


def _without_tag(tag: re.Match[str]) -> str:
    name = tag["name"].lower()
    if name == "img" and (alt := _ALT.search(tag["attributes"])):
        return alt[1] or alt[2] or ""
    if name == "sup" and not tag[0].startswith("</"):
        # So that 10<sup>6</sup> is not read as 106.
        return "^"
    return " " if name == "br" else ""
