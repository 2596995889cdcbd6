"""Agents and people on one conversation, in a real Postgres: nobody is talked over."""

from collections.abc import Callable
from typing import Any

import pytest

from frontdesk.adapters.postgres.conversation_changes import PostgresConversationChanges
from frontdesk.adapters.postgres.conversation_reads import PostgresConversationReads
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database
from frontdesk.clock import utc_now
from frontdesk.domain.conversation import CONVERSATION_CLOSED, Conversation, Message, Turn
from frontdesk.domain.conversation_changes import (
    ConversationChange,
    answered_by_person,
    closed,
    filed,
    released,
    taken_over,
)
from frontdesk.domain.ids import new_id
from frontdesk.domain.task import Task, TaskResult, TaskStatus
from tests.integration.agent_worker.conftest import Office
from tests.support.callers import STAFF
from tests.support.openai_server import ScriptedOpenAI, calls, routes, says

pytestmark = pytest.mark.integration

QUESTION = "How do I create a new project?"
TICKET = {
    "subject": "Charged twice",
    "description": "Two charges this month.",
    "category": "billing",
    "priority": "high",
}


class Person:
    """A member of staff, at work on the same database."""

    def __init__(self, database: Database) -> None:
        self._changes = PostgresConversationChanges(database)
        self._reads = PostgresConversationReads(database)

    def find(self, conversation_id: str) -> Conversation:
        found = self._reads.find(STAFF, conversation_id)
        assert found is not None
        return found

    def take_over(self, conversation_id: str) -> Conversation:
        return self._do(conversation_id, lambda present, _: taken_over(present, utc_now()))

    def release(self, conversation_id: str) -> Conversation:
        return self._do(
            conversation_id, lambda present, last: released(present, utc_now(), last_role=last)
        )

    def close(self, conversation_id: str) -> Conversation:
        return self._do(conversation_id, lambda present, _: closed(present, utc_now()))

    def reply(self, conversation_id: str, content: str = "Let me look.") -> Conversation:
        return self._do(
            conversation_id, lambda present, _: answered_by_person(present, utc_now()), content
        )

    def note(self, conversation_id: str, content: str = "A note.") -> Conversation:
        return self._do(conversation_id, lambda present, _: present, content, internal=True)

    def tag(self, conversation_id: str) -> Conversation:
        return self._do(
            conversation_id, lambda present, _: filed(present, utc_now(), {"tags": ("vip",)})
        )

    def meet(self, known: Conversation) -> Conversation:
        """Takes over what only ingest knows."""
        return self._changes.change(STAFF, known, lambda c, _: taken_over(c, utc_now()))

    def _do(
        self,
        conversation_id: str,
        change: ConversationChange,
        content: str | None = None,
        *,
        internal: bool = False,
    ) -> Conversation:
        message = None
        if content is not None:
            message = Message(
                id=new_id("msg"),
                role="staff",
                content=content,
                internal=internal,
                created_at=utc_now(),
            )
        return self._changes.change(STAFF, self.find(conversation_id), change, message=message)


@pytest.fixture
def person(desk_database: Database) -> Person:
    """Somebody of the staff."""
    return Person(desk_database)


class BeforeCommit(PostgresConversationStore):
    """Lets something happen when the answer is made, just before it is committed."""

    def __init__(self, database: Database, happens: Callable[[str], object]) -> None:
        super().__init__(database)
        self._happens = happens

    def commit(self, turn: Turn) -> TaskResult:
        self._happens(turn.conversation_id)
        self._happens = lambda _: None
        return super().commit(turn)


def ask_meanwhile(
    office: Office, happens: Callable[[str], object], text: str = QUESTION, **changes: Any
) -> Task:
    database = Database(lambda: office.database.agent_url)
    message = office.desk.accept(text, **changes)
    assert office.desk.deliver(message, store=BeforeCommit(database, happens))
    database.close()
    return office.desk.task(message)


