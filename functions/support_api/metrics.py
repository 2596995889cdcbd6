"""The routes that give the figures of a period."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from frontdesk.domain.errors import InvalidInputError
from frontdesk.domain.metrics import Period
from support_api.api import Access, Api, Rule
from support_api.models import DayBody, DayList, MetricsBody
from support_api.ports import Desk

DEFAULT_PERIOD = timedelta(days=7)
"""A week has every weekday once."""

LONGEST_PERIOD = timedelta(days=366)
"""A year, so that one request stays one short look into indexes."""

_ONE_DAY = timedelta(days=1)
_MAX_CHARACTERS = 40
_DATE_CHARACTERS = len("2026-01-31")


From = Annotated[
    str | None,
    Query(
        alias="from",
        max_length=_MAX_CHARACTERS,
        description="The first moment or day, RFC 3339; UTC where no offset is given.",
    ),
]
To = Annotated[
    str | None,
    Query(
        max_length=_MAX_CHARACTERS,
        description="The first moment after the period, or its last day.",
    ),
]


def add_metrics_routes(api: Api, desk: Desk) -> None:
    """Adds ``GET /api/metrics`` and ``GET /api/metrics/days``.

    Args:
        api: The resolver.
        desk: What the routes reach the world through.
    """

    @api.operation(
        "GET",
        "/api/metrics",
        Rule(Access.STAFF),
        summary="Read the figures of a period",
        description="The last seven days where nothing is said; at most 366 days.",
        operation_id="getMetrics",
        tags=["metrics"],
    )
    def get_metrics(from_: From = None, to: To = None) -> MetricsBody:
        period = read_period(from_, to, now=desk.clock())
        return MetricsBody.of(period, desk.figures.of(period))

    @api.operation(
        "GET",
        "/api/metrics/days",
        Rule(Access.STAFF),
        summary="Read the figures of each day of a period",
        description="Days in UTC, those without anything included; the period as in the figures"
        " of a whole one, of which first and last day may be touched in part.",
        operation_id="listDays",
        tags=["metrics"],
    )
    def list_days(from_: From = None, to: To = None) -> DayList:
        period = read_period(from_, to, now=desk.clock())
        return DayList(items=[DayBody.of(day, of) for day, of in desk.figures.by_day(period)])


def read_period(start: str | None, end: str | None, *, now: datetime) -> Period:
    """Reads the period that a caller asks for.

    Args:
        start: Its first moment or day; the default period before its end where left out.
        end: The first moment after it, or its last day; now where left out.
        now: The time.

    Returns:
        The period.

    Raises:
        InvalidInputError: One is no time, or they do not make a period.
    """
    until = now if end is None else _read_moment("to", end, days_later=1)
    since = _week_before(until) if start is None else _read_moment("from", start)
    if since >= until:
        raise InvalidInputError.of("from", "should be before `to`")
    if until - since > LONGEST_PERIOD:
        raise InvalidInputError.of("from", f"should be at most {LONGEST_PERIOD.days} days before")
    return Period(since, until)


def _week_before(until: datetime) -> datetime:
    try:
        return until - DEFAULT_PERIOD
    except OverflowError:
        raise InvalidInputError.of("to", "is before all time") from None


def _read_moment(field: str, value: str, *, days_later: int = 0) -> datetime:
    """Reads a time as it is, a date as its midnight some days later."""
    text = value.strip().upper()
    try:
        if len(text) <= _DATE_CHARACTERS:
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            return day + days_later * _ONE_DAY
        # In a query an offset's plus sign arrives as the space that it stands for.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInputError.of(field, "should be a date or a time in RFC 3339") from None
