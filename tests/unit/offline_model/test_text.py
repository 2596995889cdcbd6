import pytest

from localstack.offline_model.text import content_stems, sentences, shorten, stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("invoice", "invoices"),
        ("cancel", "cancelled"),
        ("bill", "billing"),
        ("pay", "payment"),
        ("delivery", "deliveries"),
        ("reply", "replies"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_words_of_other_meaning_keep_their_stems() -> None:
    assert len({stem(word) for word in ("plan", "place", "project", "price", "print")}) == 5


def test_little_words_carry_no_meaning() -> None:
    assert content_stems("What is the price of it?") == content_stems("price")


def test_customers_words_meet_those_of_documents() -> None:
    assert content_stems("Can I get my money back?") == content_stems("refund")


def test_sentences_end_at_full_stops_but_not_at_abbreviations_or_numbers() -> None:
    # Given text with an abbreviation, a decimal number and emphasis around a full stop
    text = "Choose **Change Plan.** Then go on, e.g. Home. It costs 3.50 a month. Done?"

    assert sentences(text) == [
        "Choose **Change Plan.**",
        "Then go on, e.g. Home.",
        "It costs 3.50 a month.",
        "Done?",
    ]


def test_a_long_text_is_cut_at_a_words_end() -> None:
    assert shorten("one two  three", 20) == "one two three"
    assert shorten("one two three", 9) == "one two…"
