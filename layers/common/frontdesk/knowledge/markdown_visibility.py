"""Lines of Markdown as a reader of the page sees them: without comments and hidden HTML in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from frontdesk.knowledge.formats.style_sheet import HIDING

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_COMMENT_END = "-->"
_ATTRIBUTE = r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+))?"""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TAG = re.compile(rf"<([a-z][a-z0-9-]*)((?:\s+{_ATTRIBUTE})*)\s*(?P<ends>/?)>", re.IGNORECASE)
# A sign that stands for itself; a span of code, which shows what it holds; the beginning of a
# comment; that of a tag.
_MARK = re.compile(
    r"(?P<escaped>\\[!-/:-@\[-`{-~])|(?P<code>(?<!`)(`+)(?!`).*?(?<!`)\3(?!`))"
    r"|(?P<comment><!--)|<(?=[a-zA-Z])"
)
# Up to an empty line, such lines are HTML, in which a backslash is nothing but one. What may stand
# in a sentence too begins a paragraph.
_HTML_BLOCK = re.compile(
    r" {0,3}<(?:!--|/?(?!(?:a|abbr|b|cite|code|del|em|i|img|ins|kbd|mark|q|s|small|span|strong|sub"
    r"|sup|u)\b)[a-z])",
    re.IGNORECASE,
)
# Begins a paragraph that goes on in lines that are indented: of a list, or a footnote.
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)]|\[\^[^\]]+\]:)(?:[ \t]|$)")
_INDENTED = re.compile(r"(?: {4}| {0,3}\t)")
_QUOTES_AND_ITEMS = re.compile(r"(?:[\s>]|[-*+](?=\s)|\d+[.)](?=\s))*")
_ENDS_AT_ONCE = frozenset(["area", "br", "embed", "hr", "img", "input", "link", "meta", "source"])
_NO_TEXT = frozenset(["script", "style", "template"])
_INDENT_OF_CODE = 4


class _Blocks:
    """What kind of block the line that is being read belongs to.

    Attributes:
        is_html: Whether it is of a block of HTML.
    """

    def __init__(self) -> None:
        self.is_html = False
        self._is_code = False
        self._in_item = False
        self._is_after_gap = True

    def read(self, line: str) -> bool:
        """Reads the next line outside of fences, and tells whether it is indented code."""
        if not line.strip():
            self.is_html, self._is_after_gap = False, True
            return self._is_code
        if _ITEM.match(line):
            self._in_item = self._in_item or not _INDENTED.match(line) or not self._is_after_gap
        elif self._is_after_gap and not line.startswith(("  ", "\t")):
            self._in_item = False
        # Within a list it may be a paragraph of an item.
        may_begin = self._is_after_gap and not self._in_item
        self._is_code = _INDENTED.match(line) is not None and (self._is_code or may_begin)
        self._is_after_gap = False
        self.is_html = not self._is_code and (self.is_html or _HTML_BLOCK.match(line) is not None)
        return self._is_code


@dataclass(frozen=True, slots=True)
class _Hidden:
    """What hides the text that is being read.

    Attributes:
        name: Of the element; None for a comment.
        depth: How many elements of the name are open.
        is_in_paragraph: Whether an empty line ends it at the latest.
    """

    name: str | None = None
    depth: int = 1
    is_in_paragraph: bool = False


