"""What every test gets: no network for unit tests, and no cloud credentials for any."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.loaders import create_loader
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests.support.scheduling import place_of, unit_scheduling

pytest_plugins = ["tests.support.postgres", "tests.support.stack_fixtures"]

# How long an example takes says more of the machine, which may be busy, than of the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

TESTS = Path(__file__).parent
# Tests of these folders must not open a socket: what they need is handed to them.
WITHOUT_NETWORK = (TESTS / "unit", TESTS / "template")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in WITHOUT_NETWORK):
            item.add_marker(pytest.mark.disable_socket)
    items.sort(key=lambda item: place_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return unit_scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _services_read_once() -> Iterator[None]:
    """Moto makes boto3 forget its session, and with it the description of each service."""
    with patch("botocore.session.create_loader", cache(create_loader)):
        yield


@pytest.fixture(autouse=True)
def _no_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that runs in a test may find the developer's own AWS account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
