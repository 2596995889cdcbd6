"""Knowledge in memory: keeps the ports' promises, as the contract tests hold."""

import hashlib
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime

from frontdesk.domain.audit import AuditEntry
from frontdesk.domain.errors import (
    DocumentChangedError,
    ModelUnavailableError,
    NotFoundError,
    PreconditionFailedError,
)
from frontdesk.domain.ids import new_id
from frontdesk.domain.knowledge import (
    Background,
    Category,
    Document,
    DocumentDraft,
    DocumentStatus,
    DocumentVersion,
    DocumentWrite,
    EmbeddingModel,
    FailedDraft,
    Found,
    QueryEmbedding,
    SearchHit,
    SearchResult,
    StoredObject,
    Visibility,
    kept_in_s3,
)

FAKE_MODEL = "fake-embeddings"
_STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "can",
        "do",
        "how",
        "i",
        "in",
        "is",
        "it",
        "my",
        "of",
        "on",
        "the",
        "to",
        "what",
        "with",
        "your",
    ]
)


def words_of(text: str) -> list[str]:
    """The words that say something, without plural s."""
    found = re.findall(r"[^\W_]+", text.lower())
    return [word.removesuffix("s") for word in found if word not in _STOP_WORDS]


class FakeEmbedder:
    """Embeds a text as its hashed words: what shares words is near."""

    def __init__(self, model: str = FAKE_MODEL, *, dimensions: int = 48) -> None:
        self._model = model
        self._dimensions = dimensions
        self.is_down = False
        self.calls: list[list[str]] = []

    def __call__(self, model: str) -> "FakeEmbedder":
        """Is its own provider, of this one model."""
        if model != self._model:
            raise ModelUnavailableError(f"no such model: {model}", retryable=False)
        return self

    @property
    def model(self) -> str:
        return self._model

    @property
    def embedded(self) -> list[str]:
        """Every text that was embedded so far."""
        return [text for call in self.calls for text in call]

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        if self.is_down:
            raise ModelUnavailableError("down")
        self.calls.append(list(texts))
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.01] * self._dimensions
        for word in words_of(text):
            digest = hashlib.sha256(f"{self._model}{word}".encode()).digest()
            vector[digest[0] % self._dimensions] += 1.0
        length = math.hypot(*vector)
        return [value / length for value in vector]


@dataclass
class FakeBucket:
    """The S3 drop in memory; every put is a new version, as in a versioned bucket."""

    objects: dict[str, tuple[StoredObject, bytes]] = field(default_factory=dict)
    puts: int = 0
    on_read: Callable[[StoredObject], None] | None = None

    def put(self, key: str, content: str | bytes, **metadata: str) -> StoredObject:
        self.puts += 1
        data = content.encode() if isinstance(content, str) else content
        stored = StoredObject(
            key=key,
            version=f"version-{self.puts}",
            size=len(data),
            metadata={name.replace("_", "-"): value for name, value in metadata.items()},
        )
        self.objects[key] = (stored, data)
        return stored

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    def find(self, key: str) -> StoredObject | None:
        found = self.objects.get(key)
        return found[0] if found else None

    def read(self, stored: StoredObject) -> bytes | None:
        if self.on_read is not None:
            self.on_read(stored)
        found = self.objects.get(stored.key)
        return found[1] if found and found[0].version == stored.version else None


@dataclass
class _FakePassage:
    number: int
    document_id: str
    version: int
    section: str
    content: str
    digest: str
    text: str
    embeddings: dict[str, Sequence[float]] = field(default_factory=dict)


