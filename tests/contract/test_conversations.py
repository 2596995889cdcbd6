"""What every store of conversations and accounts promises: held by Postgres and by the fakes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

import pytest

from frontdesk.adapters.postgres.accounts import PostgresAccountReader
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database
from frontdesk.clock import utc_now
from frontdesk.domain.conversation import (
    ConversationStatus,
    Handler,
    MessageRole,
    TicketIntent,
    Turn,
    WaitingFor,
)
from frontdesk.domain.errors import MessageError, TurnConflictError
from frontdesk.domain.ids import derived_id, new_id, ticket_number
from frontdesk.domain.records import Invoice, InvoiceStatus, Subscription, TicketStatus
from frontdesk.domain.task import (
    AgentName,
    Citation,
    QueuedMessage,
    Route,
    RouteLabel,
    TaskError,
    TaskResult,
    TaskStatus,
)
from frontdesk.ports import AccountReader, ConversationStore
from frontdesk.principal import Principal
from tests.support.chat import a_message
from tests.support.fake_conversations import (
    FakeAccountReader,
    FakeConversationStore,
    FakeRecords,
    a_customer,
)
from tests.support.postgres import TestDatabase
from tests.support.worker import BACKEND, DAVID, GUEST, JOHN, OTHER_GUEST


class World(Protocol):
    """A store, and what others do to it."""

    @property
    def store(self) -> ConversationStore: ...

    def account(self, email: str | None, subject: str | None = None) -> AccountReader: ...

    def add_customer(self, email: str) -> str: ...

    def add_subscription(self, record: Subscription) -> None: ...

    def add_invoice(self, record: Invoice) -> None: ...

    def change(self, conversation_id: str, **changes: Any) -> None: ...

    def settle_ticket(self, ticket_id: str) -> None: ...

    def take_number(self, number: str) -> None: ...

    def comments(self) -> dict[str, str]: ...

    def ticket_owner(self, ticket_id: str) -> tuple[str | None, str | None]: ...

    def audit(self) -> list[str]: ...


class FakeWorld:
    def __init__(self) -> None:
        self.records = FakeRecords()
        self.store = FakeConversationStore(self.records)

    def account(self, email: str | None, subject: str | None = None) -> AccountReader:
        return FakeAccountReader(self.records, email=email, subject=subject)

    def add_customer(self, email: str) -> str:
        self.records.customers.append(a_customer(email))
        return self.records.customers[-1].id

    def add_subscription(self, record: Subscription) -> None:
        self.records.subscriptions.append(record)

    def add_invoice(self, record: Invoice) -> None:
        self.records.invoices.append(record)

    def change(self, conversation_id: str, **changes: Any) -> None:
        self.store.change(conversation_id, **changes)

    def settle_ticket(self, ticket_id: str) -> None:
        self.records.tickets = [
            one.model_copy(update={"status": TicketStatus.RESOLVED}) if one.id == ticket_id else one
            for one in self.records.tickets
        ]

    def take_number(self, number: str) -> None:
        ticket = self.store._make_ticket(
            an_intent("other"), self.store.take_up(a_message(), subject_line="")
        )
        self.records.tickets[-1] = ticket.model_copy(update={"number": number})

    def comments(self) -> dict[str, str]:
        return self.store.comments

    def ticket_owner(self, ticket_id: str) -> tuple[str | None, str | None]:
        found = next(one for one in self.records.tickets if one.id == ticket_id)
        return found.owner_subject, found.customer_id

    def audit(self) -> list[str]:
        return [entry.action for entry in self.records.audit]


class PostgresWorld:
    def __init__(self, test_database: TestDatabase, database: Database) -> None:
        self._owner = test_database.owner()
        self._database = database
        self.store = PostgresConversationStore(database)

    def close(self) -> None:
        self._owner.close()

    def account(self, email: str | None, subject: str | None = None) -> AccountReader:
        return PostgresAccountReader(self._database, email=email, subject=subject)

    def add_customer(self, email: str) -> str:
        customer = a_customer(email)
        self._insert("customers", customer.model_dump(include={"id", "email"}), customer)
        return customer.id

    def add_subscription(self, record: Subscription) -> None:
        self._insert("subscriptions", record.model_dump(exclude={"created_at", "updated_at"}))

    def add_invoice(self, record: Invoice) -> None:
        self._insert("invoices", record.model_dump(exclude={"created_at", "updated_at"}))

    def change(self, conversation_id: str, **changes: Any) -> None:
        columns = "".join(f", {name} = %({name})s" for name in changes)
        self._owner.execute(
            f"UPDATE conversations SET version = version + 1{columns} WHERE id = %(id)s",
            {"id": conversation_id, **changes},
        )

    def settle_ticket(self, ticket_id: str) -> None:
        self._owner.execute("UPDATE tickets SET status = 'resolved' WHERE id = %s", (ticket_id,))

    def take_number(self, number: str) -> None:
        self._owner.execute(
            "INSERT INTO tickets (id, number, subject, description, category, expected_response_at)"
            " VALUES (%s, %s, 's', 'd', 'other', now())",
            (new_id("tkt"), number),
        )

    def comments(self) -> dict[str, str]:
        rows = self._owner.execute("SELECT task_id, content FROM ticket_comments").fetchall()
        return {str(task_id): str(content) for task_id, content in rows}

    def ticket_owner(self, ticket_id: str) -> tuple[str | None, str | None]:
        row = self._owner.execute(
            "SELECT owner_subject, customer_id FROM tickets WHERE id = %s", (ticket_id,)
        ).fetchone()
        assert row is not None
        return row  # type: ignore[return-value]

    def audit(self) -> list[str]:
        rows = self._owner.execute("SELECT action FROM audit_log ORDER BY id").fetchall()
        return [str(action) for (action,) in rows]

    def _insert(self, table: str, values: dict[str, Any], person: Any = None) -> None:
        if person is not None:
            values |= {"first_name": person.first_name, "last_name": person.last_name}
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
        }
        columns = ", ".join(values)
        places = ", ".join(f"%({name})s" for name in values)
        self._owner.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({places})",
            values,
        )


@pytest.fixture(params=["fake", "postgres"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    made = PostgresWorld(
        request.getfixturevalue("database"), request.getfixturevalue("agent_database")
    )
    yield made
    made.close()


def an_intent(task_id: str, **changes: Any) -> TicketIntent:
    ticket_id = derived_id("tkt", task_id)
    defaults: dict[str, Any] = {
        "ticket_id": ticket_id,
        "number": ticket_number(ticket_id),
        "subject": "Charged twice",
        "description": "Two charges in May.",
        "category": "billing",
        "priority": "medium",
        "contact_email": "me@example.com",
        "expected_response_at": utc_now() + timedelta(hours=4),
        "raised_response_at": utc_now() + timedelta(hours=1),
        "assigned_to": "anna",
    }
    return TicketIntent.model_validate(defaults | changes)


def a_turn(message: QueuedMessage, version: int, *intents: TicketIntent, **changes: Any) -> Turn:
    result: dict[str, Any] = {
        "status": TaskStatus.COMPLETED,
        "completed_at": utc_now(),
        "agent": AgentName.FAQ,
        "route": Route(agent=RouteLabel.FAQ, confidence=0.9),
        "response": "Click it [1].",
        "citations": (Citation(number=1, document_id="doc_1", title="T", snippet="Click it."),),
    }
    return Turn(
        task_id=message.task_id,
        conversation_id=message.conversation_id,
        read_version=version,
        result=TaskResult.model_validate(result | changes),
        intents=intents,
        trace={"route": {"agent": "faq"}},
    )


@dataclass
class TakenUp:
    message: QueuedMessage
    version: int


@pytest.fixture
def taken_up(world: World) -> TakenUp:
    message = a_message(principal=JOHN)
    conversation = world.store.take_up(message, subject_line="Password")
    return TakenUp(message, conversation.version)


def test_taking_up_makes_the_conversation_and_stores_the_message(world: World) -> None:
    message = a_message(principal=JOHN, language="en")

    conversation = world.store.take_up(message, subject_line="Password")

    assert conversation.id == message.conversation_id
    assert conversation.owner_subject == JOHN.subject
    assert (conversation.subject, conversation.language) == ("Password", "en")
    assert (conversation.version, conversation.message_count) == (1, 1)
    assert conversation.created_at == message.accepted_at
    [stored] = world.store.recent_messages(conversation.id, limit=15)
    assert stored.role is MessageRole.CUSTOMER
    assert (stored.content, stored.task_id) == (message.text, message.task_id)


def test_taking_up_twice_stores_the_message_once(world: World, taken_up: TakenUp) -> None:
    again = world.store.take_up(taken_up.message, subject_line="Other")

    assert (again.version, again.message_count) == (taken_up.version, 1)
    assert again.subject == "Password"
    assert len(world.store.recent_messages(again.id, limit=15)) == 1


def test_a_customer_record_is_found_by_the_verified_address(world: World) -> None:
    customer_id = world.add_customer("John@Startup.example")

    conversation = world.store.take_up(a_message(principal=JOHN), subject_line="")

    assert conversation.customer_id == customer_id


def test_a_guest_who_names_an_address_is_nobody(world: World) -> None:
    world.add_customer("john@startup.example")
    message = a_message(principal=GUEST, contact_email="john@startup.example")

    conversation = world.store.take_up(message, subject_line="")

    assert conversation.customer_id is None


def test_a_service_speaks_for_the_customer_it_names(world: World) -> None:
    customer_id = world.add_customer("john@startup.example")
    message = a_message(principal=BACKEND, customer_email="john@startup.example")

    assert world.store.take_up(message, subject_line="").customer_id == customer_id


def test_two_customers_never_share_a_conversation(world: World) -> None:
    world.add_customer("john@startup.example")
    world.add_customer("david@agency.example")
    first = a_message(principal=BACKEND, customer_email="john@startup.example")
    world.store.take_up(first, subject_line="")
    second = a_message(
        principal=BACKEND,
        customer_email="david@agency.example",
        conversation_id=first.conversation_id,
    )

    with pytest.raises(MessageError):
        world.store.take_up(second, subject_line="")

    assert len(world.store.recent_messages(first.conversation_id, limit=15)) == 1


def test_somebody_elses_conversation_takes_no_message(world: World, taken_up: TakenUp) -> None:
    intruder = a_message(
        principal=DAVID, conversation_id=taken_up.message.conversation_id, text="Show me."
    )

    with pytest.raises(MessageError):
        world.store.take_up(intruder, subject_line="")

    assert len(world.store.recent_messages(intruder.conversation_id, limit=15)) == 1


def test_a_message_without_an_owner_is_refused(world: World) -> None:
    ownerless = a_message(principal=GUEST.model_copy(update={"subject": None}))

    with pytest.raises(MessageError):
        world.store.take_up(ownerless, subject_line="")


def test_a_guest_who_signs_in_takes_everything_along(world: World) -> None:
    customer_id = world.add_customer("john@startup.example")
    first, other = a_message(principal=GUEST), a_message(principal=GUEST)
    version = world.store.take_up(first, subject_line="").version
    world.store.take_up(other, subject_line="")
    ticketed = world.store.commit(a_turn(first, version, an_intent(first.task_id)))
    assert ticketed.ticket is not None

    signed_in = a_message(
        principal=JOHN, conversation_id=first.conversation_id, claimed_subject=GUEST.subject
    )
    conversation = world.store.take_up(signed_in, subject_line="")

    assert (conversation.owner_subject, conversation.customer_id) == (JOHN.subject, customer_id)
    assert world.ticket_owner(ticketed.ticket.id) == (JOHN.subject, customer_id)
    later = a_message(principal=JOHN, conversation_id=other.conversation_id)
    assert world.store.take_up(later, subject_line="").owner_subject == JOHN.subject


def test_ingest_can_be_told_of_everything_that_was_taken_along(world: World) -> None:
    # given two conversations of a guest, and one of somebody else
    first, other = a_message(principal=GUEST), a_message(principal=GUEST)
    for message in (first, other, a_message(principal=OTHER_GUEST), a_message(principal=JOHN)):
        world.store.take_up(message, subject_line="")
    signed_in = a_message(
        principal=JOHN, conversation_id=first.conversation_id, claimed_subject=GUEST.subject
    )

    # when the guest signs in
    before = world.store.taken_along(signed_in)
    world.store.take_up(signed_in, subject_line="")

    # then they are named, how often ever, and nothing else is
    assert before == []
    for _ in range(2):
        assert set(world.store.taken_along(signed_in)) == {
            first.conversation_id,
            other.conversation_id,
        }
    later = a_message(principal=JOHN, conversation_id=first.conversation_id)
    assert world.store.taken_along(later) == []


def test_a_message_that_was_queued_when_its_guest_signed_in_is_not_lost(world: World) -> None:
    # given a guest with two conversations, who signs in in one of them
    customer_id = world.add_customer("john@startup.example")
    first, other = a_message(principal=GUEST), a_message(principal=GUEST)
    world.store.take_up(first, subject_line="")
    world.store.take_up(other, subject_line="")
    signed_in = a_message(
        principal=JOHN, conversation_id=first.conversation_id, claimed_subject=GUEST.subject
    )
    world.store.take_up(signed_in, subject_line="")

    # when what the guest wrote in the other one is taken up after that
    queued = a_message(principal=GUEST, conversation_id=other.conversation_id)
    conversation = world.store.take_up(queued, subject_line="")

    # then it is there, in the customer's conversation
    assert (conversation.owner_subject, conversation.customer_id) == (JOHN.subject, customer_id)
    assert conversation.message_count == 2
    # and once the customer has written there, a guest's is refused
    world.store.take_up(
        a_message(principal=JOHN, conversation_id=other.conversation_id), subject_line=""
    )
    for conversation_id in (first.conversation_id, other.conversation_id):
        with pytest.raises(MessageError):
            world.store.take_up(
                a_message(principal=GUEST, conversation_id=conversation_id), subject_line=""
            )


def test_one_guest_cannot_take_another_guests_conversation(world: World) -> None:
    first = a_message(principal=GUEST)
    world.store.take_up(first, subject_line="")

    with pytest.raises(MessageError):
        world.store.take_up(
            a_message(principal=OTHER_GUEST, conversation_id=first.conversation_id),
            subject_line="",
        )


def test_the_window_is_the_latest_messages_oldest_first(world: World) -> None:
    first = a_message(text="one")
    world.store.take_up(first, subject_line="")
    for text in ("two", "three"):
        world.store.take_up(
            a_message(text=text, conversation_id=first.conversation_id), subject_line=""
        )

    window = world.store.recent_messages(first.conversation_id, limit=2)

    assert [message.content for message in window] == ["two", "three"]
    assert world.store.recent_messages("conv_unknown", limit=2) == []


def test_a_carried_on_conversation_fills_the_window(world: World) -> None:
    earlier = a_message(text="earlier")
    world.store.take_up(earlier, subject_line="")
    later = a_message(text="later", previous_conversation_id=earlier.conversation_id)

    conversation = world.store.take_up(later, subject_line="")

    assert conversation.previous_conversation_id == earlier.conversation_id
    window = world.store.recent_messages(later.conversation_id, limit=15)
    assert [message.content for message in window] == ["earlier", "later"]
    only_own = world.store.recent_messages(later.conversation_id, limit=1)
    assert [message.content for message in only_own] == ["later"]


def test_somebody_elses_conversation_is_not_carried_on(world: World) -> None:
    earlier = a_message(text="a secret", principal=DAVID)
    world.store.take_up(earlier, subject_line="")
    later = a_message(principal=JOHN, previous_conversation_id=earlier.conversation_id)

    conversation = world.store.take_up(later, subject_line="")

    assert conversation.previous_conversation_id is None
    window = world.store.recent_messages(later.conversation_id, limit=15)
    assert [message.content for message in window] == [later.text]


def test_a_committed_turn_is_read_back_as_it_was(world: World, taken_up: TakenUp) -> None:
    message = taken_up.message
    assert world.store.committed_result(message.conversation_id, message.task_id) is None

    result = world.store.commit(a_turn(message, taken_up.version))

    assert world.store.committed_result(message.conversation_id, message.task_id) == result
    assert world.store.committed_result("conv_other", message.task_id) is None
    [_, reply] = world.store.recent_messages(message.conversation_id, limit=15)
    assert (reply.role, reply.agent, reply.task_id) == (
        MessageRole.ASSISTANT,
        AgentName.FAQ,
        message.task_id,
    )
    assert reply.content == "Click it [1]."
    assert reply.citations == result.citations


def test_the_second_commit_of_a_task_returns_the_first(world: World, taken_up: TakenUp) -> None:
    first = world.store.commit(a_turn(taken_up.message, taken_up.version))

    second = world.store.commit(a_turn(taken_up.message, taken_up.version, response="Another."))

    assert second == first
    assert len(world.store.recent_messages(taken_up.message.conversation_id, limit=15)) == 2


def test_a_commit_moves_the_conversation_on(world: World, taken_up: TakenUp) -> None:
    world.store.commit(a_turn(taken_up.message, taken_up.version))

    again = world.store.take_up(taken_up.message, subject_line="")
    assert (again.version, again.message_count) == (taken_up.version + 1, 2)
    assert again.last_agent is AgentName.FAQ
    assert again.waiting_for is None


def test_a_turn_made_from_an_older_version_is_not_committed(
    world: World, taken_up: TakenUp
) -> None:
    world.change(taken_up.message.conversation_id)

    with pytest.raises(TurnConflictError):
        world.store.commit(
            a_turn(taken_up.message, taken_up.version, an_intent(taken_up.message.task_id))
        )

    assert len(world.store.recent_messages(taken_up.message.conversation_id, limit=15)) == 1
    assert world.store.open_ticket(taken_up.message.conversation_id) is None


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"handler": Handler.HUMAN}, TaskStatus.HANDED_OFF, None),
        (
            {"status": ConversationStatus.CLOSED},
            TaskStatus.FAILED,
            TaskError.of("conversation-closed", "The conversation is closed"),
        ),
    ],
)
def test_no_reply_is_committed_once_a_person_took_over_or_it_was_closed(
    world: World,
    taken_up: TakenUp,
    change: dict[str, Any],
    status: TaskStatus,
    error: TaskError | None,
) -> None:
    conversation_id = taken_up.message.conversation_id
    world.change(conversation_id, **change)

    result = world.store.commit(
        a_turn(taken_up.message, taken_up.version, an_intent(taken_up.message.task_id))
    )

    assert (result.status, result.error, result.response) == (status, error, None)
    assert result.ticket is None
    assert len(world.store.recent_messages(conversation_id, limit=15)) == 1
    assert world.store.open_ticket(conversation_id) is None
    assert world.store.committed_result(conversation_id, taken_up.message.task_id) == result


def test_a_customer_who_writes_to_a_person_waits_for_the_staff(
    world: World, taken_up: TakenUp
) -> None:
    conversation_id = taken_up.message.conversation_id
    world.change(conversation_id, handler=Handler.HUMAN)

    first = world.store.take_up(
        a_message(principal=JOHN, conversation_id=conversation_id), subject_line=""
    )
    second = world.store.take_up(
        a_message(principal=JOHN, conversation_id=conversation_id), subject_line=""
    )

    assert first.waiting_for is WaitingFor.STAFF
    assert first.waiting_since is not None
    assert second.waiting_since == first.waiting_since


def test_an_escalation_makes_its_ticket_with_the_reply(world: World, taken_up: TakenUp) -> None:
    intent = an_intent(taken_up.message.task_id)
    reply = f"Your ticket is {intent.number}."

    result = world.store.commit(a_turn(taken_up.message, taken_up.version, intent, response=reply))

    assert result.ticket is not None
    assert (result.ticket.id, result.ticket.number) == (intent.ticket_id, intent.number)
    assert result.response == reply
    assert [(one.kind, one.label) for one in result.records] == [("ticket", intent.number)]
    ticket = world.store.open_ticket(taken_up.message.conversation_id)
    assert ticket is not None
    assert ticket.owner_subject == JOHN.subject
    assert ticket.contact_email == "me@example.com"
    assert ticket.assigned_to == "anna"
    conversation = world.store.take_up(taken_up.message, subject_line="")
    assert conversation.waiting_for is WaitingFor.STAFF
    assert world.account(None, JOHN.subject).tickets() == [ticket]
    assert world.account(None, DAVID.subject).tickets() == []


def test_tickets_are_found_by_number_and_by_whether_they_are_settled(world: World) -> None:
    first, second = _ticket_of(world, JOHN), _ticket_of(world, JOHN)
    others = _ticket_of(world, DAVID)
    world.settle_ticket(first.ticket_id)
    account = world.account(None, JOHN.subject)

    def numbers(**wanted: Any) -> list[str]:
        return [one.number for one in account.tickets(**wanted)]

    assert numbers() == [second.number, first.number]
    assert numbers(limit=1) == [second.number]
    assert numbers(number=first.number) == [first.number]
    assert numbers(settled=True) == [first.number]
    assert numbers(settled=False) == [second.number]
    assert numbers(number=second.number, settled=True) == []
    assert numbers(number=others.number) == numbers(number="FD-NONE0") == []


def _ticket_of(world: World, owner: Principal) -> TicketIntent:
    message = a_message(principal=owner)
    intent = an_intent(message.task_id)
    conversation = world.store.take_up(message, subject_line="")
    world.store.commit(a_turn(message, conversation.version, intent))
    return intent


def test_a_further_escalation_adds_to_the_open_ticket(world: World, taken_up: TakenUp) -> None:
    first = world.store.commit(
        a_turn(taken_up.message, taken_up.version, an_intent(taken_up.message.task_id))
    )
    again = a_message(principal=JOHN, conversation_id=taken_up.message.conversation_id)
    version = world.store.take_up(again, subject_line="").version
    intent = an_intent(again.task_id, subject="Still waiting", priority="urgent")

    result = world.store.commit(
        a_turn(again, version, intent, response=f"Noted on {intent.number}.")
    )

    assert first.ticket is not None
    assert result.ticket is not None
    assert result.ticket.number == first.ticket.number
    assert result.ticket.priority == "urgent"
    assert result.ticket.expected_response_at == intent.raised_response_at
    assert result.response == f"Noted on {first.ticket.number}."
    assert world.comments() == {again.task_id: "Still waiting\n\nTwo charges in May."}


def test_a_further_escalation_never_lowers_the_priority(world: World, taken_up: TakenUp) -> None:
    urgent = an_intent(taken_up.message.task_id, priority="urgent")
    world.store.commit(a_turn(taken_up.message, taken_up.version, urgent))
    again = a_message(principal=JOHN, conversation_id=taken_up.message.conversation_id)
    version = world.store.take_up(again, subject_line="").version

    result = world.store.commit(a_turn(again, version, an_intent(again.task_id, priority="low")))

    assert result.ticket is not None
    assert result.ticket.priority == "urgent"


def test_a_settled_ticket_is_not_added_to(world: World, taken_up: TakenUp) -> None:
    first = world.store.commit(
        a_turn(taken_up.message, taken_up.version, an_intent(taken_up.message.task_id))
    )
    assert first.ticket is not None
    world.settle_ticket(first.ticket.id)
    again = a_message(principal=JOHN, conversation_id=taken_up.message.conversation_id)
    version = world.store.take_up(again, subject_line="").version

    second = world.store.commit(a_turn(again, version, an_intent(again.task_id)))

    assert second.ticket is not None
    assert second.ticket.number != first.ticket.number


def test_a_ticket_whose_number_is_taken_gets_another(world: World, taken_up: TakenUp) -> None:
    intent = an_intent(taken_up.message.task_id)
    world.take_number(intent.number)

    result = world.store.commit(
        a_turn(taken_up.message, taken_up.version, intent, response=f"It is {intent.number}.")
    )

    assert result.ticket is not None
    assert result.ticket.number == ticket_number(intent.ticket_id, 1)
    assert result.response == f"It is {result.ticket.number}."


def test_a_turn_without_a_reply_is_committed_whatever_the_version(
    world: World, taken_up: TakenUp
) -> None:
    world.change(taken_up.message.conversation_id)

    result = world.store.commit(
        a_turn(
            taken_up.message,
            taken_up.version,
            status=TaskStatus.HANDED_OFF,
            response=None,
            citations=(),
            agent=None,
        )
    )

    assert result.status is TaskStatus.HANDED_OFF
    conversation = world.store.take_up(taken_up.message, subject_line="")
    assert conversation.waiting_for is WaitingFor.STAFF


def test_a_conversation_that_does_not_exist_takes_no_turn(world: World) -> None:
    with pytest.raises(MessageError):
        world.store.commit(a_turn(a_message(), 1))


def a_subscription(customer_id: str, **changes: Any) -> Subscription:
    now = utc_now()
    defaults: dict[str, Any] = {
        "id": new_id("sub"),
        "customer_id": customer_id,
        "plan": "professional",
        "status": "active",
        "billing_cycle": "monthly",
        "price": Decimal("49.00"),
        "seats": 10,
        "features": ("API access",),
        "start_date": date(2026, 1, 1),
        "created_at": now,
        "updated_at": now,
    }
    return Subscription.model_validate(defaults | changes)


def an_invoice(customer_id: str, number: str, **changes: Any) -> Invoice:
    now = utc_now()
    defaults: dict[str, Any] = {
        "id": new_id("inv"),
        "customer_id": customer_id,
        "invoice_number": number,
        "status": "paid",
        "amount": Decimal("49.00"),
        "tax": Decimal("4.41"),
        "total": Decimal("53.41"),
        "due_date": date(2026, 5, 1),
        "created_at": now,
        "updated_at": now,
    }
    return Invoice.model_validate(defaults | changes)


@pytest.fixture
def two_accounts(world: World) -> Callable[[str], AccountReader]:
    for email, plan, invoice in (
        ("john@startup.example", "professional", "INV-1"),
        ("david@agency.example", "starter", "INV-9"),
    ):
        customer_id = world.add_customer(email)
        world.add_subscription(a_subscription(customer_id, plan=plan))
        world.add_invoice(an_invoice(customer_id, invoice))
    return world.account


def test_an_account_is_its_own_customers_only(
    two_accounts: Callable[[str], AccountReader],
) -> None:
    account = two_accounts("JOHN@startup.example")

    customer, subscription = account.customer(), account.subscription()

    assert customer is not None
    assert customer.email == "john@startup.example"
    assert subscription is not None
    assert (subscription.plan, subscription.price) == ("professional", Decimal("49.00"))
    assert [invoice.invoice_number for invoice in account.invoices()] == ["INV-1"]


@pytest.mark.parametrize("email", [None, "nobody@example.com", "", "%", "john@startup.example'--"])
def test_who_has_no_account_sees_none(
    world: World, two_accounts: Callable[[str], AccountReader], email: str | None
) -> None:
    account = world.account(email)

    assert account.customer() is None
    assert account.subscription() is None
    assert account.invoices() == []
    assert account.tickets() == []


def test_the_present_subscription_is_the_latest_that_is_not_cancelled(world: World) -> None:
    customer_id = world.add_customer("john@startup.example")
    for start, status, plan in (
        (date(2025, 1, 1), "active", "starter"),
        (date(2026, 1, 1), "active", "professional"),
        (date(2026, 4, 1), "cancelled", "enterprise"),
    ):
        world.add_subscription(
            a_subscription(customer_id, start_date=start, status=status, plan=plan)
        )

    subscription = world.account("john@startup.example").subscription()

    assert subscription is not None
    assert subscription.plan == "professional"


def test_invoices_come_latest_due_first_and_without_drafts(world: World) -> None:
    customer_id = world.add_customer("john@startup.example")
    for number, due, status in (
        ("INV-1", date(2026, 1, 1), "paid"),
        ("INV-2", date(2026, 3, 1), "overdue"),
        ("INV-3", date(2026, 2, 1), "paid"),
        ("INV-4", date(2026, 4, 1), "draft"),
    ):
        world.add_invoice(an_invoice(customer_id, number, due_date=due, status=status))
    account = world.account("john@startup.example")

    assert [one.invoice_number for one in account.invoices()] == ["INV-2", "INV-3", "INV-1"]
    assert [one.invoice_number for one in account.invoices(limit=1)] == ["INV-2"]
    paid = account.invoices(status=InvoiceStatus.PAID)
    assert [one.invoice_number for one in paid] == ["INV-3", "INV-1"]
    assert account.invoices(status=InvoiceStatus.DRAFT) == []


def ticketed_guest(world: World) -> QueuedMessage:
    """A guest's conversation with a ticket that nobody can answer by mail; its first message."""
    first = a_message(principal=GUEST, text="I want a person. My friend is bob@example.com.")
    conversation = world.store.take_up(first, subject_line="")
    world.store.commit(
        a_turn(first, conversation.version, an_intent(first.task_id, contact_email=None))
    )
    assert conversation.contact_email is None
    return first


