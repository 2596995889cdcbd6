"""The figures of a period over the route."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from frontdesk.domain.metrics import Period
from tests.support.callers import STAFF
from tests.support.desk import MemoryDesk
from tests.support.support_api import Client


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [
        # The clock of these tests stands at 2026-01-02T03:04:05Z.
        (
            "",
            datetime(2025, 12, 26, 3, 4, 5, tzinfo=UTC),
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        ),
        ("from=2026-01-01", day(1, 1), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        # A date is a whole day.
        ("from=2026-01-01&to=2026-01-31", day(1, 1), day(2, 1)),
        ("from=2026-01-01T00:00:00Z&to=2026-01-31T00:00:00Z", day(1, 1), day(1, 31)),
        ("from=2026-01-01T02:00:00%2B02:00&to=2026-01-02T02:00:00+02:00", day(1, 1), day(1, 2)),
        ("to=2026-01-31T00:00:00", day(1, 24), day(1, 31)),
        ("to=2026-01-31t00:00:00z", day(1, 24), day(1, 31)),
    ],
)
def test_period(
    client: Client, desk: MemoryDesk, query: str, start: datetime, end: datetime
) -> None:
    answer = client.get("/api/metrics", STAFF, query=query)

    assert answer.status == 200
    [period] = desk.figures.asked
    assert (period.start, period.end) == (start, end)
    assert datetime.fromisoformat(answer.content["from"]) == start
    assert datetime.fromisoformat(answer.content["to"]) == end


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2026-02-30", "to"),
        ("to=9999-12-31", "to"),
        ("to=0001-01-01T00:00:00Z", "to"),
        ("from=0001-01-01T00:00:00%2B10:00", "from"),
        ("from=2026-01-03&to=2026-01-01", "from"),
        ("from=2024-01-01&to=2026-01-01", "from"),
        ("from=" + "1" * 41, "from"),
    ],
)
def test_bad_period(client: Client, query: str, field: str) -> None:
    answer = client.get("/api/metrics", STAFF, query=query)
    assert answer.status == 422
    assert [error["field"] for error in answer.content["errors"]] == [field]


def test_figures(client: Client, desk: MemoryDesk) -> None:
    desk.figures.figures = replace(
        desk.figures.figures,
        conversations=4,
        resolved_without_person=2,
        handed_over=1,
        first_answer_p50_ms=700,
        answers_by_agent={"faq": 5, "order": 2, "escalation": 1},
        degraded_answers=2,
        ratings_up=3,
        cost_usd=Decimal("0.1"),
    )

    content = client.get("/api/metrics", STAFF).content

    assert content["conversations"] == {
        "started": 4,
        "resolved_without_person": 2,
        "handed_over": 1,
        "first_answer_ms_p50": 700,
        "first_answer_ms_p95": 0,
    }
    assert content["answers"] == {
        "total": 8,
        "by_agent": {"faq": 5, "order": 2, "escalation": 1},
        "degraded": 2,
        "degraded_share": 0.25,
        "handed_off": 0,
        "failed": 0,
    }
    assert content["ratings"] == {"up": 3, "down": 0}
    assert content["usage"]["cost_usd"] == "0.100000"


def test_no_answers_have_no_share(client: Client) -> None:
    content = client.get("/api/metrics", STAFF).content
    assert content["answers"]["degraded_share"] is None


def test_days(client: Client, desk: MemoryDesk) -> None:
    desk.figures.figures = replace(desk.figures.figures, conversations=4)

    answer = client.get("/api/metrics/days", STAFF, query="from=2026-01-01&to=2026-01-03")

    assert answer.status == 200
    days = answer.content["items"]
    assert [day["day"] for day in days] == ["2026-01-01", "2026-01-02", "2026-01-03"]
    assert days[0]["conversations"]["started"] == 4
    assert desk.figures.asked == [Period(day(1, 1), day(1, 4))]


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (day(1, 1), day(1, 2), 1),
        (day(1, 1), day(1, 2).replace(hour=1), 2),
        (day(1, 1).replace(hour=23), day(1, 2).replace(hour=1), 2),
    ],
)
def test_a_day_that_is_touched_counts(start: datetime, end: datetime, days: int) -> None:
    assert len(Period(start, end).days) == days
