"""Waits that double."""

import pytest

from frontdesk.domain.backoff import backoff


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 20), (10**9, 20)]
)
def test_wait_doubles_up_to_the_longest(failures: int, seconds: float) -> None:
    assert backoff(failures, first=0.5, longest=20) == seconds
