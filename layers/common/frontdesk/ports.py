"""What Frontdesk needs of the world, as Protocols; adapters and fakes keep these promises.

Every method may raise `InfrastructureError`; what else it raises is said there.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from frontdesk.domain.acceptance import (
    Acceptance,
    AcceptedTask,
    ConversationProjection,
    IdempotencyClaim,
    Refusal,
)
from frontdesk.domain.actions import StoredAction
from frontdesk.domain.conversation import Conversation, ConversationStatus, Message, Turn
from frontdesk.domain.events import DomainEvent
from frontdesk.domain.knowledge import (
    Background,
    Category,
    Document,
    DocumentDraft,
    DocumentWrite,
    EmbeddingModel,
    FailedDraft,
    Found,
    QueryEmbedding,
    SearchHit,
    SearchResult,
    StoredObject,
    Visibility,
)
from frontdesk.domain.limits import Counter
from frontdesk.domain.model import Completion, OutputSchema, PromptMessage, ToolSpec
from frontdesk.domain.records import (
    Customer,
    Invoice,
    InvoiceStatus,
    Subscription,
    Ticket,
)
from frontdesk.domain.task import QueuedMessage, Stage, Task, TaskResult


class Clock(Protocol):
    """Tells the time; replaced in tests."""

    def __call__(self) -> datetime:
        """Returns the time now, in UTC and aware of it."""
        ...


class ChatModel(Protocol):
    """A language model with tools and JSON output."""

    def complete(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        output: OutputSchema | None = None,
        timeout: float,
    ) -> Completion:
        """Asks the model once; makes no retry of its own.

        Args:
            messages: The prompt.
            tools: Tools it may ask for.
            output: The JSON schema that its answer has to follow.
            timeout: Seconds to wait at most.

        Returns:
            The completion.

        Raises:
            ModelUnavailableError: Out of reach, throttled, or too slow.
            ModelRefusedError: It declined.
            ModelOutputError: The answer cannot be used.
        """
        ...


class Embedder(Protocol):
    """Turns texts into vectors of one fixed dimension."""

    @property
    def model(self) -> str:
        """The embedding model's name, stored with every vector it makes."""
        ...

    def embed(self, texts: Sequence[str], *, timeout: float = 10.0) -> list[list[float]]:
        """Embeds texts, in order.

        Args:
            texts: At most a few thousand texts; batched as the provider wants.
            timeout: Seconds a call may take.

        Returns:
            One vector a text.

        Raises:
            ModelUnavailableError: The embedding service is out of reach.
        """
        ...


class TaskPublisher(Protocol):
    """The worker's side of the tasks table."""

    def begin(self, task_id: str) -> int:
        """Marks a task as processing and counts the attempt.

        Args:
            task_id: The task taken up.

        Returns:
            How often the task was taken up without an orderly end, this time included;
            0 where the task has ended already.
        """
        ...

    def release(self, task_id: str) -> None:
        """Takes back an attempt that ended in order but has to be made again.

        Args:
            task_id: The task that goes back to the queue.
        """
        ...

    def stage(self, task_id: str, stage: Stage) -> None:
        """Says what is being done; best effort, it never raises.

        Args:
            task_id: The task.
            stage: What its turn is doing now.
        """
        ...

    def publish(self, task_id: str, conversation_id: str, result: TaskResult) -> bool:
        """Publishes the end of a task, once; drops its text and principal.

        Args:
            task_id: The task.
            conversation_id: Its conversation, whose unanswered count goes down by one.
            result: How it ended.

        Returns:
            False where it had ended already (nothing is changed then).
        """
        ...

    def hand_on(self, conversation_id: str, *, former: str, owner: str) -> None:
        """Tells ingest whose a conversation is now.

        Args:
            conversation_id: The conversation.
            former: The subject it was of; nothing happens where it is of another one.
            owner: The subject it is of now.
        """
        ...


