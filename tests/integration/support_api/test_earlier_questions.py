"""What a question was asked after is read as the agents remembered it."""

import random
from datetime import timedelta
from typing import Any

import pytest

from agent_worker.memory import make_window
from frontdesk.adapters.postgres import asked_questions
from frontdesk.adapters.postgres.asked_questions import PostgresAskedQuestions
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database, RowScope
from frontdesk.adapters.postgres.earlier_questions import MAX_QUESTIONS
from frontdesk.clock import utc_now
from frontdesk.domain.ids import new_id
from frontdesk.domain.memory import CHARACTERS_PER_TOKEN, MAX_CARRIED_ON, WINDOW_TOKENS
from tests.support.callers import customer
from tests.support.desk_rows import DeskRows
from tests.support.desk_samples import a_conversation, a_message, a_turn
from tests.support.postgres import TestDatabase

ALICE = str(customer("alice").subject)
SEARCHED = {"tool_calls": [{"name": "search_knowledge_base"}]}
LONG = WINDOW_TOKENS * CHARACTERS_PER_TOKEN // 3


@pytest.fixture
def rows(database: TestDatabase) -> DeskRows:
    """A database to put conversations into."""
    return DeskRows(database)


def _converse(rows: DeskRows, *said: str | dict[str, Any], after: str | None = None) -> str:
    """Adds a conversation of a customer's questions and others' messages; returns its id."""
    conversation = a_conversation(ALICE, previous_conversation_id=after)
    rows.add_conversation(conversation)
    for one in said:
        fields: dict[str, Any] = {"content": one} if isinstance(one, str) else one
        rows.add_message(conversation.id, a_message(**fields))
    return conversation.id


def _ask(rows: DeskRows, conversation_id: str, text: str, *, minute: int = 0) -> str:
    """Adds a question that was looked up; returns its task."""
    task_id = new_id("task")
    rows.add_message(conversation_id, a_message(text, task_id=task_id, minute=minute))
    rows.add_turn(a_turn(conversation_id, task_id=task_id, trace=SEARCHED, created_at=utc_now()))
    return task_id


def _earlier(desk: Database, window_size: int = 15) -> dict[str, tuple[str, ...]]:
    start = utc_now() - timedelta(days=30)
    asked = PostgresAskedQuestions(desk, window_size=window_size).asked_since(start, limit=100)
    return {question.task_id: question.earlier for question in asked}


def test_it_is_what_the_agents_remembered(
    rows: DeskRows, desk_database: Database, agent_database: Database
) -> None:
    # given conversations of every kind: with staff, notes, long messages, one carried on after
    # another, and questions that come after the one that is looked at
    chance = random.Random(11)
    asked: dict[str, tuple[str, str]] = {}
    store = PostgresConversationStore(agent_database)
    remembered: dict[int, dict[str, tuple[str, ...]]] = {1: {}, 3: {}, 15: {}}
    before: str | None = None
    for number in range(30):
        messages = [
            {
                "content": f"{number}.{i} " + "x" * chance.choice([1, 9, LONG]),
                "role": (role := chance.choice(["customer", "assistant", "staff"])),
                "internal": role == "staff" and chance.random() < 0.5,
            }
            for i in range(chance.randrange(9))
        ]
        before = _converse(rows, *messages, after=before if number % (MAX_CARRIED_ON + 3) else None)
        text = f"question {number}"
        task_id = _ask(rows, before, text)
        asked[task_id] = (before, text)
        for size, windows in remembered.items():
            recent = store.recent_messages(before, limit=size)
            window = make_window(recent, task_id=task_id, text=text)
            windows[task_id] = window.earlier_questions[-MAX_QUESTIONS:]
        rows.add_message(before, a_message("too late"))

    # then the questions are read with what the window held that their answer was made from
    for size, windows in remembered.items():
        assert _earlier(desk_database, size) == windows
    assert len({len(one) for one in remembered[15].values()}) == MAX_QUESTIONS + 1
    assert not any(remembered[1].values())


def test_what_is_asked_alike_after_the_same_is_read_once(
    rows: DeskRows, desk_database: Database
) -> None:
    for minute, first in enumerate(("Do you have SSO?", "do you have sso?", "Can I export?")):
        _ask(rows, _converse(rows, first), "And how much is it?", minute=minute)
    assert sorted(_earlier(desk_database).values()) == [("Can I export?",), ("do you have sso?",)]


def test_only_so_many_turns_are_looked_through(
    rows: DeskRows, desk_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked_questions, "MAX_TURNS", 2)
    conversation = _converse(rows)
    _, *latest = [_ask(rows, conversation, f"Question {n}?", minute=n) for n in range(3)]
    assert set(_earlier(desk_database)) == set(latest)


def test_what_is_erased_is_not_read(rows: DeskRows, desk_database: Database) -> None:
    # given a question that carries on an earlier conversation
    first = _converse(rows, "Do you have SSO?")
    task_id = _ask(rows, _converse(rows, after=first), "And how much is it?")
    assert _earlier(desk_database) == {task_id: ("Do you have SSO?",)}

    # when that one is erased, then nothing of it is read
    rows.read(f"DELETE FROM conversations WHERE id = '{first}' RETURNING id")
    assert _earlier(desk_database) == {task_id: ()}


def test_only_staff_read_any_of_it(rows: DeskRows, desk_database: Database) -> None:
    # given somebody else's question
    _ask(rows, _converse(rows, "Do you have SSO?"), "And how much is it?")
    start = utc_now() - timedelta(days=30)
    questions = PostgresAskedQuestions(desk_database, window_size=15)
    assert questions.asked_since(start, limit=10)

    # when a customer's transaction would read it, then row level security leaves nothing
    with pytest.MonkeyPatch.context() as patch:
        bob = RowScope(subject=str(customer("bob").subject))
        patch.setattr(asked_questions, "_STAFF", bob)
        assert questions.asked_since(start, limit=10) == []
