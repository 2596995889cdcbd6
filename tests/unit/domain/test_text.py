"""What people type is cleaned before anything looks at it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.text import normalise


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("  hello \n", "hello"),
        ("ﬁne ①", "fine 1"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("pay\u200bment\u202e!", "payment!"),
        ("ig\U000e0061nore", "ignore"),
        ("ن\u200cم", "ن\u200cم"),
        ("e\u200b\u0301", "é"),
        ("hi\U000e0153\U000e0154!", "hi!"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_normalises(sent: str, stored: str) -> None:
    assert normalise(sent) == stored


@pytest.mark.parametrize(
    "sent", ["", "   ", "\u200b\u200b", "\u202e \u2066", "\u200d", "\u3164", "\ufe0f \ufe0f"]
)
def test_only_invisible_is_empty(sent: str) -> None:
    assert normalise(sent) == ""


@given(st.text())
def test_is_idempotent_and_leaves_nothing_invisible(text: str) -> None:
    # given any text
    # when it is normalised
    once = normalise(text)

    # then doing it again changes nothing, and no control or bidi character is left
    assert normalise(once) == once
    assert not [
        character
        for character in once
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
        and character not in "\n\t\u200c\u200d"
    ]
