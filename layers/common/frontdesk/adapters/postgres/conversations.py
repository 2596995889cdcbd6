"""Conversations as the worker keeps them: a message is taken up once, a turn committed once."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from frontdesk.adapters.postgres import actions
from frontdesk.adapters.postgres.accounts import resolve_customer
from frontdesk.adapters.postgres.database import Connection, Database, RowScope
from frontdesk.adapters.postgres.erasure_locks import wait_for_erasures
from frontdesk.adapters.postgres.tickets import carry_out, open_ticket
from frontdesk.domain.actions import StoredAction
from frontdesk.domain.conversation import (
    SETTLED_TICKETS,
    Conversation,
    Message,
    Turn,
    overtaken_by,
    refused,
    waits_after,
    with_ticket,
)
from frontdesk.domain.errors import ActionRefusedError, ErasedError, MessageError, TurnConflictError
from frontdesk.domain.ids import derived_id
from frontdesk.domain.memory import MAX_CARRIED_ON
from frontdesk.domain.records import Ticket
from frontdesk.domain.task import QueuedMessage, TaskResult, TaskStatus

MAX_TAKEN_ALONG = 100
"""Conversations that one guest began; more are no customer's who signs in."""


class PostgresConversationStore:
    """The worker's side of conversations; every transaction sees one conversation only.

    Args:
        database: The worker's database, opened with the agent's role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def committed_result(self, conversation_id: str, task_id: str) -> TaskResult | None:
        """Reads the result of a turn that is committed already.

        Args:
            conversation_id: The conversation.
            task_id: The task.

        Returns:
            The result to publish again, or None where the turn is still to be made.
        """
        with self._database.transaction(RowScope(conversation_id)) as connection:
            return _committed(connection, task_id)

    def take_up(self, message: QueuedMessage, *, subject_line: str) -> Conversation:
        """Makes sure of the conversation and stores the customer's message, once a task.

        Args:
            message: The queued message.
            subject_line: The subject a new conversation gets.

        Returns:
            The conversation, as it is after this message.

        Raises:
            ErasedError: The conversation, or its sender's data, was erased after it was sent.
            MessageError: The conversation is somebody else's, or speaks for another customer.
        """
        owners = _owners(message)
        previous = self._previous(message, owners)
        with self._database.transaction(RowScope(message.conversation_id)) as connection:
            named = [message.stated_email] if message.stated_email else []
            wait_for_erasures(connection, [*_subjects(message), *_emails(message), *named])
            customer_id = resolve_customer(connection, message.account_email)
            if message.claimed_subject is not None:
                connection.execute(
                    "SELECT claim_guest(%s, %s, %s)",
                    (message.claimed_subject, message.principal.subject, customer_id),
                )
            _make_sure(connection, message, customer_id, subject_line, previous)
            conversation = _locked(connection, message.conversation_id)
            # After the lock: an erasure that had it before is seen by now.
            _check_not_erased(connection, message)
            _check_belongs(connection, conversation, message, customer_id, owners)
            conversation = _store_message(connection, message, customer_id, subject_line)
            return _reach(connection, conversation, message)

    def taken_along(self, message: QueuedMessage) -> list[str]:
        """Names the conversations that a guest began, and that are the customer's who claimed them.

        Args:
            message: The message that claims them, taken up.

        Returns:
            Conversations, at most `MAX_TAKEN_ALONG` of the latest; none where nothing is claimed.
        """
        if message.claimed_subject is None:
            return []
        with self._database.transaction(RowScope(message.conversation_id)) as connection:
            rows = connection.execute(
                "SELECT taken_along(%s, %s, %s) AS id",
                (message.claimed_subject, message.principal.subject, MAX_TAKEN_ALONG),
            ).fetchall()
        return [row["id"] for row in rows]

    def pending_action(self, conversation_id: str) -> StoredAction | None:
        """Reads the action that waits to be confirmed.

        Args:
            conversation_id: The conversation.

        Returns:
            Its latest proposal that is not settled, or None.
        """
        with self._database.transaction(RowScope(conversation_id)) as connection:
            return actions.pending_action(connection, conversation_id)

    def open_ticket(self, conversation_id: str) -> Ticket | None:
        """Reads the ticket that a further escalation of this conversation adds to.

        Args:
            conversation_id: The conversation.

        Returns:
            Its latest ticket that is neither resolved nor closed, or None.
        """
        with self._database.transaction(RowScope(conversation_id)) as connection:
            return open_ticket(connection, conversation_id)

    def recent_messages(self, conversation_id: str, *, limit: int) -> list[Message]:
        """Reads the context window.

        Args:
            conversation_id: The conversation (an earlier one it carries on is included).
            limit: How many messages, the latest of them.

        Returns:
            Messages that customer and agents may know of, oldest first.
        """
        newest_first: list[Message] = []
        following: str | None = conversation_id
        for _ in range(1 + MAX_CARRIED_ON):
            if following is None or len(newest_first) >= limit:
                break
            messages, following = self._page(following, limit - len(newest_first))
            newest_first += messages
        return newest_first[::-1]

    def commit(self, turn: Turn) -> TaskResult:
        """Commits reply, turn and intents in one transaction, or what is committed already.

        Args:
            turn: The turn that was made.

        Returns:
            What is to be published: this turn's result (with the ticket that its intent made
            or added to), the result that another worker committed first, or one that says
            the conversation was handed to a person or closed meanwhile.

        Raises:
            ErasedError: The conversation was erased meanwhile.
            TurnConflictError: Something else moved; the turn has to be made again.
        """
        with self._database.transaction(RowScope(turn.conversation_id)) as connection:
            conversation = _locked(connection, turn.conversation_id)
            committed = _committed(connection, turn.task_id)
            if committed is not None:
                return committed
            result = overtaken_by(conversation, turn.result)
            if result is None:
                result = _answer(connection, conversation, turn)
            _insert_turn(connection, turn, result)
            return result

    def _previous(self, message: QueuedMessage, owners: set[str]) -> str | None:
        """The conversation that is carried on, where it is the same owner's."""
        previous = message.previous_conversation_id
        if previous is None or previous == message.conversation_id:
            return None
        with self._database.transaction(RowScope(previous)) as connection:
            row = connection.execute(
                "SELECT owner_subject FROM conversations WHERE id = %s", (previous,)
            ).fetchone()
        return previous if row is not None and row["owner_subject"] in owners else None

    def _page(self, conversation_id: str, limit: int) -> tuple[list[Message], str | None]:
        """The latest messages, newest first, and the conversation that was before them."""
        with self._database.transaction(RowScope(conversation_id)) as connection:
            rows = connection.execute(
                """
                SELECT m.*, c.previous_conversation_id
                FROM conversations c
                LEFT JOIN LATERAL (
                    SELECT id, role, content, agent, task_id, citations, proposed_action, internal,
                        created_at, position
                    FROM messages WHERE conversation_id = c.id AND NOT internal
                    ORDER BY position DESC LIMIT %s
                ) m ON true
                WHERE c.id = %s ORDER BY m.position DESC
                """,
                (limit, conversation_id),
            ).fetchall()
        messages = [Message.model_validate(row) for row in rows if row["id"] is not None]
        return messages, rows[0]["previous_conversation_id"] if rows else None


