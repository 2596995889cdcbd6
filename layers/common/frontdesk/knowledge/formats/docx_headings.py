"""Headings of a Word document by their level in its outline, whatever their style is called."""

import re
from xml.etree.ElementTree import Element, SubElement

from frontdesk.knowledge.formats.docx_parts import Styles, child_of, name_of, value_of

MAX_HEADING_CHARACTERS = 200
"""A longer paragraph is put in the outline so as to be found there, and is text."""

MAX_LEVELS = 6
OUTLINE_LEVELS = 9
"""In Word's outline; the one below is the text."""

_NAMED = re.compile(r"heading ([1-9])", re.IGNORECASE)
# What the reader knows itself, as a title or as what says the headings once more.
_KNOWN = re.compile(r"(?:sub)?title|toc .*|heading [1-6]", re.IGNORECASE)


def say_headings(root: Element, styles: Styles) -> bool:
    """Gives paragraphs of the outline the style that every reader knows for a heading.

    Args:
        root: A part of the document. It is changed.
        styles: The document's styles.

    Returns:
        Whether it had such paragraphs.
    """
    if name_of(root) != "document":
        return False
    in_cells = {id(one) for cell in root.iter() if name_of(cell) == "tc" for one in cell.iter()}
    levels: dict[str, tuple[int | None, bool]] = {}
    is_changed = False
    for paragraph in root.iter():
        if name_of(paragraph) != "p" or id(paragraph) in in_cells:
            continue
        properties = child_of(paragraph, "pPr")
        if properties is None:
            continue
        reference = child_of(properties, "pStyle")
        name = styles.usual(reference)
        if name not in levels:
            levels[name] = _level_of_style(name, styles)
        level, is_known = levels[name]
        if is_known:
            continue
        if said := value_of(child_of(properties, "outlineLvl")):
            level = _level(said)
        if level is None or _length(paragraph) > MAX_HEADING_CHARACTERS:
            continue
        namespace = paragraph.tag.rpartition("}")[0]
        if reference is None:
            reference = SubElement(properties, f"{namespace}}}pStyle")
        reference.attrib = {f"{namespace}}}val": f"Heading{min(level + 1, MAX_LEVELS)}"}
        is_changed = True
    return is_changed


def _level_of_style(style: str, styles: Styles) -> tuple[int | None, bool]:
    """Returns a style's level in the outline, None for text, and whether the reader knows it."""
    based = list(styles.based(style))
    is_known = any(_KNOWN.fullmatch(_name(one)) for one in based[:1])
    for one in based:
        if level := value_of(child_of(child_of(one, "pPr"), "outlineLvl")):
            return _level(level), is_known
        if named := _NAMED.fullmatch(_name(one)):
            return int(named[1]) - 1, is_known
    return None, is_known


def _level(said: str) -> int | None:
    return int(said) if said in map(str, range(OUTLINE_LEVELS)) else None


def _name(style: Element) -> str:
    return value_of(child_of(style, "name"))


def _length(paragraph: Element) -> int:
    return sum(len(one.text or "") for one in paragraph.iter() if name_of(one) == "t")
