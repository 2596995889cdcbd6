"""How soon the console shows who waits, with thousands of conversations in the database.

Starts a stack of its own, fills it, and opens the console in a Chromium again and again as a member
of staff who is signed in, each time with an empty cache. Prints one JSON object; times are
milliseconds from the navigation's start: `first_paint` is the browser's own first contentful
paint, `first_row` when the first conversation that waits can be read.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import psycopg
from playwright.sync_api import Browser, sync_playwright

from tests.support.stack import Stack

CONVERSATIONS = 10_000
MESSAGES_EACH = 4
WAITING_SHARE = 50
"""One of so many waits for a person."""

VISITS = 20
WARM_UP = 3
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")

_CONVERSATIONS = """
INSERT INTO conversations (id, owner_subject, subject, last_agent, message_count, waiting_for,
    waiting_since, created_at, updated_at)
SELECT 'conv_bench' || n, 'guest:bench' || n, 'Question number ' || n, 'faq', %(messages)s,
    CASE WHEN n %% %(share)s = 0 THEN 'staff' END,
    CASE WHEN n %% %(share)s = 0 THEN now() - make_interval(mins => n) END,
    now() - make_interval(mins => n), now() - make_interval(mins => n)
  FROM generate_series(1, %(conversations)s) n"""

_MESSAGES = """
INSERT INTO messages (id, conversation_id, role, content, created_at)
SELECT 'msg_bench' || n || '_' || m, 'conv_bench' || n,
    CASE WHEN m %% 2 = 1 THEN 'customer' ELSE 'assistant' END,
    'What somebody wrote, as long as such things are.', now() - make_interval(mins => n)
  FROM generate_series(1, %(conversations)s) n, generate_series(1, %(messages)s) m"""

_FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def fill(database_url: str, conversations: int) -> None:
    """Puts conversations into a database, and lets it know how many there are."""
    parameters = {
        "conversations": conversations,
        "messages": MESSAGES_EACH,
        "share": WAITING_SHARE,
    }
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_CONVERSATIONS, parameters)
        connection.execute(_MESSAGES, parameters)
        connection.execute("ANALYZE conversations")
        connection.execute("ANALYZE messages")


def visit(browser: Browser, url: str, token: str) -> tuple[float, float]:
    """Opens the console once; returns milliseconds to its first paint and to its first row."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(f"sessionStorage.setItem('frontdesk.id-token', {json.dumps(token)})")
    page = context.new_page()
    page.goto(f"{url}/console/")
    page.locator("a.item").first.wait_for()
    row = float(page.evaluate("performance.now()"))
    paint = page.evaluate(_FIRST_PAINT)
    context.close()
    return float(paint), row


def spread(values: list[float]) -> dict[str, int]:
    """Sums measurements up."""
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered)),
        "p95": round(ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]),
    }


def measure(conversations: int, visits: int) -> dict[str, object]:
    """Measures the console on a stack of its own."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if chromium is None:
        sys.exit("no Chromium is there: make browser")
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "data")
        try:
            stack.start()
            fill(stack.environment["DATABASE_URL"], conversations)
            token = stack.credential(STAFF="1")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
                seen = [visit(browser, stack.url, token) for _ in range(WARM_UP + visits)]
                browser.close()
        finally:
            stack.stop()
    paints, rows = zip(*seen[WARM_UP:], strict=True)
    return {
        "conversations": conversations,
        "visits": visits,
        "load_average": os.getloadavg()[0],
        "first_paint_ms": spread([*paints]),
        "first_row_ms": spread([*rows]),
    }


def main() -> None:
    """Measures, and prints what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--visits", type=int, default=VISITS)
    wanted = parser.parse_args()
    json.dump(measure(wanted.conversations, wanted.visits), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
