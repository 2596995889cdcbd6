"""What people do with messages that could not be answered: look, try again, or let them go.

A task comes back to life in steps that can each be repeated: its failed turn is withdrawn, the
task waits again, its message is sent under a new deduplication id, and only then leaves the
dead-letter queue.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from typing import Self

from pydantic import ValidationError

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.dead_letter import DeadLetter
from frontdesk.domain.ids import derived_id, new_id
from frontdesk.domain.task import QueuedMessage, TaskError
from frontdesk.domain.unfinished import Revival
from frontdesk.ports import ChatSender, Clock, TaskPublisher
from frontdesk.principal import Principal, PrincipalKind
from housekeeping.endings import Endings
from housekeeping.ports import AuditLog, DeadLetters, FailedTurns, UnfinishedTasks
from housekeeping.telemetry import Telemetry

MAX_SHOWN = 1_000
"""More is not read by anybody; the queue's own metric counts them all."""

HIDDEN_SECONDS = 150
"""While they are looked at nobody else gets them: longer than the function lives."""

NOT_SAID = "delivered too often"
"""Why the chat queue itself puts a message there."""

DISCARDED = TaskError.of("not-answered", "The message will not be answered")

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


@dataclass
class _Hold:
    """A hold on dead letters: those that it does not remove are let go of at its end."""

    letters: DeadLetters
    has_time: Callable[[], bool]
    held: list[DeadLetter] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for letter in self.held:
            self.letters.keep(letter)

    def __iter__(self) -> Iterator[DeadLetter]:
        while self.has_time():
            received = self.letters.receive(hidden_seconds=HIDDEN_SECONDS)
            if not received:
                return
            self.held += received
            yield from received

    def remove(self, letter: DeadLetter) -> None:
        """Takes a message out for good."""
        self.letters.remove(letter)
        self.held.remove(letter)


