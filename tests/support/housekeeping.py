"""What housekeeping works on, in memory, and crashes at any of its steps."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.conversation import Turn
from frontdesk.domain.dead_letter import DeadLetter
from frontdesk.domain.drift import DropPage, DroppedObject, FollowedDocument
from frontdesk.domain.errors import InfrastructureError
from frontdesk.domain.task import QueuedMessage, Task, TaskResult, TaskStatus
from frontdesk.domain.unfinished import Patience
from housekeeping.dead_letters import DeadLetterOffice
from housekeeping.endings import Endings
from housekeeping.sweep import Sweep, SweepReport
from housekeeping.telemetry import Telemetry
from tests.support.chat import NOW, a_message, a_result, an_acceptance
from tests.support.fake_conversations import FakeConversationStore
from tests.support.fake_queue import FakeChatQueue
from tests.support.fake_tasks import FakeTasks

RETENTION = timedelta(days=30)


class RecordingTelemetry(Telemetry):
    """Keeps what would be logged and counted."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.counted: dict[str, int] = {}
        self.measured: dict[str, float] = {}

    def event(self, name: str, **fields: Any) -> None:
        self.events.append((name, fields))

    def problem(self, name: str, error: Exception, **fields: Any) -> None:
        self.events.append((name, {"error_type": type(error).__name__, **fields}))

    def count(self, name: str, number: int = 1) -> None:
        self.counted[name] = self.counted.get(name, 0) + number

    def seconds(self, name: str, value: float) -> None:
        self.measured[name] = value


class FakeBookmarks:
    """Implements Bookmarks."""

    def __init__(self) -> None:
        self.saved: dict[str, str | None] = {}

    def load(self, name: str) -> str | None:
        return self.saved.get(name)

    def save(self, name: str, cursor: str | None) -> None:
        self.saved[name] = cursor


class FakeDeadLetters:
    """Implements DeadLetters: what is received is hidden until it is kept or removed."""

    def __init__(self) -> None:
        self.letters: list[DeadLetter] = []
        self.held: set[str] = set()
        self._numbers = itertools.count(1)

    def put(self, body: str, *, reason: str | None = "crashed", at: datetime = NOW) -> DeadLetter:
        number = next(self._numbers)
        letter = DeadLetter(f"sqs-{number}", f"receipt-{number}", body, reason, at)
        self.letters.append(letter)
        return letter

    def waiting(self) -> int:
        return len(self.letters)

    def receive(self, *, hidden_seconds: int) -> list[DeadLetter]:
        free = [one for one in self.letters if one.message_id not in self.held][:10]
        self.held |= {one.message_id for one in free}
        return free

    def keep(self, letter: DeadLetter) -> None:
        self.held.discard(letter.message_id)

    def remove(self, letter: DeadLetter) -> None:
        self.letters.remove(letter)
        self.held.discard(letter.message_id)


class FakeAuditLog:
    """Implements AuditLog."""

    def __init__(self) -> None:
        self.is_down = False
        self.entries: list[AuditEntry] = []

    def record(self, entry: AuditEntry) -> None:
        if self.is_down:
            raise InfrastructureError("the audit log is down")
        self.entries.append(entry)


class FakeFailedTurns:
    """Implements FailedTurns on the conversations in memory."""

    def __init__(self, store: FakeConversationStore) -> None:
        self._store = store
        self.audited: list[AuditEntry] = []

    def withdraw(self, conversation_id: str, task_id: str, entry: AuditEntry) -> TaskResult | None:
        self.audited.append(entry)
        result = self._store.committed_result(conversation_id, task_id)
        if result is None or result.status is not TaskStatus.FAILED:
            return result
        del self._store.turns[task_id]
        return None


class FakeDrop:
    """Implements Drop, with as many objects a page as it is told."""

    def __init__(self, *, page_size: int = 1_000) -> None:
        self.objects: dict[str, DroppedObject] = {}
        self._page_size = page_size

    def put(self, key: str, version: str | None, at: datetime = NOW) -> None:
        self.objects[key] = DroppedObject(key, version, at)

    def page(self, prefix: str, *, cursor: str | None, limit: int) -> DropPage:
        rest = sorted(
            key
            for key in self.objects
            if key.startswith(prefix) and (cursor is None or key > cursor)
        )
        shown = rest[: min(limit, self._page_size)]
        last = shown[-1] if len(shown) < len(rest) else None
        return DropPage(tuple(self.objects[key] for key in shown), cursor, last, last)


class FakeFollowedDocuments:
    """Implements FollowedDocuments."""

    def __init__(self) -> None:
        self.versions: dict[str, str | None] = {}

    def between(self, after: str | None, last: str | None) -> list[FollowedDocument]:
        return [
            FollowedDocument(key, version)
            for key, version in self.versions.items()
            if (after is None or key > after) and (last is None or key <= last)
        ]


