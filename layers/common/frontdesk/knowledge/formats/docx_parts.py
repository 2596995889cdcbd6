"""The XML of a Word document: its parts, its styles, and what its elements say."""

from collections.abc import Iterable, Iterator, Mapping
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

OFF = frozenset(["0", "false", "off"])
"""What switches a property off that is said."""


def parsed(parts: Mapping[str, bytes]) -> Iterator[tuple[str, Element]]:
    """Reads the parts that are XML.

    Args:
        parts: The archive's files by their names.

    Yields:
        A name, and the outermost element.
    """
    for name, content in parts.items():
        if name.endswith(".xml"):
            try:
                # Expat itself refuses entities that unfold into very much.
                yield name, ET.fromstring(content)  # noqa: S314
            except ET.ParseError:
                # Who needs it will say so.
                continue


def child_of(element: Element | None, name: str) -> Element | None:
    """Finds the first child of a name, whatever namespace it is in."""
    return None if element is None else next((one for one in element if name_of(one) == name), None)


def properties_of(element: Element | None) -> dict[str, Element]:
    """Lists an element's children by their names."""
    return {} if element is None else {name_of(child): child for child in element}


def name_of(element: Element) -> str:
    """Names an element, without its namespace: there are two of Word's."""
    return str(element.tag).rpartition("}")[2]


def value_of(element: Element | None, attribute: str = "val") -> str:
    """Returns what an attribute says; '' where there is none."""
    given = {} if element is None else element.attrib
    return next((given[name] for name in given if name.rpartition("}")[2] == attribute), "")


class Styles:
    """The document's styles, each with those that it is based on."""

    def __init__(self, roots: Iterable[Element]) -> None:
        self._styles: dict[str, Element] = {}
        self._said: dict[str, dict[str, Element]] = {}
        self._of_all: dict[str, Element] = {}
        self._default = ""
        for root in roots:
            for properties in root.findall("{*}docDefaults/{*}rPrDefault/{*}rPr"):
                self._of_all |= properties_of(properties)
            for style in root.findall("{*}style"):
                name = value_of(style, "styleId")
                self._styles[name] = style
                is_default = value_of(style, "default") not in {"", *OFF}
                if is_default and value_of(style, "type") == "paragraph":
                    self._default = name

    def usual(self, reference: Element | None) -> str:
        """Names the style of a paragraph, which has the usual one where it refers to none."""
        return value_of(reference) or self._default

    def of_paragraph(self, name: str) -> dict[str, Element]:
        """Lists what a paragraph's style says of letters, by the property's name."""
        return self._of_all | self.of_letters(name)

    def of_letters(self, name: str) -> dict[str, Element]:
        """Lists what a style says of letters, by the property's name."""
        if name not in self._said:
            said: dict[str, Element] = {}
            for style in self.based(name):
                said = properties_of(style.find("{*}rPr")) | said
            self._said[name] = said
        return self._said[name]

    def based(self, name: str) -> Iterator[Element]:
        """Lists a style, and those that it is based on."""
        passed = set()
        while name in self._styles and name not in passed:
            passed.add(name)
            yield self._styles[name]
            name = value_of(self._styles[name].find("{*}basedOn"))
