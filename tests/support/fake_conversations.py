"""Conversations and accounts in memory; tests/contract holds them to the promises of Postgres."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from frontdesk.clock import utc_now
from frontdesk.domain.actions import (
    Account,
    ActionKind,
    ActionStatus,
    RefusalReason,
    StoredAction,
    effect_to_carry_out,
    entry_of,
    still_valid,
)
from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import (
    SETTLED_TICKETS,
    Confirmation,
    Conversation,
    ConversationStatus,
    Handler,
    Message,
    MessageRole,
    TicketIntent,
    Turn,
    WaitingFor,
    overtaken_by,
    refused,
    waits_after,
    with_ticket,
)
from frontdesk.domain.errors import (
    ActionRefusedError,
    ErasedError,
    InfrastructureError,
    MessageError,
    TurnConflictError,
)
from frontdesk.domain.ids import derived_id, new_id, ticket_number
from frontdesk.domain.records import (
    Customer,
    Invoice,
    InvoiceStatus,
    Subscription,
    Ticket,
    TicketPriority,
)
from frontdesk.domain.task import QueuedMessage, TaskResult, TaskStatus

_URGENCY = list(TicketPriority)


@dataclass
class FakeRecords:
    """Customers and what they have, shared by the two fakes below."""

    customers: list[Customer] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    actions: list[StoredAction] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)

    def resolve(self, email: str | None) -> str | None:
        if email is None:
            return None
        found = [one.id for one in self.customers if one.email.lower() == email.lower()]
        return found[0] if found else None


class FakeAccountReader:
    """Implements AccountReader for one caller."""

    def __init__(self, records: FakeRecords, *, email: str | None, subject: str | None) -> None:
        self._records = records
        self._customer_id = records.resolve(email)
        self._subject = subject

    def customer(self) -> Customer | None:
        found = [one for one in self._records.customers if one.id == self._customer_id]
        return found[0] if found else None

    def subscription(self) -> Subscription | None:
        own = [one for one in self._records.subscriptions if one.customer_id == self._customer_id]
        own.sort(key=lambda one: (one.status != "cancelled", one.start_date), reverse=True)
        return own[0] if own else None

    def invoices(self, *, status: InvoiceStatus | None = None, limit: int = 10) -> list[Invoice]:
        own = [
            one
            for one in self._records.invoices
            if self._customer_id is not None
            and one.customer_id == self._customer_id
            and one.status is not InvoiceStatus.DRAFT
            and status in (None, one.status)
        ]
        own.sort(key=lambda one: (one.due_date, one.invoice_number), reverse=True)
        return own[:limit]

    def refunds_requested(self) -> frozenset[str]:
        return frozenset(
            one.arguments["invoice_number"]
            for one in self._records.actions
            if one.customer_id == self._customer_id
            and one.kind is ActionKind.REQUEST_REFUND
            and one.status is ActionStatus.DONE
        )

    def tickets(
        self, *, number: str | None = None, settled: bool | None = None, limit: int = 10
    ) -> list[Ticket]:
        own = [
            one
            for one in self._records.tickets
            if (
                (self._subject is not None and one.owner_subject == self._subject)
                or (self._customer_id is not None and one.customer_id == self._customer_id)
            )
            and number in (None, one.number)
            and settled in (None, one.status in SETTLED_TICKETS)
        ]
        return sorted(own, key=lambda one: (one.created_at, one.id), reverse=True)[:limit]


FAR = datetime.max.replace(tzinfo=UTC)


class FakeConversationStore:
    """Implements ConversationStore. Set `is_down` to make every call fail.

    Attributes:
        erased: Conversations that were erased; messages of them are refused.
    """

    def __init__(
        self, records: FakeRecords | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        self.records = records or FakeRecords()
        self.conversations: dict[str, Conversation] = {}
        self.messages: list[tuple[str, Message]] = []
        self.authors: dict[str, str | None] = {}
        self.turns: dict[str, tuple[Turn, TaskResult]] = {}
        self.comments: dict[str, str] = {}
        self.is_down = False
        self.erased: set[str] = set()
        self._now = now
        self._lock = threading.RLock()

    def committed_result(self, conversation_id: str, task_id: str) -> TaskResult | None:
        self._reach()
        found = self.turns.get(task_id)
        if found is None or found[0].conversation_id != conversation_id:
            return None
        return found[1]

    def take_up(self, message: QueuedMessage, *, subject_line: str) -> Conversation:
        self._reach()
        subject = message.principal.subject
        if subject is None:
            raise MessageError("the message has no owner")
        owners = {subject, message.claimed_subject or subject}
        with self._lock:
            self._check_not_erased(message.conversation_id)
            customer_id = self.records.resolve(message.account_email)
            known = self.conversations.get(message.conversation_id)
            if (
                known is not None
                and known.owner_subject not in owners
                and self._authors(known.id) != {subject}
            ):
                raise MessageError("the conversation belongs to somebody else")
            both = {customer_id, known.customer_id if known else None} - {None}
            if message.principal.may_name_customer and len(both) > 1:
                raise MessageError("the conversation speaks for another customer")
            if message.claimed_subject is not None:
                self._claim(message.claimed_subject, subject, customer_id)
            conversation = self.conversations.get(message.conversation_id) or self._new(
                message, subject, subject_line, owners
            )
            stored = self._store(conversation, message, customer_id, subject_line)
            return self._reach_by_mail(stored, message)

    def taken_along(self, message: QueuedMessage) -> list[str]:
        self._reach()
        return [
            known.id
            for known in self.conversations.values()
            if message.claimed_subject in self._authors(known.id)
            and known.owner_subject == message.principal.subject
        ]

    def pending_action(self, conversation_id: str) -> StoredAction | None:
        self._reach()
        found = [
            one
            for one in self.records.actions
            if one.conversation_id == conversation_id and one.status is ActionStatus.PROPOSED
        ]
        return found[-1] if found else None

    def open_ticket(self, conversation_id: str) -> Ticket | None:
        self._reach()
        found = [
            one
            for one in self.records.tickets
            if one.conversation_id == conversation_id and one.status not in SETTLED_TICKETS
        ]
        return found[-1] if found else None

    def recent_messages(self, conversation_id: str, *, limit: int) -> list[Message]:
        self._reach()
        known = self.conversations.get(conversation_id)
        if known is None or limit <= 0:
            return []
        own = [
            message
            for where, message in self.messages
            if where == conversation_id and not message.internal
        ][-limit:]
        previous = known.previous_conversation_id
        if previous is None:
            return own
        return [*self.recent_messages(previous, limit=limit - len(own)), *own]

    def commit(self, turn: Turn) -> TaskResult:
        self._reach()
        with self._lock:
            self._check_not_erased(turn.conversation_id)
            known = self.conversations.get(turn.conversation_id)
            if known is None:
                raise MessageError("the conversation does not exist")
            if turn.task_id in self.turns:
                return self.turns[turn.task_id][1]
            result = overtaken_by(known, turn.result)
            if result is None:
                result = self._answer(known, turn)
            # Through JSON, as the real one stores it.
            result = TaskResult.model_validate_json(result.model_dump_json())
            self.turns[turn.task_id] = (turn, result)
            return result

    def change(self, conversation_id: str, **changes: Any) -> None:
        """Does what the support API would do to a conversation."""
        known = self.conversations[conversation_id]
        self.conversations[conversation_id] = known.model_copy(
            update={"version": known.version + 1, **changes}
        )

    def erase(self, conversation_id: str) -> None:
        """Erases a conversation, as the support API would."""
        self.erased.add(conversation_id)
        self.conversations.pop(conversation_id, None)
        self.messages = [one for one in self.messages if one[0] != conversation_id]

    def _check_not_erased(self, conversation_id: str) -> None:
        if conversation_id in self.erased:
            raise ErasedError("the conversation was erased")

    def _reach(self) -> None:
        if self.is_down:
            raise InfrastructureError("the conversations are out of reach")

    def _authors(self, conversation_id: str) -> set[str | None]:
        return {
            self.authors[one.id]
            for where, one in self.messages
            if where == conversation_id and one.role is MessageRole.CUSTOMER
        }

    def _claim(self, guest: str, owner: str, customer_id: str | None) -> None:
        if not guest.startswith("guest:") or owner.startswith("guest:"):
            raise ValueError("only a guest can be claimed, and not by a guest")
        for known in self.conversations.values():
            if known.owner_subject == guest:
                self.conversations[known.id] = known.model_copy(
                    update={
                        "owner_subject": owner,
                        "customer_id": customer_id or known.customer_id,
                    }
                )
        self.records.tickets = [
            one.model_copy(
                update={"owner_subject": owner, "customer_id": one.customer_id or customer_id}
            )
            if one.owner_subject == guest
            else one
            for one in self.records.tickets
        ]

    def _new(
        self, message: QueuedMessage, subject: str, subject_line: str, owners: set[str]
    ) -> Conversation:
        previous = self.conversations.get(message.previous_conversation_id or "")
        carried_on = previous is not None and previous.owner_subject in owners | {subject}
        return Conversation(
            id=message.conversation_id,
            owner_subject=subject,
            subject=subject_line,
            language=message.language,
            previous_conversation_id=previous.id if previous and carried_on else None,
            created_at=message.accepted_at,
            updated_at=message.accepted_at,
        )

    def _store(
        self,
        conversation: Conversation,
        message: QueuedMessage,
        customer_id: str | None,
        subject_line: str,
    ) -> Conversation:
        is_new = not any(
            one.task_id == message.task_id and one.role is MessageRole.CUSTOMER
            for _, one in self.messages
        )
        changes: dict[str, Any] = {
            "customer_id": customer_id or conversation.customer_id,
            "contact_email": (message.contact_email if customer_id else message.reply_email)
            or conversation.contact_email,
            "language": message.language or conversation.language,
            "subject": conversation.subject or subject_line,
        }
        if is_new:
            stored = Message(
                id=derived_id("msg", message.task_id, "customer"),
                role=MessageRole.CUSTOMER,
                content=message.text,
                task_id=message.task_id,
                created_at=message.accepted_at,
            )
            self.messages.append((conversation.id, stored))
            self.authors[stored.id] = message.principal.subject
            changes |= {
                "version": conversation.version + 1,
                "message_count": conversation.message_count + 1,
                "updated_at": self._now(),
            }
            if (
                conversation.handler is Handler.HUMAN
                and conversation.status is ConversationStatus.OPEN
            ):
                changes |= self._waiting(conversation)
        self.conversations[conversation.id] = conversation.model_copy(update=changes)
        return self.conversations[conversation.id]

    def _reach_by_mail(self, conversation: Conversation, message: QueuedMessage) -> Conversation:
        email = message.contact_email or message.stated_email
        without = [
            one
            for one in self.records.tickets
            if one.conversation_id == conversation.id
            and (one.contact_email, one.customer_id) == (None, None)
            and one.status not in SETTLED_TICKETS
        ]
        if email is None or not without:
            return conversation
        self.records.tickets = [
            one.model_copy(update={"contact_email": email, "version": one.version + 1})
            if one in without
            else one
            for one in self.records.tickets
        ]
        reached = conversation.model_copy(update={"contact_email": email})
        self.conversations[conversation.id] = reached
        return reached

    def _waiting(self, conversation: Conversation) -> dict[str, Any]:
        if conversation.waiting_for is WaitingFor.STAFF:
            return {}
        return {"waiting_for": WaitingFor.STAFF, "waiting_since": self._now()}

    def _answer(self, known: Conversation, turn: Turn) -> TaskResult:
        result = turn.result
        if result.status is TaskStatus.COMPLETED:
            if known.version != turn.read_version:
                raise TurnConflictError(f"read {turn.read_version!r}, now {known.version!r}")
            result = self._do(known, turn, result)
        changes: dict[str, Any] = {
            "last_agent": result.agent or known.last_agent,
            "updated_at": self._now(),
        }
        open_ticket = self.open_ticket(known.id)
        waiting_for = waits_after(known, result, has_open_ticket=open_ticket is not None)
        if waiting_for is not known.waiting_for:
            since = self._now() if waiting_for else None
            changes |= {"waiting_for": waiting_for, "waiting_since": since}
        if result.response is not None:
            reply = Message(
                id=derived_id("msg", turn.task_id, "assistant"),
                role=MessageRole.ASSISTANT,
                content=result.response,
                agent=result.agent,
                task_id=turn.task_id,
                citations=result.citations,
                proposed_action=result.proposed_action,
                created_at=self._now(),
            )
            self.messages.append((known.id, reply))
            changes |= {
                "version": known.version + 1,
                "message_count": known.message_count + 1,
            }
        self.conversations[known.id] = known.model_copy(update=changes)
        return result

    def _do(self, known: Conversation, turn: Turn, result: TaskResult) -> TaskResult:
        intents = list(turn.intents)
        if turn.drops is not None:
            self._settle(turn.drops, ActionStatus.DROPPED, turn.task_id)
        if turn.confirmation is not None:
            try:
                self._confirm(turn.confirmation, known, turn.task_id)
                intents += [turn.confirmation.ticket] if turn.confirmation.ticket else []
            except ActionRefusedError as error:
                result = refused(result, turn.confirmation, error)
        if result.proposed_action is not None:
            assert known.customer_id is not None
            self.records.actions.append(
                StoredAction(
                    **result.proposed_action.model_dump(),
                    task_id=turn.task_id,
                    conversation_id=known.id,
                    owner_subject=known.owner_subject,
                    customer_id=known.customer_id,
                    created_at=self._now(),
                )
            )
        for intent in intents:
            ticket = self._carry_out(intent, known, turn.task_id)
            result = with_ticket(result, ticket, intent.number)
        return result

    def _confirm(self, confirmation: Confirmation, known: Conversation, task_id: str) -> None:
        found = [
            one
            for one in self.records.actions
            if (one.token, one.conversation_id) == (confirmation.token, known.id)
        ]
        by = confirmation.confirmed_by
        if not found or not still_valid(
            found[0], subject=by.subject, customer_id=known.customer_id, now=confirmation.at
        ):
            raise ActionRefusedError(RefusalReason.NOT_CONFIRMABLE)
        action = found[0]
        account = self._account(action)
        try:
            effect = effect_to_carry_out(
                action, account, confirmation.policy, confirmation.at.date()
            )
        except ActionRefusedError:
            self._settle(action.token, ActionStatus.REFUSED, task_id)
            raise
        for records in (self.records.customers, self.records.subscriptions):
            for index, record in enumerate(records):
                if record.id == effect.object_id:
                    records[index] = record.model_copy(  # type: ignore[call-overload]
                        update=effect.after | {"version": record.version + 1}
                    )
        self.records.audit.append(
            entry_of(action, effect, actor=by, correlation_id=confirmation.correlation_id)
        )
        self._settle(action.token, ActionStatus.DONE, task_id)

    def _account(self, action: StoredAction) -> Account:
        customer = next(one for one in self.records.customers if one.id == action.customer_id)
        reader = FakeAccountReader(self.records, email=customer.email, subject=None)
        return Account(
            customer=customer,
            subscription=reader.subscription(),
            invoices=tuple(reader.invoices(limit=100)),
            refunds_requested=reader.refunds_requested(),
        )

    def _settle(self, token: str, status: ActionStatus, task_id: str) -> None:
        self.records.actions = [
            one.model_copy(update={"status": status, "settled_by_task": task_id})
            if one.token == token and one.status is ActionStatus.PROPOSED
            else one
            for one in self.records.actions
        ]

    def _carry_out(self, intent: TicketIntent, known: Conversation, task_id: str) -> Ticket:
        existing = self.open_ticket(known.id)
        if existing is None:
            return self._make_ticket(intent, known)
        self.comments[task_id] = f"{intent.subject}\n\n{intent.description}"
        wanted = TicketPriority(intent.priority)
        if _URGENCY.index(wanted) > _URGENCY.index(existing.priority):
            earlier = min(intent.raised_response_at or FAR, existing.expected_response_at)
            raised = existing.model_copy(
                update={"priority": wanted, "expected_response_at": earlier}
            )
            self.records.tickets[self.records.tickets.index(existing)] = raised
            return raised
        return existing

    def _make_ticket(self, intent: TicketIntent, known: Conversation) -> Ticket:
        taken = {one.number for one in self.records.tickets}
        numbers = (ticket_number(intent.ticket_id, attempt) for attempt in range(10))
        now = self._now()
        ticket = Ticket.model_validate(
            {
                **intent.model_dump(exclude={"ticket_id", "number"}),
                "id": intent.ticket_id,
                "number": next(number for number in numbers if number not in taken),
                "owner_subject": known.owner_subject,
                "customer_id": known.customer_id,
                "conversation_id": known.id,
                "created_at": now,
                "updated_at": now,
            }
        )
        self.records.tickets.append(ticket)
        return ticket


def a_customer(email: str, name: str = "John Smith", **changes: Any) -> Customer:
    first, _, last = name.partition(" ")
    now = utc_now()
    defaults: dict[str, Any] = {
        "id": new_id("cus"),
        "email": email,
        "first_name": first,
        "last_name": last,
        "created_at": now,
        "updated_at": now,
    }
    return Customer.model_validate(defaults | changes)
