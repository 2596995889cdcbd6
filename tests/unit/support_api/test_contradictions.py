"""Telling contradictions from repetitions and from passages that only sound alike."""

import pytest

from frontdesk.domain.preview import Difference
from support_api.contradictions import amounts_that_differ, differences_between, repeats

CONTRADICTIONS = [
    (
        "Refunds are possible within 30 days of purchase.",
        "Refunds are possible within 14 days of the purchase.",
    ),
    (
        "The Starter plan costs $12 per user each month.",
        "The Starter plan costs $15 per user each month.",
    ),
    ("Deleted projects can be restored.", "Deleted projects cannot be restored."),
    (
        "Guests don't count towards your seats on any plan.",
        "Guests count towards your seats on any plan.",
    ),
    (
        "Die Kündigung ist bis 30 Tage vor Ablauf möglich.",
        "Die Kündigung ist bis 60 Tage vor Ablauf möglich.",
    ),
    (
        "Les données sont conservées pendant 90 jours.",
        "Les données ne sont pas conservées pendant 90 jours.",
    ),
    ("| Storage per workspace | 100 GB |", "| Storage per workspace | 250 GB |"),
]
AGREEMENTS = [
    (
        "Refunds are possible within 30 days of purchase.",
        "Refunds are possible within 30 days of the purchase.",
    ),
    (
        "Refunds are possible within 30 days.",
        "Refunds are possible within 30 days, on up to 3 invoices.",
    ),
    (
        "The plan costs $1,500.00 a year for everybody.",
        "The plan costs $1500 a year for everybody.",
    ),
    (
        "The Starter plan costs $12 per user each month.",
        "The Enterprise tier includes single sign-on, 24/7 telephone support and 2 admins.",
    ),
    ("Open Settings and choose Billing.", "Never share your password with anybody at all."),
]


@pytest.mark.parametrize(("published", "proposed"), CONTRADICTIONS)
def test_contradictions_are_found(published: str, proposed: str) -> None:
    found = differences_between(f"Something else entirely first.\n{published}", proposed)
    assert [difference.proposed for difference in found] == [proposed.strip("| ")]
    assert found[0].published == published.strip("| ")


@pytest.mark.parametrize(("published", "proposed"), AGREEMENTS)
def test_agreement_is_no_contradiction(published: str, proposed: str) -> None:
    assert differences_between(published, proposed) == ()
    assert differences_between(proposed, published) == ()


@pytest.mark.parametrize(
    ("published", "proposed"),
    [
        (
            "You can ask for a full refund within 30 days of the first payment.",
            "Refund requests are accepted for up to 14 days after purchase.",
        ),
        ("The Starter plan costs $19 per month.", "Starter is priced at $25 monthly."),
        (
            "Refunds are paid within five working days.",
            "It takes ten business days until a refund arrives.",
        ),
        (
            "The API allows 1000 requests per hour.",
            "You may send at most 500 API requests an hour.",
        ),
        ("A trial costs 5 € for everybody.", "Everyone pays €7 to try it."),
    ],
)
def test_amounts_in_other_words_that_differ(published: str, proposed: str) -> None:
    assert list(amounts_that_differ(f"Something else.\n{published}", proposed)) == [
        Difference(published, proposed)
    ]
    assert list(amounts_that_differ(published, published)) == []


@pytest.mark.parametrize(
    ("published", "proposed"),
    [
        ("Exports are kept for 7 days.", "A reset link is valid for 60 minutes."),
        ("Monthly plans renew every 30 days.", "A yearly one does so after 12 months."),
        ("It takes 5 days to arrive.", "Money is back in your account within five days."),
        ("Open Settings and choose Billing.", "Never share your password with anybody."),
    ],
)
def test_amounts_of_something_else_do_not_differ(published: str, proposed: str) -> None:
    assert list(amounts_that_differ(published, proposed)) == []


def test_each_sentence_is_compared_with_its_own_subject() -> None:
    published = "Exports take 5 minutes to finish. Imports take 9 minutes to finish."
    proposed = "Imports take 9 minutes to finish. Exports take 7 minutes to finish."
    assert differences_between(published, proposed) == (
        Difference("Exports take 5 minutes to finish.", "Exports take 7 minutes to finish."),
    )


def test_repetition_is_told_from_a_related_text() -> None:
    text = "Invite people from the Members page; each of them needs a seat."
    assert repeats(text, text.upper().replace(";", ","))
    assert not repeats(text, "Remove people from the Members page; their seat is free at once.")
    assert not repeats("", text)