class TaskReader(Protocol):
    """The status function's side of the tasks table."""

    def get(self, task_id: str) -> tuple[Task, str] | None:
        """Reads a task.

        Args:
            task_id: The task; any text a caller may send.

        Returns:
            The task and its owner's subject, or None where there is none (or it expired).
        """
        ...

    def conversation_owner(self, conversation_id: str) -> str | None:
        """Reads whose a conversation is now.

        Args:
            conversation_id: The conversation.

        Returns:
            The owner's subject, or None where it is not known.
        """
        ...


class TaskAcceptor(Protocol):
    """Ingest's side of the tasks table."""

    def conversation(self, conversation_id: str) -> ConversationProjection | None:
        """Reads what is known of a conversation.

        Args:
            conversation_id: The conversation; any text a caller may send.

        Returns:
            Its projection, or None where there is none.
        """
        ...

    def accept(self, acceptance: Acceptance) -> AcceptedTask | Refusal:
        """Records a message: its task, its conversation and its idempotency key, or nothing.

        Args:
            acceptance: What is to be recorded.

        Returns:
            The recorded task; the one of the first request where the key is known and the body
            is the same, whatever has become of the conversation since; or why it is refused.
        """
        ...

    def first_answer(self, claim: IdempotencyClaim) -> AcceptedTask | Refusal | None:
        """Reads what the first request with an idempotency key came to.

        Args:
            claim: The key, and the body of the present request.

        Returns:
            Its task; a refusal where the body was another one; None where there was none.
        """
        ...

    def mark_sent(self, task_id: str) -> None:
        """Notes that a task's message has reached the queue.

        Args:
            task_id: The task.
        """
        ...


class ConversationProjections(Protocol):
    """The projection of conversations beside the tasks, for those who change or show them."""

    def conversation(self, conversation_id: str) -> ConversationProjection | None:
        """Reads what is known of a conversation, from the moment its first message is accepted.

        Args:
            conversation_id: The conversation; any text a caller may send.

        Returns:
            Its projection, or None where there is none.
        """
        ...

    def set_status(self, conversation_id: str, status: ConversationStatus) -> None:
        """Lets ingest know that a conversation was closed or opened; nothing where none is known.

        Args:
            conversation_id: The conversation.
            status: What it is now.
        """
        ...


class UsageCounters(Protocol):
    """What callers have used of their limits, counted by all processes together."""

    def add(self, counter: Counter, amount: int) -> int:
        """Counts; many may do so at once.

        Args:
            counter: What is counted.
            amount: How much of it.

        Returns:
            The count with this added.
        """
        ...

    def read(self, counters: Sequence[Counter]) -> list[int]:
        """Reads counts.

        Args:
            counters: What was counted.

        Returns:
            The counts, in order; 0 where nothing was counted or the window is over.
        """
        ...


class ChatSender(Protocol):
    """The way into the chat queue."""

    def send(self, message: QueuedMessage, *, deduplication_id: str | None = None) -> None:
        """Queues a message behind the others of its conversation.

        Args:
            message: What the worker is to answer.
            deduplication_id: Within five minutes the queue takes one message with the same;
                the task's id where it is not given.
        """
        ...


class ChatDelivery(Protocol):
    """What a worker may do with the queued message that it holds."""

    def hide(self, receipt_handle: str, seconds: int) -> None:
        """Keeps the message from being delivered again for a while, counted from now.

        Args:
            receipt_handle: The delivery's handle.
            seconds: 0 to 43,200; 0 delivers it again at once.
        """
        ...

    def set_aside(
        self, body: str, *, conversation_id: str, deduplication_id: str, reason: str
    ) -> None:
        """Copies a message that cannot be answered to the dead-letter queue, for people.

        Args:
            body: The message as it was delivered.
            conversation_id: Its message group.
            deduplication_id: The task's id, or the message's where it names no task.
            reason: Why, in a few words that quote nobody.
        """
        ...


