"""What a reply may state: only what a receipt shows.

Receipts are the passages and records of the turn, what was said in the conversation (earlier
replies were held to this too), and what the system itself knows: the day, the company's profile,
the ticket that the turn makes. Derived and allowed besides: sums of the invoices that were looked
at, by status and together; an invoice's rate of tax; the days from today to a date of a record;
and from amounts that the reply states too: sum and difference of two, twelve months of one and a
twelfth of it, a price times the seats, and what a year saves over twelve months.
"""

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

from agent_worker.claims import (
    Claim,
    ClaimKind,
    Day,
    Money,
    amounts_within,
    claims,
    numbers_within,
)
from frontdesk.domain.actions import renews_on
from frontdesk.domain.records import Invoice, InvoiceStatus, Subscription

MONTHS_A_YEAR = 12
MAX_FIGURES = 12
"""Of a reply that are combined with each other: an honest answer works with a handful."""

_UNPAID = frozenset({InvoiceStatus.OPEN, InvoiceStatus.OVERDUE})
_GOES_ON_BEFORE = re.compile(r"\w$|\w-$|\d[.,^]$")
_GOES_ON = re.compile(r"\w|-\w|[.,]\d")
_CENT = Decimal("0.01")
_TYPOGRAPHY = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-"})


@dataclass
class Receipts:
    """What is known, ready to be compared with what is said.

    Attributes:
        today: The day of the turn.
    """

    today: date
    _known: dict[ClaimKind, set[Hashable]] = field(default_factory=dict)
    _amounts: set[Money] = field(default_factory=set)
    _numbers: set[Decimal] = field(default_factory=set)
    _words: list[str] = field(default_factory=list)
    _unread: list[str] = field(default_factory=list)
    _seats: set[int] = field(default_factory=set)
    _rates: set[Decimal] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Takes the day itself for known."""
        self.add_day(self.today)

    def add_text(self, text: str) -> None:
        """Takes a text for a receipt.

        Args:
            text: A passage, a tool's result, a message, what the system says.
        """
        said = text.translate(_TYPOGRAPHY)
        self._unread.append(said)
        self._words.append(said.lower())

    def add_day(self, day: date) -> None:
        """Takes a day for known, and how far it is from today."""
        known = self._known.setdefault(ClaimKind.DATE, set())
        known.add(Day(day.month, day.day, day.year))
        apart = abs((day - self.today).days)
        durations = self._known.setdefault(ClaimKind.DURATION, set())
        months = abs((day.year - self.today.year) * MONTHS_A_YEAR + day.month - self.today.month)
        durations |= {("minutes", Decimal(apart * 1_440)), ("months", Decimal(months))}

    def add_subscription(self, subscription: Subscription) -> None:
        """Takes a subscription's figures and days for known."""
        self._amounts.add(_money(subscription.price, subscription.currency))
        self._seats.add(subscription.seats)
        renewal = renews_on(subscription, self.today)
        for day in (
            subscription.start_date,
            subscription.end_date,
            subscription.trial_end_date,
            renewal,
        ):
            if day is not None:
                self.add_day(day)

    def add_invoices(self, invoices: Iterable[Invoice]) -> None:
        """Takes invoices' figures and days for known, and the sums of their totals."""
        sums: dict[tuple[str, str], Decimal] = {}
        for invoice in invoices:
            for value in (invoice.amount, invoice.tax, invoice.total):
                self._amounts.add(_money(value, invoice.currency))
            if invoice.amount:
                self._rates.add(_whole(invoice.tax / invoice.amount * 100))
            for day in (invoice.due_date, invoice.paid_date):
                if day is not None:
                    self.add_day(day)
            groups = ["", invoice.status.value, *(["unpaid"] if invoice.status in _UNPAID else [])]
            for group in groups:
                key = (group, invoice.currency)
                sums[key] = sums.get(key, Decimal()) + invoice.total
        self._amounts |= {_money(total, currency) for (_, currency), total in sums.items()}
        self._amounts.add(Money(Decimal()))

    def without_receipt(self, reply: str) -> list[Claim]:
        """Finds what a reply states and no receipt shows.

        Args:
            reply: The reply, as it would be sent.

        Returns:
            The claims, none twice.
        """
        said = claims(reply.translate(_TYPOGRAPHY))
        open_claims = [claim for claim in said if not (self._quotes(claim) or self._shows(claim))]
        if open_claims:
            # Reading the receipts costs more than all else, and most replies quote them.
            self._read()
            open_claims = [claim for claim in open_claims if not self._shows(claim)]
        if not open_claims:
            return []
        stated = self._stated(said)
        derived, rates = self._derived(stated), self._rates | _savings(stated)
        unfounded = [
            claim
            for claim in open_claims
            if not any(_is_among(meaning, claim.kind, derived, rates) for meaning in claim.meanings)
        ]
        return list({(claim.kind, claim.text.lower()): claim for claim in unfounded}.values())

    def _read(self) -> None:
        """Finds the facts of the texts that nobody has looked into yet."""
        for text in self._unread:
            stated = claims(text)
            for claim in stated:
                known = self._known.setdefault(claim.kind, set())
                known |= claim.meanings
            self._amounts |= amounts_within(text, stated)
            self._numbers |= numbers_within(text)
        self._unread.clear()

    def _quotes(self, claim: Claim) -> bool:
        """True where a text has the very words; a bare number may mean something else there."""
        return not claim.text.isdecimal() and _occurs(claim.text.lower(), self._words)

    def _shows(self, claim: Claim) -> bool:
        return any(self._knows(claim.kind, meaning) for meaning in claim.meanings)

    def _knows(self, kind: ClaimKind, meaning: Hashable) -> bool:
        known = self._known.get(kind, set())
        match kind, meaning:
            case ClaimKind.AMOUNT, Money():
                return any(meaning.agrees(amount) for amount in self._amounts)
            case ClaimKind.DATE, Day():
                return any(meaning.agrees(day) for day in known if isinstance(day, Day))
            case ClaimKind.DURATION, (unit, *values):
                ends = {
                    end
                    for other, *others in (item for item in known if isinstance(item, tuple))
                    if other == unit
                    for end in others
                }
                return all(value in ends for value in values)
            case ClaimKind.QUANTITY, _:
                return meaning in self._numbers
            case ((ClaimKind.IDENTIFIER | ClaimKind.PLAN), str()):
                return meaning in known or _occurs(meaning, self._words)
        return meaning in known

    def _stated(self, said: Iterable[Claim]) -> list[Money]:
        """The known amounts that a reply states itself."""
        stated = {
            known
            for claim in said
            if claim.kind is ClaimKind.AMOUNT
            for meaning in claim.meanings
            if isinstance(meaning, Money)
            for known in self._amounts
            if meaning.agrees(known)
        }
        return sorted(stated, key=lambda money: (money.value, money.currency))[:MAX_FIGURES]

    def _derived(self, stated: Iterable[Money]) -> set[Money]:
        """What can be worked out of amounts."""
        worked_out: set[Money] = set()
        for one in stated:
            values = [one.value * MONTHS_A_YEAR, one.value / MONTHS_A_YEAR]
            values += [one.value * seats for seats in self._seats]
            worked_out |= {_money(value, one.currency) for value in values}
        for one, other in _pairs(stated):
            worked_out |= {
                _money(value, one.currency or other.currency)
                for value in (
                    one.value + other.value,
                    abs(one.value - other.value),
                    abs(one.value * MONTHS_A_YEAR - other.value),
                )
            }
        return worked_out


