"""axe-core, the accessibility checker, run in a page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SCRIPT = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


CONTRAST = ["color-contrast"]
"""All that another theme can change."""


def violations(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """Checks what a page shows now.

    Args:
        page: The page.
        rules: Which rules, or kinds of them.

    Returns:
        What is wrong, with the elements that it is wrong with.
    """
    # Evaluated by the debugger: the page's own policy would rightly refuse to load it.
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT.read_text() + "; undefined")
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
        ".then(result => result.violations)",
        list(rules),
    )
    return [
        f"{violation['id']}: {violation['help']}: {node['target']} {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]
