"""The mistakes that the checker is there for, made on purpose."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import agent_worker.app as worker_app
from agent_worker.turn import TurnWorker
from frontdesk.adapters import dynamodb_tasks
from frontdesk.adapters.postgres import actions, conversations
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import RowScope
from frontdesk.adapters.postgres.event_outbox import PostgresEventOutbox
from frontdesk.adapters.postgres.tickets import carry_out
from frontdesk.domain.actions import Account
from frontdesk.domain.conversation import Conversation, Turn, with_ticket
from frontdesk.domain.events import DomainEvent
from frontdesk.domain.ids import derived_id, new_id
from frontdesk.domain.task import TaskResult, TaskStatus
from tests.chaos.fifo import FifoQueue, QueuedItem
from tests.chaos.kernel import current_invocation
from tests.chaos.world import World


def acknowledge_before_commit(world: World) -> Iterator[None]:
    """The message leaves the queue when its turn begins, as with an automatic acknowledgement."""
    handle = worker_app.handler

    def eager(event: dict[str, Any], context: Any) -> dict[str, Any]:
        for record in event["Records"]:
            if record["receiptHandle"] != "copied":
                world.queue.delete(record["receiptHandle"])
        return handle(event, context) | {"batchItemFailures": [{"itemIdentifier": "gone"}]}

    with patch.object(worker_app, "handler", eager):
        yield


def publish_before_commit(world: World) -> Iterator[None]:
    """Customers see the answer before it is stored."""
    make_turn = TurnWorker._make_turn

    def hasty(self: TurnWorker, *arguments: Any) -> Turn:
        turn = make_turn(self, *arguments)
        self.tasks.publish(turn.task_id, turn.conversation_id, turn.result)
        return turn

    with patch.object(TurnWorker, "_make_turn", hasty):
        yield


def no_uniqueness_on_the_turn(world: World) -> Iterator[None]:
    """Nothing in the database tells that a task was answered before it is published."""
    commit, die = PostgresConversationStore.commit, _dying_every_other_time(world)
    with world.database.owner() as connection:
        connection.execute("ALTER TABLE turns DROP CONSTRAINT turns_task_id_key")
        connection.execute("ALTER TABLE messages DROP CONSTRAINT messages_task_id_role_key")

    def careless(prefix: str, *parts: str) -> str:
        is_answer = prefix == "turn" or "assistant" in parts
        return new_id(prefix) if is_answer else derived_id(prefix, *parts)

    def commit_and_die(self: PostgresConversationStore, turn: Turn) -> TaskResult:
        result = commit(self, turn)
        die()
        return result

    with (
        patch.object(conversations, "derived_id", careless),
        patch.object(conversations, "_committed", lambda *_: None),
        patch.object(PostgresConversationStore, "commit", commit_and_die),
    ):
        yield


def retry_that_runs_a_ticket_again(world: World) -> Iterator[None]:
    """A ticket is made when the model asks for it, under a new name at every try."""
    commit, die = PostgresConversationStore.commit, _dying_every_other_time(world)

    def at_once(self: PostgresConversationStore, turn: Turn) -> TaskResult:
        result = turn.result
        for intent in turn.intents:
            with self._database.transaction(RowScope(turn.conversation_id)) as connection:
                row = connection.execute(
                    "SELECT * FROM conversations WHERE id = %s", (turn.conversation_id,)
                ).fetchone()
                conversation = Conversation.model_validate(row)
                connection.execute(
                    "SELECT set_config('frontdesk.customer_id', %s, true)",
                    (conversation.customer_id or "",),
                )
                ticket = carry_out(
                    connection,
                    intent.model_copy(update={"ticket_id": new_id("tkt")}),
                    conversation,
                    turn.task_id,
                )
            result = with_ticket(result, ticket, intent.number)
            die()
        return commit(self, turn.model_copy(update={"result": result, "intents": ()}))

    with patch.object(PostgresConversationStore, "commit", at_once):
        yield


def intents_that_are_lost(world: World) -> Iterator[None]:
    """The reply is stored, and what it was to do besides is forgotten."""
    commit = PostgresConversationStore.commit

    def forgetful(self: PostgresConversationStore, turn: Turn) -> TaskResult:
        return commit(self, turn.model_copy(update={"intents": ()}))

    with patch.object(PostgresConversationStore, "commit", forgetful):
        yield


def message_dropped_that_a_person_has(world: World) -> Iterator[None]:
    """Where no answer is due, nothing is committed or published, and the message is let go."""
    handle, commit = TurnWorker.handle, PostgresConversationStore.commit

    class DroppedError(BaseException):
        """Nobody may catch it on its way out."""

    def drop(self: PostgresConversationStore, turn: Turn) -> TaskResult:
        if turn.result.status is TaskStatus.HANDED_OFF:
            raise DroppedError
        return commit(self, turn)

    def handle_or_drop(self: TurnWorker, *arguments: Any) -> bool:
        try:
            return handle(self, *arguments)
        except DroppedError:
            return True

    with (
        patch.object(PostgresConversationStore, "commit", drop),
        patch.object(TurnWorker, "handle", handle_or_drop),
    ):
        yield


def published_whatever_was_before(world: World) -> Iterator[None]:
    """A task can end again after it has ended."""
    with patch.object(dynamodb_tasks, "_NOT_ENDED", "attribute_exists(pk)"):
        yield


def queue_without_order(world: World) -> Iterator[None]:
    """A conversation's latest message is delivered first, as a standard queue may do."""
    receive = FifoQueue.receive_group

    def receive_last(self: FifoQueue, group_id: str) -> QueuedItem | None:
        items = self._groups[group_id]
        items.insert(0, items.pop())
        return receive(self, group_id)

    with patch.object(FifoQueue, "receive_group", receive_last):
        yield