@pytest.mark.parametrize(
    ("act", "status", "waiting_for"),
    [
        ("take_over", TaskStatus.HANDED_OFF, "staff"),
        ("reply", TaskStatus.HANDED_OFF, "customer"),
        ("close", TaskStatus.FAILED, None),
    ],
)
def test_a_reply_that_was_being_made_is_not_sent(
    office: Office,
    openai_server: ScriptedOpenAI,
    person: Person,
    act: str,
    status: TaskStatus,
    waiting_for: str | None,
) -> None:
    # given agents that answer with a ticket
    openai_server.will(
        routes("escalation"), calls(("create_support_ticket", TICKET)), says("I opened a ticket.")
    )

    # when a person acts before the answer is committed
    task = ask_meanwhile(office, getattr(person, act))

    # then neither answer nor ticket is there, and it is known who waits for whom
    assert (task.status, task.response, task.ticket) == (status, None, None)
    assert office.count("messages", "role = 'assistant'") == 0
    assert office.count("tickets") == 0
    assert person.find(task.conversation_id).waiting_for == waiting_for
    assert task.error == (CONVERSATION_CLOSED if act == "close" else None)


@pytest.mark.parametrize("act", ["note", "tag"])
def test_what_the_customer_does_not_see_disturbs_no_answer(
    office: Office, openai_server: ScriptedOpenAI, person: Person, act: str
) -> None:
    openai_server.will(routes("faq"), says("Click it [1]."))
    task = ask_meanwhile(office, getattr(person, act))
    assert (task.status, task.response) == (TaskStatus.COMPLETED, "Click it [1].")


def test_taken_over_and_given_back_meanwhile_is_answered_anew(
    office: Office, openai_server: ScriptedOpenAI, person: Person
) -> None:
    def speak_and_give_back(conversation_id: str) -> None:
        person.reply(conversation_id, "It has moved to Settings.")
        person.release(conversation_id)

    def knows(request: dict[str, Any]) -> None:
        assert "It has moved to Settings." in str(request["messages"])

    openai_server.will(
        routes("faq"), says("Click it [1]."), routes("faq"), says("In Settings.").checked(knows)
    )

    task = ask_meanwhile(office, speak_and_give_back)

    assert task.response == "In Settings."
    assert office.count("messages", "role = 'assistant'") == 1


def test_while_a_person_has_it_the_agents_are_silent(
    office: Office, openai_server: ScriptedOpenAI, person: Person
) -> None:
    # given a conversation that a person answered
    openai_server.will(routes("faq"), says("Click it [1]."))
    first = office.desk.ask(QUESTION)
    replied = person.reply(first.conversation_id)
    assert replied.waiting_for == "customer"

    # when the customer writes twice
    asked = len(openai_server.requests)
    tasks = [office.desk.ask(text, conversation_id=first.conversation_id) for text in ("So?", "?")]

    # then no model is asked, and the customer waits for the person since the first of them
    assert [task.status for task in tasks] == [TaskStatus.HANDED_OFF] * 2
    assert len(openai_server.requests) == asked
    now = person.find(first.conversation_id)
    assert (now.handler, now.waiting_for) == ("human", "staff")
    assert now.waiting_since is not None
    assert replied.waiting_since is not None
    assert now.waiting_since > replied.waiting_since
    assert now.message_count == 5


def test_a_person_who_answers_before_the_turn_is_committed_is_not_forgotten(
    office: Office, openai_server: ScriptedOpenAI, person: Person
) -> None:
    openai_server.will(routes("faq"), says("Click it [1]."))
    first = office.desk.ask(QUESTION)
    person.take_over(first.conversation_id)

    task = ask_meanwhile(office, person.reply, "So?", conversation_id=first.conversation_id)

    assert task.status is TaskStatus.HANDED_OFF
    assert person.find(first.conversation_id).waiting_for == "customer"


