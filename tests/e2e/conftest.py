"""Tests over HTTP share one stack, so one worker runs them all."""

from pathlib import Path

import pytest

from tests.support.stack import START_SECONDS

LAST = ("test_fuzz.py", "test_permissions.py")
"""Fuzzing leaves nothing as it was; what functions were refused is looked at after everything."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)
            # The first of them waits for the stack to start.
            item.add_marker(pytest.mark.timeout(START_SECONDS + 60))
    items.sort(key=lambda item: LAST.index(item.path.name) if item.path.name in LAST else -1)
