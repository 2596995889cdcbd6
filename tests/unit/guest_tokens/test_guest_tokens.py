"""Guests' tokens: derived, signed, expiring."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.config import SettingsError
from frontdesk.guest_tokens import GuestTokenError, GuestTokens

KEY = b"a key of more than sixteen bytes"
ISSUED = datetime(2026, 5, 4, 12, 30, 15, 999_999, tzinfo=UTC)
TASK = "task_0123456789abcdef0123456789abcdef"


def tokens(now: datetime = ISSUED, key: bytes = KEY, days: int = 30) -> GuestTokens:
    return GuestTokens(lambda: key, days=days, now=lambda: now)


@given(task_id=st.text(min_size=1, max_size=60, alphabet=st.characters(codec="utf-8")))
def test_a_token_verifies_as_the_guest_of_its_task(task_id: str) -> None:
    token = tokens().issue(task_id, ISSUED)
    assert tokens().verify(token) == tokens().subject(task_id)
    assert tokens().issue(task_id, ISSUED) == token


@given(data=st.data())
def test_no_changed_token_verifies(data: st.DataObject) -> None:
    # Given
    token = tokens().issue(TASK, ISSUED)
    position = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != token[position]))
    # When, then
    with pytest.raises(GuestTokenError):
        tokens().verify(token[:position] + other + token[position + 1 :])


@given(text=st.text(max_size=300))
def test_no_other_text_verifies(text: str) -> None:
    for candidate in (text, f"fdg_{text}"):
        with pytest.raises(GuestTokenError):
            tokens().verify(candidate)


@given(one=st.text(min_size=1, max_size=40), two=st.text(min_size=1, max_size=40))
def test_two_tasks_are_two_guests(one: str, two: str) -> None:
    same = tokens().subject(one.encode("utf-8", "replace").decode()) == tokens().subject(
        two.encode("utf-8", "replace").decode()
    )
    assert same == (one.encode("utf-8", "replace") == two.encode("utf-8", "replace"))


def test_a_token_expires_to_the_second() -> None:
    token = tokens().issue(TASK, ISSUED)
    last = ISSUED.replace(microsecond=0) + timedelta(days=30)
    assert tokens(last - timedelta(seconds=1)).verify(token) == tokens().subject(TASK)
    with pytest.raises(GuestTokenError, match="expired"):
        tokens(last).verify(token)


def test_another_keys_token_is_forged() -> None:
    token = tokens(key=b"another key of sixteen bytes").issue(TASK, ISSUED)
    with pytest.raises(GuestTokenError, match="forged"):
        tokens().verify(token)


def test_another_spelling_of_the_same_signature_is_forged() -> None:
    # Given the last character's two spare bits set
    token = tokens().issue(TASK, ISSUED)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(token[-1])
    respelt = token[:-1] + alphabet[last ^ 1]
    signature, other = token[-43:] + "=", respelt[-43:] + "="
    assert base64.urlsafe_b64decode(signature) == base64.urlsafe_b64decode(other)
    # When, then
    with pytest.raises(GuestTokenError, match="forged"):
        tokens().verify(respelt)


def test_the_task_cannot_be_read_from_the_token() -> None:
    token = tokens().issue(TASK, ISSUED)
    assert TASK.removeprefix("task_") not in token


@pytest.mark.parametrize("key", [b"", b"fifteen bytes.."])
def test_a_short_key_signs_nothing(key: bytes) -> None:
    with pytest.raises(SettingsError):
        tokens(key=key).issue(TASK, ISSUED)
