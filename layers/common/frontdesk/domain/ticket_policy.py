"""By when tickets are answered, and by whom, as the company has set it.

Times are counted in business hours: a ticket of Friday at 16:30 that is to be answered within an
hour, in a week from Monday to Friday, 09:00 to 17:00, is answered by Monday at 09:30. Hours are
those of the clock on the wall of one time zone; what is counted between them is real time, so that
the day on which the clocks change is an hour shorter or longer where it is business.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from frontdesk.domain.records import EXPECTED_RESPONSE_HOURS, TicketCategory, TicketPriority

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MAX_DAYS = 3_660
"""Ten years: no ticket is due later, whatever the hours are."""

_ENTRY = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?\s+"
    r"(?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)"
)

type Hours = tuple[time, time]


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When people work.

    Attributes:
        zone: Whose clock.
        hours: From when to when, by the day of the week (0 is Monday); an end at 00:00 is midnight.
    """

    zone: ZoneInfo
    hours: Mapping[int, tuple[Hours, ...]]

    @classmethod
    def parse(cls, text: str, zone_name: str) -> "BusinessHours":
        """Reads what the settings say.

        Args:
            text: Such as ``Mon-Fri 09:00-17:00, Sat 10:00-14:00``.
            zone_name: Such as ``Europe/Berlin``.

        Returns:
            The hours.

        Raises:
            ValueError: It cannot be read; the text says what.
        """
        try:
            zone = ZoneInfo(zone_name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{zone_name!r} is not a time zone") from None
        hours: dict[int, list[Hours]] = {}
        for entry in text.split(","):
            for day, opened in _read(entry.strip()):
                hours.setdefault(day, []).append(opened)
        for day, opened_on_day in hours.items():
            opened_on_day.sort()
            for (_, closes), (opens, _) in pairwise(opened_on_day):
                if closes == time() or opens < closes:
                    raise ValueError(f"the hours of {DAYS[day]} overlap")
        return cls(zone, {day: tuple(opened) for day, opened in hours.items()})

    def after(self, since: datetime, work: timedelta) -> datetime:
        """Tells when so much business time has passed.

        Args:
            since: From when on it is counted.
            work: How much of it.

        Returns:
            The moment, in UTC.
        """
        start = since.astimezone(UTC)
        left = work
        first_day = start.astimezone(self.zone).date()
        # The day before may have begun later than UTC's, and end after midnight.
        for number in range(-1, MAX_DAYS):
            for opens, closes in self._of_day(first_day + timedelta(days=number)):
                begins = max(opens, start)
                if begins >= closes:
                    continue
                if left <= closes - begins:
                    return begins + left
                left -= closes - begins
        raise ValueError("there are no business hours")

    def _of_day(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for opens, closes in self.hours.get(day.weekday(), ()):
            ends_on = day if closes != time() else day + timedelta(days=1)
            yield self._moment(day, opens), self._moment(ends_on, closes)

    def _moment(self, day: date, at: time) -> datetime:
        # A time that is twice is the first; one that is skipped is as long after the gap.
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who gets tickets of a kind.

    Attributes:
        category: Of this category; None for any.
        priority: Of this priority; None for any.
        assignee: Who gets them, as `assigned_to` names people.
    """

    category: TicketCategory | None
    priority: TicketPriority | None
    assignee: str

    def covers(self, category: str, priority: str) -> bool:
        """Tells whether a ticket is of this kind."""
        return self.category in {None, category} and self.priority in {None, priority}


@dataclass(frozen=True, slots=True)
class TicketPolicy:
    """What happens to a ticket when it is made.

    Attributes:
        response_times: Business time until a person answers, by priority.
        business_hours: When people work; None for around the clock.
        assignments: Who gets which tickets; the first that covers one counts.
    """

    response_times: Mapping[TicketPriority, timedelta] = field(
        default_factory=lambda: {
            priority: timedelta(hours=hours) for priority, hours in EXPECTED_RESPONSE_HOURS.items()
        }
    )
    business_hours: BusinessHours | None = None
    assignments: tuple[Assignment, ...] = ()

    def expected_response_at(self, priority: TicketPriority, since: datetime) -> datetime:
        """Tells by when a person answers.

        Args:
            priority: The ticket's priority.
            since: When it was opened, or opened again.

        Returns:
            The time.
        """
        work = self.response_times[priority]
        return (
            since + work if self.business_hours is None else self.business_hours.after(since, work)
        )

    def assignee(self, category: str, priority: str) -> str | None:
        """Tells who gets a ticket.

        Args:
            category: What it is about.
            priority: How soon it is answered.

        Returns:
            The assignee; None where nobody gets it by itself.
        """
        covering = (one.assignee for one in self.assignments if one.covers(category, priority))
        return next(covering, None)


def parse_response_times(text: str) -> dict[TicketPriority, timedelta]:
    """Reads response times.

    Args:
        text: Such as ``urgent=1, high=4, medium=24, low=72``, in hours; what is left out is as it
            comes.

    Returns:
        The times of all priorities.

    Raises:
        ValueError: It cannot be read; the text says what.
    """
    times = dict(TicketPolicy().response_times)
    for name, value in _pairs(text):
        try:
            priority, hours = TicketPriority(name), float(value)
        except ValueError:
            raise ValueError(f"{name}={value} is not a priority with its hours") from None
        if not 0 < hours <= 24 * 365:
            raise ValueError(f"{name}={value} is not between an hour's parts and a year")
        times[priority] = timedelta(hours=hours)
    return times


def parse_assignments(text: str) -> tuple[Assignment, ...]:
    """Reads assignment rules.

    Args:
        text: Such as ``billing=anna@example.com, */urgent=on-call, technical/high=kim``.

    Returns:
        The rules, in order.

    Raises:
        ValueError: They cannot be read; the text says what.
    """
    rules = []
    for kind, assignee in _pairs(text):
        category, _, priority = kind.partition("/")
        try:
            rules.append(
                Assignment(
                    None if category == "*" else TicketCategory(category),
                    None if priority in {"", "*"} else TicketPriority(priority),
                    assignee,
                )
            )
        except ValueError:
            raise ValueError(f"{kind!r} is not a category, or category/priority") from None
    return tuple(rules)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, separator, value = entry.partition("=")
        if not separator or not value.strip():
            raise ValueError(f"{entry!r} is not name=value")
        yield name.strip().lower(), value.strip()


def _read(entry: str) -> Iterator[tuple[int, Hours]]:
    found = _ENTRY.fullmatch(entry.lower())
    if found is None:
        raise ValueError(f"{entry!r} is not like 'Mon-Fri 09:00-17:00'")
    try:
        first = DAYS.index(found["first"])
        last = DAYS.index(found["last"] or found["first"])
        opens = time.fromisoformat(found["opens"])
        # Python knows no 24:00 before 3.14; midnight ends a day, too.
        closes = time() if found["closes"] == "24:00" else time.fromisoformat(found["closes"])
    except ValueError:
        raise ValueError(f"{entry!r} is not like 'Mon-Fri 09:00-17:00'") from None
    if closes != time() and closes <= opens:
        raise ValueError(f"{entry!r} ends before it begins")
    days = (last - first) % 7 + 1
    for number in range(days):
        yield (first + number) % 7, (opens, closes)
