"""What housekeeping needs of the world besides what `frontdesk.ports` has."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.dead_letter import DeadLetter
from frontdesk.domain.drift import DropPage, FollowedDocument
from frontdesk.domain.service_keys import Keyring
from frontdesk.domain.task import QueuedMessage, TaskResult
from frontdesk.domain.unfinished import Revival, UnfinishedPage, UnfinishedTask


class UnfinishedTasks(Protocol):
    """The tasks that have not ended."""

    def page(
        self,
        *,
        before: datetime,
        cursor: str | None,
        limit: int,
        has_time: Callable[[], bool] = ...,
    ) -> UnfinishedPage:
        """Lists tasks accepted until a moment, the oldest first, from a cursor on, in its time."""
        ...

    def oldest(self, has_time: Callable[[], bool] = ...) -> datetime | None:
        """Reads when the oldest one was accepted, as far as there is time; None without any."""
        ...

    def read(self, task_id: str) -> UnfinishedTask | None:
        """Reads one as it is now; None where it has ended or is gone.

        Raises:
            MessageError: What is recorded of its message cannot be read.
        """
        ...

    def mark_sent(self, task_id: str) -> None:
        """Notes that its message is in the queue; nothing where it has ended."""
        ...

    def revive(self, message: QueuedMessage, *, expires_at: datetime) -> Revival:
        """Makes a failed task wait for its answer again, or says why not."""
        ...


class Bookmarks(Protocol):
    """Where sweeps that were cut short go on."""

    def load(self, name: str) -> str | None:
        """Reads a bookmark; None to begin at the beginning."""
        ...

    def save(self, name: str, cursor: str | None) -> None:
        """Sets a bookmark."""
        ...


class DeadLetters(Protocol):
    """The dead-letter queue of the chat."""

    def waiting(self) -> int:
        """Reads about how many messages there are, held ones included."""
        ...

    def receive(self, *, hidden_seconds: int) -> list[DeadLetter]:
        """Takes hold of some messages; nobody else gets them for so long."""
        ...

    def keep(self, letter: DeadLetter) -> None:
        """Lets go of a message."""
        ...

    def remove(self, letter: DeadLetter) -> None:
        """Takes a message out for good."""
        ...


class FailedTurns(Protocol):
    """Turns that were committed as failed."""

    def withdraw(self, conversation_id: str, task_id: str, entry: AuditEntry) -> TaskResult | None:
        """Makes room for another turn; returns the result of one that did not fail, and stays."""
        ...


class Drop(Protocol):
    """The S3 drop as a whole."""

    def page(self, prefix: str, *, cursor: str | None, limit: int) -> DropPage:
        """Lists what is under a range of keys, from a cursor on."""
        ...


class FollowedDocuments(Protocol):
    """What knowledge has of the drop."""

    def between(self, after: str | None, last: str | None) -> list[FollowedDocument]:
        """Reads the documents of a range of keys: ``after`` excluded, ``last`` included."""
        ...


class Expiry(Protocol):
    """Deletes what was not touched since a moment, a share at a time; says how many those were."""

    def conversations(
        self, before: datetime, limit: int, *, forget: Callable[[list[str]], Collection[str]]
    ) -> int:
        """Deletes conversations at rest of those that `forget` names; where it fails, none."""
        ...

    def tickets(self, before: datetime, limit: int) -> int:
        """Deletes settled tickets that have no conversation."""
        ...

    def audit(self, before: datetime, limit: int) -> int:
        """Deletes entries of the audit log."""
        ...

    def events(self, before: datetime, limit: int) -> int:
        """Deletes published domain events."""
        ...


class KeyringStore(Protocol):
    """The keys of backend services."""

    def load(self) -> Keyring:
        """Reads the keyring; an empty one where there is none."""
        ...

    def save(self, former: Keyring, changed: Keyring) -> None:
        """Replaces the keyring.

        Raises:
            ConflictError: It was changed since it was loaded.
        """
        ...


class AuditLog(Protocol):
    """The log of who saw or changed what."""

    def record(self, entry: AuditEntry) -> None:
        """Writes an entry."""
        ...


class Projections(Protocol):
    """What the tasks table knows of conversations."""

    def forget_resting(self, conversation_ids: Collection[str]) -> list[str]:
        """Deletes the projections of those without an unanswered message, and names those."""
        ...


class KnowledgeEvents(Protocol):
    """The way to knowledge ingest."""

    def waiting(self) -> int:
        """Reads about how many events wait to be taken in."""
        ...

    def send(self, key: str) -> None:
        """Asks for a look at an object."""
        ...
