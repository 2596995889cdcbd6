"""Parts of a page whose place, not their tag, says whether they are text: buttons, asides."""

import re
from typing import Any

MAX_SHARE_OF_LINKS = 0.5
"""Of an aside's letters; what links more is there to lead elsewhere."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
MAX_BESIDE = 20
"""Characters before a control that tell whether a sentence goes on there."""

# What a button can be the whole of: the question of an answer that unfolds, a column to sort by.
_NAMING = frozenset([*_HEADINGS, "dt", "summary", "th"])
_PROSE = frozenset(["p", "li", "dd", "td", "blockquote", "figcaption", "caption", *_NAMING])
_INLINE = re.compile(r"a|abbr|b|bdi|cite|code|em|i|kbd|label|mark|q|samp|small|span|strong|u|var")
_CODE = ("code", "kbd", "pre", "samp")
_BUTTON_FIELDS = frozenset(["button", "submit", "reset"])
_TEXT_FIELDS = frozenset(["", "email", "number", "search", "tel", "text", "url"])
# Words of the names that tags are styled by.
_UNFOLDING = re.compile(r"\b(?:accordion|collapsed?|collapsible|disclosure|faq|question|toggle)\b")
_CALLOUT = re.compile(
    r"\b(?:admonition|alert|attention|callout|caution|danger|hint|important|info|not(?:e|ice)|tip"
    r"|warning)\b"
)
_SIDE_COLUMN = re.compile(
    r"\b(?:ads?|author|banner|breadcrumbs|menu|nav|navigation|newsletter|promo|recommended|related"
    r"|share|side|sidebar|sidenav|social|subscribe|toc|widget)\b"
)
# A word that no sentence ends after.
_GOES_ON = re.compile(r"\w['’]?[\s:,(«“\"'‘]+$")
_NO_LETTERS = re.compile(r"[^a-z]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def keep_controls_that_are_text(soup: Any) -> None:
    """Makes text of the buttons and fields that a reader reads, and leaves out all others.

    A button is text within a sentence, or where it is all of a heading, of a table's or as what an
    answer unfolds below. «Copy» and «Subscribe» beside or around the text are none.

    Args:
        soup: The page, without what it hides. It is changed.
    """
    for form in soup.find_all("form"):
        # Some pages are all one form.
        if form.find(["h1", "main", "article"]) is None:
            _leave_out_controls_of(form)
    _keep_fields_that_are_text(soup)
    for button, place in [(button, _place(button)) for button in soup.find_all("button")]:
        if place is None:
            button.extract()
        elif place == "alone":
            # Set in bold by itself, it is read as the heading that it is.
            paragraph = soup.new_tag("p")
            paragraph.append(_new(soup, "strong", " ".join(button.get_text(" ").split())))
            button.replace_with(paragraph)
        else:
            button.name = "span"


def leave_out_side_columns(soup: Any) -> None:
    """Leaves out asides that are no remark on the text, but a column beside it.

    Args:
        soup: The page. It is changed.
    """
    around_articles = {id(main) for main in soup.find_all("main") if main.find("article")}
    for aside in soup.find_all("aside"):
        around = aside.find_parent(["article", "main"])
        is_within = around is not None and id(around) not in around_articles
        if not _is_remark(aside, is_within=is_within):
            aside.extract()


def keep_title_in_margin(soup: Any, title: str | None) -> None:
    """Moves a page's only heading of the first level out of the header that is left out.

    Where the page has a title that begins otherwise, the heading names the site.

    Args:
        soup: The page. It is changed.
        title: What its head says it is called.
    """
    [heading, *others] = soup.find_all("h1") or [None]
    if heading is None or others:
        return
    header = heading.find_parent("header")
    if header is None or header.find_parent(["article", "main", "section"]) is not None:
        return
    text = " ".join(heading.get_text().split())
    if not text:
        return
    if title is None or title.lower().startswith(text.lower()):
        main = soup.find("main") or soup.select_one("[role=main]")
        if main is None or any(around is header for around in main.parents):
            header.insert_before(heading.extract())
        else:
            main.insert(0, heading.extract())


def _keep_fields_that_are_text(soup: Any) -> None:
    for field in soup.find_all("input"):
        kind = str(field.get("type") or "").lower()
        value = str(field.get("value") or "").strip()
        if kind in _BUTTON_FIELDS and value:
            field.name, field.attrs = "button", {}
            field.string = value
        elif kind in _TEXT_FIELDS and value and ("readonly" in field.attrs or _is_said(field)):
            field.replace_with(_new(soup, "code", value))
        else:
            field.extract()
    for area in soup.find_all("textarea"):
        text = area.get_text().strip("\n")
        if text.strip() and "readonly" in area.attrs:
            area.replace_with(_new(soup, "pre", text))
        else:
            area.extract()


def _leave_out_controls_of(form: Any) -> None:
    for control in form.find_all(["button", "input", "textarea"]):
        if _find_naming(control) is None:
            control.extract()


def _is_remark(aside: Any, *, is_within: bool) -> bool:
    """Tells a remark on a text, which the aside is within, from what leads elsewhere."""
    if aside.get("role") == "note":
        return True
    names = _names(aside)
    if _SIDE_COLUMN.search(names):
        return False
    if _CALLOUT.search(names):
        return True
    if not is_within:
        return False
    length = len(aside.get_text())
    linked = sum(len(link.get_text()) for link in aside.find_all("a"))
    return linked <= MAX_SHARE_OF_LINKS * length


def _place(button: Any) -> str | None:
    """Tells where a button is text: within a line, or alone above what it unfolds."""
    if not re.search(r"[^\W_]", button.get_text()) or button.find_parent("pre") is not None:
        return None
    if _find_naming(button) is not None or _is_said(button):
        return "line"
    return "alone" if _unfolds(button) else None


def _find_naming(button: Any) -> Any:
    """Finds the heading that a button is all of."""
    block = button.find_parent(_PROSE)
    if block is None or block.name not in _NAMING or len(block.find_all("button", limit=2)) != 1:
        return None
    letters = len("".join(button.get_text().split()))
    return block if letters == len("".join(block.get_text().split())) else None


def _is_said(control: Any) -> bool:
    """Tells whether a control is within a sentence: words go on right before or after it."""
    block = control.find_parent(_PROSE)
    if block is None:
        return False
    before, after = _neighbour(control, block, -1), _neighbour(control, block, 1)
    if after is not None and after.name is None and re.match(r"\s*\w", after):
        return True
    if before is None or before.name is not None or not _GOES_ON.search(before[-MAX_BESIDE:]):
        return False
    if after is None:
        # «Then press Save» in a list of steps, but «API key, Copy» in a table.
        return block.name not in _NAMING and block.name != "td"
    return after.name in ("button", "input") or re.match(r"\s*\W", str(after)) is not None


def _neighbour(control: Any, block: Any, step: int) -> Any:
    """Finds what stands next to a control in its block, out of what only marks it."""
    node = control
    while node is not block:
        sibling = node.previous_sibling if step < 0 else node.next_sibling
        while sibling is not None and sibling.name is None and not sibling.strip():
            sibling = sibling.previous_sibling if step < 0 else sibling.next_sibling
        if sibling is not None:
            return _nearest_text(sibling, step) if _is_inline(sibling) else sibling
        node = node.parent
        if node is not block and not _is_inline(node):
            return None
    return None


def _nearest_text(tag: Any, step: int) -> Any:
    if tag.name in _CODE:
        return tag
    strings = [string for string in tag.find_all(string=True) if string.strip()]
    if not strings:
        return None
    return strings[-1] if step < 0 else strings[0]


def _unfolds(button: Any) -> bool:
    """Tells whether something is read below a button that shows and hides it."""
    if button.find_parent(_PROSE - {"li"}) is not None or "aria-haspopup" in button.attrs:
        return False
    is_said = "aria-expanded" in button.attrs or _UNFOLDING.search(_names(button)) is not None
    return is_said and _is_above_text(button)


def _is_above_text(button: Any) -> bool:
    node = button
    while node is not None and node.name not in ("body", "main", "article", "section"):
        follower = node.find_next_sibling()
        if follower is not None:
            return follower.name != "button" and bool(follower.get_text().strip())
        if node.find_previous_sibling() is not None:
            return False
        node = node.parent
    return False


def _is_inline(tag: Any) -> bool:
    return tag.name is not None and _INLINE.fullmatch(tag.name) is not None


def _names(tag: Any) -> str:
    """Lists the words of the names that a tag is styled by: of FaqItem as of faq-item."""
    names = " ".join([*tag.get("class", ()), str(tag.get("id", ""))])
    return _NO_LETTERS.sub(" ", _CAMEL.sub(" ", names).lower())


def _new(soup: Any, name: str, text: str) -> Any:
    tag = soup.new_tag(name)
    tag.string = text
    return tag
