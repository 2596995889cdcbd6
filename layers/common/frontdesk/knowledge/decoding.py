"""Bytes of a text file, turned into clean text."""

import unicodedata

from frontdesk.domain.errors import UnreadableDocumentError
from frontdesk.knowledge.encodings import guess_encoding

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
MAX_CONTROL_SHARE = 0.02
"""Of a text that is not in Unicode; pictures and programs have five times as many."""

_CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\f\r"))
_JOINERS = frozenset("\u200c\u200d")


def decode(data: bytes) -> str:
    """Turns a text file's bytes into clean text.

    Args:
        data: UTF-8, UTF-16, or what programs wrote before those.

    Returns:
        The text, as `clean` leaves it.

    Raises:
        UnreadableDocumentError: It is no text.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return clean(_decode(data, encoding))
    if b"\0" in data:
        return clean(_decode_unmarked_utf16(data))
    try:
        return clean(data.decode("utf-8"))
    except UnicodeDecodeError:
        if sum(data.count(byte) for byte in _CONTROL_BYTES) > MAX_CONTROL_SHARE * len(data):
            raise UnreadableDocumentError("the file is not text") from None
        return clean(_decode(data, guess_encoding(data)))


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


def _decode_unmarked_utf16(data: bytes) -> str:
    """Decodes UTF-16 without its byte order mark: every second byte of ASCII in it is nought."""
    first_bytes = data[::2].count(0)
    is_big_endian = first_bytes > data[1::2].count(0)
    try:
        text = data.decode("utf-16-be" if is_big_endian else "utf-16-le")
    except UnicodeDecodeError:
        text = "\0"
    if any(unicodedata.category(character) == "Cc" for character in set(text) - set("\t\n\f\r")):
        raise UnreadableDocumentError("the file is not text")
    return text


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocumentError(f"the file is not text in {encoding}") from error