@dataclass(frozen=True)
class DeadLetterOffice:
    """Shows, redrives and discards dead letters.

    Nothing is sent or removed that is not in the audit log before: what is there may not have
    worked out.

    Attributes:
        letters: The dead-letter queue.
        tasks: The tasks table.
        publisher: Publishes ends.
        endings: Ends what nobody answers.
        turns: Failed turns.
        sender: The way into the chat queue.
        audit: Where it is written down who had what sent again or discarded.
        telemetry: Where all of it is seen.
        clock: Tells the time.
        retention: How long a task can be read back once it lives again.
    """

    letters: DeadLetters
    tasks: UnfinishedTasks
    publisher: TaskPublisher
    endings: Endings
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
        waiting = self.letters.waiting()
        with _Hold(self.letters, has_time) as hold:
            shown = [self._shown(letter) for letter in islice(hold, MAX_SHOWN)]
        shown.sort(key=lambda one: -one.age_seconds)
        return Listing(shown, more=max(0, waiting - len(shown)))

    def redrive(
        self, task_id: str | None, has_time: Callable[[], bool], operator: str | None = None
    ) -> list[Redriven]:
        """Brings tasks back to life and their messages back to the chat queue.

        Args:
            task_id: Only this task; None for all. One that has not ended and is not in the
                dead-letter queue is sent as it was recorded: its message may be lost.
            has_time: Tells whether another message may be begun; what is left stays.
            operator: Who asks, as they say themselves.

        Returns:
            What became of each message that was meant.

        Raises:
            InfrastructureError: A store or queue is out of reach; it can be done again.
        """
        done: list[Redriven] = []
        try:
            with _Hold(self.letters, has_time) as hold:
                for letter in hold:
                    message = _parse(letter.body)
                    if task_id is not None and (message is None or message.task_id != task_id):
                        continue
                    if not has_time():
                        break
                    if message is None:
                        done.append(Redriven(letter.message_id, None, Outcome.UNREADABLE))
                        continue
                    outcome = self._redrive(letter, message, operator)
                    hold.remove(letter)
                    done.append(Redriven(letter.message_id, message.task_id, outcome))
                if task_id is not None and not done:
                    done += self._send_again(task_id, operator)
        finally:
            self.telemetry.count("TasksRedriven", sum(one.outcome is Outcome.SENT for one in done))
        return done

    def discard(
        self, name: str, has_time: Callable[[], bool], operator: str | None = None
    ) -> list[Redriven]:
        """Removes a message for good; its task fails, where it has not ended.

        Args:
            name: Its task, or where it cannot be read its own id.
            has_time: Tells whether more may be looked at.
            operator: Who asks, as they say themselves.

        Returns:
            What was removed: nothing where there is no such message, or somebody else holds it.

        Raises:
            InfrastructureError: A store or queue is out of reach; it can be done again.
        """
        done: list[Redriven] = []
        with _Hold(self.letters, has_time) as hold:
            for letter in hold:
                message = _parse(letter.body)
                task_id = None if message is None else message.task_id
                if name not in (letter.message_id, task_id):
                    continue
                entry = _entry("discard", task_id or letter.message_id, message, operator)
                self.audit.record(_because(letter, entry))
                if task_id is not None:
                    self._let_go(task_id)
                hold.remove(letter)
                self._tell_of(entry, Outcome.DISCARDED)
                done.append(Redriven(letter.message_id, task_id, Outcome.DISCARDED))
        return done

    def _let_go(self, task_id: str) -> None:
        """Ends a task whose message the queue itself has moved: no worker has done it."""
        task = self.tasks.read(task_id)
        if task is not None:
            self.endings.fail(task, DISCARDED, set_aside=lambda: None)

    def _redrive(self, letter: DeadLetter, message: QueuedMessage, operator: str | None) -> Outcome:
        entry = _entry("redrive", message.task_id, message, operator)
        answered = self.turns.withdraw(
            message.conversation_id, message.task_id, _because(letter, entry)
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
        self._tell_of(entry, outcome)
        return outcome

    def _send_again(self, task_id: str, operator: str | None) -> list[Redriven]:
        """Sends what waits for an answer; where its message is not lost, one of the two is idle."""
        task = self.tasks.read(task_id)
        if task is None:
            return []
        entry = _entry("send_again", task_id, task.message, operator)
        self.audit.record(entry)
        last = (task.sent_at or task.since).isoformat()
        deduplication_id = derived_id("again", task_id, last)
        self.sender.send(task.message, deduplication_id=deduplication_id)
        self.tasks.mark_sent(task_id)
        self._tell_of(entry, Outcome.SENT)
        return [Redriven(deduplication_id, task_id, Outcome.SENT)]

    def _tell_of(self, entry: AuditEntry, outcome: Outcome) -> None:
        """Logs what was done; who asked for it is in the audit log, by the correlation id."""
        self.telemetry.event(
            entry.action,
            task_id=entry.object_id,
            conversation_id=entry.details.get("conversation_id"),
            correlation_id=entry.correlation_id,
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


def _entry(
    verb: str, object_id: str, message: QueuedMessage | None, operator: str | None
) -> AuditEntry:
    return AuditEntry(
        actor=OPERATOR,
        action=f"task.{verb}",
        object_kind="task",
        object_id=object_id,
        customer_id=None,
        correlation_id=new_id("corr") if message is None else message.correlation_id,
        details=({} if message is None else {"conversation_id": message.conversation_id})
        | told_by(operator),
    )


def _because(letter: DeadLetter, entry: AuditEntry) -> AuditEntry:
    return replace(entry, details=entry.details | {"reason": letter.reason or NOT_SAID})


def told_by(operator: str | None) -> dict[str, str]:
    """Returns what an audit entry's details say of who asked.

    Args:
        operator: Who, as they say themselves: Lambda does not tell a function who invoked it.

    Returns:
        Nothing where they do not say.
    """
    return {} if operator is None else {"operator": operator}
