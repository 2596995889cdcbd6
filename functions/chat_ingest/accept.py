"""Accepting a message.

What is decided in which order: whose the conversation is (404), what the body says (422), then
what is recorded in one transaction, which also decides whether this is a repeat of an earlier
request, and whether the conversation takes a message (409, 429). Then the message is sent, and
that noted. A repeat sends what an earlier request recorded but did not send.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chat_ingest.message import ChatInput, read_input
from chat_ingest.sender import Sender, identify
from frontdesk.clock import utc_now
from frontdesk.domain.acceptance import Acceptance, AcceptedTask, IdempotencyClaim, Refusal
from frontdesk.domain.errors import (
    ConflictError,
    InfrastructureError,
    InvalidInputError,
    NotFoundError,
    RequestError,
    TooManyRequestsError,
)
from frontdesk.domain.ids import new_id
from frontdesk.domain.task import QueuedMessage
from frontdesk.guest_tokens import GuestTokens
from frontdesk.http.idempotency import HEADER, body_hash, read_key
from frontdesk.http.rate import rate_headers
from frontdesk.limiting import CallerDigests, TokenBudget
from frontdesk.ports import ChatSender, TaskAcceptor
from frontdesk.principal import Caller

BUDGET_SPENT = "CallerBudgetSpent"
"""The metric of messages that were refused because their sender has spent its day's tokens."""

