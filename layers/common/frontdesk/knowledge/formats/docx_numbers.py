"""Numbers of a Word document's lists, which go on counting after what stands between their items.

Word counts by the list that an item belongs to; the library that reads documents begins anew after
every paragraph. So an item says its number, in a bookmark that the library leaves where it is.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from frontdesk.knowledge.formats.docx_parts import Styles, child_of, name_of, value_of

NUMBER_MARK = "frontdesk-number-"
"""What the bookmark's name begins with; the number follows."""

_UNNUMBERED = frozenset(["bullet", "none"])


def say_numbers(root: Element, roots: Iterable[Element], styles: Styles) -> bool:
    """Marks the items of numbered lists that go on counting after something else.

    Args:
        root: A part of the document. It is changed.
        roots: All of its parts.
        styles: The document's styles.

    Returns:
        Whether it had such items.
    """
    if name_of(root) != "document":
        return False
    counting = _Counting(roots, styles)
    is_changed = False
    is_after_item = False
    for paragraph in root.iter():
        if name_of(paragraph) != "p":
            continue
        number = counting.number(child_of(paragraph, "pPr"))
        was_after_item, is_after_item = is_after_item, number is not None
        if number is not None and number > 1 and not was_after_item:
            namespace = paragraph.tag.rpartition("}")[0]
            name = {f"{namespace}}}name": f"{NUMBER_MARK}{number}"}
            paragraph.insert(1, Element(f"{namespace}}}bookmarkStart", name))
            is_changed = True
    return is_changed


class _Counting:
    """Counts as Word does."""

    def __init__(self, roots: Iterable[Element], styles: Styles) -> None:
        self._styles = styles
        self._lists: dict[str, _List] = {}
        self._levels: dict[str, dict[str, Element]] = {}
        self._level_of_style: dict[str, str] = {}
        self._of_style: dict[str, _Item] = {}
        self._counts: dict[str, dict[int, int]] = {}
        for root in roots:
            if name_of(root) == "numbering":
                self._read(root)

    def _read(self, root: Element) -> None:
        for abstract in _all(root, "abstractNum"):
            levels = {value_of(one, "ilvl"): one for one in _all(abstract, "lvl")}
            self._levels[value_of(abstract, "abstractNumId")] = levels
            for at, level in levels.items():
                if style := value_of(child_of(level, "pStyle")):
                    self._level_of_style[style] = at
        for number in _all(root, "num"):
            starts = {
                value_of(one, "ilvl"): value_of(child_of(one, "startOverride"))
                for one in _all(number, "lvlOverride")
            }
            abstract_id = value_of(child_of(number, "abstractNumId"))
            self._lists[value_of(number, "numId")] = _List(abstract_id, starts)

    def number(self, properties: Element | None) -> int | None:
        """Counts a paragraph; None where it is no item of a numbered list."""
        item = self._item(properties)
        counted = self._lists.get(item.of)
        if counted is None or not item.at.isdecimal():
            return None
        level = self._levels.get(counted.abstract_id, {}).get(item.at)
        counts = self._counts.setdefault(counted.abstract_id, {})
        at = int(item.at)
        # A list may begin anew what others of its kind have begun, once.
        if start := counted.starts.pop(item.at, ""):
            counts[at] = _whole(start, 1)
        elif at in counts:
            counts[at] += 1
        else:
            counts[at] = _whole(value_of(child_of(level, "start")), 1)
        for deeper in [one for one in counts if one > at]:
            del counts[deeper]
        is_numbered = value_of(child_of(level, "numFmt")) not in _UNNUMBERED
        return counts[at] if level is not None and is_numbered else None

    def _item(self, properties: Element | None) -> "_Item":
        style = self._styles.usual(child_of(properties, "pStyle"))
        if style not in self._of_style:
            usual = self._level_of_style.get(style, "0")
            said = (child_of(one, "pPr") for one in self._styles.based(style))
            found = (_item_of(one, usual) for one in said)
            self._of_style[style] = next((one for one in found if one.of), _Item("", usual))
        of_style = self._of_style[style]
        own = _item_of(properties, of_style.at)
        return own if own.of else of_style


class _List(NamedTuple):
    abstract_id: str
    starts: dict[str, str]


class _Item(NamedTuple):
    """The list that a paragraph belongs to, '' where to none, and its level in it."""

    of: str
    at: str


def _item_of(properties: Element | None, usual: str) -> _Item:
    numbering = child_of(properties, "numPr")
    at = value_of(child_of(numbering, "ilvl"))
    return _Item(value_of(child_of(numbering, "numId")), at or usual)


def _all(element: Element, name: str) -> Iterator[Element]:
    return (one for one in element if name_of(one) == name)


def _whole(written: str, otherwise: int) -> int:
    return int(written) if written.isdecimal() and len(written) < len("10000") else otherwise
