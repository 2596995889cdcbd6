"""The figures of a period, counted in a real Postgres."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.figures import PostgresFigures
from frontdesk.domain.metrics import Figures, Period
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_message, a_ticket, a_turn, moment
from tests.support.postgres import TestDatabase

pytestmark = pytest.mark.integration

DAY = Period(moment(0), moment(24 * 60))


@pytest.fixture
def rows(database: TestDatabase) -> DeskRows:
    """The database, to put samples into."""
    return DeskRows(database)


@pytest.fixture
def connection(database: TestDatabase) -> Iterator[psycopg.Connection[Any]]:
    """The database's owner."""
    with database.owner() as opened:
        yield opened


def add(rows: DeskRows, *roles: str, minute: float = 1, **fields: Any) -> str:
    """A conversation with a message a minute."""
    conversation = a_conversation("guest:1", minute=minute, **fields)
    rows.add_conversation(conversation)
    for number, role in enumerate(roles):
        note = role == "note"
        rows.add_message(
            conversation.id,
            a_message(role="staff" if note else role, internal=note, minute=minute + number),
        )
    return conversation.id


def of(database: Database, period: Period = DAY) -> Figures:
    return PostgresFigures(database).of(period)


def test_nothing_happened(desk_database: Database) -> None:
    figures = of(desk_database)
    assert (figures.conversations, figures.answers, figures.first_answer_p50_ms) == (0, 0, None)
    assert (figures.cost_usd, figures.degraded_share) == (Decimal(0), None)


@pytest.mark.parametrize(
    ("roles", "fields", "resolved", "handed_over"),
    [
        (("customer", "assistant"), {}, 1, 0),
        (("customer", "assistant", "note"), {}, 1, 0),
        (("customer", "assistant"), {"status": "closed"}, 1, 0),
        # Nobody answered, a person did, or is waited for.
        (("customer",), {}, 0, 0),
        (("customer", "assistant", "staff"), {}, 0, 1),
        (("customer", "assistant"), {"handler": "human"}, 0, 1),
        (("customer", "assistant"), {"waiting_for": "staff", "waiting_since": moment(3)}, 0, 0),
    ],
)
def test_resolved_without_a_person(
    rows: DeskRows,
    desk_database: Database,
    roles: tuple[str, ...],
    fields: dict[str, Any],
    resolved: int,
    handed_over: int,
) -> None:
    add(rows, *roles, **fields)
    figures = of(desk_database)
    assert figures.conversations == 1
    assert (figures.resolved_without_person, figures.handed_over) == (resolved, handed_over)


@pytest.mark.parametrize(
    ("hours_ago", "status", "resolved"), [(23, "open", 0), (25, "open", 1), (1, "closed", 1)]
)
def test_quiet_for_a_day_is_resolved(
    rows: DeskRows, desk_database: Database, hours_ago: int, status: str, resolved: int
) -> None:
    now = datetime.now(UTC)
    last_word = now - timedelta(hours=hours_ago)
    add(rows, "customer", "assistant", status=status, created_at=last_word, updated_at=last_word)
    figures = of(desk_database, Period(now - timedelta(days=7), now))
    assert figures.resolved_without_person == resolved


def test_a_thumb_down_is_no_resolution(
    rows: DeskRows, desk_database: Database, connection: psycopg.Connection[Any]
) -> None:
    for rating in ("up", "down", None):
        conversation_id = add(rows, "customer", "assistant")
        rows.add_turn(a_turn(conversation_id, minute=2, feedback_rating=rating))
    figures = of(desk_database)
    assert (figures.resolved_without_person, figures.ratings_up, figures.ratings_down) == (2, 1, 1)


