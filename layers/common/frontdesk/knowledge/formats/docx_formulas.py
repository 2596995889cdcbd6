"""Formulas of a Word document, written in a line: the library that reads it knows none."""

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement

from frontdesk.knowledge.formats.docx_parts import child_of, name_of, value_of

_SIMPLE = re.compile(r"[\w.,∞°′%]*")
_DELETED = frozenset(["del", "moveFrom"])


def write_formulas(root: Element) -> bool:
    """Puts text in the place of formulas.

    Args:
        root: A part of the document. It is changed.

    Returns:
        Whether it had any.
    """
    namespace = root.tag.rpartition("}")[0].removeprefix("{")
    found = [
        (parent, place, one)
        for parent in root.iter()
        for place, one in enumerate(parent)
        if name_of(one) == "oMathPara"
        or (name_of(one) == "oMath" and name_of(parent) != "oMathPara")
    ]
    for parent, place, one in found:
        run = Element(f"{{{namespace}}}r")
        text = SubElement(run, f"{{{namespace}}}t")
        text.text = f" {_written(one)} " if name_of(one) == "oMathPara" else _written(one)
        parent[place] = run
    return bool(found)


def _written(element: Element | None) -> str:
    if element is None:
        return ""
    name = name_of(element)
    if name == "t":
        return element.text or ""
    if name.endswith("Pr") or name in _DELETED:
        return ""
    write = _WRITERS.get(name)
    return write(element) if write else "".join(map(_written, element))


def _of(element: Element, name: str) -> str:
    return _written(child_of(element, name)).strip()


def _grouped(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) else f"({text})"


def _fraction(element: Element) -> str:
    return f"{_grouped(_of(element, 'num'))}/{_grouped(_of(element, 'den'))}"


def _scripted(element: Element) -> str:
    below, above = _of(element, "sub"), _of(element, "sup")
    written = _grouped(_of(element, "e"))
    written += f"_{_grouped(below)}" if below else ""
    return written + (f"^{_grouped(above)}" if above else "")


def _root(element: Element) -> str:
    degree = _of(element, "deg")
    return f"{degree}√{_grouped(_of(element, 'e'))}"


def _sum(element: Element) -> str:
    properties = child_of(element, "naryPr")
    sign = value_of(child_of(properties, "chr")) or "∫"
    below, above = _of(element, "sub"), _of(element, "sup")
    written = f"{sign}_{_grouped(below)}" if below else sign
    written += f"^{_grouped(above)}" if above else ""
    return f"{written} {_of(element, 'e')}"


def _bracketed(element: Element) -> str:
    properties = child_of(element, "dPr")
    signs = []
    for name, usual in (("begChr", "("), ("sepChr", "|"), ("endChr", ")")):
        sign = child_of(properties, name)
        signs.append(usual if sign is None else value_of(sign))
    begins, parts, ends = signs
    return begins + parts.join(_written(one) for one in element if name_of(one) == "e") + ends


def _function(element: Element) -> str:
    argument = _of(element, "e")
    bracketed = argument if argument.startswith("(") else f"({argument})"
    return f"{_of(element, 'fName')}{bracketed}"


def _limited(element: Element) -> str:
    return f"{_of(element, 'e')}_{_grouped(_of(element, 'lim'))}"


def _matrix(element: Element) -> str:
    rows = (row for row in element if name_of(row) == "mr")
    return "; ".join(", ".join(_written(one) for one in row) for row in rows)


def _equations(element: Element) -> str:
    return "; ".join(_written(one) for one in element if name_of(one) == "e")


def _one_after_the_other(element: Element) -> str:
    return " ".join(map(_written, element))


_WRITERS: dict[str, Callable[[Element], str]] = {
    "d": _bracketed,
    "eqArr": _equations,
    "f": _fraction,
    "func": _function,
    "limLow": _limited,
    "limUpp": _limited,
    "m": _matrix,
    "nary": _sum,
    "oMathPara": _one_after_the_other,
    "rad": _root,
    "sSub": _scripted,
    "sSubSup": _scripted,
    "sSup": _scripted,
}
