"""Holding callers to limits, without ever refusing one because of ourselves.

Counting is the store's; what it means is the domain's. Where the store fails, everybody passes and
a metric says so: a limit protects the service, and must not be what takes it down.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from frontdesk.clock import utc_now
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.limits import ALL, DAY, Counter, Limit, Standing
from frontdesk.ports import UsageCounters
from frontdesk.principal import Caller, PrincipalKind

STORE_FAILED = "LimiterFailures"
"""The metric of what passed uncounted."""

TRUSTED_FOR = timedelta(seconds=5)
"""How long a process trusts the count it saw last, and adds up what it may tell later: a reading
and a writing a message would cost more than the little that is used meanwhile."""

HELD_BACK_SHARE = 0.01
"""How much of a quota a process may count by itself before all know of it, while less than half of
the quota is used. Who sends much (a company's own backend has one key for all its customers) would
else have every request write to one item; who has a small quota is counted at each request."""

_MOST_TRUSTED = 1_000
_DIGEST_DIGITS = 32
_IPV6_HOST_BITS = 64
_PURPOSE = b"frontdesk limits\0"


@dataclass(frozen=True, slots=True)
class Limiter:
    """Counts, and says where somebody stands.

    Attributes:
        counters: Where all processes count together.
        report: Called with `STORE_FAILED` where nothing could be counted or read.
        now: Tells the time.
    """

    counters: UsageCounters
    report: Callable[[str], None] = lambda _: None
    now: Callable[[], datetime] = utc_now
    _seen: dict[Counter, tuple[datetime, int]] = field(default_factory=dict, init=False, repr=False)
    _untold: dict[Counter, int] = field(default_factory=dict, init=False, repr=False)
    _told_at: dict[Counter, datetime] = field(default_factory=dict, init=False, repr=False)

    def spend(self, limit: Limit, counted_as: str, amount: int = 1) -> Standing | None:
        """Counts somebody's use: for all processes, or far from the limit for this one at first.

        Args:
            limit: The limit.
            counted_as: Who is counted.
            amount: How much was used.

        Returns:
            Where that leaves them; None where it could not be counted.
        """
        now = self.now()
        counter = limit.counter(counted_as, now)
        untold = self._untold.get(counter, 0) + amount
        seen_at, used = self._seen.get(counter, (now - TRUSTED_FOR, 0))
        is_far = 2 * (used + amount) <= limit.quota and untold <= HELD_BACK_SHARE * limit.quota
        if is_far and now - seen_at < TRUSTED_FOR:
            self._untold[counter] = untold
            self._seen[counter] = (seen_at, used + amount)
            return limit.standing(used + amount, now)
        self._forget_ended(now)
        try:
            used = self.counters.add(counter, untold)
        except InfrastructureError:
            self.report(STORE_FAILED)
            return None
        self._untold.pop(counter, None)
        self._note([(counter, used)], now)
        return limit.standing(used, now)

    def add_up(self, limit: Limit, counted_as: str, amount: int) -> None:
        """Counts somebody's use at once for this process, and within seconds of use for all.

        A counter that this process has just written to waits, so that one which everybody shares
        is not written to at each use. What is added up when the process ends is lost.

        Args:
            limit: The limit.
            counted_as: Who is counted.
            amount: How much was used.
        """
        now = self.now()
        counter = limit.counter(counted_as, now)
        self._untold[counter] = self._untold.get(counter, 0) + amount
        if counter in self._seen:
            seen_at, used = self._seen[counter]
            self._seen[counter] = (seen_at, used + amount)
        for waits in [waits for waits, at in self._told_at.items() if now - at >= TRUSTED_FOR]:
            del self._told_at[waits]
        for due in [counter for counter in self._untold if counter not in self._told_at]:
            self._tell(due, now)

    def standings(self, counted: Sequence[tuple[Limit, str]]) -> list[Standing]:
        """Tells where somebody stood some seconds ago at most, without counting.

        Args:
            counted: Limits, each with who is counted by it.

        Returns:
            A standing each; none at all where they could not be read.
        """
        now = self.now()
        counters = [limit.counter(who, now) for limit, who in counted]
        used = {counter: self._trusted(counter, now) for counter in counters}
        unknown = [counter for counter, count in used.items() if count is None]
        if unknown:
            try:
                counts = self.counters.read(unknown)
            except InfrastructureError:
                self.report(STORE_FAILED)
                return []
            found = [
                (counter, count + self._untold.get(counter, 0))
                for counter, count in zip(unknown, counts, strict=True)
            ]
            self._note(found, now)
            used.update(found)
        return [
            limit.standing(used[counter] or 0, now)
            for (limit, _), counter in zip(counted, counters, strict=True)
        ]

    def _tell(self, counter: Counter, now: datetime) -> None:
        self._told_at[counter] = now
        try:
            used = self.counters.add(counter, self._untold[counter])
        except InfrastructureError:
            self.report(STORE_FAILED)
            return
        del self._untold[counter]
        self._note([(counter, used)], now)

    def _forget_ended(self, now: datetime) -> None:
        for ended in [counter for counter in self._untold if counter.ends_at <= now.timestamp()]:
            del self._untold[ended]

    def _trusted(self, counter: Counter, now: datetime) -> int | None:
        seen_at, used = self._seen.get(counter, (None, 0))
        return used if seen_at is not None and now - seen_at < TRUSTED_FOR else None

    def _note(self, counts: Sequence[tuple[Counter, int]], now: datetime) -> None:
        if len(self._seen) >= _MOST_TRUSTED:
            self._seen.clear()
        self._seen.update((counter, (now, used)) for counter, used in counts)


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """How many of the model's tokens a day may cost, for one caller and for all together.

    A caller who has spent its own is refused. Once that of all is spent, nobody is: answers are
    made without the model until the next day.

    Attributes:
        limiter: Counts.
        per_caller: Each caller's tokens a day.
        together: Everybody's tokens a day.
    """

    limiter: Limiter
    per_caller: int
    together: int

    def of_caller(self, counted_as: str) -> Standing | None:
        """Reads where a caller stands.

        Args:
            counted_as: The caller.

        Returns:
            Its standing; None where it could not be read.
        """
        standings = self.limiter.standings([(self._callers, counted_as)])
        return standings[0] if standings else None

    def left(self, counted_as: str | None) -> int | None:
        """Reads how many tokens may still be used on behalf of a caller.

        Args:
            counted_as: The caller; None where it cannot be told from others.

        Returns:
            The tokens; None where that could not be read.
        """
        standings = self.limiter.standings(self._counted(counted_as))
        return min((standing.remaining for standing in standings), default=None)

    def spend(self, counted_as: str | None, tokens: int) -> None:
        """Counts tokens that were used.

        Args:
            counted_as: On whose behalf.
            tokens: How many.
        """
        if tokens:
            for limit, who in self._counted(counted_as):
                self.limiter.add_up(limit, who, tokens)

    @property
    def _callers(self) -> Limit:
        return Limit("tokens", self.per_caller, DAY)

    def _counted(self, counted_as: str | None) -> list[tuple[Limit, str]]:
        callers = [] if counted_as is None else [(self._callers, counted_as)]
        return [*callers, (Limit("tokens-together", self.together, DAY), ALL)]


@dataclass(frozen=True, slots=True)
class CallerDigests:
    """Names callers for their counters, so that the name tells nobody who they are.

    A guest is counted by network address, since it can have as many tokens as it likes; an IPv6
    address by its first half, which is what one household or office has. A service or a member of
    staff who speaks for a customer is counted apart for each.

    Attributes:
        read_key: Returns a secret, without which addresses cannot be tried out.
        report: Called with `STORE_FAILED` where the secret cannot be read.
    """

    read_key: Callable[[], bytes]
    report: Callable[[str], None] = lambda _: None

    def of(self, caller: Caller, *, customer_email: str | None = None) -> str | None:
        """Names a caller.

        Args:
            caller: Who is calling.
            customer_email: For whom, where the caller is believed.

        Returns:
            A keyed digest; None where nothing tells the caller from others.
        """
        principal = caller.principal
        who = principal.subject
        if principal.kind is PrincipalKind.GUEST:
            who = None if caller.source_ip is None else _network(caller.source_ip)
        if who is None:
            return None
        text = "\0".join((principal.kind, who, customer_email or ""))
        try:
            key = self.read_key()
        except InfrastructureError:
            self.report(STORE_FAILED)
            return None
        return hmac.digest(key, _PURPOSE + text.encode(), "sha256").hex()[:_DIGEST_DIGITS]


def _network(source_ip: str) -> str:
    try:
        address = ip_address(source_ip)
    except ValueError:
        return source_ip
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(int(address) >> _IPV6_HOST_BITS)
