"""What all listings have in common: their parameters, and the cursor of the next page."""

import re
from typing import Annotated, Any

from annotated_types import Ge, Le
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BeforeValidator

from frontdesk.domain.listing import Page, PageRequest
from frontdesk.http.pagination import MAX_LIMIT, Cursors

MAX_TEXT_CHARACTERS = 320
"""The longest e-mail address; no other filter's value is as long."""

WITHOUT_NUL = r"^[^\x00]*$"
"""Postgres has no NUL in its texts."""

_DIGITS = re.compile(r"[0-9]{1,4}")


def _digits(value: object) -> object:
    # Pydantic would take « 5», «5.0» and «1_0» as well.
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("Input should be a whole number")
    return value


Limit = Annotated[
    int,
    Ge(1),
    Le(MAX_LIMIT),
    BeforeValidator(_digits),
    Query(description="How many items at most."),
]
Cursor = Annotated[
    str | None,
    Query(max_length=1024, description="`next_cursor` of the page before; leave out to start."),
]
Text = Annotated[str | None, Query(max_length=MAX_TEXT_CHARACTERS, pattern=WITHOUT_NUL)]


class Listing:
    """One listing with its filters; its cursors are good for no other.

    Args:
        cursors: Signs and reads cursors.
        kind: What is listed.
        **filters: What it is narrowed to, and how it is sorted; a None says nothing.
    """

    def __init__(self, cursors: Cursors, kind: str, **filters: object | None) -> None:
        self._cursors = cursors
        wanted = sorted(f"{name}={value}" for name, value in filters.items() if value is not None)
        self._name = "\x1f".join([kind, *wanted])

    def page(self, limit: int, cursor: str | None) -> PageRequest:
        """Reads what a caller asked for.

        Args:
            limit: How many items at most.
            cursor: Where to go on; None for the start.

        Returns:
            The page that is wanted.

        Raises:
            InvalidInputError: The cursor is not one of this listing.
        """
        after = None if cursor is None else self._cursors.decode(self._name, cursor)
        return PageRequest(limit, after)

    def next_cursor(self, page: Page[Any]) -> str | None:
        """Returns the cursor of what follows a page, None where nothing does."""
        if page.next_position is None:
            return None
        return self._cursors.encode(self._name, page.next_position)
