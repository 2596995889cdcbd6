"""A knowledge base of an evaluation's own: filled and searched by the system's own code."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pydantic import BaseModel

from db_migrate.schema import load_migrations, migrate
from evals.embedding_cache import CachedEmbedder
from evals.lines import Id
from evals.provider import Provider
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.domain.knowledge import StoredObject
from frontdesk.knowledge.publishing import Publisher
from frontdesk.knowledge.searching import HybridSearch
from kb_ingest.events import PREFIX, ObjectChange
from kb_ingest.follow import DocumentFollower, Outcome
from localstack.postgres import SHARED_MEGABYTES, EmbeddedPostgres

MAX_DOCUMENT_BYTES = 50_000_000
_ROLE_PASSWORD = "evaluation"
_PROGRESS_EVERY = 100


class SourceDocument(BaseModel):
    """A document of an evaluation's file."""

    id: Id
    title: str | None = None
    text: str


@dataclass(frozen=True, slots=True)
class Drop:
    """The documents as if they had been dropped in S3."""

    documents: dict[str, SourceDocument]

    @classmethod
    def of(cls, documents: Sequence[SourceDocument]) -> "Drop":
        """Puts each document under a key of its own.

        Args:
            documents: What to drop.

        Returns:
            The drop.
        """
        return cls({f"{PREFIX}{document.id}.md": document for document in documents})

    def find(self, key: str) -> StoredObject | None:
        """Looks at a document; a `frontdesk.ports.DocumentSource`."""
        document = self.documents.get(key)
        if document is None:
            return None
        return StoredObject(
            key=key,
            version="1",
            size=len(document.text.encode()),
            metadata={"title": document.title} if document.title else {},
        )

    def read(self, stored: StoredObject) -> bytes | None:
        """Reads a document."""
        return self.documents[stored.key].text.encode()


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """Published documents, and the search of them.

    Attributes:
        search: The system's own search.
        source_ids: The evaluation's own ids, by the document's id in the database.
    """

    search: HybridSearch
    source_ids: dict[str, str]


@contextmanager
def knowledge_base(
    documents: Sequence[SourceDocument], provider: Provider, folder: Path
) -> Iterator[KnowledgeBase]:
    """Ingests documents into a Postgres that lives as long as the block.

    Args:
        documents: What to ingest.
        provider: Embeds passages and questions.
        folder: For the embeddings that are kept, and the database.

    Yields:
        The knowledge base.
    """
    with evaluation_database(folder) as (database, owner_url):
        embeddings = fill(database, documents, provider, folder)
        _tidy(owner_url)
        yield KnowledgeBase(
            search=HybridSearch(PostgresPassageIndex(database), embeddings),
            source_ids=_source_ids(owner_url),
        )


def fill(
    database: Database, documents: Sequence[SourceDocument], provider: Provider, folder: Path
) -> OpenAIEmbeddings:
    """Ingests documents into a database.

    Args:
        database: The database, with the worker's role.
        documents: What to ingest.
        provider: Embeds passages.
        folder: For the embeddings that are kept.

    Returns:
        What embeds questions.
    """
    embeddings = OpenAIEmbeddings(lambda: provider.api_key, base_url=provider.base_url)
    store = PostgresKnowledgeStore(database)
    cached = CachedEmbedder(embeddings(provider.embedding_model), folder / "embeddings.sqlite")
    follower = DocumentFollower(
        source=Drop.of(documents),
        store=store,
        publisher=Publisher(store, lambda _: cached, model=provider.embedding_model),
        max_bytes=MAX_DOCUMENT_BYTES,
    )
    _ingest(follower, documents)
    return embeddings


def _ingest(follower: DocumentFollower, documents: Sequence[SourceDocument]) -> None:
    for count, document in enumerate(documents, start=1):
        outcome = follower.follow(ObjectChange(f"{PREFIX}{document.id}.md", ""))
        if outcome is Outcome.FAILED:
            print(f"not read: {document.id}", file=sys.stderr)
        if count % _PROGRESS_EVERY == 0 or count == len(documents):
            print(f"ingested {count} of {len(documents)}", file=sys.stderr)


@contextmanager
def evaluation_database(
    folder: Path, *, is_kept: bool = False, shared_megabytes: int = SHARED_MEGABYTES
) -> Iterator[tuple[Database, str]]:
    """Starts a migrated Postgres that lives as long as the block.

    Args:
        folder: Where its files are.
        is_kept: Leaves the files there, for the next time.
        shared_megabytes: Memory for what was read (`shared_buffers`).

    Yields:
        The database with the worker's role, and its owner's URL.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        if is_kept:
            path = folder / "postgres"
        else:
            path = Path(tempfile.mkdtemp(prefix="postgres-", dir=folder))
            stack.callback(shutil.rmtree, path, ignore_errors=True)
        cluster = stack.enter_context(
            EmbeddedPostgres(path, durable=False, shared_megabytes=shared_megabytes)
        )
        if is_kept:
            stack.callback(_write_all, cluster)
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            migrate(connection, load_migrations())
            connection.execute(f"ALTER ROLE frontdesk_agent LOGIN PASSWORD '{_ROLE_PASSWORD}'")
        host = cluster.url().split("@", 1)[1]
        url = f"postgresql://frontdesk_agent:{_ROLE_PASSWORD}@{host}"
        database = Database(lambda: url, application_name="evaluation")
        stack.callback(database.close)
        yield database, cluster.url()


def _write_all(cluster: EmbeddedPostgres) -> None:
    """Brings a large database to the disk, for which a shutdown does not wait long enough."""
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def _tidy(owner_url: str) -> None:
    """Does what autovacuum does where it is not switched off."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _source_ids(owner_url: str) -> dict[str, str]:
    with psycopg.connect(owner_url) as connection:
        rows = connection.execute("SELECT id, source_key FROM documents").fetchall()
    return {identifier: key.removeprefix(PREFIX).removesuffix(".md") for identifier, key in rows}
