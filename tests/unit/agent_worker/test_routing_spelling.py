"""Slips are put right where they are slips, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_worker.languages import languages
from agent_worker.routing.cues import escalating_cue
from agent_worker.routing.examples import examples
from agent_worker.routing.spelling import MOST_CHARACTERS, Vocabulary, as_meant

PARTS = st.sampled_from(
    ["pasword", "lats", "Zapeir", "x@y.io", "a.b", "don't", "24/7", "🙂", "ß", " ", "\n", "?", "-"]
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("i wnat to tlak to a humen", "i want to talk to a human"),
        ("waht integratoins do you suport", "what integrations do you support"),
        ("Show me my last invocie!", "Show me my last invoice!"),
        ("CANCEL MY SUBSCRIPTOIN", "CANCEL MY subscription"),
        ("am i currenttly chargeed twice", "am i currently charged twice"),
        ("hwo do i reset my pasword?", "how do i reset my password?"),
    ],
)
def test_a_word_one_letter_away_from_a_known_one_is_that_word(written: str, meant: str) -> None:
    # given a message with slips, when it is put right, then it says what was meant
    assert as_meant(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "What plans do you have?",
        # Inflected forms of known words, which are not all listed.
        "He tags, tagged and renames boards, dreamily humming of queries",
        # Names, addresses, files and numbers are right or wrong, but never nearly right.
        "Is Suppord Inc. a customer of yours?",
        "write to pasword@suport.example or see docs.suport.example/pasword",
        "I attached invocie.pdf and INV-2044x",
        # Far from all known words.
        "please reticulate the splines",
    ],
)
def test_what_is_no_slip_is_left_alone(text: str) -> None:
    assert as_meant(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Welchen Tarif habe ich und was kostet er?",
        "Ich möchte mit einem Menschen sprechen",
        "Je veux parler à un humain, s'il vous plaît",
        "Quiero ver mis facturas, por favor",
        "Quero falar com uma pessoa",
        "Vorrei vedere le mie fatture",
        "ik wil graag mijn factuur zien",
    ],
)
def test_another_language_is_not_misspelt_english(text: str) -> None:
    assert as_meant(text) == text


def test_a_long_message_is_left_as_it_is() -> None:
    # given a slip, in a message and in a story
    short, story = "show me my invocie", "show me my invocie " * MOST_CHARACTERS

    # when they are put right, then only the message is
    assert as_meant(short) != short
    assert as_meant(story) == story


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("chage", "charge"),  # the commoner one of two
        ("hcange", "change"),
        ("chxxge", None),
        ("wnat", "want"),  # letters in each other's place are the likelier slip
        ("frim", "from"),  # unless the other word is a rare one
    ],
)
def test_the_likeliest_of_several_near_words_is_meant(written: str, meant: str | None) -> None:
    # given some known words
    common = {"charge": 9, "change": 2, "what": 60, "want": 40, "from": 20, "firm": 1}

    # when an unknown one is looked up, then it is taken for the likeliest that is near
    assert Vocabulary(common).nearest(written) == meant


def test_two_short_words_are_near_only_with_the_same_letters() -> None:
    assert Vocabulary({"for": 9}).nearest("fot") is None
    assert Vocabulary({"for": 9}).nearest("fro") == "for"
    assert Vocabulary({"have": 9}).nearest("hve") == "have"


def test_of_the_routers_own_examples_only_those_with_slips_are_read_as_something_else() -> None:
    # given the examples, a few of which are misspelt on purpose
    changed = {one.text: as_meant(one.text) for one in examples()}

    # when they are put right, then those alone are others
    assert {text: meant for text, meant in changed.items() if text != meant} == {
        "can i tallk to an agnet": "can i talk to an agent",
        "tlak to a humna": "talk to a human",
    }


def test_our_own_sentences_in_other_languages_have_no_cue_that_they_had_not() -> None:
    for one in languages():
        for sentence in one.phrases.values():
            assert escalating_cue(as_meant(sentence)) == escalating_cue(sentence)


@given(st.lists(PARTS).map("".join))
def test_what_was_put_right_stays(text: str) -> None:
    meant = as_meant(text)

    assert as_meant(meant) == meant
    assert len(meant.split()) == len(text.split())
