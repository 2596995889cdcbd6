"""Which tests run on one worker, one after another, and in which order workers take them.

The group marks of pytest-xdist 3.8 have no effect under pytest 9.2, and nothing says so: every
worker would start a stack of its own. So groups are told by the folder.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

GROUPS = {
    "tests/e2e/": "one stack",
    "tests/web/": "one stack",
    "tests/runtime/": "functions built once",
    "tests/integration/offline_model/": "one trained model",
    "tests/integration/localstack/": "one emulator",
}
"""What the tests of a folder share takes longer to start than most of them to run."""

LONGEST_FIRST = (
    "one stack",
    "tests/chaos/",
    "functions built once",
    "one trained model",
    "one emulator",
    "tests/integration/",
    "tests/contract/",
)
"""Begun in this order, before all others: what takes long and comes late, one worker ends with
alone. Two builds of the same wheels at once are one too many, so the stack's is the first."""


def unit_of(nodeid: str) -> str:
    """Returns the unit that a test belongs to; the tests of a unit run on one worker.

    Args:
        nodeid: The test's name, which begins with its file.
    """
    for folder, group in GROUPS.items():
        if nodeid.startswith(folder):
            return group
    # A run of the fault test takes seconds, and shares nothing.
    return nodeid if nodeid.startswith("tests/chaos/") else nodeid.partition("::")[0]


def place_of(nodeid: str) -> int:
    """Returns how early a test is run in relation to those of other units."""
    unit = unit_of(nodeid)
    places = (n for n, start in enumerate(LONGEST_FIRST) if unit.startswith(start))
    return next(places, len(LONGEST_FIRST))


def unit_scheduling(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Makes what hands out units of tests, in the order in which they were collected.

    Args:
        config: The run's.
        log: What pytest-xdist writes its own log with.
    """
    config.option.loadscopereorder = False
    scheduling = LoadScopeScheduling(config, log)
    scheduling._split_scope = unit_of
    return scheduling
