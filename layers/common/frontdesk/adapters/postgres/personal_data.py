"""Everything that Postgres holds about a customer: to hand it out, and to erase it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, LiteralString

from frontdesk.adapters.postgres.audit import write_entry
from frontdesk.adapters.postgres.database import Connection, Database, RowScope
from frontdesk.adapters.postgres.erasure_locks import hold_up_messages
from frontdesk.domain.audit import AuditEntry, RecordedAccess
from frontdesk.domain.conversation import Conversation, Message, StoredTurn
from frontdesk.domain.personal_data import PersonalData, Remains, WholeConversation, WholeTicket
from frontdesk.domain.records import Customer, Invoice, Record, Subscription, Ticket
from frontdesk.domain.tickets import TicketComment

_STAFF = RowScope(staff=True)

_LOCK: LiteralString = " FOR UPDATE"
_CUSTOMER: LiteralString = "SELECT * FROM customers WHERE id = %(customer_id)s"

# A subject is the customer's own where all it ever did was for this customer; services and staff
# speak for many, and must not be forgotten with one of them.
_SUBJECTS = """
SELECT DISTINCT owner_subject AS subject FROM conversations mine
 WHERE customer_id = %(customer_id)s AND owner_subject NOT LIKE 'service:%%'
   AND NOT EXISTS (SELECT 1 FROM conversations other
        WHERE other.owner_subject = mine.owner_subject
          AND other.customer_id <> %(customer_id)s)
   AND NOT EXISTS (SELECT 1 FROM audit_log
        WHERE actor_subject = mine.owner_subject AND actor_kind IN ('staff', 'service'))"""

_CONVERSATIONS: LiteralString = """
SELECT * FROM conversations
 WHERE customer_id = %(customer_id)s
    OR (customer_id IS NULL AND (owner_subject = ANY(%(subjects)s)
        OR lower(contact_email) = lower(%(email)s)))
 ORDER BY created_at, id"""

_TICKETS = """
SELECT * FROM tickets
 WHERE customer_id = %(customer_id)s OR conversation_id = ANY(%(conversation_ids)s)
    OR (customer_id IS NULL AND (owner_subject = ANY(%(subjects)s)
        OR lower(contact_email) = lower(%(email)s)))
 ORDER BY created_at, id"""

_SUBSCRIPTIONS = """
SELECT * FROM subscriptions WHERE customer_id = %(customer_id)s ORDER BY created_at, id"""
_INVOICES = "SELECT * FROM invoices WHERE customer_id = %(customer_id)s ORDER BY created_at, id"
_COMMENTS = "SELECT * FROM ticket_comments WHERE ticket_id = ANY(%(ids)s) ORDER BY position"
_MESSAGES = "SELECT * FROM messages WHERE conversation_id = ANY(%(ids)s) ORDER BY position"
_TURNS = "SELECT * FROM turns WHERE conversation_id = ANY(%(ids)s) ORDER BY created_at, id"
_ACCESSES = "SELECT * FROM audit_log WHERE customer_id = %(customer_id)s ORDER BY id"

_TASKS = """
SELECT task_id FROM messages
 WHERE conversation_id = ANY(%(conversation_ids)s) AND task_id IS NOT NULL
UNION SELECT task_id FROM turns WHERE conversation_id = ANY(%(conversation_ids)s)"""

# A description that names the customer is emptied whole: what is left of a sentence without its
# name would still say whose it is.
_UNNAME_INVOICES = """
UPDATE invoices SET description = '', version = version + 1, updated_at = now()
 WHERE customer_id = %(customer_id)s AND EXISTS (
    SELECT 1 FROM unnest(%(names)s::text[]) AS name
     WHERE name <> '' AND position(lower(name) IN lower(description)) > 0)"""


class PostgresPersonalData:
    """The data of one customer at a time, whole.

    Args:
        database: The database, with the desk role.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def export(self, customer_id: str) -> PersonalData | None:
        """Reads everything that is held about a customer.

        Args:
            customer_id: The customer.

        Returns:
            All of it, or None where there is no such customer.
        """
        with self._database.transaction(_STAFF) as connection:
            customer = _customer(connection, customer_id)
            if customer is None:
                return None
            subjects = _subjects(connection, customer_id)
            conversations = _conversations(connection, customer, subjects)
            conversation_ids = [conversation.id for conversation in conversations]
            tickets = _tickets(connection, customer, subjects, conversation_ids)
            return PersonalData(
                customer=customer,
                subscriptions=_owned(connection, _SUBSCRIPTIONS, customer_id, Subscription),
                invoices=_owned(connection, _INVOICES, customer_id, Invoice),
                tickets=_whole_tickets(connection, tickets),
                conversations=_whole_conversations(connection, conversations),
                accesses=_accesses(connection, customer_id),
            )

    def erase(
        self, customer_id: str, entry: AuditEntry, *, forget: Callable[[Remains], None]
    ) -> bool:
        """Erases a customer everywhere; invoices stay and name nobody.

        Args:
            customer_id: The customer.
            entry: Who erases it, for the audit log; it names the customer by its id only.
            forget: Erases what other stores hold. It is called before anything is final here:
                where it fails nothing is erased here either, and all of it can be done again.

        Returns:
            False where there is no such customer (any more).
        """
        with self._database.transaction(_STAFF) as connection:
            known = _customer(connection, customer_id)
            if known is None:
                return False
            subjects = _subjects(connection, customer_id)
            hold_up_messages(connection, [known.email, *subjects])
            customer = _customer(connection, customer_id, lock=True)
            if customer is None:
                return False
            conversations = _conversations(connection, customer, subjects, lock=True)
            conversation_ids = [conversation.id for conversation in conversations]
            tickets = _tickets(connection, customer, subjects, conversation_ids)
            tasks = connection.execute(_TASKS, {"conversation_ids": conversation_ids}).fetchall()
            _erase_rows(connection, customer, conversation_ids, [ticket.id for ticket in tickets])
            for kind, names in (
                ("conversation", conversation_ids),
                ("subject", subjects),
                ("email", [customer.email]),
            ):
                connection.execute("SELECT entomb(%s, %s::text[])", (kind, list(names)))
            write_entry(connection, entry)
            connection.execute(
                "SELECT forget_events(%s::text[])",
                ([*conversation_ids, *(ticket.id for ticket in tickets)],),
            )
            task_ids = [row["task_id"] for row in tasks]
            forget(Remains(conversation_ids, task_ids, subjects, [customer.email]))
        return True


