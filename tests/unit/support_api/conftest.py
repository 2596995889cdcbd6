"""The support API with everything around it in memory."""

import pytest

from tests.support.desk import MemoryDesk
from tests.support.support_api import Client


@pytest.fixture
def desk() -> MemoryDesk:
    """What the routes reach the world through."""
    return MemoryDesk()


@pytest.fixture
def client(desk: MemoryDesk) -> Client:
    """Sends requests to the routes."""
    return Client(desk.desk())
