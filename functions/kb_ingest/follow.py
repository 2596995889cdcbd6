"""Brings a document to what S3 holds now, whatever the event said."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from frontdesk.domain.errors import (
    DocumentChangedError,
    InfrastructureError,
    UnreadableDocumentError,
)
from frontdesk.domain.knowledge import DocumentDraft, FailedDraft, StoredObject
from frontdesk.knowledge.extraction import make_draft, title_of_key
from frontdesk.knowledge.publishing import Publisher
from frontdesk.ports import DocumentSource, KnowledgeStore
from kb_ingest.events import ObjectChange

MAX_ROUNDS = 5
"""An object that changes under our hands five times in a row is left to the events of that."""


type DraftReader = Callable[[StoredObject, bytes], DocumentDraft]
"""Reads an object; raises `UnreadableDocumentError` where nobody can."""


class Outcome(StrEnum):
    """What following an event came to."""

    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DocumentFollower:
    """Follows S3, one document at a time.

    An event only says where to look. Late, doubled and reordered events all end with what S3
    holds, because it is asked again while the document is locked.

    Attributes:
        source: The S3 drop.
        store: Where documents are published.
        publisher: Embeds and publishes drafts.
        max_bytes: What is larger is not read.
        read: Reads an object's content and cuts it into passages.
    """

    source: DocumentSource
    store: KnowledgeStore
    publisher: Publisher
    max_bytes: int
    read: DraftReader = make_draft

    def follow(self, change: ObjectChange) -> Outcome:
        """Brings one document to what S3 holds.

        Args:
            change: Which object to look at.

        Returns:
            What was done.

        Raises:
            InfrastructureError: A store is out of reach, or the object kept changing.
            ModelUnavailableError: The embedding service is out of reach.
        """
        for _ in range(MAX_ROUNDS):
            try:
                return self._follow(change)
            except DocumentChangedError:
                continue
        raise InfrastructureError("the document kept changing while it was read")

    def _follow(self, change: ObjectChange) -> Outcome:
        stored = self.source.find(change.key)
        # Bound now: S3 has to show the same under the lock as it does here.
        is_current = partial(self._shows, change.key, stored)
        if stored is None:
            removed = self.store.archive(source_key=change.key, is_current=is_current)
            return Outcome.REMOVED if removed else Outcome.UNCHANGED
        if self.store.published_version(change.key) == stored.version:
            return Outcome.UNCHANGED
        try:
            draft = self.read(stored, self._load(stored))
        except UnreadableDocumentError as error:
            failed = FailedDraft(
                source_key=change.key,
                title=title_of_key(change.key),
                reason=str(error),
                object_version=stored.version,
                sequencer=change.sequencer,
            )
            self.store.mark_failed(failed, is_current=is_current)
            return Outcome.FAILED
        draft = draft.model_copy(update={"sequencer": change.sequencer})
        self.publisher.publish(draft, is_current=is_current)
        return Outcome.PUBLISHED

    def _shows(self, key: str, expected: StoredObject | None) -> bool:
        stored = self.source.find(key)
        if stored is None or expected is None:
            return stored is expected
        return stored.version == expected.version

    def _load(self, stored: StoredObject) -> bytes:
        if stored.size > self.max_bytes:
            raise UnreadableDocumentError(
                f"the file is too large: {stored.size} bytes, at most {self.max_bytes}"
            )
        data = self.source.read(stored)
        if data is None:
            raise DocumentChangedError("the object is gone")
        return data