def _owners(message: QueuedMessage) -> set[str]:
    """The subjects whose conversations this sender may go on with."""
    if message.principal.subject is None:
        raise MessageError("the message has no owner")
    return {message.principal.subject, message.claimed_subject or message.principal.subject}


def _committed(connection: Connection, task_id: str) -> TaskResult | None:
    row = connection.execute("SELECT result FROM turns WHERE task_id = %s", (task_id,)).fetchone()
    return TaskResult.model_validate(row["result"]) if row else None


def _locked(connection: Connection, conversation_id: str) -> Conversation:
    row = connection.execute(
        "SELECT * FROM conversations WHERE id = %s FOR UPDATE", (conversation_id,)
    ).fetchone()
    if row is None:
        if _is_erased(connection, conversation_id):
            raise ErasedError("the conversation was erased")
        raise MessageError("the conversation does not exist")
    return Conversation.model_validate(row)


def _is_erased(
    connection: Connection,
    conversation_id: str,
    *,
    subjects: Sequence[str] = (),
    emails: Sequence[str] = (),
    sent_at: datetime | None = None,
) -> bool:
    row = connection.execute(
        "SELECT is_erased(%s, %s::text[], %s::text[], %s) AS erased",
        (conversation_id, list(subjects), list(emails), sent_at),
    ).fetchone()
    return bool(row and row["erased"])


def _subjects(message: QueuedMessage) -> list[str]:
    return [name for name in (message.principal.subject, message.claimed_subject) if name]


def _emails(message: QueuedMessage) -> list[str]:
    named = (message.account_email, message.contact_email, message.own_email)
    return [email for email in named if email]


def _contact(message: QueuedMessage, customer_id: str | None) -> str | None:
    """Where to reach the sender; a customer's record says so itself."""
    return message.contact_email if customer_id is not None else message.reply_email


def _check_not_erased(connection: Connection, message: QueuedMessage) -> None:
    if _is_erased(
        connection,
        message.conversation_id,
        subjects=_subjects(message),
        emails=_emails(message),
        sent_at=message.accepted_at,
    ):
        raise ErasedError("the conversation, or its sender's data, was erased")


