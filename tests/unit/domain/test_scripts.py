"""Words that no space parts, made searchable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.scripts import spaced


def test_runs_become_overlapping_pairs() -> None:
    assert spaced("申请退款").split() == ["申请", "请退", "退款"]
    assert spaced("サポート").split() == ["サポ", "ポー", "ート"]
    assert spaced("คืนเงิน").split()[0] == "คื"
    assert spaced("请").split() == ["请"]


def test_words_beside_them_stand_apart() -> None:
    assert spaced("用API退款 now").split() == ["用", "API", "退款", "now"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("single sign-on (SSO/SAML), support", "SAML"),
        ("read/write access", "write"),
        ("Größe/Länge.", "Länge."),
        ("on/off/auto", "off"),
    ],
)
def test_words_with_a_slash_between_them_stand_apart(text: str, words: str) -> None:
    assert words in spaced(text).replace(")", " ").replace(",", " ").split()


@pytest.mark.parametrize(
    "text",
    [
        "https://docs.example.com/api/keys",
        "docs.example.com/api",
        "/usr/local/bin",
        "GET /projects/tasks",
        "src/app/main.py",
        "24/7",
        "a/b/c/d",
        "anna@example.com/home",
        "settings/billing?tab=plan",
    ],
)
def test_paths_and_addresses_stay_whole(text: str) -> None:
    assert spaced(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("50GB of storage", ["50", "GB", "of", "storage"]),
        ("up to 2.5TB, 300ms", ["up", "to", "2.5", "TB,", "300", "ms"]),
        ("$1,490.00 a year", ["$1,490.00", "1490", "a", "year"]),
        ("10,000 tasks", ["10,000", "10000", "tasks"]),
        ("1,234,567", ["1,234,567", "1234567"]),
    ],
)
def test_numbers_are_found_as_others_write_them(text: str, words: list[str]) -> None:
    assert spaced(text).split() == words


@pytest.mark.parametrize(
    "text",
    ["2FA", "3D", "v50GB", "disk-50GB", "INV-2024,001", "1,5", "10,20,30", "1,0000", "1.000"],
)
def test_names_and_other_numbers_stay_as_they_are(text: str) -> None:
    assert spaced(text) == text


@given(st.text(st.characters(max_codepoint=0x2FF, exclude_characters="/0123456789")))
def test_spaced_scripts_stay_as_they_are(text: str) -> None:
    assert spaced(text) == text


@given(st.text())
def test_no_character_is_lost(text: str) -> None:
    assert set(text) <= set(spaced(text))