class FakeKnowledge:
    """Both `KnowledgeStore` and `PassageIndex`, in memory."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.passages: list[_FakePassage] = []
        self.slips: dict[str, str] = {}
        """Misspelt words, and what they are taken for."""
        self._models: dict[str, EmbeddingModel] = {}
        self._active: str | None = None
        self._retired: set[str] = set()
        self._numbers = 0
        self.entries: list[AuditEntry] = []
        self.versions: dict[tuple[str, int], DocumentVersion] = {}

    def publish(
        self,
        draft: DocumentDraft,
        embeddings: Sequence[Sequence[float] | None],
        *,
        model: str,
        document_id: str | None = None,
        is_current: Callable[[], bool] | None = None,
        written: DocumentWrite | None = None,
    ) -> Document:
        self._register(model, embeddings)
        former = self._former_of(draft.source_key, document_id, written)
        _require_current(is_current)
        if model not in self._models or model in self._retired:
            raise DocumentChangedError("the model is not in use")
        vectors = [
            vector if vector is not None else self._stored(digest, model)
            for digest, vector in zip(draft.passage_hashes(), embeddings, strict=True)
        ]
        now = datetime.now(UTC)
        same = (
            former is not None
            and former.status is DocumentStatus.PUBLISHED
            and all(
                getattr(former, name) == getattr(draft, name)
                for name in ("title", "category", "visibility", "source_url", "content")
            )
        )
        version = (former.version if former else 0) + (0 if same else 1)
        document = Document(
            id=_id_of(former, written),
            title=draft.title,
            content=draft.content,
            category=draft.category,
            visibility=draft.visibility,
            status=DocumentStatus.PUBLISHED,
            source="api" if draft.source_key is None else "s3",
            source_key=draft.source_key,
            source_url=draft.source_url,
            version=version,
            passage_count=len(draft.passages),
            language=draft.language,
            owner=draft.owner,
            review_at=draft.review_at,
            object_version=draft.object_version,
            created_at=former.created_at if former else now,
            updated_at=now,
        )
        self._remove_passages(document.id)
        for passage, digest, text, vector in zip(
            draft.passages, draft.passage_hashes(), draft.searchable_texts(), vectors, strict=True
        ):
            self._numbers += 1
            self.passages.append(
                _FakePassage(
                    number=self._numbers,
                    document_id=document.id,
                    version=version,
                    section=passage.section,
                    content=passage.content,
                    digest=digest,
                    text=text,
                    embeddings={model: vector},
                )
            )
        self.documents[document.id] = document
        self._keep_version(document, draft)
        self._record(written)
        return document

    def save_draft(self, draft: DocumentDraft, *, written: DocumentWrite) -> Document:
        former = self._former_of(None, None, written)
        now = datetime.now(UTC)
        document = Document(
            **draft.model_dump(exclude={"passages", "sequencer", "author"}),
            id=_id_of(former, written),
            status=DocumentStatus.DRAFT,
            source="api",
            version=(former.version if former else 0) + 1,
            created_at=former.created_at if former else now,
            updated_at=now,
        )
        self._remove_passages(document.id)
        self.documents[document.id] = document
        self._keep_version(document, draft)
        self._record(written)
        return document

    @contextmanager
    def rehearse(
        self, *, seconds: float | None = None
    ) -> Iterator[tuple["FakeKnowledge", "FakeKnowledge"]]:
        trial = deepcopy(self)
        yield trial, trial

    def mark_failed(
        self, failed: FailedDraft, *, is_current: Callable[[], bool] | None = None
    ) -> Document:
        former = self._former(failed.source_key, None)
        _require_current(is_current)
        now = datetime.now(UTC)
        document = Document(
            id=former.id if former else new_id("doc"),
            title=former.title if former and former.version else failed.title,
            category=former.category if former else Category.DOCUMENTATION,
            visibility=former.visibility if former else Visibility.INTERNAL,
            status=DocumentStatus.FAILED,
            source="s3",
            source_key=failed.source_key,
            version=former.version if former else 0,
            failure_reason=failed.reason,
            object_version=failed.object_version,
            created_at=former.created_at if former else now,
            updated_at=now,
        )
        self._remove_passages(document.id)
        self.documents[document.id] = document
        return document

    def archive(
        self,
        *,
        source_key: str | None = None,
        document_id: str | None = None,
        is_current: Callable[[], bool] | None = None,
        written: DocumentWrite | None = None,
    ) -> bool:
        found = self.document(source_key=source_key, document_id=document_id)
        if found is None:
            return False
        if source_key is None and found.source == "s3":
            raise kept_in_s3(str(found.source_key))
        _require_current(is_current)
        if found.status is DocumentStatus.ARCHIVED:
            return False
        self.documents[found.id] = found.model_copy(
            update={
                "status": DocumentStatus.ARCHIVED,
                "failure_reason": None,
                "object_version": None,
                "passage_count": 0,
                "updated_at": datetime.now(UTC),
            }
        )
        self._remove_passages(found.id)
        self._record(written)
        return True

    def published_version(self, source_key: str) -> str | None:
        found = self.document(source_key=source_key)
        if found is None or found.status is not DocumentStatus.PUBLISHED:
            return None
        return found.object_version

    def document(
        self, *, source_key: str | None = None, document_id: str | None = None
    ) -> Document | None:
        if source_key is None:
            return self.documents.get(document_id or "")
        return next((one for one in self.documents.values() if one.source_key == source_key), None)

    def active_model(self) -> EmbeddingModel | None:
        return None if self._active is None else self._models[self._active]

    def embedded(self, passage_hashes: Sequence[str], *, model: str) -> set[str]:
        return {
            passage.digest
            for passage in self.passages
            if passage.digest in passage_hashes and model in passage.embeddings
        }

    def embeddings(
        self, passage_hashes: Sequence[str], *, model: str
    ) -> dict[str, Sequence[float]]:
        return {
            passage.digest: passage.embeddings[model]
            for passage in self.passages
            if passage.digest in passage_hashes and model in passage.embeddings
        }

    def count_without_embedding(self, *, model: str) -> int:
        return sum(model not in one.embeddings for one in self.passages)

    def passages_without_embedding(self, *, model: str, limit: int) -> list[tuple[int, str]]:
        missing = [one for one in self.passages if model not in one.embeddings]
        return [(one.number, one.text) for one in missing[:limit]]

    def add_embeddings(
        self, embeddings: Sequence[tuple[int, Sequence[float]]], *, model: str
    ) -> None:
        self._register(model, [vector for _, vector in embeddings])
        by_number = {one.number: one for one in self.passages}
        for number, vector in embeddings:
            if number in by_number:
                by_number[number].embeddings[model] = vector

    def activate_model(self, model: str) -> bool:
        if model not in self._models or self.passages_without_embedding(model=model, limit=1):
            return False
        if self._active not in (None, model):
            self._retired.add(self._active or "")
        self._active = model
        self._retired.discard(model)
        return True

    def drop_models_but(self, kept: Sequence[str]) -> None:
        for name in self._retired - set(kept):
            self._retired.discard(name)
            del self._models[name]
            for passage in self.passages:
                passage.embeddings.pop(name, None)

    def find(
        self,
        query: str,
        *,
        embedding: Sequence[float] | None,
        model: EmbeddingModel | None,
        limit: int,
        categories: Sequence[Category],
        visibilities: Sequence[Visibility],
        background: Sequence[Background] = (),
    ) -> Found:
        meant = {text: self._meant(text) for text in (query, *(one.text for one in background))}
        weights = {word: one.weight for one in background for word in words_of(meant[one.text])}
        weights |= dict.fromkeys(words_of(meant[query]), 1.0)
        hits = []
        for passage in self.passages:
            document = self.documents[passage.document_id]
            if document.category not in categories or document.visibility not in visibilities:
                continue
            vector = passage.embeddings.get(model.name) if model else None
            similarity = (
                sum(a * b for a, b in zip(embedding, vector, strict=True))
                if embedding is not None and vector is not None
                else None
            )
            words = sum(weights.get(word, 0.0) for word in set(words_of(passage.text)))
            if words or similarity is not None:
                hits.append(
                    SearchHit(
                        passage_id=str(passage.number),
                        document_id=document.id,
                        document_version=passage.version,
                        title=document.title,
                        section=passage.section,
                        content=passage.content,
                        category=document.category,
                        visibility=document.visibility,
                        source_url=document.source_url,
                        score=words + (similarity or 0.0),
                        similarity=similarity,
                        lexical_score=words,
                    )
                )
        return Found(
            hits=tuple(sorted(hits, key=lambda hit: -hit.score)[:limit]),
            meant={text: other for text, other in meant.items() if text != other},
        )

    def nearest(
        self, hits: Sequence[SearchHit], embedding: Sequence[float], model: EmbeddingModel
    ) -> float:
        found = {hit.passage_id for hit in hits}
        vectors = [
            passage.embeddings[model.name]
            for passage in self.passages
            if str(passage.number) in found and model.name in passage.embeddings
        ]
        return max(
            (sum(a * b for a, b in zip(embedding, vector, strict=True)) for vector in vectors),
            default=-1.0,
        )

    def _meant(self, text: str) -> str:
        return " ".join(self.slips.get(word, word) for word in text.split(" "))

    def _former(self, source_key: str | None, document_id: str | None) -> Document | None:
        if document_id is not None:
            found = self.documents.get(document_id)
            if found is None:
                raise NotFoundError
            if found.source == "s3":
                raise kept_in_s3(str(found.source_key))
            return found
        return None if source_key is None else self.document(source_key=source_key)

    def _former_of(
        self, source_key: str | None, document_id: str | None, written: DocumentWrite | None
    ) -> Document | None:
        if written is None:
            return self._former(source_key, document_id)
        if written.is_new:
            return None
        found = self._former(None, written.document_id)
        if found and written.expected_revision not in (None, found.revision):
            raise PreconditionFailedError
        return found

    def _keep_version(self, document: Document, draft: DocumentDraft) -> None:
        version = DocumentVersion(
            number=document.version,
            created_by=draft.author,
            created_at=document.updated_at,
            **draft.model_dump(include=set(DocumentVersion.model_fields)),
        )
        self.versions.setdefault((document.id, version.number), version)

    def _record(self, written: DocumentWrite | None) -> None:
        if written is not None:
            self.entries.append(written.entry)

    def _stored(self, digest: str, model: str) -> Sequence[float]:
        for passage in self.passages:
            if passage.digest == digest and model in passage.embeddings:
                return passage.embeddings[model]
        raise DocumentChangedError("a stored embedding is gone")

    def _register(self, model: str, embeddings: Sequence[Sequence[float] | None]) -> None:
        dimensions = next((len(vector) for vector in embeddings if vector is not None), None)
        if dimensions is None or model in self._models:
            return
        self._models[model] = EmbeddingModel(name=model, dimensions=dimensions)
        self._active = self._active or model

    def _remove_passages(self, document_id: str) -> None:
        self.passages = [one for one in self.passages if one.document_id != document_id]


def _id_of(former: Document | None, written: DocumentWrite | None) -> str:
    if former is not None:
        return former.id
    return new_id("doc") if written is None else written.document_id


@dataclass
class FakeKnowledgeSearch:
    """Answers every search with the same hits, filtered as asked; remembers the questions."""

    hits: tuple[SearchHit, ...] = ()
    degraded: bool = False
    queries: list[str] = field(default_factory=list)
    embeddings: list[QueryEmbedding | None] = field(default_factory=list)
    earlier: list[tuple[str, ...]] = field(default_factory=list)
    confidence: float | None = None

    def search(
        self,
        query: str,
        *,
        limit: int = 5,
        category: Category | None = None,
        visibilities: Sequence[Visibility] = (Visibility.PUBLIC,),
        embedding: QueryEmbedding | None = None,
        earlier: Sequence[str] = (),
    ) -> SearchResult:
        self.queries.append(query)
        self.earlier.append(tuple(earlier))
        self.embeddings.append(embedding)
        found = [
            hit
            for hit in self.hits
            if hit.visibility in visibilities and category in (None, hit.category)
        ]
        return SearchResult(
            hits=tuple(found[:limit]), degraded=self.degraded, confidence=self.confidence
        )


def _require_current(is_current: Callable[[], bool] | None) -> None:
    if is_current is not None and not is_current():
        raise DocumentChangedError("changed")
