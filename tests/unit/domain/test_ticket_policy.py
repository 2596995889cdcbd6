"""Business hours, across weeks, zones and the days on which clocks change; and who gets what."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.config import SettingsError, TicketPolicySettings
from frontdesk.domain.records import TicketPriority
from frontdesk.domain.ticket_policy import (
    BusinessHours,
    TicketPolicy,
    parse_assignments,
    parse_response_times,
)

WEEK = "Mon-Fri 09:00-17:00"
BERLIN = "Europe/Berlin"
ZONES = ("UTC", BERLIN, "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe")
WEEKS = (
    WEEK,
    "Mon-Fri 08:00-12:00, Mon-Thu 13:00-18:00, Sat 10:00-14:00",
    "Sun 00:00-24:00",
    "Mon-Sun 22:00-24:00, Mon-Sun 00:00-06:00",
)
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
MINUTES = st.integers(1, 60 * 200).map(lambda minutes: timedelta(minutes=minutes))
HOURS = st.builds(BusinessHours.parse, st.sampled_from(WEEKS), st.sampled_from(ZONES))


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("since", "hours", "expected"),
    [
        # a Monday
        ("2026-11-23 10:00", 1, "2026-11-23 11:00"),
        ("2026-11-23 07:00", 1, "2026-11-23 10:00"),
        ("2026-11-23 16:30", 1, "2026-11-24 09:30"),
        ("2026-11-23 17:00", 1, "2026-11-24 10:00"),
        ("2026-11-23 10:00", 7, "2026-11-23 17:00"),
        # over the weekend
        ("2026-11-27 16:30", 1, "2026-11-30 09:30"),
        ("2026-11-28 12:00", 4, "2026-11-30 13:00"),
        ("2026-11-23 09:00", 24, "2026-11-25 17:00"),
    ],
)
@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "UTC"])
def test_time_is_counted_while_people_work(
    since: str, hours: int, expected: str, zone: str
) -> None:
    week = BusinessHours.parse(WEEK, zone)

    assert week.after(at(since, zone), timedelta(hours=hours)) == at(expected, zone)


@pytest.mark.parametrize(
    ("since", "hours", "expected"),
    [
        # Berlin, 29 March 2026: 02:00 is 03:00; that night has an hour less
        ("2026-03-29 01:00", 1, "2026-03-29 03:00"),
        ("2026-03-28 23:00", 3, "2026-03-29 03:00"),
        # 25 October 2026: 03:00 is 02:00 again; that night has an hour more
        ("2026-10-25 00:00", 4, "2026-10-25 03:00"),
    ],
)
def test_the_night_on_which_clocks_change_is_as_long_as_it_is(
    since: str, hours: int, expected: str
) -> None:
    around_the_clock = BusinessHours.parse("Mon-Sun 00:00-24:00", BERLIN)

    assert around_the_clock.after(at(since, BERLIN), timedelta(hours=hours)) == at(expected, BERLIN)


def test_opening_hours_stay_on_the_wall_when_clocks_change() -> None:
    week = BusinessHours.parse(WEEK, BERLIN)

    # the Fridays before and the Mondays after both changes of 2026
    for friday, monday in (("2026-03-27", "2026-03-30"), ("2026-10-23", "2026-10-26")):
        answered = week.after(at(f"{friday} 16:00", BERLIN), timedelta(hours=2))
        assert answered == at(f"{monday} 10:00", BERLIN)


@given(HOURS, MOMENTS, MINUTES)
def test_the_moment_is_within_hours_and_after_so_much_of_them(
    week: BusinessHours, since: datetime, work: timedelta
) -> None:
    moment = week.after(since, work)

    assert moment.tzinfo is UTC
    assert moment >= since + work
    assert worked(week, since, moment) == work
    # and not a moment before
    assert worked(week, since, moment - timedelta(seconds=1)) == work - timedelta(seconds=1)


@given(HOURS, MOMENTS, MINUTES, MINUTES)
def test_work_adds_up_and_later_is_never_answered_earlier(
    week: BusinessHours, since: datetime, first: timedelta, second: timedelta
) -> None:
    assert week.after(week.after(since, first), second) == week.after(since, first + second)
    assert week.after(since + second, first) >= week.after(since, first)


@given(MOMENTS, MINUTES, st.sampled_from(ZONES))
def test_around_the_clock_is_real_time_in_every_zone(
    since: datetime, work: timedelta, zone: str
) -> None:
    # Samoa had no 30 December 2011; no zone here misses a whole day since 2020
    week = BusinessHours.parse("Mon-Sun 00:00-24:00", zone)

    assert week.after(since, work) == since + work


def worked(week: BusinessHours, since: datetime, until: datetime) -> timedelta:
    """Counts business time another way: whole days by their hours, cut to the span."""
    total = timedelta()
    day = since.astimezone(week.zone).date() - timedelta(days=1)
    while day <= until.astimezone(week.zone).date():
        for opens, closes in week._of_day(day):
            total += max(timedelta(), min(closes, until) - max(opens, since))
        day += timedelta(days=1)
    return total


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Mon-Fri 9-17", "UTC"),
        ("Mon-Fri 17:00-09:00", "UTC"),
        ("Mon-Fry 09:00-17:00", "UTC"),
        ("Mon 25:00-26:00", "UTC"),
        ("Mon 09:00-12:00, Mon 11:00-13:00", "UTC"),
        ("Mon 20:00-24:00, Mon 22:00-23:00", "UTC"),
        ("", "UTC"),
        (WEEK, "Mars/Olympus"),
        (WEEK, "../etc/passwd"),
    ],
)
def test_hours_that_make_no_sense_are_refused(text: str, zone: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        BusinessHours.parse(text, zone)


def test_a_span_of_days_may_go_over_the_weeks_end() -> None:
    week = BusinessHours.parse("Sat-Mon 10:00-11:00", "UTC")

    assert sorted(week.hours) == [0, 5, 6]
    assert date(2026, 11, 23).weekday() == 0


def test_what_is_not_set_is_as_it_comes() -> None:
    policy = TicketPolicySettings().ticket_policy

    assert policy == TicketPolicy()
    assert policy.expected_response_at(TicketPriority.HIGH, at("2026-11-28 12:00")) == at(
        "2026-11-28 16:00"
    )
    assert policy.assignee("billing", "urgent") is None


def test_settings_decide_by_when_and_by_whom() -> None:
    policy = TicketPolicySettings.from_environment(
        {
            "BUSINESS_HOURS": WEEK,
            "TIME_ZONE": BERLIN,
            "RESPONSE_HOURS": "urgent=0.5, low=16",
            "ASSIGNMENT_RULES": "*/urgent=on-call, billing=anna@example.com, technical/high=kim",
        }
    ).ticket_policy

    friday = at("2026-11-27 16:45", BERLIN)
    assert policy.expected_response_at(TicketPriority.URGENT, friday) == at(
        "2026-11-30 09:15", BERLIN
    )
    assert policy.response_times[TicketPriority.LOW] == timedelta(hours=16)
    assert policy.response_times[TicketPriority.HIGH] == timedelta(hours=4)
    assert [
        policy.assignee(*kind)
        for kind in (
            ("billing", "urgent"),
            ("billing", "low"),
            ("technical", "high"),
            ("technical", "low"),
        )
    ] == ["on-call", "anna@example.com", "kim", None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"BUSINESS_HOURS": "always"},
        {"BUSINESS_HOURS": WEEK, "TIME_ZONE": "Nowhere"},
        {"RESPONSE_HOURS": "soon=1"},
        {"RESPONSE_HOURS": "high=0"},
        {"RESPONSE_HOURS": "high=nan"},
        {"ASSIGNMENT_RULES": "billing"},
        {"ASSIGNMENT_RULES": "sales=anna"},
        {"ASSIGNMENT_RULES": "billing/soon=anna"},
    ],
)
def test_a_setting_that_cannot_be_used_is_said_at_start(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        TicketPolicySettings.from_environment(wrong)


def test_parsers_take_nothing_for_nothing() -> None:
    assert parse_assignments("") == ()
    assert parse_response_times("") == TicketPolicy().response_times