def _is_among(
    meaning: Hashable, kind: ClaimKind, derived: Iterable[Money], rates: Collection[Decimal]
) -> bool:
    if isinstance(meaning, Money):
        return any(meaning.agrees(amount) for amount in derived)
    return (
        kind is ClaimKind.PERCENTAGE and isinstance(meaning, Decimal) and _whole(meaning) in rates
    )


def _pairs(stated: Iterable[Money]) -> Iterator[tuple[Money, Money]]:
    for one, other in product(stated, repeat=2):
        if one.agrees(Money(one.value, other.currency)):
            yield one, other


def _savings(stated: Iterable[Money]) -> set[Decimal]:
    """What paying a year costs less than twelve months, in percent."""
    return {
        _whole(100 - other.value * 100 / (one.value * MONTHS_A_YEAR))
        for one, other in _pairs(stated)
        if one.value < other.value < one.value * MONTHS_A_YEAR
    }


def _money(value: Decimal, currency: str) -> Money:
    return Money(value.quantize(_CENT, ROUND_HALF_UP).normalize(), currency)


def _whole(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1), ROUND_HALF_UP)


def _occurs(value: str, texts: Iterable[str]) -> bool:
    """True where a text has the value as a whole: ``INV-1`` is no receipt of ``INV-10``."""
    for text in texts:
        start = text.find(value)
        while start >= 0:
            before, after = text[max(0, start - 2) : start], text[start + len(value) :][:2]
            if not (_GOES_ON_BEFORE.search(before) or _GOES_ON.match(after)):
                return True
            start = text.find(value, start + 1)
    return False


def as_list(unfounded: Iterable[Claim]) -> list[Mapping[str, str]]:
    """Writes claims down for a trace."""
    return [{"kind": claim.kind.value, "text": claim.text} for claim in unfounded]
