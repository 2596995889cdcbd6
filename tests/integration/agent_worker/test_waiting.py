"""Who waits for a person, and since when, is right after whatever happens in whatever order."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontdesk.adapters.postgres.conversation_changes import PostgresConversationChanges
from frontdesk.adapters.postgres.conversation_reads import PostgresConversationReads
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.ticket_changes import PostgresTicketChanges
from frontdesk.adapters.postgres.ticket_reads import PostgresTicketReads
from frontdesk.adapters.postgres.turn_ratings import PostgresTurnRatings
from frontdesk.clock import utc_now
from frontdesk.domain.conversation import Conversation, Handler, Message, MessageRole, WaitingFor
from frontdesk.domain.conversation_changes import (
    answered_by_person,
    closed,
    filed,
    released,
    taken_over,
)
from frontdesk.domain.errors import ConflictError
from frontdesk.domain.ids import new_id
from frontdesk.domain.listing import PageRequest, TicketFilter
from frontdesk.domain.metrics import Rating
from frontdesk.domain.records import TicketStatus
from frontdesk.domain.task import TaskStatus
from frontdesk.domain.tickets import changed
from tests.contract.test_conversations import a_turn, an_intent
from tests.support.callers import STAFF
from tests.support.chat import a_message
from tests.support.worker import JOHN

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Expected:
    """What a person at the desk would say of the conversation, with no look at the code.

    Attributes:
        owed: True where the customer's last word has no answer but a promise of one.
        steps: The step at which the present waiting began.
    """

    open: bool = True
    human: bool = False
    waits: WaitingFor | None = None
    since: int | None = None
    owed: bool = False
    ticket: bool = False

    def waiting(self, waits: WaitingFor | None, step: int) -> "Expected":
        since = self.since if waits is self.waits else step
        return replace(self, waits=waits, since=since if waits else None)


def expected_after(now: Expected, what: str, step: int) -> Expected:  # noqa: PLR0911 - one a rule
    """The rules, in the words of a person."""
    staff, customer = WaitingFor.STAFF, WaitingFor.CUSTOMER
    match what:
        # The agents answer: nobody waits, unless a ticket still does.
        case "answered" if now.open and not now.human:
            return replace(now, owed=now.ticket).waiting(now.waits if now.ticket else None, step)
        # They open a ticket: a person is wanted.
        case "escalated" if now.open and not now.human:
            return replace(now, owed=True, ticket=True).waiting(staff, step)
        # What they are not to answer is a person's.
        case "silenced" if now.open and not now.human:
            return replace(now, owed=True).waiting(staff, step)
        case "failed" if now.open and not now.human:
            return replace(now, owed=True)
        # A person has it: each message waits for that person.
        case "answered" | "escalated" | "silenced" | "failed" if now.open:
            return replace(now, owed=True).waiting(staff, step)
        case "take_over" if now.open and not now.human:
            return replace(now, human=True).waiting(staff, step)
        case "reply" if now.open:
            return replace(now, human=True, owed=False).waiting(customer, step)
        # Given back: who has no answer goes on waiting.
        case "release" if now.open and now.human:
            return replace(now, human=False).waiting(staff if now.owed else None, step)
        case "close" if now.open:
            return replace(now, open=False).waiting(None, step)
        # The last ticket is settled: nobody waits for it any more, unless a person has it.
        case "settle" if now.ticket:
            settled = replace(now, ticket=False, owed=False)
            if now.human or now.waits is not staff:
                return settled
            return settled.waiting(None, step)
    return now


STEPS = (
    "answered", "escalated", "silenced", "failed", "take_over", "reply", "note", "release", "tag",
    "close", "settle", "rate",
)  # fmt: skip


class Desk:
    """One conversation, worked on by agents and people."""

    def __init__(self, agent: Database, desk: Database) -> None:
        self.conversation_id = new_id("conv")
        self._store = PostgresConversationStore(agent)
        self._changes = PostgresConversationChanges(desk)
        self._reads = PostgresConversationReads(desk)
        self._tickets = PostgresTicketReads(desk)
        self._ticket_changes = PostgresTicketChanges(desk)
        self._ratings = PostgresTurnRatings(desk)
        self._task = ""

    def state(self) -> Conversation:
        found = self._reads.find(STAFF, self.conversation_id)
        assert found is not None
        return found

    def do(self, what: str) -> None:
        if what in {"answered", "escalated", "silenced", "failed"}:
            self._message(what)
            return
        now, change = utc_now(), self._change
        match what:
            case "take_over":
                change(lambda present, _: taken_over(present, now))
            case "reply":
                change(lambda present, _: answered_by_person(present, now), self._said())
            case "note":
                change(lambda present, _: present, self._said(internal=True))
            case "release":
                change(lambda present, last: released(present, now, last_role=last))
            case "tag":
                change(lambda present, _: filed(present, now, {"tags": (new_id("tag"),)}))
            case "close":
                change(lambda present, _: closed(present, now))
            case "settle":
                self._settle(now)
            case "rate" if self._task:
                self._ratings.rate(JOHN, self._task, Rating.DOWN, None, now)

    def _change(
        self,
        change: Callable[[Conversation, MessageRole | None], Conversation],
        message: Message | None = None,
    ) -> None:
        try:
            self._changes.change(STAFF, self.state(), change, message=message)
        except ConflictError:
            assert self.state().status == "closed"

    def _message(self, what: str) -> None:
        message = a_message(
            conversation_id=self.conversation_id, principal=JOHN, accepted_at=utc_now()
        )
        taken = self._store.take_up(message, subject_line="Help")
        intents = (an_intent(message.task_id),) if what == "escalated" else ()
        turn = a_turn(message, taken.version, *intents)
        status = {"silenced": TaskStatus.HANDED_OFF, "failed": TaskStatus.FAILED}.get(what)
        if taken.handler is Handler.HUMAN:
            status = TaskStatus.HANDED_OFF
        if status is not None:
            turn = a_turn(message, taken.version, status=status, response=None, agent=None)
        self._store.commit(turn)
        self._task = message.task_id

    def _settle(self, now: datetime) -> None:
        for ticket in self._tickets.listing(STAFF, TicketFilter(), PageRequest(100)).items:
            if (
                ticket.conversation_id == self.conversation_id
                and ticket.status is TicketStatus.OPEN
            ):
                self._ticket_changes.change(
                    STAFF, ticket, lambda one: changed(one, now, {"status": TicketStatus.RESOLVED})
                )

    def _said(self, *, internal: bool = False) -> Message:
        return Message(
            id=new_id("msg"),
            role=MessageRole.STAFF,
            content="Let me see.",
            internal=internal,
            created_at=utc_now(),
        )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=12))
def test_who_waits_and_since_when_is_always_right(
    agent_database: Database, desk_database: Database, steps: list[str]
) -> None:
    # given a conversation that the agents have answered
    desk, expected = Desk(agent_database, desk_database), Expected()
    desk.do("answered")
    began: dict[int, tuple[datetime, datetime]] = {}

    for step, what in enumerate(steps):
        # when anything happens to it, whether it may or not
        before = utc_now()
        desk.do(what)
        began[step] = (before, utc_now())

        # then it is as a person would say
        expected = expected_after(expected, what, step)
        found = desk.state()
        assert (found.handler is Handler.HUMAN) == expected.human
        assert found.waiting_for == expected.waits, (what, expected)
        if expected.since is None:
            assert found.waiting_since is None
        else:
            first, last = began[expected.since]
            assert found.waiting_since is not None
            assert first <= found.waiting_since <= last, (what, expected)