class ConversationStore(Protocol):
    """The worker's side of conversations: take up a message, read the window, commit the turn."""

    def committed_result(self, conversation_id: str, task_id: str) -> TaskResult | None:
        """Reads the result of a turn that is committed already.

        Args:
            conversation_id: The conversation.
            task_id: The task.

        Returns:
            The result to publish again, or None where the turn is still to be made.
        """
        ...

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
        ...

    def taken_along(self, message: QueuedMessage) -> list[str]:
        """Names the conversations that a guest began, and that are the customer's who claimed them.

        Args:
            message: The message that claims them, taken up.

        Returns:
            Conversations, the latest; none where nothing is claimed.
        """
        ...

    def pending_action(self, conversation_id: str) -> StoredAction | None:
        """Reads the action that waits to be confirmed.

        Args:
            conversation_id: The conversation.

        Returns:
            Its latest proposal that is not settled, or None.
        """
        ...

    def open_ticket(self, conversation_id: str) -> Ticket | None:
        """Reads the ticket that a further escalation of this conversation adds to.

        Args:
            conversation_id: The conversation.

        Returns:
            Its latest ticket that is neither resolved nor closed, or None.
        """
        ...

    def recent_messages(self, conversation_id: str, *, limit: int) -> list[Message]:
        """Reads the context window.

        Args:
            conversation_id: The conversation (an earlier one it carries on is included).
            limit: How many messages, the latest of them.

        Returns:
            Messages that customer and agents may know of, oldest first.
        """
        ...

    def commit(self, turn: Turn) -> TaskResult:
        """Commits reply, turn and intents in one transaction, or what is committed already.

        An action that the turn confirms is done in it too, where it is still to be confirmed by
        this sender, within its time, and allowed by the policy on the account as it is then.

        Args:
            turn: The turn that was made.

        Returns:
            What is to be published: this turn's result (with the ticket that its intent made
            or added to, or the reason why an action was refused), the result that another worker
            committed first, or one that says the conversation was handed to a person or closed
            meanwhile.

        Raises:
            ErasedError: The conversation was erased meanwhile.
            TurnConflictError: Something else moved; the turn has to be made again.
        """
        ...


class AccountReader(Protocol):
    """The customer's own records. There is no way to name another customer."""

    def customer(self) -> Customer | None:
        """Reads the customer's own record; None where the caller has none."""
        ...

    def subscription(self) -> Subscription | None:
        """Reads the present subscription, the latest where there are several."""
        ...

    def invoices(self, *, status: InvoiceStatus | None = None, limit: int = 10) -> list[Invoice]:
        """Reads invoices, the latest due first.

        Args:
            status: Only those in this state.
            limit: How many at most.

        Returns:
            The customer's own invoices.
        """
        ...

    def refunds_requested(self) -> frozenset[str]:
        """Reads the numbers of the invoices whose refund was asked for already."""
        ...

    def tickets(
        self, *, number: str | None = None, settled: bool | None = None, limit: int = 10
    ) -> list[Ticket]:
        """Reads the caller's tickets, the newest first.

        Args:
            number: Only the one with this number.
            settled: True for only those that are resolved or closed, False for only the others.
            limit: How many at most.

        Returns:
            Tickets that belong to the caller.
        """
        ...


class KnowledgeSearch(Protocol):
    """Hybrid search of published passages."""

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
        """Finds the passages that answer a question best.

        Args:
            query: The question.
            limit: How many passages at most.
            category: Only documents of this category.
            visibilities: What the reader may be shown.
            embedding: An embedding made before; of use where it is this question's, and by the
                model that is searched.
            earlier: What the same customer asked before, oldest first: a follow-up question
                is searched with what the conversation is about.

        Returns:
            Hits, best first; ``degraded`` where embeddings were out of reach and words alone
            were searched.
        """
        ...


