"""What a page's own style sheet hides for good, whatever the page's reader does."""

import re

HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden"
    r"|(?:font-size|opacity)\s*:\s*0(?:\.0+)?\s*(?:[a-z%]+\s*)?(?:;|!|\Z)"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}|(?:\A|;)\s*color\s*:\s*transparent",
    re.IGNORECASE,
)
"""Finds in declarations that nothing is seen of what they are for."""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Such as @media: whether they hold depends on the reader's screen.
_CONDITIONAL = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_CLASS_OR_ID = re.compile(r"[a-z0-9]*[.#][\w-]+", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")


def hidden_for_good(sheet: str, *, scripts: str) -> frozenset[str]:
    """Finds the classes and ids that hide an element, and that nothing shows again.

    An answer that unfolds at a click is hidden at first. So a name that a script or any other rule
    has too is none of these.

    Args:
        sheet: The page's style sheets.
        scripts: Its scripts.

    Returns:
        Selectors such as ``.name``, ``#name`` and ``p.name``.
    """
    sheet = _COMMENT.sub("", sheet)
    hiding: set[str] = set()
    others = [scripts, *_CONDITIONAL.findall(sheet)]
    for selectors, declarations in _RULE.findall(_CONDITIONAL.sub("", sheet)):
        hides = HIDING.search(declarations.strip()) is not None
        for selector in map(str.strip, selectors.split(",")):
            if hides and _CLASS_OR_ID.fullmatch(selector):
                hiding.add(selector)
            else:
                others.append(selector)
    shown = {word for text in others for word in _WORD.findall(text)}
    return frozenset(one for one in hiding if re.split("[.#]", one)[1] not in shown)
