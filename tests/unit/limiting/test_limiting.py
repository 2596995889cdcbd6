"""Who is counted as whom, and what a count means."""

from datetime import UTC, datetime, timedelta

import pytest

from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.limits import DAY, MINUTE, Limit
from frontdesk.limiting import STORE_FAILED, TRUSTED_FOR, CallerDigests, Limiter, TokenBudget
from frontdesk.principal import Caller, Principal
from tests.support.callers import ADMIN, GUEST, NOBODY, SERVICE, STAFF, customer
from tests.support.fake_counters import FakeCounters

ALICE, BOB = customer("alice"), customer("bob")
NOON = datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)
DIGESTS = CallerDigests(lambda: b"a key")


def named(principal: Principal, source_ip: str | None = "203.0.113.7", **more: str) -> str | None:
    caller = Caller(principal=principal, correlation_id="c", source_ip=source_ip)
    return DIGESTS.of(caller, **more)


def test_a_guest_is_its_network_address_whatever_token_it_has() -> None:
    assert named(NOBODY) == named(GUEST)
    assert named(GUEST, "203.0.113.8") != named(GUEST)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("not an address", "not an address", True),
    ],
)
def test_an_address_stands_for_its_network(one: str, other: str, *, same: bool) -> None:
    assert (named(NOBODY, one) == named(NOBODY, other)) is same


def test_others_are_their_subject_wherever_they_are() -> None:
    for principal in (ALICE, STAFF, SERVICE):
        assert named(principal) == named(principal, "198.51.100.1") == named(principal, None)
    assert len({named(who) for who in (ALICE, BOB, STAFF, ADMIN, SERVICE, GUEST)}) == 6


def test_a_service_is_counted_apart_for_each_customer() -> None:
    names = [named(SERVICE, customer_email=f"{name}@example.com") for name in ("a", "b", "a")]

    assert names[0] == names[2] != names[1]
    assert named(SERVICE) not in names


def test_a_guest_without_an_address_is_not_counted() -> None:
    assert named(NOBODY, None) is None


def test_a_name_tells_nothing_without_the_key() -> None:
    caller = Caller(principal=NOBODY, correlation_id="c", source_ip="203.0.113.7")

    name = str(named(NOBODY))

    assert "203" not in name
    assert name != CallerDigests(lambda: b"another key").of(caller)


def test_a_key_out_of_reach_lets_everybody_pass() -> None:
    reported: list[str] = []

    def read_key() -> bytes:
        raise InfrastructureError("Secrets Manager is out of reach")

    caller = Caller(principal=ALICE, correlation_id="c")

    assert CallerDigests(read_key, reported.append).of(caller) is None
    assert reported == [STORE_FAILED]


def test_a_window_is_a_whole_minute_or_day_in_utc() -> None:
    limiter = Limiter(FakeCounters(lambda: NOON), now=lambda: NOON)

    a_minute = limiter.spend(Limit("requests", 5, MINUTE), "alice")
    a_day = limiter.spend(Limit("tokens", 5, DAY), "alice", 7)

    assert a_minute is not None
    assert a_day is not None
    assert (a_minute.used, a_minute.remaining, a_minute.resets_in) == (1, 4, 30)
    assert (a_day.used, a_day.remaining, a_day.resets_in) == (7, 0, 12 * 3600 - 30)


def test_far_from_the_limit_a_process_tells_of_many_uses_at_once() -> None:
    now, counters = NOON, FakeCounters(lambda: now)
    limit = Limit("requests", 1000, MINUTE)
    limiter = Limiter(counters, now=lambda: now)
    told = limit.counter("alice", NOON)

    standings = [limiter.spend(limit, "alice") for _ in range(11)]
    # All know of the first; ten more are a hundredth of the quota, and held back.
    assert [standing and standing.used for standing in standings] == list(range(1, 12))
    assert counters.read([told]) == [1]

    assert limiter.spend(limit, "alice") == limit.standing(12, now)
    assert counters.read([told]) == [12]


def test_what_was_held_back_is_told_with_the_next_use_after_seconds() -> None:
    now, counters = NOON, FakeCounters(lambda: now)
    limit = Limit("requests", 1000, MINUTE)
    ours, theirs = (Limiter(counters, now=lambda: now) for _ in range(2))
    for _ in range(5):
        ours.spend(limit, "alice")
        theirs.spend(limit, "alice")

    now += TRUSTED_FOR

    assert ours.spend(limit, "alice") == limit.standing(7, now)
    assert theirs.spend(limit, "alice") == limit.standing(12, now)


def test_near_the_limit_every_use_is_counted_for_all() -> None:
    counters = FakeCounters(lambda: NOON)
    limit = Limit("requests", 1000, MINUTE)
    limiter = Limiter(counters, now=lambda: NOON)
    limiter.spend(limit, "alice", 500)

    for used in (501, 502):
        assert limiter.spend(limit, "alice") == limit.standing(used, NOON)
        assert counters.read([limit.counter("alice", NOON)]) == [used]


