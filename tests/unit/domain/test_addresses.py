"""E-mail addresses in running text."""

import pytest

from frontdesk.domain.addresses import address_in, only_address_in, own_address_in


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


@pytest.mark.parametrize(
    "text",
    [
        "I was charged twice, get me a human. my email is {}",
        "My work e-mail address: {}.",
        "Please get back to me at {}!",
        "you can reach us under {}",
        "Meine E-Mail ist {}, danke",
        "Sie erreichen mich unter {}",
        "Mon adresse est {}.",
        "Écrivez-moi à {}",
        "Mi correo es {}",
        "Escríbame a {}",
        "Meu e-mail é {}",
        "La mia mail è {}",
        "Scrivetemi a {}",
    ],
)
def test_whoever_says_that_an_address_is_theirs_is_believed(text: str) -> None:
    assert own_address_in(text.format("zoe@example.com")) == "zoe@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "I invited zoe@example.com, and nothing came.",
        "My colleague is zoe@example.com.",
        "My colleague's email is zoe@example.com.",
        "Somebody contacted me from zoe@example.com.",
        "zoe@example.com does not answer me",
        "My e-mail is zoe@example.com, and hers is ann@example.com",
        "Meine Kollegin ist zoe@example.com",
        "my email does not work",
    ],
)
def test_anybody_elses_address_is_not_taken_for_the_writers(text: str) -> None:
    assert own_address_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "  {}. ",
        "My email is {}",
        "hi, it's {} thanks",
        "Here you go: <{}>",
        "You can reach me at {}.",
        "meine E-Mail-Adresse lautet {}",
        "Mon adresse e-mail est {}, merci",
        "mi correo electrónico es {}",
        "meu e-mail é {}",
        "la mia mail è {}",
    ],
)
def test_an_address_may_be_all_that_a_message_says(text: str) -> None:
    assert only_address_in(text.format("zoe@example.com")) == "zoe@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "yes, zoe@example.com",
        "my email is zoe@example.com, which plan am I on",
        "zoe@example.com?",
        "delete zoe@example.com",
        "show me the invoices of zoe@example.com",
        "zoe@example.com or max@example.com",
        "my email",
    ],
)
def test_what_says_more_than_an_address_is_not_only_an_address(text: str) -> None:
    assert only_address_in(text) is None
