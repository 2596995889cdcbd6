"""Bytes of a text file, turned into clean text."""

import unicodedata

from frontdesk.domain.errors import UnreadableDocumentError

SAMPLE_BYTES = 100_000
"""Enough words to tell a language by; more would only take longer."""

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_WESTERN = "cp1252"
# What Windows wrote, and writes in some programs, where it did not write Unicode.
_WINDOWS = [_WESTERN, "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "gb18030", "big5", "cp949"]
# Between encodings that read almost alike, the one that is by far the most common wins.
_WESTERN_BONUS = 0.06
_JOINERS = frozenset("\u200c\u200d")


def decode(data: bytes) -> str:
    """Turns a text file's bytes into clean text.

    Args:
        data: UTF-8, UTF-16 with its byte order mark, or what Windows wrote before those.

    Returns:
        The text, as `clean` leaves it.

    Raises:
        UnreadableDocumentError: It is no text.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return clean(_decode(data, encoding))
    if b"\0" in data:
        raise UnreadableDocumentError("the file is not text")
    try:
        return clean(data.decode("utf-8"))
    except UnicodeDecodeError:
        return clean(_decode(data, guess_encoding(data)))


def guess_encoding(data: bytes) -> str:
    """Guesses the encoding of a text that is not in Unicode, by how likely its letters are.

    Args:
        data: The text's bytes.

    Returns:
        The name of a Windows encoding.
    """
    # Imported here because few files need it.
    from charset_normalizer import from_bytes

    sample = data[:SAMPLE_BYTES]
    matches = from_bytes(
        sample, cp_isolation=_WINDOWS, preemptive_behaviour=False, enable_fallback=False
    )
    scores = {
        match.encoding: match.coherence
        - match.chaos
        + (_WESTERN_BONUS if match.encoding == _WESTERN else 0)
        for match in matches
    }
    return max(scores, key=lambda name: scores[name], default=_WESTERN)


def clean(text: str) -> str:
    """Leaves out what nobody sees.

    Args:
        text: Any text.

    Returns:
        Text with line feeds, composed, without invisible characters (they carry instructions
        past people who read over a model's shoulder).
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(
        character
        for character in text
        if character in "\n\t"
        or character in _JOINERS
        or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocumentError(f"the file is not text in {encoding}") from error
