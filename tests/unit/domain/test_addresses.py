"""E-mail addresses in running text."""

import pytest

from frontdesk.domain.addresses import address_in


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("zoe@example.com", "zoe@example.com"),
        ("It's zoe@example.com.", "zoe@example.com"),
        ("Write to <zoe@example.com>, please!", "zoe@example.com"),
        ("[zoe](mailto:zoe@example.com)", "zoe@example.com"),
        ("zoe@example.com or zoe@example.com", "zoe@example.com"),
        ("zoe.o'neil+x@mail.example.co.uk?", "zoe.o'neil+x@mail.example.co.uk"),
        ("zoe@example.com or max@example.com", None),
        ("I am @zoe on chat, meet me @ noon", None),
        ("zoe@localhost", None),
        ("", None),
    ],
)
def test_the_one_address_of_a_text_is_found(text: str, address: str | None) -> None:
    assert address_in(text) == address