FULL_RETRY_SECONDS = 5
"""What a full conversation asks for: about the time that one answer takes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted, and for how long it is kept (see the function's settings)."""

    max_message_characters: int = 4000
    max_unanswered_messages: int = 10
    idempotency: timedelta = timedelta(hours=24)
    task_retention: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that was accepted, now or by an earlier request with the same key.

    Attributes:
        guest_token: The token of the guest that the message made, if it made one.
        replayed: True where an earlier request was repeated.
    """

    task_id: str
    conversation_id: str
    guest_token: str | None
    replayed: bool


@dataclass(frozen=True, slots=True)
class Ingest:
    """Accepts messages.

    Attributes:
        tasks: Records them.
        queue: Carries them to the worker.
        guest_tokens: Makes and verifies guests' tokens.
        budget: What the answers of a day may cost.
        digests: Names callers, for their budgets.
        report: Called with `BUDGET_SPENT`.
        report_unnoted: Called with the task's id where a message was sent but that could not
            be noted: it will be sent once more, and recognised.
        now: Tells the time.
    """

    tasks: TaskAcceptor
    queue: ChatSender
    guest_tokens: GuestTokens
    budget: TokenBudget
    digests: CallerDigests
    limits: Limits = field(default_factory=Limits)
    report: Callable[[str], None] = lambda _: None
    report_unnoted: Callable[[str], None] = lambda _: None
    now: Callable[[], datetime] = utc_now

    def accept(self, caller: Caller, headers: Mapping[str, str], body: dict[str, Any]) -> Accepted:
        """Accepts a message.

        Args:
            caller: Who sends it.
            headers: The request's headers, by lower-case name.
            body: The JSON object that was sent.

        Returns:
            What to tell the caller.

        Raises:
            RequestError: It is refused; nothing is recorded or queued.
            InfrastructureError: It may be recorded but is not known to be queued; a repeat with
                the same Idempotency-Key completes it.
        """
        token = body.get("guest_token")
        sender = identify(caller.principal, token, self.guest_tokens.verify)
        self._check_ownership(sender, body)
        chat = read_input(body, max_characters=self.limits.max_message_characters)
        key = read_key(headers.get(HEADER), is_anonymous=sender.is_anonymous)
        acceptance = self._acceptance(caller, sender, chat, key, body)
        outcome = self._first_answer_beyond_budget(acceptance) or self.tasks.accept(acceptance)
        if isinstance(outcome, Refusal):
            raise _to_error(outcome, acceptance)
        if outcome.unsent is not None:
            self._send(outcome.unsent)
        return Accepted(
            outcome.task_id,
            outcome.conversation_id,
            self._new_guest_token(sender, outcome),
            outcome.replayed,
        )

    def _check_ownership(self, sender: Sender, body: Mapping[str, Any]) -> None:
        for name in ("conversation_id", "previous_conversation_id"):
            conversation_id = body.get(name)
            if not isinstance(conversation_id, str):
                continue  # what is no string is refused with the rest of the body
            known = self.tasks.conversation(conversation_id)
            if known is None or not sender.may_use(known.owner_subject):
                raise NotFoundError("There is no such conversation.")

    def _first_answer_beyond_budget(self, acceptance: Acceptance) -> AcceptedTask | Refusal | None:
        """Refuses whoever has spent the day's tokens, unless the message was accepted before."""
        counted_as = acceptance.message.counted_as
        standing = None if counted_as is None else self.budget.of_caller(counted_as)
        if standing is None or standing.remaining:
            return None
        claim = acceptance.idempotency
        first = None if claim is None else self.tasks.first_answer(claim)
        if first is not None:
            return first
        self.report(BUDGET_SPENT)
        raise TooManyRequestsError(
            "What may be asked within a day has been asked.",
            retry_after=standing.resets_in,
            headers=rate_headers(standing),
        )

    def _acceptance(
        self,
        caller: Caller,
        sender: Sender,
        chat: ChatInput,
        key: str | None,
        body: dict[str, Any],
    ) -> Acceptance:
        now = self.now()
        task_id = new_id("task")
        owner = sender.principal.subject or self.guest_tokens.subject(task_id)
        is_named = sender.principal.may_name_customer
        customer_email = chat.customer_email if is_named else None
        message = QueuedMessage(
            task_id=task_id,
            conversation_id=chat.conversation_id or new_id("conv"),
            correlation_id=caller.correlation_id,
            text=chat.message,
            principal=sender.principal.model_copy(update={"subject": owner}),
            language=chat.language,
            customer_email=customer_email,
            contact_email=None if is_named else chat.customer_email,
            claimed_subject=sender.claimed_subject,
            previous_conversation_id=chat.previous_conversation_id,
            confirm_action=chat.confirm_action,
            counted_as=self.digests.of(caller, customer_email=customer_email),
            accepted_at=now,
        )
        previous = chat.previous_conversation_id
        return Acceptance(
            message=message,
            owner_subject=owner,
            is_new_conversation=chat.conversation_id is None,
            max_unanswered=self.limits.max_unanswered_messages,
            task_expires_at=now + self.limits.task_retention,
            claimed_conversation_ids=(previous,) if previous and sender.claimed_subject else (),
            customer_hash=_customer_hash(message),
            idempotency=None
            if key is None
            else IdempotencyClaim(
                caller=sender.principal.subject,
                key=key,
                body_hash=body_hash(body),
                expires_at=now + self.limits.idempotency,
            ),
        )

    def _send(self, message: QueuedMessage) -> None:
        self.queue.send(message)
        try:
            self.tasks.mark_sent(message.task_id)
        except InfrastructureError:
            self.report_unnoted(message.task_id)

    def _new_guest_token(self, sender: Sender, task: AcceptedTask) -> str | None:
        if not sender.is_anonymous:
            return None
        return self.guest_tokens.issue(task.task_id, task.created_at)


def _customer_hash(message: QueuedMessage) -> str | None:
    """Stands for the customer named: enough to tell two apart, too little to look one up."""
    if message.customer_email is None:
        return None
    salted = f"{message.conversation_id}\x1f{message.customer_email}"
    return hashlib.sha256(salted.encode()).hexdigest()


def _to_error(refusal: Refusal, acceptance: Acceptance) -> RequestError:
    match refusal:
        case Refusal.NOT_OWNED:
            return NotFoundError("There is no such conversation.")
        case Refusal.CLOSED:
            return ConflictError(
                "The conversation is closed. To carry it on, send the message without "
                "conversation_id and with previous_conversation_id.",
                extra={"previous_conversation_id": acceptance.message.conversation_id},
            )
        case Refusal.FULL:
            return TooManyRequestsError(
                f"The conversation has {acceptance.max_unanswered} unanswered messages.",
                retry_after=FULL_RETRY_SECONDS,
            )
        case Refusal.KEY_REUSED:
            return InvalidInputError.of(
                "Idempotency-Key", "The key was used with another body before"
            )
        case Refusal.OTHER_CUSTOMER:
            return InvalidInputError.of("customer_email", "The conversation is another customer's")