def test_first_answer(rows: DeskRows, desk_database: Database) -> None:
    # given conversations that waited one, two and ten minutes, whoever answered
    for minutes in (1, 2, 10):
        conversation = a_conversation("guest:1", minute=0)
        rows.add_conversation(conversation)
        rows.add_message(conversation.id, a_message(minute=0))
        rows.add_message(conversation.id, a_message(role="staff", internal=True, minute=0.1))
        rows.add_message(conversation.id, a_message(role="assistant", minute=minutes))
        rows.add_message(conversation.id, a_message(role="staff", minute=minutes + 30))
    figures = of(desk_database)
    assert (figures.first_answer_p50_ms, figures.first_answer_p95_ms) == (120_000, 600_000)


def test_what_the_agents_did(
    rows: DeskRows, desk_database: Database, connection: psycopg.Connection[Any]
) -> None:
    conversation_id = add(rows, "customer", "assistant", "staff", "note")
    for agent, status, degraded in (
        ("faq", "completed", False),
        ("faq", "completed", True),
        ("order", "completed", False),
        ("escalation", "completed", False),
        (None, "handed_off", False),
        (None, "failed", False),
    ):
        turn = a_turn(conversation_id, minute=5)
        rows.add_turn(turn)
        connection.execute(
            "UPDATE turns SET agent = %s, status = %s, degraded = %s, llm_calls = 2,"
            " input_tokens = 100, output_tokens = 10, cost_usd = 0.000021 WHERE id = %s",
            (agent, status, degraded, turn.id),
        )
    rows.add_ticket(a_ticket(None, minute=5))

    figures = of(desk_database)

    assert figures.answers_by_agent == {"faq": 2, "order": 1, "escalation": 1}
    assert (figures.turns, figures.answers, figures.degraded_share) == (6, 4, 0.25)
    assert (figures.handed_off_turns, figures.failed_turns, figures.tickets) == (1, 1, 1)
    assert (figures.llm_calls, figures.input_tokens, figures.output_tokens) == (12, 600, 60)
    assert figures.cost_usd == Decimal("0.000126")
    assert (figures.customer_messages, figures.assistant_messages, figures.staff_messages) == (
        1,
        1,
        1,
    )


def test_the_period_is_half_open(rows: DeskRows, desk_database: Database) -> None:
    for minute in (-0.01, 0, 24 * 60 - 0.01, 24 * 60):
        conversation_id = add(rows, "customer", minute=minute)
        rows.add_turn(a_turn(conversation_id, minute=minute))
        rows.add_ticket(a_ticket(None, minute=minute))
    figures = of(desk_database)
    assert (figures.conversations, figures.customer_messages) == (2, 2)
    assert (figures.turns, figures.tickets) == (2, 2)


def test_what_was_carried_on_was_not_resolved(rows: DeskRows, desk_database: Database) -> None:
    first = add(rows, "customer", "assistant")
    add(rows, "customer", minute=2, previous_conversation_id=first)
    assert of(desk_database).resolved_without_person == 0


def test_each_day_of_a_period(rows: DeskRows, desk_database: Database) -> None:
    # given something on the first and the third day
    minutes_of_a_day = 24 * 60
    for minute in (0, 5, 2 * minutes_of_a_day):
        conversation_id = add(rows, "customer", "assistant", minute=minute)
        rows.add_turn(a_turn(conversation_id, minute=minute))
        rows.add_ticket(a_ticket(None, minute=minute))
    period = Period(moment(0), moment(3 * minutes_of_a_day))

    days = PostgresFigures(desk_database).by_day(period)

    first_day = moment(0).date()
    assert [day for day, _ in days] == [first_day + timedelta(days=number) for number in range(3)]
    counted = [(f.conversations, f.customer_messages, f.turns, f.tickets) for _, f in days]
    assert counted == [(2, 2, 2, 2), (0, 0, 0, 0), (1, 1, 1, 1)]
    assert [figures.first_answer_p50_ms for _, figures in days] == [60_000, None, 60_000]
    # and together they are what the whole period has
    whole = of(desk_database, period)
    assert whole.conversations == sum(figures.conversations for _, figures in days)