def _customer(connection: Connection, customer_id: str, *, lock: bool = False) -> Customer | None:
    row = connection.execute(
        _CUSTOMER + (_LOCK if lock else ""), {"customer_id": customer_id}
    ).fetchone()
    return None if row is None else Customer.model_validate(row)


def _subjects(connection: Connection, customer_id: str) -> list[str]:
    rows = connection.execute(_SUBJECTS, {"customer_id": customer_id}).fetchall()
    return [row["subject"] for row in rows]


def _conversations(
    connection: Connection, customer: Customer, subjects: Sequence[str], *, lock: bool = False
) -> list[Conversation]:
    rows = connection.execute(
        _CONVERSATIONS + (_LOCK if lock else ""),
        {"customer_id": customer.id, "subjects": subjects, "email": customer.email},
    ).fetchall()
    return [Conversation.model_validate(row) for row in rows]


def _tickets(
    connection: Connection,
    customer: Customer,
    subjects: Sequence[str],
    conversation_ids: Sequence[str],
) -> list[Ticket]:
    rows = connection.execute(
        _TICKETS,
        {
            "customer_id": customer.id,
            "subjects": subjects,
            "email": customer.email,
            "conversation_ids": conversation_ids,
        },
    ).fetchall()
    return [Ticket.model_validate(row) for row in rows]


def _owned[R: Record](
    connection: Connection, query: LiteralString, customer_id: str, model: type[R]
) -> list[R]:
    rows = connection.execute(query, {"customer_id": customer_id}).fetchall()
    return [model.model_validate(row) for row in rows]


def _whole_tickets(connection: Connection, tickets: Sequence[Ticket]) -> list[WholeTicket]:
    comments = _grouped(connection, _COMMENTS, [ticket.id for ticket in tickets], "ticket_id")
    return [
        WholeTicket(ticket, [TicketComment.model_validate(row) for row in comments[ticket.id]])
        for ticket in tickets
    ]


def _whole_conversations(
    connection: Connection, conversations: Sequence[Conversation]
) -> list[WholeConversation]:
    ids = [conversation.id for conversation in conversations]
    messages = _grouped(connection, _MESSAGES, ids, "conversation_id")
    turns = _grouped(connection, _TURNS, ids, "conversation_id")
    return [
        WholeConversation(
            conversation,
            [Message.model_validate(row) for row in messages[conversation.id]],
            [StoredTurn.model_validate(row) for row in turns[conversation.id]],
        )
        for conversation in conversations
    ]


def _grouped(
    connection: Connection, query: LiteralString, ids: Sequence[str], column: str
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Reads the rows of several things at once, by the thing that they belong to."""
    groups: dict[str, list[Mapping[str, Any]]] = {identifier: [] for identifier in ids}
    for row in connection.execute(query, {"ids": ids}):
        groups[row[column]].append(row)
    return groups


def _accesses(connection: Connection, customer_id: str) -> list[RecordedAccess]:
    rows = connection.execute(_ACCESSES, {"customer_id": customer_id}).fetchall()
    return [RecordedAccess.model_validate(row) for row in rows]


def _erase_rows(
    connection: Connection,
    customer: Customer,
    conversation_ids: Sequence[str],
    ticket_ids: Sequence[str],
) -> None:
    """Deletes rows; messages, turns, comments and subscriptions go with those they hang on."""
    names = [customer.first_name, customer.last_name, customer.company_name, customer.email,
             customer.phone]  # fmt: skip
    connection.execute(_UNNAME_INVOICES, {"customer_id": customer.id, "names": names})
    connection.execute("DELETE FROM tickets WHERE id = ANY(%s)", (ticket_ids,))
    connection.execute("DELETE FROM conversations WHERE id = ANY(%s)", (conversation_ids,))
    connection.execute("DELETE FROM customers WHERE id = %s", (customer.id,))