class PassageIndex(Protocol):
    """Published passages, searched by meaning and by words at once."""

    def active_model(self) -> EmbeddingModel | None:
        """Reads which model's embeddings are searched; None before the first publication."""
        ...

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
        """Finds passages in one snapshot of the knowledge base.

        Args:
            query: The question, for its words.
            embedding: The question, for its meaning; None to search by words alone.
            model: The model that made the embedding.
            limit: How many passages at most.
            categories: Only documents of these categories.
            visibilities: What the reader may be shown.
            background: What was asked before; its words count as much as it weighs.

        Returns:
            Passages, and what misspelt texts were meant to be.
        """
        ...

    def nearest(
        self, hits: Sequence[SearchHit], embedding: Sequence[float], model: EmbeddingModel
    ) -> float:
        """Tells how near the nearest of some passages is to another question.

        Args:
            hits: The passages.
            embedding: The question, for its meaning.
            model: The model that made the embedding.

        Returns:
            Its cosine; -1 where none of them has an embedding of that model.
        """
        ...


class RouterModelStore(Protocol):
    """What the router has learned, kept for the processes that start later.

    A model is named by the embedding model that it is for, and by a fingerprint of what it was
    made from: examples and code.
    """

    def load(self, embedding_model: str, fingerprint: str) -> bytes | None:
        """Reads a trained model; None where there is none yet.

        Args:
            embedding_model: The embedding model's name.
            fingerprint: What it was made from.

        Returns:
            The model as it was saved.
        """
        ...

    def claim(self, embedding_model: str, fingerprint: str, *, seconds: int) -> bool:
        """Takes on the training, so that no second process does the same.

        Args:
            embedding_model: The embedding model's name.
            fingerprint: What it is made from.
            seconds: How long others leave it alone if it is not saved.

        Returns:
            False where it is trained, or another process is at it.
        """
        ...

    def save(self, embedding_model: str, fingerprint: str, content: bytes) -> None:
        """Keeps a trained model; those made long ago are removed.

        Args:
            embedding_model: The embedding model's name.
            fingerprint: What it was made from.
            content: The model.
        """
        ...


