"""Text of a Word document that nobody sees: hidden, white on white, or too small to be read.

Word says so in a run of letters or in a style that the run, its paragraph or all of them have.
White letters may stand on a dark cell, paragraph or shape: where something may be behind them that
is not known, they are taken for seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

PALE = 240
"""Of 255; darker letters are seen on white, and lighter paper is as good as white."""

LEAST_LEGIBLE = 4
"""Halves of a point; what is set smaller was not written for people."""

_ILLEGIBLE = frozenset(map(str, range(LEAST_LEGIBLE)))
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
    """Where a run stands.

    Attributes:
        is_paper: Whether nothing but white is behind it.
        said: What its paragraph's style, and the document, say of letters, by the property's name.
    """

    is_paper: bool
    said: Mapping[str, Element] = field(default_factory=dict)


class _Styles:
    """The document's styles, each with those that it is based on."""

    def __init__(self, roots: Iterable[Element]) -> None:
        self._styles: dict[str, Element] = {}
        self._said: dict[str, dict[str, Element]] = {}
        self._of_all: dict[str, Element] = {}
        self._default = ""
        for root in roots:
            for properties in root.findall("{*}docDefaults/{*}rPrDefault/{*}rPr"):
                self._of_all |= _children(properties)
            for style in root.findall("{*}style"):
                name = _value(style, "styleId")
                self._styles[name] = style
                is_default = _value(style, "default") not in {"", *_OFF}
                if is_default and _value(style, "type") == "paragraph":
                    self._default = name

    def usual(self, reference: Element | None) -> str:
        """Names the style of a paragraph, which has the usual one where it refers to none."""
        return _value(reference) or self._default

    def of_paragraph(self, name: str) -> dict[str, Element]:
        """Lists what a paragraph's style says of letters, by the property's name."""
        return self._of_all | self.of_letters(name)

    def of_letters(self, name: str) -> dict[str, Element]:
        """Lists what a style says of letters, by the property's name."""
        if name not in self._said:
            said: dict[str, Element] = {}
            for style in self.based(name):
                said = _children(style.find("{*}rPr")) | said
            self._said[name] = said
        return self._said[name]

    def based(self, name: str) -> Iterator[Element]:
        """Lists a style, and those that it is based on."""
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
                own = _children(_child(element, "pPr"))
                style = self._styles.usual(own.get("pStyle"))
                shades = [own.get("shd")]
                shades += [one.find("{*}pPr/{*}shd") for one in self._styles.based(style)]
                return _Place(
                    _is_on_paper(shades, place.is_paper), self._styles.of_paragraph(style)
                )
            case "tc":
                shade = _children(_child(element, "tcPr")).get("shd")
                return replace(place, is_paper=_is_on_paper([shade], place.is_paper))
            case "tbl":
                styles = self._styles.based(_value(element.find("{*}tblPr/{*}tblStyle")))
                shades = [shade for style in styles for shade in style.iterfind(".//{*}shd")]
                return replace(place, is_paper=place.is_paper and not shades)
            case "txbxContent":
                return replace(place, is_paper=False)
        return place

    def _is_unseen(self, run: Element, place: _Place) -> bool:
        own = _children(_child(run, "rPr"))
        said = {**place.said, **self._styles.of_letters(_value(own.get("rStyle"))), **own}
        if "vanish" in said and _value(said["vanish"]) not in _OFF:
            return True
        if _value(said.get("sz")) in _ILLEGIBLE:
            return True
        is_marked = _value(said.get("highlight")) not in {"", "none", "white"}
        is_white = _is_pale(_value(said.get("color")), auto=False)
        return is_white and not is_marked and _is_on_paper([said.get("shd")], place.is_paper)


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


def _child(element: Element, name: str) -> Element | None:
    return next((child for child in element if _name(child) == name), None)


def _children(element: Element | None) -> dict[str, Element]:
    return {} if element is None else {_name(child): child for child in element}


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _value(element: Element | None, attribute: str = "val") -> str:
    given = {} if element is None else element.attrib
    return next((given[name] for name in given if name.rpartition("}")[2] == attribute), "")
