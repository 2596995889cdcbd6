"""Scripts without spaces, made searchable by pairs of characters."""

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


@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_spaced_scripts_stay_as_they_are(text: str) -> None:
    assert spaced(text) == text


@given(st.text())
def test_no_character_is_lost(text: str) -> None:
    assert set(text) <= set(spaced(text))
