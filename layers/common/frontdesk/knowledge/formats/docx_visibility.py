"""Text of a Word document that nobody sees: hidden, white on white, or too small to be read.

Word says so in a run of letters or in a style that the run, its paragraph or all of them have.
White letters may stand on a dark cell, paragraph or shape: where something may be behind them that
is not known, they are taken for seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from frontdesk.knowledge.formats.docx_parts import (
    OFF,
    Styles,
    child_of,
    name_of,
    properties_of,
    value_of,
)

PALE = 240
"""Of 255; darker letters are seen on white, and lighter paper is as good as white."""

LEAST_LEGIBLE = 4
"""Halves of a point; what is set smaller was not written for people."""

_ILLEGIBLE = frozenset(map(str, range(LEAST_LEGIBLE)))
# What a run holds that is no text, and that others need.
_KEPT = frozenset(["rPr", "fldChar", "instrText"])


def empty_unseen_text(roots: Mapping[str, Element], styles: Styles) -> set[str]:
    """Empties the runs of a Word document that nobody sees.

    Args:
        roots: Its parts by their names. They are changed.
        styles: Its styles.

    Returns:
        The names of the parts that had such runs.
    """
    is_paper = all(
        _is_pale(value_of(root.find("{*}background"), "color")) for root in roots.values()
    )
    return {
        name
        for name, root in roots.items()
        if name_of(root) != "styles" and _Reader(styles).empty_unseen(root, _Place(is_paper))
    }


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a run stands.

    Attributes:
        is_paper: Whether nothing but white is behind it.
        said: What its paragraph's style, and the document, say of letters, by the property's name.
    """

    is_paper: bool
    said: Mapping[str, Element] = field(default_factory=dict)


class _Reader:
    """Goes through a part of a document."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles

    def empty_unseen(self, element: Element, place: _Place) -> bool:
        """Empties the unseen runs below an element, and tells whether there were any."""
        if name_of(element) == "r" and self._is_unseen(element, place):
            texts = [child for child in element if name_of(child) not in _KEPT]
            for child in texts:
                element.remove(child)
            return bool(texts)
        place = self._at(element, place)
        return sum([self.empty_unseen(child, place) for child in element]) > 0

    def _at(self, element: Element, place: _Place) -> _Place:
        match name_of(element):
            case "p":
                own = properties_of(child_of(element, "pPr"))
                style = self._styles.usual(own.get("pStyle"))
                shades = [own.get("shd")]
                shades += [one.find("{*}pPr/{*}shd") for one in self._styles.based(style)]
                return _Place(
                    _is_on_paper(shades, place.is_paper), self._styles.of_paragraph(style)
                )
            case "tc":
                shade = properties_of(child_of(element, "tcPr")).get("shd")
                return replace(place, is_paper=_is_on_paper([shade], place.is_paper))
            case "tbl":
                styles = self._styles.based(value_of(element.find("{*}tblPr/{*}tblStyle")))
                shades = [shade for style in styles for shade in style.iterfind(".//{*}shd")]
                return replace(place, is_paper=place.is_paper and not shades)
            case "txbxContent":
                return replace(place, is_paper=False)
        return place

    def _is_unseen(self, run: Element, place: _Place) -> bool:
        # A formula's has properties of its own before those of its letters.
        own = {
            name: one
            for of in run
            if name_of(of) == "rPr"
            for name, one in properties_of(of).items()
        }
        said = {**place.said, **self._styles.of_letters(value_of(own.get("rStyle"))), **own}
        if "vanish" in said and value_of(said["vanish"]) not in OFF:
            return True
        if value_of(said.get("sz")) in _ILLEGIBLE:
            return True
        is_marked = value_of(said.get("highlight")) not in {"", "none", "white"}
        is_white = _is_pale(value_of(said.get("color")), auto=False)
        return is_white and not is_marked and _is_on_paper([said.get("shd")], place.is_paper)


def _is_on_paper(shades: Iterable[Element | None], otherwise: bool) -> bool:
    """Tells whether white is behind something: by the nearest shade, if there is any."""
    for shade in shades:
        if shade is not None:
            is_plain = value_of(shade) in {"", "clear", "nil"}
            fill = value_of(shade, "fill")
            return is_plain and (otherwise if fill in {"", "auto"} else _is_pale(fill))
    return otherwise


def _is_pale(colour: str, *, auto: bool = True) -> bool:
    try:
        return min(bytes.fromhex(colour)) >= PALE
    except ValueError:
        # No colour, or 'auto'.
        return auto
