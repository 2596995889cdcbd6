"""What the tests under the Lambda runtime client share."""

import pytest

from tests.support.built import Built


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/runtime/" in item.path.as_posix():
            item.add_marker(pytest.mark.runtime)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The functions and the layer, built for this machine."""
    return Built(tmp_path_factory.mktemp("built"))
