"""The time, in one place, so that everything that needs it can be handed another."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Returns the time now, in UTC and aware of it; a `frontdesk.ports.Clock`."""
    return datetime.now(UTC)