def _make_sure(
    connection: Connection,
    message: QueuedMessage,
    customer_id: str | None,
    subject_line: str,
    previous: str | None,
) -> None:
    connection.execute(
        """
        INSERT INTO conversations (id, owner_subject, customer_id, contact_email, subject,
            language, previous_conversation_id, created_at, updated_at)
        VALUES (%(id)s, %(owner)s, %(customer)s, %(contact)s, %(subject)s, %(language)s,
            %(previous)s, %(at)s, %(at)s)
        ON CONFLICT (id) DO NOTHING
        """,
        {
            "id": message.conversation_id,
            "owner": message.principal.subject,
            "customer": customer_id,
            "contact": _contact(message, customer_id),
            "subject": subject_line,
            "language": message.language,
            "previous": previous,
            "at": message.accepted_at,
        },
    )


def _check_belongs(
    connection: Connection,
    conversation: Conversation,
    message: QueuedMessage,
    customer_id: str | None,
    owners: set[str],
) -> None:
    if conversation.owner_subject not in owners and not _wrote_alone(connection, message):
        raise MessageError("the conversation belongs to somebody else")
    # Two customers must never share a context: what was said for one would answer the other.
    both = {conversation.customer_id, customer_id} - {None}
    if message.principal.may_name_customer and len(both) > 1:
        raise MessageError("the conversation speaks for another customer")


def _wrote_alone(connection: Connection, message: QueuedMessage) -> bool:
    """Tells whether a conversation that was claimed meanwhile has nobody's words but the sender's.

    A guest's message may still have been queued then. Once the customer has written, nothing of
    the conversation is a guest's to hear any more.
    """
    row = connection.execute(
        "SELECT bool_and(author_subject IS NOT DISTINCT FROM %s) AS alone FROM messages"
        " WHERE conversation_id = %s AND role = 'customer'",
        (message.principal.subject, message.conversation_id),
    ).fetchone()
    return bool(row and row["alone"])


def _store_message(
    connection: Connection, message: QueuedMessage, customer_id: str | None, subject_line: str
) -> Conversation:
    row = connection.execute(
        """
        WITH taken AS (
            INSERT INTO messages (id, conversation_id, role, content, task_id, author_subject,
                created_at)
            VALUES (%(message)s, %(conversation)s, 'customer', %(text)s, %(task)s, %(author)s,
                %(at)s)
            ON CONFLICT DO NOTHING RETURNING 1
        ), moved AS (SELECT count(*)::int AS by FROM taken)
        UPDATE conversations SET
            customer_id = COALESCE(%(customer)s, customer_id),
            contact_email = COALESCE(%(contact)s, contact_email),
            language = COALESCE(%(language)s, language),
            subject = CASE WHEN subject = '' THEN %(subject)s ELSE subject END,
            message_count = message_count + moved.by,
            version = version + moved.by,
            waiting_for = CASE WHEN handler = 'human' AND status = 'open' AND moved.by > 0
                THEN 'staff' ELSE waiting_for END,
            waiting_since = CASE WHEN handler = 'human' AND status = 'open' AND moved.by > 0
                    AND waiting_for IS DISTINCT FROM 'staff' THEN now()
                ELSE waiting_since END,
            updated_at = CASE WHEN moved.by > 0 THEN now() ELSE updated_at END
        FROM moved WHERE id = %(conversation)s RETURNING conversations.*
        """,
        {
            "message": derived_id("msg", message.task_id, "customer"),
            "conversation": message.conversation_id,
            "text": message.text,
            "task": message.task_id,
            "author": message.principal.subject,
            "at": message.accepted_at,
            "customer": customer_id,
            "contact": _contact(message, customer_id),
            "language": message.language,
            # A person may have been here first, when there was no message to call it after.
            "subject": subject_line,
        },
    ).fetchone()
    return Conversation.model_validate(row)


def _reach(
    connection: Connection, conversation: Conversation, message: QueuedMessage
) -> Conversation:
    """Takes the address that a sender was asked for, where a ticket is still without one."""
    email = message.contact_email or message.stated_email
    if email is None:
        return conversation
    row = connection.execute(
        """
        WITH reached AS (
            UPDATE tickets SET contact_email = %(email)s, version = version + 1, updated_at = now()
             WHERE conversation_id = %(id)s AND contact_email IS NULL AND customer_id IS NULL
               AND status <> ALL(%(settled)s)
               AND NOT is_erased('', '{}', ARRAY[%(email)s::text], %(at)s)
            RETURNING 1)
        UPDATE conversations SET contact_email = %(email)s
         WHERE id = %(id)s AND EXISTS (SELECT 1 FROM reached)
        RETURNING *
        """,
        {
            "email": email,
            "id": conversation.id,
            "settled": [str(status) for status in SETTLED_TICKETS],
            "at": message.accepted_at,
        },
    ).fetchone()
    return conversation if row is None else Conversation.model_validate(row)


