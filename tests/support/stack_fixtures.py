"""One stack for all tests over HTTP, and the people who talk to it."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.stack import DAVID, JOHN, Caller, Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack with the sample data."""
    # Time enough to read a reply before it is mailed, and not more to wait for one that is.
    running = Stack(tmp_path_factory.mktemp("stack") / "data", MAIL_AFTER_SECONDS="5")
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def guest(stack: Stack) -> Iterator[Callable[[], Caller]]:
    """Makes guests, each another person."""
    callers: list[Caller] = []

    def make() -> Caller:
        callers.append(Caller(stack.url))
        return callers[-1]

    yield make
    for caller in callers:
        caller.http.close()


def _signed_in(stack: Stack, **whose: str) -> Iterator[Caller]:
    caller = Caller(stack.url, {"authorization": f"Bearer {stack.credential(**whose)}"})
    yield caller
    caller.http.close()


@pytest.fixture(scope="session")
def john(stack: Stack) -> Iterator[Caller]:
    """John Smith, a customer."""
    yield from _signed_in(stack, EMAIL=JOHN)


@pytest.fixture(scope="session")
def david(stack: Stack) -> Iterator[Caller]:
    """David Wilson, another customer."""
    yield from _signed_in(stack, EMAIL=DAVID)


@pytest.fixture(scope="session")
def staff(stack: Stack) -> Iterator[Caller]:
    """A support agent."""
    yield from _signed_in(stack, STAFF="1")


@pytest.fixture(scope="session")
def service(stack: Stack) -> Iterator[Caller]:
    """A backend service."""
    caller = Caller(stack.url, {"x-api-key": stack.credential(SERVICE="1")})
    yield caller
    caller.http.close()
