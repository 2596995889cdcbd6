"""The search that the worker and the support API share, put together."""

from functools import partial

from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.database import NOBODY, Database, RowScope
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.adapters.secrets import read_secret
from frontdesk.config import EmbeddingSettings
from frontdesk.knowledge.searching import HybridSearch


def build_knowledge_search(
    settings: EmbeddingSettings, database: Database, scope: RowScope = NOBODY
) -> HybridSearch:
    """Puts the search together; nothing is reached before it is needed.

    Args:
        settings: The provider of embeddings.
        database: The function's database.
        scope: For whom is searched: ``RowScope(staff=True)`` where the desk's role searches.

    Returns:
        The search, to be kept for the life of the process.
    """
    embeddings = OpenAIEmbeddings(
        partial(settings.read_api_key, read_secret), base_url=settings.openai_base_url
    )
    return HybridSearch(PostgresPassageIndex(database, scope), embeddings)