@pytest.mark.parametrize(
    "given",
    [{"text": "It is zoe@example.com, thanks."}, {"contact_email": "zoe@example.com"}],
)
def test_the_address_that_a_guest_was_asked_for_is_the_tickets(
    world: World, given: dict[str, str]
) -> None:
    first = ticketed_guest(world)

    conversation = world.store.take_up(
        a_message(principal=GUEST, conversation_id=first.conversation_id, **given),
        subject_line="",
    )

    ticket = world.store.open_ticket(first.conversation_id)
    assert ticket is not None
    assert ticket.contact_email == conversation.contact_email == "zoe@example.com"
    # it opens nothing
    assert conversation.customer_id is None


def test_an_address_is_taken_once(world: World) -> None:
    first = ticketed_guest(world)
    for text in ("zoe@example.com", "My colleague is max@example.com."):
        world.store.take_up(
            a_message(principal=GUEST, conversation_id=first.conversation_id, text=text),
            subject_line="",
        )

    ticket = world.store.open_ticket(first.conversation_id)
    assert ticket is not None
    assert ticket.contact_email == "zoe@example.com"


def test_an_address_that_nobody_asked_for_is_not_taken(world: World) -> None:
    conversation = world.store.take_up(
        a_message(principal=GUEST, text="I invited zoe@example.com."), subject_line=""
    )

    assert conversation.contact_email is None


def test_who_signed_in_without_a_record_is_reached_at_that_address(world: World) -> None:
    conversation = world.store.take_up(a_message(principal=JOHN), subject_line="")

    assert (conversation.customer_id, conversation.contact_email) == (None, JOHN.email)
