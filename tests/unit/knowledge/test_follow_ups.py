"""Follow-up questions, weighed against what was asked before."""

import math

import pytest

from frontdesk.knowledge.follow_ups import (
    FADING,
    LEANING_WEIGHT,
    NEAR_WEIGHT,
    blend,
    followed,
    leans,
    stands_alone,
    weights,
)
from frontdesk.knowledge.scale import Scale

SCALE = Scale(unrelated=0.0, related=1.0)


@pytest.mark.parametrize(
    "question",
    [
        "and the yearly one?",
        "How does it work?",
        "Do they provide online services?",
        "Spain",
        "Und wie lange dauert das?",
        "¿Y cuánto cuesta eso al año?",
    ],
)
def test_what_points_back_or_is_very_short_leans(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question", ["How do I reset my password?", "Can I get a refund for an annual plan?"]
)
def test_what_stands_alone_does_not_lean(question: str) -> None:
    assert not leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "and the yearly one?",
        "And yearly?",
        "How much is it?",
        "how long?",
        "does that work on mobile?",
        "in Spain?",
        "What about guests?",
        "Und wie lange dauert das?",
        "und für Teams?",
        "¿Y cuánto cuesta eso al año?",
        "et par an ?",
    ],
)
def test_who_reads_only_a_follow_up_does_not_know_what_it_is_about(question: str) -> None:
    assert not stands_alone(question)


@pytest.mark.parametrize(
    "question",
    [
        "Is there an API?",
        "Are there templates for projects?",
        "refund policy?",
        "pricing",
        "How do I reset my password?",
        "How do I set up a task so that it comes back each week?",
        "What is SSO?",
        "Wie kündige ich mein Abo?",
        "Was kostet ein weiterer Platz?",
        "Où est ma facture ?",
    ],
)
def test_what_says_enough_stands_alone(question: str) -> None:
    assert stands_alone(question)


@pytest.mark.parametrize(
    ("earlier", "told"),
    [
        ((), None),
        (("Do you have SSO?",), "Do you have SSO?"),
        (("Can I export?", "Do you have SSO?"), "Do you have SSO?"),
        (("Do you have SSO?", "and for guests?", "yes please"), "Do you have SSO?"),
        (("hello", "Thanks!"), None),
        (("and for guests?", "how long?"), "how long?"),
    ],
)
def test_follow_up_is_told_with_the_question_that_names_its_subject(
    earlier: tuple[str, ...], told: str | None
) -> None:
    assert followed("And how much is it?", earlier) == told
    assert followed("How much does an extra seat cost?", earlier) is None


def test_earlier_questions_count_as_much_as_they_resemble_and_fade() -> None:
    near, far = [0.8, 0.6], [0.0, 1.0]
    weighed = weights("How do I reset my password?", [1.0, 0.0], [near, near, far], SCALE)
    weight = 0.8 * NEAR_WEIGHT
    assert weighed == pytest.approx([weight, weight * FADING, 0.0])


def test_resemblance_is_told_on_the_model_s_own_scale() -> None:
    near, question = [0.8, 0.6], "How do I reset my password?"
    unlike = weights(question, [1.0, 0.0], [near], Scale(unrelated=0.8, related=0.9))
    alike = weights(question, [1.0, 0.0], [near], Scale(unrelated=0.7, related=0.8))
    same = weights(question, [1.0, 0.0], [near], Scale(unrelated=0.0, related=0.1))
    assert unlike == pytest.approx([0.0])
    assert alike == pytest.approx([NEAR_WEIGHT])
    assert same == [1.0]


def test_a_leaning_question_takes_the_one_before_along_in_any_case() -> None:
    assert weights("How is it done?", [1.0, 0.0], [[-1.0, 0.0]], SCALE) == [LEANING_WEIGHT]
    assert weights("How is it done?", None, [None, None], None) == pytest.approx(
        [LEANING_WEIGHT, LEANING_WEIGHT * FADING]
    )


def test_without_vectors_a_question_that_stands_alone_stays_alone() -> None:
    assert weights("How do I reset my password?", None, [None], None) == [0.0]


def test_a_blend_lies_between_and_has_length_one() -> None:
    mixed = blend([2.0, 0.0], [[0.0, 5.0]], [0.5])
    assert math.hypot(*mixed) == pytest.approx(1.0)
    assert mixed[1] / mixed[0] == pytest.approx(0.5)
