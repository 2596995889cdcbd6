"""The pages in a real Chromium, against a whole stack."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.stack import START_SECONDS

FOLDER = Path(__file__).parent
BUILT = FOLDER.parents[1] / "web" / "dist"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# A test's browser talks to the stack and to nobody else.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 15_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(START_SECONDS + 60))


def find_chromium() -> str | None:
    """Returns where a Chromium is; None where none is."""
    names = (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES)
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A Chromium; tests that need one are skipped where there is none.

    It ends with these tests: as long as it is there, an event loop runs in their thread, and
    nobody else could have one.
    """
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium is there: make browser")
    if not (BUILT / "index.html").exists():
        pytest.skip("the pages were not built (Node is not there): make web")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Somebody's browser, in which nothing is kept yet."""
    made = browser.new_context(viewport={"width": 1100, "height": 800}, locale="en-GB")
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which no script may fail."""
    failures: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    assert failures == []