def test_what_was_held_back_ends_with_its_window() -> None:
    now, counters = NOON, FakeCounters(lambda: now)
    limit = Limit("requests", 1000, MINUTE)
    limiter = Limiter(counters, now=lambda: now)
    for _ in range(3):
        limiter.spend(limit, "alice")

    now += timedelta(minutes=1)

    assert limiter.spend(limit, "alice") == limit.standing(1, now)
    assert limiter.standings([(limit, "alice")]) == [limit.standing(1, now)]


def test_the_budget_left_is_what_the_caller_and_all_together_leave() -> None:
    budget = TokenBudget(Limiter(FakeCounters()), per_caller=100, together=150)

    budget.spend("alice", 60)
    budget.spend("bob", 50)
    budget.spend(None, 10)

    # All together have 30 left, Alice 40 of her own, Bob 50.
    assert [budget.left(who) for who in ("alice", "bob", None)] == [30, 30, 30]
    assert [budget.of_caller(who).remaining for who in ("alice", "bob")] == [40, 50]  # type: ignore[union-attr]


def test_what_others_use_is_seen_within_seconds() -> None:
    now, counters = NOON, FakeCounters(lambda: now)
    ours, theirs = (
        TokenBudget(Limiter(counters, now=lambda: now), per_caller=100, together=100)
        for _ in range(2)
    )
    assert ours.left("alice") == 100
    theirs.spend("alice", 30)

    now += TRUSTED_FOR

    assert ours.left("alice") == 70


def test_what_is_used_in_quick_succession_is_told_together() -> None:
    now, counters = NOON, FakeCounters(lambda: now)
    limit = Limit("tokens", 100, DAY)
    limiter = Limiter(counters, now=lambda: now)
    told = limit.counter("alice", NOON)

    for _ in range(3):
        limiter.add_up(limit, "alice", 10)
    # This process counts all of it at once; the others see the first.
    assert limiter.standings([(limit, "alice")])[0].used == 30
    assert counters.read([told]) == [10]

    now += TRUSTED_FOR
    limiter.add_up(limit, "bob", 1)

    assert counters.read([told]) == [30]
    assert limiter.standings([(limit, "alice")])[0].used == 30


def test_what_could_not_be_told_is_told_later() -> None:
    now, counters, reported = NOON, FakeCounters(lambda: now), list[str]()
    limit = Limit("tokens", 100, DAY)
    limiter = Limiter(counters, reported.append, lambda: now)
    counters.is_down = True

    for _ in range(3):
        limiter.add_up(limit, "alice", 10)
    assert reported == [STORE_FAILED]

    counters.is_down = False
    now += TRUSTED_FOR
    limiter.add_up(limit, "alice", 10)

    assert counters.read([limit.counter("alice", NOON)]) == [40]


def test_what_is_not_told_yet_is_added_to_what_is_read() -> None:
    now, counters = NOON, FakeCounters(lambda: now)
    limit = Limit("tokens", 100, DAY)
    ours, theirs = (Limiter(counters, now=lambda: now) for _ in range(2))
    ours.add_up(limit, "alice", 10)
    now += TRUSTED_FOR
    ours.add_up(limit, "alice", 1)
    ours.add_up(limit, "alice", 1)
    theirs.add_up(limit, "alice", 50)

    assert theirs.standings([(limit, "alice")])[0].used == 61
    now += TRUSTED_FOR
    assert ours.standings([(limit, "alice")])[0].used == 62


def test_a_count_that_was_seen_just_now_is_not_read_again() -> None:
    counters, reported = FakeCounters(), list[str]()
    budget = TokenBudget(Limiter(counters, reported.append), per_caller=100, together=100)
    budget.spend("alice", 30)

    counters.is_down = True

    assert budget.left("alice") == 70
    assert budget.left("bob") is None
    assert reported == [STORE_FAILED]


def test_tomorrow_is_another_day() -> None:
    now = NOON
    budget = TokenBudget(
        Limiter(FakeCounters(lambda: now), now=lambda: now), per_caller=100, together=100
    )
    budget.spend("alice", 200)
    assert budget.left("alice") == 0

    now += timedelta(hours=12)

    assert budget.left("alice") == 100


def test_a_store_out_of_reach_lets_everybody_pass() -> None:
    counters, reported = FakeCounters(), list[str]()
    counters.is_down = True
    limiter = Limiter(counters, reported.append)
    budget = TokenBudget(limiter, per_caller=1, together=1)

    assert limiter.spend(Limit("requests", 1, MINUTE), "alice") is None
    assert budget.of_caller("alice") is None
    assert budget.left("alice") is None
    assert reported == [STORE_FAILED] * 3