def seen_lines(text: str, *, has_html: bool) -> Iterator[tuple[str, bool]]:
    """Lists what a reader sees, and whether each line is code or the fence around it.

    What is never closed hides the rest, as browsers show it; but a comment that begins after words
    and is never closed is none.

    Args:
        text: Markdown, with line feeds only.
        has_html: Whether comments and tags in it are HTML.

    Yields:
        Each line that something is seen of, or that is empty, and whether it is code.
    """
    place = 0
    fence: str | None = None
    hidden: _Hidden | None = None
    blocks = _Blocks()
    last_comment_end = text.rfind(_COMMENT_END)
    while place <= len(text):
        written = text[place : _line_end(text, place)]
        if fence is None and hidden is not None and hidden.is_in_paragraph and not written.strip():
            hidden = None
        was_hidden = hidden
        is_indented = fence is None and blocks.read(written) and hidden is None
        is_code = fence is not None or is_indented
        # A fence within a comment is part of it, and one within hidden HTML shows no code either.
        is_fence = _FENCE.match(written) is not None and not _is_comment(hidden)
        if is_code or is_fence or not has_html:
            line = written
            place += len(written) + 1
        else:
            line, place, hidden = _read_line(
                text, place, hidden, in_html=blocks.is_html, last_comment_end=last_comment_end
            )
        if match := _FENCE.match(line):
            if fence is None:
                fence, is_code = match[1], True
            elif match[1].startswith(fence):
                fence = None
        if was_hidden is not None and (is_code or (hidden is not None and not line)):
            continue
        if line.strip() or line == written:
            # Not where only hidden text was; a line of spaces parts paragraphs.
            yield line, is_code


def _read_line(
    text: str, place: int, hidden: _Hidden | None, *, in_html: bool, last_comment_end: int
) -> tuple[str, int, _Hidden | None]:
    """Reads to the end of a line: what is seen of it, where the next begins, what hides that."""
    begin = place
    seen: list[str] = []
    is_after_words = False
    end = _line_end(text, place)
    while True:
        if place > end:
            # A tag went on in another line.
            end = _line_end(text, place)
        if hidden is not None:
            place, hidden = _read_hidden(text, place, end, hidden)
            if hidden is not None:
                break
            continue
        mark = _MARK.search(text, place, end)
        if mark is None:
            seen.append(text[place:end])
            break
        before = text[place : mark.start()]
        seen.append(before)
        is_after_words = is_after_words or not _QUOTES_AND_ITEMS.fullmatch(before)
        place = mark.end()
        indent = text[begin : min(mark.start(), begin + _INDENT_OF_CODE)]
        begins_block = len(indent) < _INDENT_OF_CODE and not indent.strip()
        if mark["escaped"] and in_html:
            place = mark.start() + 1
            seen.append("\\")
        elif mark["comment"] and (not is_after_words or place <= last_comment_end):
            hidden = _Hidden()
        elif (tag := _TAG.match(text, mark.start())) and _hides(tag, begins_block):
            place = tag.end()
            name = tag[1].lower()
            if not (tag["ends"] or name in _ENDS_AT_ONCE):
                hidden = _Hidden(name, is_in_paragraph=name == "p" or not begins_block)
        else:
            seen.append(mark[0])
    return "".join(seen), end + 1, hidden


def _read_hidden(text: str, place: int, end: int, hidden: _Hidden) -> tuple[int, _Hidden | None]:
    if hidden.name is None:
        found = text.find(_COMMENT_END, place, end)
        return (end, hidden) if found < 0 else (found + len(_COMMENT_END), None)
    depth = hidden.depth
    tags = re.compile(rf"<(/?){hidden.name}(?![\w-])[^<>]*>?", re.IGNORECASE)
    for tag in tags.finditer(text, place, end):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return tag.end(), None
    return end, replace(hidden, depth=depth)


def _hides(tag: re.Match[str], begins_block: bool) -> bool:
    """Tells whether a tag hides what is in it; scripts are no prose where they begin a line."""
    if tag[1].lower() in _NO_TEXT and begins_block:
        return True
    for attribute in _ATTRIBUTES.finditer(tag[2]):
        name, value = attribute[1].lower(), (attribute[2] or "").strip("\"'")
        # In braces it is for a program, which may show it.
        if name == "hidden" and not value.startswith("{"):
            return True
        if name == "aria-hidden" and value.lower() == "true":
            return True
        if name == "style" and HIDING.search(value):
            return True
    return False


def _is_comment(hidden: _Hidden | None) -> bool:
    return hidden is not None and hidden.name is None


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end
