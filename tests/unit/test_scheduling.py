"""What takes long to start is started once, however many workers there are."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest
from xdist.remote import Producer

from tests.support.scheduling import GROUPS, place_of, unit_of, unit_scheduling
from tests.support.template import ROOT

COLLECTED = [
    "tests/unit/test_quick.py::test_a",
    "tests/contract/test_store.py::test_b",
    "tests/chaos/test_run.py::test_c[one]",
    "tests/chaos/test_run.py::test_c[two]",
    "tests/e2e/test_access.py::test_d[GET /api/docs]",
    "tests/web/test_widget.py::test_e",
]


class Worker:
    """Notes which tests it is to run."""

    shutting_down = False

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.tests: list[str] = []

    def send_runtest_some(self, indices: Sequence[int]) -> None:
        ordered = sorted(COLLECTED, key=place_of)
        self.tests += [ordered[index] for index in indices]

    def shutdown(self) -> None:
        """Would end here, once there is nothing more to hand out."""


def test_all_tests_of_the_stack_run_on_the_worker_that_starts_first() -> None:
    # Given
    option = SimpleNamespace(loadscopereorder=True)
    config = SimpleNamespace(option=option, getvalue={"tx": ["popen", "popen"]}.__getitem__)
    scheduling = unit_scheduling(cast("pytest.Config", config), Producer("test"))
    workers = [Worker("first"), Worker("second")]
    for worker in workers:
        scheduling.add_node(worker)
        scheduling.add_node_collection(worker, sorted(COLLECTED, key=place_of))
    # When
    scheduling.schedule()
    # Then
    first, second = ([unit_of(test) for test in worker.tests] for worker in workers)
    assert first[:2] == ["one stack", "one stack"]
    assert "one stack" not in second
    assert second[0] == "tests/chaos/test_run.py::test_c[one]"


@pytest.mark.parametrize("folder", GROUPS)
def test_the_folder_of_a_group_has_tests(folder: str) -> None:
    assert any((ROOT / folder).glob("test_*.py"))
