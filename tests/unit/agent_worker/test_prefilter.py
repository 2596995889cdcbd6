"""Filters of patterns: fast where nothing is to be found, and never in the way of what is."""

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from agent_worker.claims import READERS
from agent_worker.languages import languages
from agent_worker.prefilter import DIGIT, PrefilteredPattern

OURS = {
    f"{one.code}-{group}-{name}": pattern
    for one in languages()
    for group, patterns in (("promises", one.promises), ("lures", one.lures))
    for name, pattern in patterns.items()
} | {f"claims-{number}": pattern for number, pattern in enumerate(one for _, one, _ in READERS)}


@pytest.mark.parametrize(
    ("pattern", "demands"),
    [
        (r"\bcolou?r of money\b", {"colo", "r of money"}),
        (r"(?:send|wire) .{0,9}(?:money|funds)", {"send|wire", "funds|money"}),
        (r"refund(?:ed)? \d+", {"refund", DIGIT}),
        (r"\b(?:mar|set)\b\.?", {"<mar>|<set>"}),
        (r"\b(?:mar|setz?)\b", {"<mar>|set"}),
        (r"\b(?:mar|set)s?", {"mar|set"}),
        (r"\b[a-z]?mar\b", {"mar"}),
        # Nothing of these is in all that matches.
        (r"(?:send|\w+) it?", {" i"}),
        (r"(?!money)(?:password)?[a-z]{3}", set()),
        (r"(?:money){0,2}x", set()),
    ],
)
def test_knows_what_a_match_cannot_be_without(pattern: str, demands: set[str]) -> None:
    filtered = PrefilteredPattern.of(re.compile(pattern, re.IGNORECASE))

    assert {
        "|".join([*sorted(f"<{word}>" for word in demand.words), *demand.parts])
        for demand in filtered.demands
    } == demands


@pytest.mark.parametrize("text", ["Send MONEY", "ſend Money", "SEND no money"])
def test_finds_what_the_pattern_finds(text: str) -> None:
    pattern = re.compile(r"\bsend\b.*\bmoney\b", re.IGNORECASE)

    found = PrefilteredPattern.of(pattern)

    assert found.search(text) is not None
    assert [one.span() for one in found.finditer(text)] == [
        one.span() for one in pattern.finditer(text)
    ]


def test_does_not_look_where_nothing_can_be() -> None:
    found = PrefilteredPattern.of(re.compile(r"\bsend\b.*\bmoney\b", re.IGNORECASE))

    assert not found.may_match("Open **Settings** and send the form.")
    assert found.search("Open **Settings** and send the form.") is None


def test_a_word_within_another_is_none() -> None:
    found = PrefilteredPattern.of(re.compile(r"\bmar\b", re.IGNORECASE))

    assert [found.may_match(text) for text in ("a market", "Mar. 3", "Ã-mar")] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("name", OURS)
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_match_of_our_patterns_is_missed(name: str, data: st.DataObject) -> None:
    ours = OURS[name]
    around = st.sampled_from(["", " ", "\n", "x. ", ": "])
    text = data.draw(around) + data.draw(st.from_regex(ours.pattern)) + data.draw(around)
    assume(ours.pattern.search(text) is not None)

    assert ours.may_match(text)


def test_most_of_our_patterns_have_a_filter() -> None:
    without = [name for name, pattern in OURS.items() if not pattern.demands]

    assert len(without) < len(OURS) / 8