def _answer(connection: Connection, conversation: Conversation, turn: Turn) -> TaskResult:
    """Writes what an answer writes: reply, tickets, and the conversation's new state."""
    result = turn.result
    if result.status is TaskStatus.COMPLETED and conversation.version != turn.read_version:
        raise TurnConflictError(
            f"read at version {turn.read_version!r}, now {conversation.version!r}"
        )
    if result.status is TaskStatus.COMPLETED:
        result = _carry_out(connection, conversation, turn, result)
    if result.response is not None:
        _insert_reply(connection, turn, result)
    _update_conversation(connection, conversation, turn, result)
    return result


def _carry_out(
    connection: Connection, conversation: Conversation, turn: Turn, result: TaskResult
) -> TaskResult:
    """Does what the turn wants done besides its reply: action, tickets, proposal."""
    intents = list(turn.intents)
    if intents or turn.confirmation or result.proposed_action:
        connection.execute(
            "SELECT set_config('frontdesk.customer_id', %s, true)",
            (conversation.customer_id or "",),
        )
    if turn.drops is not None:
        actions.drop(connection, turn.drops, turn.task_id)
    confirmation = turn.confirmation
    if confirmation is not None:
        try:
            actions.carry_out(connection, confirmation, conversation, turn.task_id)
            intents += [confirmation.ticket] if confirmation.ticket else []
        except ActionRefusedError as error:
            result = refused(result, confirmation, error)
    if result.proposed_action is not None:
        actions.propose(connection, result.proposed_action, conversation, turn.task_id)
    for intent in intents:
        ticket = carry_out(connection, intent, conversation, turn.task_id)
        result = with_ticket(result, ticket, intent.number)
    return result


def _insert_reply(connection: Connection, turn: Turn, result: TaskResult) -> None:
    proposed = result.proposed_action
    connection.execute(
        """
        INSERT INTO messages (id, conversation_id, role, content, agent, task_id, citations,
            proposed_action)
        VALUES (%s, %s, 'assistant', %s, %s, %s, %s, %s)
        """,
        (
            derived_id("msg", turn.task_id, "assistant"),
            turn.conversation_id,
            result.response,
            result.agent,
            turn.task_id,
            Jsonb([citation.model_dump(mode="json") for citation in result.citations]),
            Jsonb(proposed.model_dump(mode="json")) if proposed else None,
        ),
    )


def _update_conversation(
    connection: Connection, conversation: Conversation, turn: Turn, result: TaskResult
) -> None:
    replies = 0 if result.response is None else 1
    # Where nobody waited, a ticket changes nothing.
    has_open_ticket = (
        conversation.waiting_for is not None
        and open_ticket(connection, turn.conversation_id) is not None
    )
    waiting_for = waits_after(conversation, result, has_open_ticket=has_open_ticket)
    connection.execute(
        """
        UPDATE conversations SET
            message_count = message_count + %(replies)s,
            version = version + %(replies)s,
            last_agent = COALESCE(%(agent)s, last_agent),
            waiting_since = CASE
                WHEN waiting_for IS NOT DISTINCT FROM %(waiting_for)s THEN waiting_since
                WHEN %(waiting_for)s::text IS NULL THEN NULL
                ELSE now() END,
            waiting_for = %(waiting_for)s,
            updated_at = now()
        WHERE id = %(id)s
        """,
        {
            "id": turn.conversation_id,
            "replies": replies,
            "agent": result.agent,
            "waiting_for": waiting_for,
        },
    )


def _insert_turn(connection: Connection, turn: Turn, result: TaskResult) -> None:
    usage = result.usage
    connection.execute(
        """
        INSERT INTO turns (id, task_id, conversation_id, status, agent, degraded, result, trace,
            llm_calls, input_tokens, output_tokens, cost_usd, duration_ms)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            derived_id("turn", turn.task_id),
            turn.task_id,
            turn.conversation_id,
            result.status,
            result.agent,
            result.degraded,
            Jsonb(result.model_dump(mode="json")),
            Jsonb(turn.trace, dumps=_dump_trace),
            usage.llm_calls,
            usage.input_tokens,
            usage.output_tokens,
            usage.cost_usd,
            result.timings_ms.total,
        ),
    )


def _dump_trace(trace: Any) -> str:
    # A trace holds what models and tools said: what JSON does not know is shown, not lost.
    return json.dumps(trace, default=str)
