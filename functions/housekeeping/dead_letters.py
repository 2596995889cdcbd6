"""What people do with messages that could not be answered: look, try again, or let them go.

A task comes back to life in steps that can each be repeated: its failed turn is withdrawn, the
task waits again, its message is sent under a new deduplication id, and only then leaves the
dead-letter queue.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pydantic import ValidationError

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.dead_letter import DeadLetter
from frontdesk.domain.ids import derived_id, new_id
from frontdesk.domain.task import QueuedMessage
from frontdesk.domain.unfinished import Revival
from frontdesk.ports import ChatSender, Clock, TaskPublisher
from frontdesk.principal import Principal, PrincipalKind
from housekeeping.ports import AuditLog, DeadLetters, FailedTurns, UnfinishedTasks
from housekeeping.telemetry import Telemetry

MAX_SHOWN = 1_000
"""More is not read by anybody; the queue's own metric counts them all."""

HIDDEN_SECONDS = 150
"""While they are looked at nobody else gets them: longer than the function lives."""

NOT_SAID = "delivered too often"
"""Why the chat queue itself puts a message there."""

OPERATOR = Principal(kind=PrincipalKind.SERVICE, subject="service:housekeeping")
"""Who brings tasks back, in the audit log: whoever may invoke this function."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message in the dead-letter queue, without its words.

    Attributes:
        task_id: None where the message cannot be read.
        conversation_id: None as well.
        reason: Why it is there.
        age_seconds: For how long.
    """

    message_id: str
    task_id: str | None
    conversation_id: str | None
    reason: str
    age_seconds: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in the dead-letter queue.

    Attributes:
        letters: Those that could be seen, the oldest first.
        more: About how many others there are: behind these in their conversations, or in
            somebody else's hands.
    """

    letters: list[Shown]
    more: int


class Outcome(StrEnum):
    """What became of a message that was to be tried again, or not any more."""

    SENT = "sent"
    ANSWERED = "answered already"
    GONE = "task is gone"
    UNREADABLE = "unreadable, kept"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Redriven:
    """A message that people decided on, and what became of it.

    Attributes:
        message_id: Its own in the dead-letter queue; of one that is not there, the
            deduplication id under which it was sent.
    """

    message_id: str
    task_id: str | None
    outcome: Outcome


@dataclass(frozen=True)
class DeadLetterOffice:
    """Shows, redrives and discards dead letters.

    Attributes:
        letters: The dead-letter queue.
        tasks: The tasks table.
        publisher: Publishes ends.
        turns: Failed turns.
        sender: The way into the chat queue.
        audit: Where it is written down who discarded what.
        telemetry: Where all of it is seen.
        clock: Tells the time.
        retention: How long a task can be read back once it lives again.
    """

    letters: DeadLetters
    tasks: UnfinishedTasks
    publisher: TaskPublisher
    turns: FailedTurns
    sender: ChatSender
    audit: AuditLog
    telemetry: Telemetry
    clock: Clock
    retention: timedelta

    def show(self, has_time: Callable[[], bool]) -> Listing:
        """Lists what is in the queue, and leaves it there.

        Args:
            has_time: Tells whether more may be received.

        Returns:
            The messages. Of one conversation only those that the queue hands out together: the
            others wait behind them.
        """
        held: list[DeadLetter] = []
        waiting = self.letters.waiting()
        try:
            for letter in self._received(has_time):
                held.append(letter)
                if len(held) == MAX_SHOWN:
                    break
        finally:
            for letter in held:
                self.letters.keep(letter)
        letters = sorted((self._shown(letter) for letter in held), key=lambda one: -one.age_seconds)
        return Listing(letters, more=max(0, waiting - len(letters)))

    def redrive(self, task_id: str | None, has_time: Callable[[], bool]) -> list[Redriven]:
        """Brings tasks back to life and their messages back to the chat queue.

        Args:
            task_id: Only this task; None for all. One that has not ended and is not in the
                dead-letter queue is sent as it was recorded: its message may be lost.
            has_time: Tells whether another message may be begun; what is left stays.

        Returns:
            What became of each message that was meant.

        Raises:
            InfrastructureError: A store or queue is out of reach; it can be done again.
        """
        kept: list[DeadLetter] = []
        done: list[Redriven] = []
        try:
            for letter in self._received(has_time):
                message = _parse(letter.body)
                # Let go of if it is not meant, if it fails, and if it cannot be sent again.
                kept.append(letter)
                if task_id is not None and (message is None or message.task_id != task_id):
                    continue
                if not has_time():
                    break
                outcome = Outcome.UNREADABLE if message is None else self._redrive(letter, message)
                if outcome is not Outcome.UNREADABLE:
                    self.letters.remove(letter)
                    kept.remove(letter)
                done.append(
                    Redriven(letter.message_id, message.task_id if message else None, outcome)
                )
            if task_id is not None and not done:
                done += self._send_again(task_id)
        finally:
            self.telemetry.count("TasksRedriven", sum(one.outcome is Outcome.SENT for one in done))
            for letter in kept:
                self.letters.keep(letter)
        return done

    def discard(self, name: str, has_time: Callable[[], bool]) -> list[Redriven]:
        """Removes a message for good; its task stays as it is.

        Args:
            name: Its task, or where it cannot be read its own id.
            has_time: Tells whether more may be looked at.

        Returns:
            What was removed: nothing where there is no such message, or somebody else holds it.

        Raises:
            InfrastructureError: A store or queue is out of reach; it can be done again.
        """
        kept: list[DeadLetter] = []
        done: list[Redriven] = []
        try:
            for letter in self._received(has_time):
                message = _parse(letter.body)
                task_id = None if message is None else message.task_id
                kept.append(letter)
                if name not in (letter.message_id, task_id):
                    continue
                # Before it is gone: nothing disappears that is not written down.
                self.audit.record(_discarded(letter, message))
                self.letters.remove(letter)
                kept.remove(letter)
                done.append(Redriven(letter.message_id, task_id, Outcome.DISCARDED))
        finally:
            for letter in kept:
                self.letters.keep(letter)
        return done

    def _received(self, has_time: Callable[[], bool]) -> Iterator[DeadLetter]:
        while has_time():
            received = self.letters.receive(hidden_seconds=HIDDEN_SECONDS)
            if not received:
                return
            yield from received

    def _redrive(self, letter: DeadLetter, message: QueuedMessage) -> Outcome:
        answered = self.turns.withdraw(
            message.conversation_id, message.task_id, _audit_entry(letter, message)
        )
        expires_at = self.clock() + self.retention
        revival = self.tasks.revive(message, expires_at=expires_at)
        if revival in (Revival.ANSWERED, Revival.GONE):
            # Gone with its conversation's erasure, or with its age: nobody waits for it.
            outcome = Outcome.GONE if revival is Revival.GONE else Outcome.ANSWERED
        elif answered is not None:
            self.publisher.publish(message.task_id, message.conversation_id, answered)
            outcome = Outcome.ANSWERED
        else:
            self.sender.send(
                message,
                # Another one than before, and the same if this is cut off and done again.
                deduplication_id=derived_id("redrive", message.task_id, letter.message_id),
            )
            self.tasks.mark_sent(message.task_id)
            outcome = Outcome.SENT
        self._tell_of(message, outcome)
        return outcome

    def _send_again(self, task_id: str) -> list[Redriven]:
        """Sends what waits for an answer; where its message is not lost, one of the two is idle."""
        task = self.tasks.read(task_id)
        if task is None:
            return []
        last = (task.sent_at or task.since).isoformat()
        deduplication_id = derived_id("again", task_id, last)
        self.sender.send(task.message, deduplication_id=deduplication_id)
        self.tasks.mark_sent(task_id)
        self._tell_of(task.message, Outcome.SENT)
        return [Redriven(deduplication_id, task_id, Outcome.SENT)]

    def _tell_of(self, message: QueuedMessage, outcome: Outcome) -> None:
        self.telemetry.event(
            "task.redriven",
            task_id=message.task_id,
            conversation_id=message.conversation_id,
            correlation_id=message.correlation_id,
            outcome=outcome,
        )

    def _shown(self, letter: DeadLetter) -> Shown:
        message = _parse(letter.body)
        return Shown(
            message_id=letter.message_id,
            task_id=None if message is None else message.task_id,
            conversation_id=None if message is None else message.conversation_id,
            reason=letter.reason or NOT_SAID,
            age_seconds=max(0, round((self.clock() - letter.set_aside_at).total_seconds())),
        )


def _parse(body: str) -> QueuedMessage | None:
    try:
        return QueuedMessage.model_validate_json(body)
    except ValidationError:
        return None


def _discarded(letter: DeadLetter, message: QueuedMessage | None) -> AuditEntry:
    details = {"reason": letter.reason or NOT_SAID}
    if message is not None:
        details["conversation_id"] = message.conversation_id
    return AuditEntry(
        actor=OPERATOR,
        action="task.discard",
        object_kind="task",
        object_id=letter.message_id if message is None else message.task_id,
        customer_id=None,
        correlation_id=new_id("corr") if message is None else message.correlation_id,
        details=details,
    )


def _audit_entry(letter: DeadLetter, message: QueuedMessage) -> AuditEntry:
    return AuditEntry(
        actor=OPERATOR,
        action="task.redrive",
        object_kind="task",
        object_id=message.task_id,
        customer_id=None,
        correlation_id=message.correlation_id,
        details={"conversation_id": message.conversation_id, "reason": letter.reason or NOT_SAID},
    )
