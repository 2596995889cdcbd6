"""What every store of trained routers promises: fake and Postgres alike."""

import pytest

from frontdesk.adapters.postgres.router_models import PostgresRouterModelStore
from frontdesk.ports import RouterModelStore
from tests.support.fake_router_models import FakeRouterModelStore


@pytest.fixture(params=["fake", pytest.param("postgres", marks=pytest.mark.integration)])
def store(request: pytest.FixtureRequest) -> RouterModelStore:
    if request.param == "fake":
        return FakeRouterModelStore()
    return PostgresRouterModelStore(request.getfixturevalue("agent_database"))


def test_a_saved_model_is_loaded_as_it_was(store: RouterModelStore) -> None:
    content = bytes(range(256))

    store.save("small", "a", content)

    assert store.load("small", "a") == content
    assert store.load("small", "b") is None
    assert store.load("large", "a") is None


def test_one_process_takes_on_the_training(store: RouterModelStore) -> None:
    assert store.claim("small", "a", seconds=60)
    assert not store.claim("small", "a", seconds=60)
    assert store.claim("large", "a", seconds=60)
    assert store.load("small", "a") is None


def test_a_claim_runs_out(store: RouterModelStore) -> None:
    assert store.claim("small", "a", seconds=0)
    assert store.claim("small", "a", seconds=60)


def test_what_is_trained_is_not_trained_again(store: RouterModelStore) -> None:
    assert store.claim("small", "a", seconds=0)
    store.save("small", "a", b"trained")

    assert not store.claim("small", "a", seconds=60)


def test_a_later_save_replaces_the_former(store: RouterModelStore) -> None:
    store.save("small", "a", b"one")
    store.save("small", "a", b"two")

    assert store.load("small", "a") == b"two"
