"""HTML, made into Markdown of what a reader of the page sees."""

import contextlib
import html as entities
import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.knowledge import front_matter, language, markdown
from frontdesk.knowledge.decoding import clean
from frontdesk.knowledge.encodings import guess_encoding
from frontdesk.knowledge.extracted import Extracted, Limits, require_at_most
from frontdesk.knowledge.formats.page_parts import (
    keep_controls_that_are_text,
    keep_title_in_margin,
    leave_out_side_columns,
)
from frontdesk.knowledge.formats.raised import lowered, raised
from frontdesk.knowledge.formats.style_sheet import HIDING, hidden_for_good

_NOT_TEXT = [
    "audio",
    "canvas",
    "dialog",
    "embed",
    "frame",
    "frameset",
    "head",
    "iframe",
    "math",
    "noscript",
    "object",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "title",
    "video",
]
_NAVIGATION = ["nav"]
# A page's own header and footer; those inside an article hold its title and its date.
_MARGINS = ["header", "footer"]
_CONTENT = ["article", "main", "section"]
_ROLES_LEFT_OUT = frozenset(
    ["alertdialog", "banner", "contentinfo", "dialog", "menu", "menubar", "navigation", "search"]
)
MAX_SPAN_DIGITS = 5
"""As many as browsers read; the number of rows or columns that a cell covers."""

MAX_COVERED = 10_000
"""Places that a table's merged cells cover; to say the cells in more of them would be a way to fill
the memory."""

# Pages declare the standard and are written in what Windows made of it.
_AS_BROWSERS_READ = {
    "ascii": "cp1252",
    "big5-hkscs": "big5hkscs",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "iso-8859-9": "cp1254",
    "ks_c_5601-1987": "cp949",
    "latin1": "cp1252",
    "macintosh": "mac_roman",
    "shift-jis": "cp932",
    "shift_jis": "cp932",
    "tis-620": "cp874",
    "us-ascii": "cp1252",
    "utf-16": "utf-8",
    "windows-874": "cp874",
    "x-sjis": "cp932",
}
# Unescaped text of XHTML, which is also how Confluence stores code; browsers take it for a comment.
_UNESCAPED = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
_NO_PAGE_OF_ITS_OWN = ["blockquote", "dd", "figure", "li", "td", "th"]
MAX_BOLD_HEADING_CHARACTERS = 100
STRINGS_BESIDE = 3
"""How many pieces of text before and after raised letters tell what they are."""

