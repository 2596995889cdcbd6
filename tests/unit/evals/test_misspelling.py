"""Slips that people make, for evaluations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.misspelling import SLIPS, hurried, misspelt
from frontdesk.domain.spelling import neighbours

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=12)


@pytest.mark.parametrize("text", ["", "Is it on?", "24/7 2026"])
def test_short_words_are_left_alone(text: str) -> None:
    assert misspelt(text) == text


def test_only_the_longest_word_has_a_slip() -> None:
    # given a question
    text = "How do I change my subscription?"

    # when it is misspelt
    words = misspelt(text).split()

    # then all is as it was but for one word
    assert words[:-1] == text.split()[:-1]
    assert words[-1].startswith("s")
    assert words[-1].endswith("?")
    assert words[-1] != "subscription?"


@given(LETTERS)
def test_a_slip_is_the_same_every_time_and_one_letter_away(word: str) -> None:
    slipped = misspelt(word)
    assert slipped != word or len(set(word)) < len(word)
    assert slipped == misspelt(word)
    assert slipped == word or word in neighbours(slipped)


def test_in_a_hurry_two_words_have_a_slip_each() -> None:
    # given a message
    text = "How do I change my subscription?"

    # when it is written in a hurry
    slipped = hurried(text)

    # then two words are others, the same ones every time
    changed = [
        pair for pair in zip(text.split(), slipped.split(), strict=True) if len(set(pair)) > 1
    ]
    assert len(changed) == SLIPS
    assert slipped == hurried(text)


@pytest.mark.parametrize(("text", "changed"), [("Is it on?", 0), ("my bill", 1)])
def test_in_a_hurry_short_words_are_left_alone(text: str, changed: int) -> None:
    slipped = hurried(text)

    assert sum(a != b for a, b in zip(text.split(), slipped.split(), strict=True)) == changed
