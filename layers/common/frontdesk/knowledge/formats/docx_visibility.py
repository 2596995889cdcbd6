"""Text of a Word document that nobody sees: hidden, white on white, or too small to be read.

Word says so in a run of letters or in a style that the run, its paragraph or all of them have.
White letters may stand on a dark cell, paragraph or shape: where something may be behind them that
is not known, they are taken for seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

PALE = 240
"""Of 255; darker letters are seen on white, and lighter paper is as good as white."""

LEAST_LEGIBLE = 4
"""Halves of a point; what is set smaller was not written for people."""

_OFF = frozenset(["0", "false", "off"])
# What a run holds that is no text, and that others need.
_KEPT = frozenset(["rPr", "fldChar", "instrText"])


def without_unseen_text(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Empties the runs of a Word document that nobody sees.

    Args:
        parts: The archive's files by their names.

    Returns:
        The same files; those that had such runs written anew.
    """
    roots = dict(_parsed(parts))
    styles = _Styles(root for root in roots.values() if _name(root) == "styles")
    is_paper = all(_is_pale(_value(root.find("{*}background"), "color")) for root in roots.values())
    kept = dict(parts)
    for name, root in roots.items():
        if _name(root) != "styles" and _Reader(styles).empty_unseen(root, _Place(is_paper)):
            kept[name] = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return kept


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a run stands: whether nothing but white is behind it, and what its paragraph says."""

    is_paper: bool
    properties: tuple[Element, ...] = ()


class _Styles:
    """The document's styles, each with those that it is based on."""

    def __init__(self, roots: Iterable[Element]) -> None:
        self._styles: dict[str, Element] = {}
        self._default: str | None = None
        self._of_all: list[Element] = []
        for root in roots:
            self._of_all += root.findall("{*}docDefaults/{*}rPrDefault/{*}rPr")
            for style in root.findall("{*}style"):
                name = _value(style, "styleId")
                self._styles[name] = style
                is_default = _value(style, "default") not in {"", *_OFF}
                if is_default and _value(style, "type") == "paragraph":
                    self._default = name

    def named(self, reference: Element | None) -> Iterator[Element]:
        """Lists the style that is referred to, and those below it."""
        return self._based(_value(reference))

    def of_paragraph(self, reference: Element | None) -> list[Element]:
        """Lists the styles of a paragraph, which has the usual one where it names none."""
        return list(self._based(_value(reference) or self._default or ""))

    @property
    def of_all(self) -> list[Element]:
        """What holds for all letters."""
        return self._of_all

    def _based(self, name: str) -> Iterator[Element]:
        passed = set()
        while name in self._styles and name not in passed:
            passed.add(name)
            yield self._styles[name]
            name = _value(self._styles[name].find("{*}basedOn"))


class _Reader:
    """Goes through a part of a document."""

    def __init__(self, styles: _Styles) -> None:
        self._styles = styles

    def empty_unseen(self, element: Element, place: _Place) -> bool:
        """Empties the unseen runs below an element, and tells whether there were any."""
        if _name(element) == "r" and self._is_unseen(element, place):
            texts = [child for child in element if _name(child) not in _KEPT]
            for child in texts:
                element.remove(child)
            return bool(texts)
        place = self._at(element, place)
        return sum([self.empty_unseen(child, place) for child in element]) > 0

    def _at(self, element: Element, place: _Place) -> _Place:
        match _name(element):
            case "p":
                styles = self._styles.of_paragraph(element.find("{*}pPr/{*}pStyle"))
                found = [
                    element.find("{*}pPr/{*}shd"),
                    *(one.find("{*}pPr/{*}shd") for one in styles),
                ]
                properties = (one.find("{*}rPr") for one in styles)
                return _Place(
                    _is_on_paper(found, place.is_paper),
                    tuple(one for one in properties if one is not None),
                )
            case "tc":
                return replace(
                    place, is_paper=_is_on_paper([element.find("{*}tcPr/{*}shd")], place.is_paper)
                )
            case "tbl":
                tables = self._styles.named(element.find("{*}tblPr/{*}tblStyle"))
                found = [shade for style in tables for shade in style.iterfind(".//{*}shd")]
                return replace(place, is_paper=place.is_paper and not found)
            case "txbxContent":
                return replace(place, is_paper=False)
        return place

    def _is_unseen(self, run: Element, place: _Place) -> bool:
        own = run.find("{*}rPr")
        styles = self._styles.named(None if own is None else own.find("{*}rStyle"))
        of_style = (style.find("{*}rPr") for style in styles)
        properties = [
            one
            for one in (own, *of_style, *place.properties, *self._styles.of_all)
            if one is not None
        ]

        def all_of(name: str) -> list[Element]:
            return [found for one in properties if (found := one.find(f"{{*}}{name}")) is not None]

        if any(_value(found) not in _OFF for found in all_of("vanish")[:1]):
            return True
        if any(_value(found) in map(str, range(LEAST_LEGIBLE)) for found in all_of("sz")[:1]):
            return True
        marked = any(_value(found) not in {"none", "white"} for found in all_of("highlight")[:1])
        is_white = any(_is_pale(_value(found), auto=False) for found in all_of("color")[:1])
        return is_white and not marked and _is_on_paper(all_of("shd"), place.is_paper)


def _parsed(parts: Mapping[str, bytes]) -> Iterator[tuple[str, Element]]:
    for name, content in parts.items():
        if name.endswith(".xml"):
            try:
                # Expat itself refuses entities that unfold into very much.
                yield name, ET.fromstring(content)  # noqa: S314
            except ET.ParseError:
                # Who needs it will say so.
                continue


def _is_on_paper(shades: Iterable[Element | None], otherwise: bool) -> bool:
    """Tells whether white is behind something: by the nearest shade, if there is any."""
    for shade in shades:
        if shade is not None:
            is_plain = _value(shade) in {"", "clear", "nil"}
            fill = _value(shade, "fill")
            return is_plain and (otherwise if fill in {"", "auto"} else _is_pale(fill))
    return otherwise


def _is_pale(colour: str, *, auto: bool = True) -> bool:
    try:
        return min(bytes.fromhex(colour)) >= PALE
    except ValueError:
        # No colour, or 'auto'.
        return auto


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _value(element: Element | None, attribute: str = "val") -> str:
    given = {} if element is None else element.attrib
    return next((given[name] for name in given if name.rpartition("}")[2] == attribute), "")
