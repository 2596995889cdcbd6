"""The prompts: files beside the code, with the company's own words filled in."""

import re
import secrets
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from frontdesk.domain.text import normalise

FOLDER = Path(__file__).parent / "prompts"

CANARY_BYTES = 8
"""Sixteen hexadecimal digits, new in each process: nobody writes them by chance."""

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


class PromptLibrary:
    """Renders the prompts of one company.

    Args:
        company_name: Whose support team this is.
        company_profile: What the company does, in a few sentences.
    """

    def __init__(self, *, company_name: str, company_profile: str) -> None:
        self._company = {
            "company_name": _one_line(company_name),
            "company_profile": normalise(company_profile) or "(not described)",
        }
        self.canary = f"ref-{secrets.token_hex(CANARY_BYTES)}"

    @property
    def company_name(self) -> str:
        """Whose support team this is."""
        return self._company["company_name"]

    @property
    def profile(self) -> str:
        """What the company says of itself, which the agents may repeat."""
        return f"{self._company['company_name']}: {self._company['company_profile']}"

    def render(self, name: str, values: Mapping[str, str]) -> str:
        """Fills in a prompt.

        Args:
            name: The file's name without its ending.
            values: What the turn knows; every placeholder has a value.

        Returns:
            The system prompt.
        """
        known = {**self._company, **values, "canary": self.canary}
        return _PLACEHOLDER.sub(lambda found: known[found[1]], _template(name))

    def own_lines(self) -> Iterator[str]:
        """Yields the lines of all prompts that are instructions and nothing of the company's."""
        for path in sorted(FOLDER.glob("*.md")):
            for line in _template(path.stem).splitlines():
                if not _PLACEHOLDER.search(line):
                    yield line.lstrip("-*# ")


@cache
def _template(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def _one_line(text: str) -> str:
    return " ".join(normalise(text).split())
