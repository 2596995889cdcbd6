"""A confirmed action on a real database: whole or not at all, and never without its consent."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import NOBODY, Connection, Database, RowScope
from frontdesk.adapters.sqs_chat import to_body
from frontdesk.clock import utc_now
from frontdesk.domain.task import QueuedMessage, Task, TaskStatus
from tests.integration.agent_worker.conftest import Office
from tests.support.actions import EVERYTHING
from tests.support.fake_model import ScriptedModel, route, text, tools
from tests.support.fake_tasks import FakeTasks
from tests.support.worker import DAVID, JOHN, a_delivery

PROPOSE = (
    route("order"),
    tools(("propose_renewal_cancellation", {})),
    text("I can do that."),
)


class Killed(BaseException):
    """What happens to a worker whose process ends: no handler of ours sees it."""


class Mortal:
    """A connection whose process ends before its n-th statement."""

    def __init__(self, connection: Connection, left: list[int]) -> None:
        self._connection = connection
        self._left = left

    def execute(self, *arguments: Any) -> Any:
        self._left[0] -= 1
        if self._left[0] < 0:
            raise Killed
        return self._connection.execute(*arguments)


class MortalDatabase(Database):
    """A database whose worker dies before its n-th statement."""

    def __init__(self, url: str, statements: int) -> None:
        super().__init__(lambda: url)
        self.left = [statements]

    @contextmanager
    def transaction(self, scope: RowScope = NOBODY) -> Iterator[Connection]:
        with super().transaction(scope) as connection:
            yield Mortal(connection, self.left)  # type: ignore[misc]


class NeverCounting(FakeTasks):
    """Forgets that its worker has died before."""

    def begin(self, task_id: str) -> int:
        return 1

    def publish(self, *_: Any) -> bool:
        return False


def ask(office: Office, message: QueuedMessage, **changes: Any) -> Task:
    assert office.desk.deliver(message, actions=EVERYTHING, **changes)
    return office.desk.task(message)


def proposed(office: Office) -> Task:
    office.desk.model = ScriptedModel(*PROPOSE)
    task = ask(office, office.desk.accept("Please cancel my renewal", JOHN))
    assert task.proposed_action is not None
    return task


def state(office: Office) -> tuple[Any, ...]:
    """What a confirmation changes."""
    [[ends]] = office.rows("SELECT end_date FROM subscriptions WHERE id = 'sub_john'")
    [[status]] = office.rows("SELECT status FROM proposed_actions")
    audited = office.count("audit_log", "action = 'subscription.cancel_renewal'")
    return ends is not None, status, audited, office.count("turns"), office.count("messages")


BEFORE = (False, "proposed", 0, 1)
AFTER = (True, "done", 1, 2, 4)


def test_a_worker_that_dies_at_any_statement_does_it_once_or_not_at_all(office: Office) -> None:
    task = proposed(office)
    message = office.desk.accept("yes", JOHN, conversation_id=task.conversation_id)
    delivered = a_delivery(to_body(message))

    deaths = 0
    while True:
        database = MortalDatabase(office.database.agent_url, deaths)
        store = PostgresConversationStore(database)
        worker = office.desk.worker(actions=EVERYTHING, store=store, tasks=NeverCounting())
        try:
            worker.handle(delivered, lambda: 60.0)
        except Killed:
            deaths += 1
            assert state(office)[:4] == BEFORE
        else:
            break
        finally:
            database.close()

    # It died at each of them, and the last time, when nothing was published yet, after all.
    assert deaths >= 10
    assert state(office) == AFTER
    done = ask(office, message, times_before=1)
    assert done.status is TaskStatus.COMPLETED
    assert done.response == f"Done. {task.proposed_action and task.proposed_action.effect}"
    assert state(office) == AFTER


def test_davids_yes_with_johns_token_does_nothing(office: Office) -> None:
    task = proposed(office)
    assert task.proposed_action is not None

    for conversation in ({}, {"conversation_id": task.conversation_id}):
        message = office.desk.accept(
            "yes", DAVID, confirm_action=task.proposed_action.token, **conversation
        )
        office.desk.deliver(message, actions=EVERYTHING)

    assert state(office)[:3] == BEFORE[:3]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE subscriptions SET end_date = '2027-01-01'",
        "UPDATE subscriptions SET next_plan = 'free', next_plan_on = '2027-01-01'",
        "UPDATE customers SET phone = '1'",
    ],
)
def test_the_database_lets_the_worker_write_nothing_unconfirmed(
    office: Office, agent_database: Database, statement: str
) -> None:
    task = proposed(office)
    scope = RowScope(conversation_id=task.conversation_id, customer_id="cus_john")

    with agent_database.transaction(scope) as connection:
        assert connection.execute(statement.encode()).rowcount == 0


def test_the_database_lets_a_confirmed_action_change_its_own_kind_and_customer_only(
    office: Office, agent_database: Database
) -> None:
    task = proposed(office)
    scope = RowScope(conversation_id=task.conversation_id, customer_id="cus_john")

    with agent_database.transaction(scope) as connection:
        connection.execute("UPDATE proposed_actions SET status = 'confirmed'")
        changed = [
            connection.execute(statement).rowcount
            for statement in (
                "UPDATE subscriptions SET end_date = '2027-01-01'",
                "UPDATE customers SET phone = '1'",
            )
        ]

    assert changed == [1, 0]
    assert office.count("subscriptions", "end_date IS NOT NULL") == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE proposed_actions SET arguments = '{}'",
        "UPDATE proposed_actions SET expires_at = now() + interval '1 year'",
        "UPDATE proposed_actions SET customer_id = 'cus_david'",
        "UPDATE subscriptions SET price = 0",
        "UPDATE customers SET email = 'x@y.example'",
        "DELETE FROM proposed_actions",
    ],
)
def test_what_was_proposed_cannot_be_altered(
    office: Office, agent_database: Database, statement: str
) -> None:
    task = proposed(office)
    scope = RowScope(conversation_id=task.conversation_id, customer_id="cus_john")

    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        agent_database.transaction(scope) as connection,
    ):
        connection.execute(statement.encode())


def test_nothing_is_proposed_for_another_customer(office: Office, agent_database: Database) -> None:
    task = proposed(office)
    scope = RowScope(conversation_id=task.conversation_id, customer_id="cus_john")
    insert = """
        INSERT INTO proposed_actions (token, task_id, conversation_id, owner_subject, customer_id,
            kind, title, effect, arguments, status, created_at, expires_at)
        VALUES ('act_x', 'task_x', %s, 's', %s, 'cancel_renewal', 't', 'e', '{}', %s, now(), %s)
    """
    later = utc_now() + timedelta(minutes=1)

    for customer, status in (("cus_david", "proposed"), ("cus_john", "confirmed")):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            agent_database.transaction(scope) as connection,
        ):
            connection.execute(insert, (task.conversation_id, customer, status, later))