class KnowledgeStore(Protocol):
    """Publishing and removing of documents.

    ``is_current`` is asked while the document is locked; where it says no, nothing is changed
    and `DocumentChangedError` is raised. Whoever asks the source's truth in it makes late,
    doubled and reordered events end with what the source holds.
    """

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
        """Makes a new version of a document searchable, whole, in one transaction.

        Args:
            draft: The document with its passages.
            embeddings: One vector a passage; None where the store holds it already.
            model: The embedding model's name.
            document_id: Which document, where S3 does not own it; None for a new one.
            is_current: Tells whether the draft is still what its source holds.
            written: Who writes it, where a person does; it names the document.

        Returns:
            The document as it is now.

        Raises:
            DocumentChangedError: The source, the model in use or a stored embedding changed
                meanwhile: read and embed again.
            NotFoundError: There is no such document.
            ConflictError: S3 owns the document.
            PreconditionFailedError: It is not at the revision that is expected.
        """
        ...

    def save_draft(self, draft: DocumentDraft, *, written: DocumentWrite) -> Document:
        """Makes a new version of a document that is not to be found by search (any more).

        Args:
            draft: The document.
            written: Who writes it; it names the document.

        Returns:
            The document as it is now.

        Raises:
            NotFoundError: There is no such document.
            ConflictError: S3 owns the document.
            PreconditionFailedError: It is not at the revision that is expected.
        """
        ...

    def mark_failed(
        self, failed: FailedDraft, *, is_current: Callable[[], bool] | None = None
    ) -> Document:
        """Keeps a document aside that cannot be read; nothing of it is found any more.

        Args:
            failed: The document and why it cannot be read.
            is_current: Tells whether that is still what its source holds.

        Returns:
            The document as it is now.

        Raises:
            DocumentChangedError: The source changed meanwhile.
        """
        ...

    def archive(
        self,
        *,
        source_key: str | None = None,
        document_id: str | None = None,
        is_current: Callable[[], bool] | None = None,
        written: DocumentWrite | None = None,
    ) -> bool:
        """Takes a document out of the search; its history is kept.

        Args:
            source_key: The key of a document that S3 owns.
            document_id: Any other document.
            is_current: Tells whether it is still gone from its source.
            written: Who does it, where a person does.

        Returns:
            False where there was nothing to take out.

        Raises:
            DocumentChangedError: The source changed meanwhile.
            ConflictError: A document named by ``document_id`` is owned by S3.
        """
        ...

    def published_version(self, source_key: str) -> str | None:
        """Reads which version of an object is published, after publications under way.

        Args:
            source_key: The object's key.

        Returns:
            The object's version; None where nothing of it is published.
        """
        ...

    def document(
        self, *, source_key: str | None = None, document_id: str | None = None
    ) -> Document | None:
        """Reads a document with its present content.

        Args:
            source_key: The key of a document that S3 owns.
            document_id: Or its identifier.

        Returns:
            The document, whatever its status; None where there is none.
        """
        ...

    def active_model(self) -> EmbeddingModel | None:
        """Reads which model's embeddings are searched; None before the first publication."""
        ...

    def embedded(self, passage_hashes: Sequence[str], *, model: str) -> set[str]:
        """Tells which passages need no embedding, because the store holds theirs.

        Args:
            passage_hashes: Of the passages that are to be published.
            model: The embedding model's name.

        Returns:
            Those hashes whose embedding is stored.
        """
        ...

    def embeddings(
        self, passage_hashes: Sequence[str], *, model: str
    ) -> Mapping[str, Sequence[float]]:
        """Reads what a model made of passages.

        Args:
            passage_hashes: Of the passages.
            model: The embedding model's name.

        Returns:
            The vectors by their passages' hashes; none for those that are not stored.
        """
        ...

    def count_without_embedding(self, *, model: str) -> int:
        """Counts the passages that a model has not embedded yet.

        Args:
            model: The embedding model's name.

        Returns:
            How many there are.
        """
        ...

    def passages_without_embedding(self, *, model: str, limit: int) -> list[tuple[int, str]]:
        """Reads passages that a model has not embedded yet.

        Args:
            model: The embedding model's name.
            limit: How many at most.

        Returns:
            Passage numbers with their searchable text.
        """
        ...

    def add_embeddings(
        self, embeddings: Sequence[tuple[int, Sequence[float]]], *, model: str
    ) -> None:
        """Adds a model's embeddings of passages that are published already.

        Args:
            embeddings: Passage numbers with their vectors; passages gone meanwhile are skipped.
            model: The embedding model's name.
        """
        ...

    def activate_model(self, model: str) -> bool:
        """Makes searches use a model, where it has embedded every passage.

        Args:
            model: The embedding model's name.

        Returns:
            False where passages without its embedding are left; nothing is changed then.
        """
        ...

    def drop_models_but(self, kept: Sequence[str]) -> None:
        """Removes the embeddings of models that are not searched any more.

        Args:
            kept: Models to keep; the active one is always kept.
        """
        ...


class DocumentSource(Protocol):
    """The S3 drop."""

    def find(self, key: str) -> StoredObject | None:
        """Looks at an object as it is now; None where there is none.

        Args:
            key: The object's key.

        Returns:
            What is there, without its content.
        """
        ...

    def read(self, stored: StoredObject) -> bytes | None:
        """Reads that very version of an object.

        Args:
            stored: The object as it was found.

        Returns:
            Its content; None where that version is not there any more.
        """
        ...


class EventOutbox(Protocol):
    """Domain events that were committed with what they tell of."""

    def claim(self, limit: int) -> list[DomainEvent]:
        """Takes events to publish, the oldest first; nobody else gets them for a minute.

        Args:
            limit: How many at most.

        Returns:
            The events.
        """
        ...

    def settle(self, event_ids: Sequence[str]) -> None:
        """Notes that events are on the bus.

        Args:
            event_ids: Which ones.
        """
        ...

    def release(self, event_ids: Sequence[str]) -> None:
        """Lets somebody else publish events that were claimed.

        Args:
            event_ids: Which ones.
        """
        ...


class EventBus(Protocol):
    """Where domain events are published."""

    def put(self, events: Sequence[DomainEvent]) -> list[str]:
        """Publishes events.

        Args:
            events: At most ten.

        Returns:
            The ids of those that the bus took.
        """
        ...