CHARACTERS_BESIDE = 40
_OFF_THE_LINE = 'sup, sub, [style*="vertical-align" i]'
_VERTICAL = re.compile(r"vertical-align\s*:\s*(super|sub)\b", re.IGNORECASE)
_BLOCK = re.compile(
    r"address|article|aside|blockquote|body|caption|d[dlt]|details|div|fieldset|figcaption|figure"
    r"|footer|form|h[1-6r]|header|li|main|[ou]l|p|pre|section|summary|table|t(?:body|foot|head)|t[dhr]"
)
_NOTES = re.compile(r"note|fn|cite|\bref|reference", re.IGNORECASE)
_LINK = re.compile(r"\s*(?:https?|mailto):", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")


def read_html(data: bytes, limits: Limits) -> Extracted:
    """Reads a web page: its text, without navigation, scripts and what it hides.

    Args:
        data: The file's bytes, in the encoding that they declare or show.
        limits: How much of it is read.

    Returns:
        Its text as Markdown, and its language where it says so.

    Raises:
        UnreadableDocumentError: It is too large, or nested too deeply.
    """
    require_at_most(len(data), limits.text_bytes, "bytes of HTML")
    fields, html = front_matter.parse(_decode(data).replace("\r\n", "\n"))
    extracted = html_to_extracted(html)
    return replace(extracted, fields={**extracted.fields, **fields})


def html_to_extracted(html: str) -> Extracted:
    """Makes Markdown of HTML.

    Args:
        html: The HTML.

    Returns:
        Its text, sections and heading.

    Raises:
        UnreadableDocumentError: It is nested too deeply.
    """
    page = _Page(html)
    try:
        title, code = page.title, page.language
        page.leave_out_what_is_not_seen()
        page.straighten()
        text = page.to_markdown()
    except RecursionError:
        raise UnreadableDocumentError("the page is nested too deeply") from None
    return Extracted(
        text=text,
        sections=markdown.sections(text, has_html=False),
        heading=markdown.first_heading(text, has_html=False) or title,
        fields={"language": code} if code is not None else {},
    )


class _Page:
    """A parsed page."""

    def __init__(self, html: str) -> None:
        # Imported here because each reader's libraries are loaded where they are used.
        from bs4 import BeautifulSoup
        from selectolax.lexbor import LexborHTMLParser

        html = _UNESCAPED.sub(lambda match: entities.escape(match[1]), html)
        # First as browsers do it, who know which end tags are left out; Python's parser does not.
        well_formed = LexborHTMLParser(html).html or ""
        try:
            self._soup = BeautifulSoup(well_formed, "html.parser")
        except RecursionError:
            raise UnreadableDocumentError("the page is nested too deeply") from None

    @property
    def title(self) -> str | None:
        found = self._soup.title
        return None if found is None else clean(" ".join(found.get_text().split())) or None

    @property
    def language(self) -> str | None:
        """The page's language, where it declares one that words can be stemmed in."""
        root = self._soup.find("html")
        code = None if root is None else root.get("lang")
        return code if isinstance(code, str) and language.from_code(code) else None

    def leave_out_what_is_not_seen(self) -> None:
        from bs4 import Comment

        hidden = self._hidden_by_style_sheet()
        for comment in self._soup.find_all(string=lambda text: isinstance(text, Comment)):
            comment.extract()
        title = self.title
        for tag in self._soup.find_all([*_NOT_TEXT, *_NAVIGATION]):
            tag.extract()
        keep_title_in_margin(self._soup, title)
        leave_out_side_columns(self._soup)
        for tag in self._soup.find_all(_MARGINS):
            if tag.find_parent(_CONTENT) is None:
                tag.extract()
        for tag in self._soup.find_all(lambda tag: _is_hidden(tag, hidden)):
            tag.extract()
        keep_controls_that_are_text(self._soup)
        self._leave_out_what_surrounds_the_content()
        for image in self._soup.find_all("img"):
            image.replace_with(str(image.get("alt") or ""))
        for anchor in self._soup.select(", ".join(f"{name} a" for name in _HEADINGS)):
            # A sign beside a heading, for people who want to link to it.
            if not re.search(r"\w", anchor.get_text()):
                anchor.extract()

    def _leave_out_what_surrounds_the_content(self) -> None:
        """Keeps a page's main part alone, where it has one that says most of it."""
        [main, *others] = self._soup.select("main, [role=main]") or [None]
        if main is None or others:
            return
        if 2 * len(main.get_text()) >= len(self._soup.get_text()):
            for tag in self._soup.find_all("body"):
                tag.replace_with(main.extract())

    def _hidden_by_style_sheet(self) -> frozenset[str]:
        if self._soup.select_one("script[src]"):
            # Nobody knows what it shows.
            return frozenset()
        sheet = "\n".join(style.get_text() for style in self._soup.find_all("style"))
        return hidden_for_good(sheet, scripts="\n".join(self._scripts())) if sheet else frozenset()

    def _scripts(self) -> Iterator[str]:
        for script in self._soup.find_all("script"):
            yield script.get_text()
        for tag in self._soup.find_all(True):
            yield from (str(value) for name, value in tag.attrs.items() if name.startswith("on"))

    def straighten(self) -> None:
        """Writes plainly what Markdown has no words for, or what was only made to look like it."""
        for table in reversed(self._soup.select("td table, th table")):
            rows = (row.find_all(["td", "th"]) for row in table.find_all("tr"))
            told = (", ".join(" ".join(cell.get_text(" ").split()) for cell in row) for row in rows)
            table.replace_with(" " + "; ".join(filter(None, told)))
        for table in self._soup.find_all("table"):
            merged = table.select("[colspan], [rowspan]")
            covered = sum(_span(cell, "colspan") * _span(cell, "rowspan") for cell in merged)
            if covered > MAX_COVERED:
                for cell in merged:
                    cell.attrs = {}
            elif merged:
                _part_merged_cells(table.find_all("tr"))
        self._write_in_the_line()
        for link in self._soup.find_all("a"):
            if not _LINK.match(str(link.get("href") or "")):
                link.unwrap()
        level = 0
        for block in self._soup.find_all([*_HEADINGS, "p"]):
            if block.name != "p":
                level = int(block.name[1])
            elif _is_bold_heading(block):
                block.name = f"h{min(level + 1, len(_HEADINGS))}"

    def _write_in_the_line(self) -> None:
        """Writes in the line what stands above or below it: numbers must not run into others."""
        for tag in self._soup.select(_OFF_THE_LINE):
            styled = _VERTICAL.search(str(tag.get("style", "")))
            is_within_written = tag.parent is None
            if is_within_written or (tag.name not in ("sup", "sub") and styled is None):
                continue
            is_raised = styled[1].lower() == "super" if styled else tag.name == "sup"
            last = next(reversed(list(tag.descendants)), tag)
            before = _beside(tag, tag.find_all_previous(string=True, limit=STRINGS_BESIDE))
            after = _beside(tag, last.find_all_next(string=True, limit=STRINGS_BESIDE))
            line = "".join(reversed(before))[-CHARACTERS_BESIDE:]
            rest = "".join(after)[:CHARACTERS_BESIDE]
            text = tag.get_text()
            if is_raised:
                written = raised(line, text, rest, is_mark=_refers_to_note(tag))
            else:
                written = lowered(line, text, rest)
            if written != text:
                tag.name, tag.string = "span", written

    def to_markdown(self) -> str:
        from markdownify import MarkdownConverter

        converter = MarkdownConverter(
            heading_style="ATX",
            bullets="-",
            table_infer_header=True,
            # What is written is searched and quoted; backslashes would be in the way.
            escape_asterisks=False,
            escape_underscores=False,
        )
        text = clean(str(converter.convert_soup(self._soup)))
        lines = (line.rstrip() for line in text.split("\n"))
        return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _decode(data: bytes) -> str:
    from bs4.dammit import EncodingDetector

    unmarked, marked = EncodingDetector.strip_byte_order_mark(data)
    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    for name in (marked, declared and _AS_BROWSERS_READ.get(declared, declared), "utf-8"):
        # Names that Python does not know are as good as none; wrong ones do not fit.
        with contextlib.suppress(LookupError, UnicodeError):
            if name:
                return unmarked.decode(name)
    return unmarked.decode(guess_encoding(unmarked), "replace")


def _is_bold_heading(paragraph: Any) -> bool:
    """Tells whether a paragraph is all bold and names what follows, as in pages made in a hurry."""
    text = paragraph.get_text().strip()
    bold = "".join(tag.get_text() for tag in paragraph.find_all(["b", "strong"], recursive=False))
    follower = paragraph.find_next_sibling()
    return (
        0 < len(text) <= MAX_BOLD_HEADING_CHARACTERS
        and bold.strip() == text
        and not text.endswith((".", ",", ";", "!"))
        and follower is not None
        and paragraph.find_parent(_NO_PAGE_OF_ITS_OWN) is None
    )


def _beside(tag: Any, strings: Sequence[Any]) -> list[str]:
    """Lists the pieces of text next to a tag that are in the same block, the nearest first."""
    block = _block_of(tag)
    found: list[str] = []
    for string in strings:
        if _block_of(string) is not block:
            break
        found.append(str(string))
    return found


def _block_of(node: Any) -> Any:
    return next((parent for parent in node.parents if _BLOCK.fullmatch(parent.name)), None)


def _refers_to_note(tag: Any) -> bool:
    """Tells whether raised letters are known to be the mark of a note, by a link or a name."""
    near = [tag, *tag.find_all(True), *([tag.parent] if tag.parent.name == "a" else [])]
    for one in near:
        if str(one.get("href", "")).startswith("#"):
            return True
        names = [*one.get("class", ()), str(one.get("id", "")), str(one.get("role", ""))]
        if any(_NOTES.search(name) for name in names):
            return True
    return False


def _part_merged_cells(rows: Sequence[Any]) -> None:
    """Says a merged cell in each place that it covers: Markdown knows single cells only."""
    covered: dict[int, tuple[Any, int]] = {}
    for row in rows:
        cells = row.find_all(["td", "th"], recursive=False)
        is_one_cell = len(cells) == 1 and not covered
        placed: list[Any] = []
        waiting = deque(cells)
        while waiting or len(placed) in covered:
            column = len(placed)
            if column in covered:
                cell, rows_left = covered.pop(column)
                width = 1
            else:
                cell = waiting.popleft()
                width, rows_left = _span(cell, "colspan"), _span(cell, "rowspan")
                cell.attrs = {}
                if is_one_cell:
                    # A heading within the table.
                    width = 1
            for _ in range(width):
                if rows_left > 1:
                    covered[len(placed)] = (cell, rows_left - 1)
                placed.append(copy(cell))
        row.clear()
        row.extend(placed)


def _span(cell: Any, name: str) -> int:
    written = str(cell.get(name, "1")).strip()
    return max(1, int(written[:MAX_SPAN_DIGITS])) if written.isdecimal() else 1


def _is_hidden(tag: Any, by_style_sheet: Collection[str]) -> bool:
    attributes = tag.attrs
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    if str(attributes.get("role", "")).lower() in _ROLES_LEFT_OUT:
        return True
    names = [f".{name}" for name in attributes.get("class", ())]
    names += [f"#{attributes['id']}"] if "id" in attributes else []
    if any(name in by_style_sheet or f"{tag.name}{name}" in by_style_sheet for name in names):
        return True
    return HIDING.search(str(attributes.get("style", ""))) is not None
