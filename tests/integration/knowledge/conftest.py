"""The store on a real Postgres and in memory, held to the same promises."""

from dataclasses import dataclass

import pytest

from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.knowledge.searching import HybridSearch
from frontdesk.ports import KnowledgeStore, PassageIndex
from tests.support.fake_knowledge import FakeEmbedder, FakeKnowledge


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A store, its index, and an embedder for them."""

    store: KnowledgeStore
    index: PassageIndex
    embedder: FakeEmbedder

    def titles(self, query: str, **options: object) -> list[str]:
        """The titles of what a search finds, the best first, each once."""
        search = HybridSearch(self.index, self.embedder)
        hits = search.search(query, limit=20, **options).hits  # type: ignore[arg-type]
        return list(dict.fromkeys(hit.title for hit in hits))


@pytest.fixture
def knowledge(agent_database: Database) -> Knowledge:
    """Knowledge in Postgres, as the worker and ingest have it."""
    store = PostgresKnowledgeStore(agent_database)
    return Knowledge(store, PostgresPassageIndex(agent_database), FakeEmbedder())


@pytest.fixture(params=["postgres", "memory"])
def either(request: pytest.FixtureRequest) -> Knowledge:
    """Knowledge in Postgres, then in memory."""
    if request.param == "postgres":
        made: Knowledge = request.getfixturevalue("knowledge")
        return made
    fake = FakeKnowledge()
    return Knowledge(fake, fake, FakeEmbedder())