class FakeKnowledgeEvents:
    """Implements KnowledgeEvents."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.waiting_elsewhere = 0

    def waiting(self) -> int:
        return self.waiting_elsewhere

    def send(self, key: str) -> None:
        self.sent.append(key)


class Crash(BaseException):
    """The process ends: no handler of ours sees it."""


class Interrupted:
    """Passes calls on, and ends the process at the n-th of them, before or after its effect.

    Args:
        inner: What is called.
        countdown: Shared by all that are interrupted: how many calls are left.
    """

    def __init__(self, inner: object, countdown: "Countdown") -> None:
        self._inner = inner
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._countdown.tick()
            result = found(*args, **kwargs)
            self._countdown.tick()
            return result

        return call


@dataclass
class Countdown:
    """Crashes when it has run out; None never does."""

    left: int | None = None

    def tick(self) -> None:
        if self.left is None:
            return
        if self.left == 0:
            raise Crash
        self.left -= 1


@dataclass
class House:
    """Everything that a sweep and a redrive work on, and a clock that is set by hand."""

    now: datetime = NOW
    countdown: Countdown = field(default_factory=Countdown)
    max_tasks: int = 1_000

    def __post_init__(self) -> None:
        self.tasks = FakeTasks(self.clock)
        self.store = FakeConversationStore(now=self.clock)
        self.queue = FakeChatQueue()
        self.letters = FakeDeadLetters()
        self.turns = FakeFailedTurns(self.store)
        self.audit = FakeAuditLog()
        self.bookmarks = FakeBookmarks()
        self.telemetry = RecordingTelemetry()

    def clock(self) -> datetime:
        return self.now

    def accept(self, *, sent: bool = True, **changes: Any) -> QueuedMessage:
        """Records a message, as ingest does, now; its worker has not seen it."""
        message = a_message(accepted_at=self.now, **changes)
        is_new = message.conversation_id not in self.tasks.conversations
        self.tasks.accept(
            an_acceptance(message, is_new_conversation=is_new, task_expires_at=self.now + RETENTION)
        )
        if sent:
            self.tasks.mark_sent(message.task_id)
        return message

    def commit(self, message: QueuedMessage, **changes: Any) -> TaskResult:
        """Commits a turn, as a worker does before it publishes."""
        self.tasks.begin(message.task_id)
        conversation = self.store.take_up(message, subject_line="Subject")
        return self.store.commit(
            Turn(
                task_id=message.task_id,
                conversation_id=message.conversation_id,
                read_version=conversation.version,
                result=a_result(**changes),
            )
        )

    def fail(self, message: QueuedMessage) -> DeadLetter:
        """Ends a message as one that crashed its worker: committed, set aside, published."""
        result = self.commit(message, status=TaskStatus.FAILED, response=None)
        letter = self.letters.put(message.model_dump_json(), at=self.now)
        self.tasks.publish(message.task_id, message.conversation_id, result)
        return letter

    def endings(self) -> Endings:
        return Endings(
            publisher=self._breakable(self.tasks),
            store=self._breakable(self.store),
            telemetry=self.telemetry,
            clock=self.clock,
        )

    def sweep(self, has_time: Callable[[], bool] = lambda: True) -> SweepReport:
        return Sweep(
            tasks=self._breakable(self.tasks),
            endings=self.endings(),
            store=self._breakable(self.store),
            sender=self._breakable(self.queue),
            delivery=self._breakable(self.queue),
            bookmarks=self._breakable(self.bookmarks),
            telemetry=self.telemetry,
            clock=self.clock,
            patience=Patience(),
            max_tasks=self.max_tasks,
        ).run(has_time)

    def office(self) -> DeadLetterOffice:
        return DeadLetterOffice(
            letters=self._breakable(self.letters),
            tasks=self._breakable(self.tasks),
            publisher=self._breakable(self.tasks),
            endings=self.endings(),
            turns=self._breakable(self.turns),
            sender=self._breakable(self.queue),
            audit=self._breakable(self.audit),
            telemetry=self.telemetry,
            clock=self.clock,
            retention=RETENTION,
        )

    def told(self) -> list[tuple[str, str]]:
        """Returns what was logged of tasks: what happened, and to which."""
        return [(name, fields["task_id"]) for name, fields in self.telemetry.events]

    def task(self, message: QueuedMessage) -> Task:
        found = self.tasks.get(message.task_id)
        assert found is not None
        return found[0]

    def _breakable(self, inner: object) -> Any:
        return Interrupted(inner, self.countdown)