def event_settled_before_it_is_published(world: World) -> Iterator[None]:
    """An event counts as published before the bus has it."""
    claim, die = PostgresEventOutbox.claim, _dying_every_other_time(world)

    def claim_and_settle(self: PostgresEventOutbox, limit: int) -> list[DomainEvent]:
        events = claim(self, limit)
        self.settle([event.event_id for event in events])
        if events:
            die()
        return events

    with patch.object(PostgresEventOutbox, "claim", claim_and_settle):
        yield


def event_published_before_commit(world: World) -> Iterator[None]:
    """Whoever is about to open a ticket tells of it, by itself."""
    commit = PostgresConversationStore.commit

    def tell_first(self: PostgresConversationStore, turn: Turn) -> TaskResult:
        for intent in turn.intents:
            told = {"event_id": new_id("evt"), "data": {"ticket_id": intent.ticket_id}}
            entry = {"Detail": json.dumps(told), "DetailType": "ticket.opened"}
            world.bus.put_events(Entries=[entry])
        return commit(self, turn)

    with patch.object(PostgresConversationStore, "commit", tell_first):
        yield


def action_done_at_every_try(world: World) -> Iterator[None]:
    """What is confirmed is done before its turn is committed."""
    commit, die = PostgresConversationStore.commit, _dying_every_other_time(world)

    def do_first(self: PostgresConversationStore, turn: Turn) -> TaskResult:
        if turn.confirmation is None:
            return commit(self, turn)
        _change_phone(world, turn.confirmation.token)
        die()
        with patch.object(actions, "_account", _as_it_was), patch.object(actions, "_write"):
            return commit(self, turn)

    with patch.object(PostgresConversationStore, "commit", do_first):
        yield


def action_done_when_proposed(world: World) -> Iterator[None]:
    """Nobody waits for the customer's yes."""
    commit = PostgresConversationStore.commit

    def do_at_once(self: PostgresConversationStore, turn: Turn) -> TaskResult:
        result = commit(self, turn)
        if result.proposed_action is not None:
            _change_phone(world, result.proposed_action.token)
        return result

    with patch.object(PostgresConversationStore, "commit", do_at_once):
        yield


_read_account = actions._account


def _as_it_was(*arguments: Any) -> Account:
    """Reads an account as if its customer had given no phone number."""
    account = _read_account(*arguments)
    customer = account.customer.model_copy(update={"phone": None})
    return account.model_copy(update={"customer": customer})


def _change_phone(world: World, token: str) -> None:
    with world.database.owner() as connection:
        connection.execute(
            """
            UPDATE customers SET phone = action.arguments ->> 'phone'
              FROM proposed_actions action
             WHERE action.token = %s AND customers.id = action.customer_id
            """,
            (token,),
        )


def _dying_every_other_time(world: World) -> Callable[[], None]:
    """Returns what kills its process at the one moment that shows a mistake: first, third, …"""
    times = itertools.count()

    def die() -> None:
        if world.faults.is_active and next(times) % 2 == 0:
            current_invocation().kill("mistake")

    return die


MUTANTS: Mapping[str, tuple[Callable[[World], Any], str]] = {
    "acknowledge before commit": (contextmanager(acknowledge_before_commit), "lost"),
    "publish before commit": (contextmanager(publish_before_commit), "not committed"),
    "no uniqueness on the turn": (contextmanager(no_uniqueness_on_the_turn), "doubled reply"),
    "retry that runs a ticket again": (
        contextmanager(retry_that_runs_a_ticket_again),
        "doubled ticket",
    ),
    "intents that are lost": (contextmanager(intents_that_are_lost), "lost ticket"),
    "message dropped that a person has": (
        contextmanager(message_dropped_that_a_person_has),
        "lost",
    ),
    "published whatever was before": (
        contextmanager(published_whatever_was_before),
        "doubled reply",
    ),
    "queue without order": (contextmanager(queue_without_order), "order"),
    "event settled before it is published": (
        contextmanager(event_settled_before_it_is_published),
        "lost event",
    ),
    "event published before commit": (
        contextmanager(event_published_before_commit),
        "invented event",
    ),
    "action done at every try": (contextmanager(action_done_at_every_try), "doubled action"),
    "action done when proposed": (
        contextmanager(action_done_when_proposed),
        "unconfirmed action",
    ),
}
"""Each with the rule that has to catch it, by name."""
