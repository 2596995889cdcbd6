"""Words that nobody wrote, and what they were meant to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.spelling import neighbours, respelling, swapped

KNOWN = {"subscription": 9, "cancel": 5, "located": 7, "allocated": 2, "lending": 3, "club": 1}

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = st.text(LETTERS, min_size=5, max_size=15)


def meant(word: str, known: dict[str, int]) -> str | None:
    """Chooses as a search does: of what was looked up alone."""
    looked_up = set(neighbours(word))
    return respelling(word, {other: count for other, count in known.items() if other in looked_up})


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("subscripton", id="a letter too few"),
        pytest.param("subscripttion", id="a letter too many"),
        pytest.param("subscriptiom", id="a wrong letter"),
        pytest.param("subscritpion", id="two letters changed about"),
        pytest.param("dubscription", id="a wrong first letter"),
    ],
)
def test_a_slip_is_seen_through(written: str) -> None:
    assert meant(written, KNOWN) == "subscription"


def test_what_is_two_slips_away_is_another_word() -> None:
    assert meant("subscriptin", KNOWN) == "subscription"
    assert meant("subcriptin", KNOWN) is None


def test_the_first_letter_decides_before_how_common_a_word_is() -> None:
    assert meant("alocated", KNOWN) == "allocated"
    assert meant("blocated", KNOWN) == "located"


def test_of_words_that_are_as_near_the_commoner_is_meant() -> None:
    assert meant("plann", {"plane": 2, "plant": 9, "plans": 4}) == "plant"


def test_a_missing_space_is_seen_through() -> None:
    assert meant("lendingclub", KNOWN) == "lending club"
    assert meant("lendingclubs", KNOWN) is None


def test_a_space_is_put_where_both_words_are_common() -> None:
    assert meant("plansearch", {"plans": 5, "earch": 1, "plan": 8, "search": 9}) == "plan search"


def test_missing_accents_are_seen_through() -> None:
    assert meant("facturacion", {"facturación": 1}) == "facturación"
    assert meant("kundigen", {"kündigen": 1}) == "kündigen"


def test_other_alphabets_have_their_own_letters() -> None:
    assert meant("подписк", {"подписка": 1}) == "подписка"
    assert meant("συνδρομηη", {"συνδρομη": 1}) == "συνδρομη"


@given(WORDS, st.data())
def test_any_letter_left_out_or_changed_is_seen_through(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(LETTERS))
    for written in (
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
    ):
        assert written == word or meant(written, {word: 1}) == word


@given(WORDS)
def test_a_word_is_no_neighbour_of_itself(word: str) -> None:
    assert word not in neighbours(word)


@given(WORDS)
def test_letters_in_each_others_place_are_a_slip_like_others(word: str) -> None:
    assert swapped(word) <= set(neighbours(word))
    assert all(sorted(other) == sorted(word) for other in swapped(word))
    assert word not in swapped(word)
