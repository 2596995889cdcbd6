"""Cursors come back as they were given, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.errors import InvalidInputError
from frontdesk.http.pagination import Cursors

CURSORS = Cursors(lambda: b"a key")


@given(st.text(), st.lists(st.text(), max_size=3).map(tuple))
def test_cursor_leads_back_to_its_position(listing: str, position: tuple[str, ...]) -> None:
    assert CURSORS.decode(listing, CURSORS.encode(listing, position)) == position


@given(st.text())
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        CURSORS.decode("tickets", text)
    assert [error.field for error in refusal.value.errors] == ["cursor"]


def test_cursor_of_another_listing_is_refused() -> None:
    cursor = CURSORS.encode("tickets", ("2026-01-01T00:00:00+00:00", "tick_1"))
    with pytest.raises(InvalidInputError):
        CURSORS.decode("conversations", cursor)


def test_cursor_of_another_key_is_refused() -> None:
    cursor = Cursors(lambda: b"another key").encode("tickets", ("1",))
    with pytest.raises(InvalidInputError):
        CURSORS.decode("tickets", cursor)


def test_changed_cursor_is_refused() -> None:
    cursor = CURSORS.encode("messages", ("17",))
    changed = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    with pytest.raises(InvalidInputError):
        CURSORS.decode("messages", changed)


def test_cursor_is_safe_in_a_url() -> None:
    cursor = CURSORS.encode("messages", ("\xff" * 40,))
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
