"""Ingest, wired to what is in memory."""

import uuid
from collections.abc import Callable

import pytest

from chat_ingest import app
from tests.support.ingest import Desk


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk()
    monkeypatch.setattr(app, "build_ingest", lambda: made.ingest)
    monkeypatch.setattr(app, "build_rate", lambda: made.rate)
    monkeypatch.setattr(app, "build_reader", lambda: made.tasks)
    return made


@pytest.fixture
def new_key() -> Callable[[], str]:
    return lambda: str(uuid.uuid4())
