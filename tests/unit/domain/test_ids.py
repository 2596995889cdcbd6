"""Identifiers are opaque, and derived ones are the same on every try."""

import re

from hypothesis import given
from hypothesis import strategies as st

from frontdesk.domain.ids import CROCKFORD, derived_id, new_id, ticket_number


def test_new_ids_differ_and_have_their_kind() -> None:
    first, second = new_id("task"), new_id("task")
    assert first != second
    assert re.fullmatch(r"task_[0-9a-f]{32}", first)


def test_derived_id_depends_on_every_part() -> None:
    assert derived_id("tick", "task_1", "ticket") == derived_id("tick", "task_1", "ticket")
    assert derived_id("tick", "task_1", "ticket") != derived_id("tick", "task_1t", "icket")


@given(st.text(), st.integers(min_value=0, max_value=5))
def test_ticket_number_can_be_read_over_the_phone(ticket_id: str, attempt: int) -> None:
    number = ticket_number(ticket_id, attempt)
    assert number.startswith("FD-")
    assert len(number) == 8
    assert set(number[3:]) <= set(CROCKFORD)


def test_another_attempt_gives_another_number() -> None:
    assert ticket_number("tick_1") != ticket_number("tick_1", attempt=1)