def test_after_a_release_the_agents_know_what_was_said_but_no_notes(
    office: Office, openai_server: ScriptedOpenAI, person: Person
) -> None:
    openai_server.will(routes("faq"), says("Click it [1]."))
    first = office.desk.ask(QUESTION)
    person.reply(first.conversation_id, "Your account is on the beta, look under Labs.")
    person.note(first.conversation_id, "He shouts.")
    given_back = person.release(first.conversation_id)
    assert (given_back.handler, given_back.waiting_for) == ("ai", None)

    def knows(request: dict[str, Any]) -> None:
        assert "on the beta, look under Labs" in str(request["messages"])
        assert "He shouts" not in str(request["messages"])

    openai_server.will(routes("faq"), says("Under Labs.").checked(knows))
    task = office.desk.ask("Where was it?", conversation_id=first.conversation_id)

    assert (task.status, task.response) == (TaskStatus.COMPLETED, "Under Labs.")


def test_what_was_left_to_a_person_waits_until_somebody_answers(
    office: Office, openai_server: ScriptedOpenAI, person: Person
) -> None:
    # given a message that a person left unanswered when giving the conversation back
    openai_server.will(routes("faq"), says("Click it [1]."))
    first = office.desk.ask(QUESTION)
    person.take_over(first.conversation_id)
    office.desk.ask("So?", conversation_id=first.conversation_id)
    assert person.release(first.conversation_id).waiting_for == "staff"

    # when the agents answer the next one
    openai_server.will(routes("faq"), says("Like this [1]."))
    office.desk.ask("Hello?", conversation_id=first.conversation_id)

    # then nobody waits any more
    now = person.find(first.conversation_id)
    assert (now.waiting_for, now.waiting_since) == (None, None)


def test_a_person_may_be_there_before_the_worker(
    office: Office, openai_server: ScriptedOpenAI, person: Person
) -> None:
    # given a message that is queued, and a person who takes its conversation over
    message = office.desk.accept(QUESTION)
    known = Conversation(
        id=message.conversation_id,
        owner_subject=str(message.principal.subject),
        created_at=message.accepted_at,
        updated_at=message.accepted_at,
    )
    person.meet(known)

    # when the worker takes it up
    assert office.desk.deliver(message)

    # then it is left to the person, whole
    task = office.desk.task(message)
    assert (task.status, openai_server.requests) == (TaskStatus.HANDED_OFF, [])
    now = person.find(message.conversation_id)
    assert (now.handler, now.waiting_for, now.message_count) == ("human", "staff", 1)
    assert (now.subject, now.customer_id) == (QUESTION, "cus_john")


def test_a_closed_conversation_takes_no_answer_and_makes_nobody_wait(
    office: Office, openai_server: ScriptedOpenAI, person: Person
) -> None:
    openai_server.will(routes("faq"), says("Click it [1]."))
    first = office.desk.ask(QUESTION)
    person.take_over(first.conversation_id)
    person.close(first.conversation_id)

    late = office.desk.ask("Wait!", conversation_id=first.conversation_id)

    assert (late.status, late.error) == (TaskStatus.FAILED, CONVERSATION_CLOSED)
    assert person.find(first.conversation_id).waiting_for is None


def test_an_urgent_escalation_is_answered_sooner(
    office: Office, openai_server: ScriptedOpenAI, person: Person
) -> None:
    low, urgent = ({**TICKET, "priority": priority} for priority in ("low", "urgent"))
    openai_server.will(calls(("create_support_ticket", low)), says("Ticket opened."))
    first = office.desk.ask("I need a person.")
    openai_server.will(
        routes("escalation"), calls(("create_support_ticket", urgent)), says("Ticket raised.")
    )
    second = office.desk.ask("Now!", conversation_id=first.conversation_id)

    assert first.ticket is not None
    assert second.ticket is not None
    assert second.ticket.number == first.ticket.number
    assert second.ticket.expected_response_at < first.ticket.expected_response_at
