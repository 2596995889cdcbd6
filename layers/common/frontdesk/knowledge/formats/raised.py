"""Letters above or below the line, written in the line, where they would run into a number.

A footnote's mark is set apart: ``$99<sup>1</sup>`` costs 99 and not 991. An exponent is one still:
``10^6``, and ``m²`` as people type it. It is a caret after a number, since what normalises text
(NFKC: tokenizers, what customers write) makes 106 of ``10⁶``. Others stay: 1st, CO2 and H2O are
written so.
"""

import re

MAX_MARK_CHARACTERS = 20
"""What is longer is no mark and no exponent, but small print."""

MAX_POWER = 9
"""Of a measure or a variable."""

CHARACTERS_BESIDE = 40
"""Before and after raised letters; as many as tell what they are."""

_TAG = re.compile(r"</?[a-z][^<>]*>?", re.IGNORECASE)
_LINK = re.compile(r"\[(\[?[^\[\]]*\]?)\]\([^()]*\)")
_IN_MARKDOWN = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)|\Z)"
    r"|(?P<ticks>`+)(?!`)[^\n]{0,300}?(?<!`)(?P=ticks)(?!`)"
    r"""|<(?P<name>su[bp])(?:\s+(?:class|id)="[^"<>]*")*>"""
    r"(?P<inner>[^<>\n]{1,80}|<a [^<>\n]*>[^<>\n]{1,80}</a>)</(?P=name)>",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_ABOVE = str.maketrans("0123456789+-−–()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾")
_SIGNS = r"$€£¥"
_NUMBERS = r"\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*"
_MARK = re.compile(rf"\(?{_NUMBERS}\)?|\[{_NUMBERS}\]")
_SIGNED = re.compile(r"[-−–+]\d{1,3}")
_FORMULA = re.compile(r"[\w.]+(?:\s?[-−–+*/·]\s?[\w.]+)+")
_SLASH = "/⁄∕"
# Few exponents of ten and of two are as small as the numbers of most footnotes.
_POWER_OF_TEN = re.compile(rf"(?:[×x*·]\s?|(?<![\d.,{_SIGNS}]))(?<![{_SIGNS}]\s)10$")
_POWER_OF_TWO = re.compile(rf"(?<![\d.,{_SIGNS}])(?<![{_SIGNS}]\s)2$")
_LEAST_OF_TEN, _LEAST_OF_TWO = 3, 5
_MEASURE = re.compile(r"(?:(?<!\w)|(?<=\d))(?:[^\W\d_]|[cdkmµμn]m|ft|in|mi|yd)$")
_AMOUNT = re.compile(rf"[{_SIGNS}]\s?\d{{1,3}}(?:[,.]\d{{3}})*$")
_CENTS = re.compile(r"00|[4-9]\d")
_ORDINAL_LETTERS = frozenset("adeho")


def raised(before: str, text: str, after: str = "", *, is_mark: bool = False) -> str:
    """Writes what stands above the line.

    Args:
        before: What the line says before it; '' where it begins the line.
        text: The raised letters.
        after: What the line says after it.
        is_mark: Whether they are known to refer to a note.

    Returns:
        What to write in their place.
    """
    text = " ".join(text.split())
    written: str | None = None
    if len(text) <= MAX_MARK_CHARACTERS:
        if not is_mark:
            written = _exponent(before, text, after)
        if written is None and _MARK.fullmatch(text):
            written = _set_apart(before, text.strip("[]").translate(_ABOVE), after)
        elif written is None and len(text) == 1 and text.isalpha():
            written = _letter(before, text, is_mark=is_mark)
    return _apart(before, text, after) if written is None else written


