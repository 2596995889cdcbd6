"""Slips that people make, for evaluations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.misspelling import misspelt
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