def lowered(before: str, text: str, after: str = "") -> str:
    """Writes what stands below the line.

    Args:
        before: What the line says before it.
        text: The lowered letters.
        after: What the line says after it.

    Returns:
        What to write in their place.
    """
    text = " ".join(text.split())
    if before.rstrip()[-1:] in tuple(_SLASH):
        return text
    runs_in = _follows_number(before) and re.match(r"\d", text)
    runs_on = re.search(r"\d$", text) and re.match(r"\d", after)
    return f"_{text}{' ' if runs_on else ''}" if runs_in or runs_on else text


def in_markdown(text: str) -> str:
    """Writes what HTML in Markdown raises and lowers, but in code, which shows what it says.

    Tags that may hide what they hold stay as they are.

    Args:
        text: Markdown.

    Returns:
        The same, with the letters in their lines.
    """

    def write(match: re.Match[str]) -> str:
        if match["name"] is None:
            return match[0]
        inner = _LINK.sub(lambda link: link[1], match["inner"])
        before = text[max(0, match.start() - CHARACTERS_BESIDE) : match.start()]
        after = text[match.end() : match.end() + CHARACTERS_BESIDE]
        line, rest = (_TAG.sub("", part) for part in (before, after))
        line, rest = line.rpartition("\n")[2], rest.partition("\n")[0]
        plain = _TAG.sub("", inner)
        if match["name"].lower() == "sub":
            return lowered(line, plain, rest)
        return raised(line, plain, rest, is_mark=inner != match["inner"] or plain != inner)

    return _IN_MARKDOWN.sub(write, text)


def _exponent(before: str, text: str, after: str) -> str | None:
    """Writes an exponent, a fraction's upper half, or the cents of a price; None for all others."""
    if text.isdecimal():
        return _number(before, text, after)
    if _SIGNED.fullmatch(text) and before[-1:].isalnum():
        return f"^{text}" if _follows_number(before) else text.translate(_ABOVE)
    if _FORMULA.fullmatch(text) and re.search(r"[^\W\d]", text) and before[-1:].isalnum():
        return f"^({text})"
    return None


def _number(before: str, text: str, after: str) -> str | None:
    if re.match(rf"\s?[{_SLASH}]\s?\d", after):
        # 2 1/2
        return f" {text}" if _follows_number(before) else text
    is_price = _follows_number(before) and re.match(rf"\s?[{_SIGNS}]", after) is not None
    if is_price or _AMOUNT.search(before):
        # $19 and 99 above it.
        return f".{text}" if _CENTS.fullmatch(text) else None
    number = int(text)
    if (_POWER_OF_TEN.search(before) and number >= _LEAST_OF_TEN) or (
        _POWER_OF_TWO.search(before) and number >= _LEAST_OF_TWO
    ):
        return f"^{text}"
    is_measure = _MEASURE.search(before) is not None
    return text.translate(_ABOVE) if is_measure and 1 < number <= MAX_POWER else None


def _letter(before: str, text: str, *, is_mark: bool) -> str | None:
    """Writes a single letter that follows a number: 2^n, or the mark of a note; None for others."""
    if not _follows_number(before):
        return None
    if not is_mark and text.lower() in _ORDINAL_LETTERS and not _AMOUNT.search(before):
        # 2e, 1o
        return None
    is_power = _POWER_OF_TEN.search(before) or _POWER_OF_TWO.search(before)
    return f"^{text}" if is_power and not is_mark else f" ({text})"


def _follows_number(before: str) -> bool:
    return re.search(r"\d$", before) is not None


def _set_apart(before: str, mark: str, after: str) -> str:
    space = " " if before and not before[-1].isspace() and before[-1] not in "([" else ""
    # A mark that begins its note, unlike that of an isotope.
    goes_on = after[:1].isalnum() if before.strip() else re.match(r"[^\W\d_]{3}", after)
    return f"{space}{mark}{' ' if goes_on else ''}"


def _apart(before: str, text: str, after: str) -> str:
    begins = " " if _follows_number(before) and re.match(r"\d", text) else ""
    ends = " " if re.search(r"\d$", text) and re.match(r"\d", after) else ""
    return f"{begins}{text}{ends}"
