"""The worker's own parts, put together as its handler does, for evaluations."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_worker.prompting import PromptLibrary
from agent_worker.routing.desk_router import DeskRouter
from agent_worker.routing.examples import examples
from agent_worker.routing.learned import LearnedRouting
from agent_worker.routing.router import ModelRouter, Router
from agent_worker.settings import RouterSettings
from agent_worker.telemetry import Telemetry
from evals.knowledge_base import evaluation_database
from evals.provider import Provider
from frontdesk.adapters.openai_chat import OpenAIChatModel
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.router_models import PostgresRouterModelStore
from frontdesk.config import ModelSettings
from frontdesk.ports import ChatModel

COMPANY_NAME = "our company"
COMPANY_PROFILE = ""


@contextmanager
def worker_router(provider: Provider, folder: Path) -> Iterator[tuple[Router, ChatModel]]:
    """Builds the worker's router, trained, and the model that it asks where it is unsure.

    Args:
        provider: The configured provider.
        folder: For the database that the trained router is kept in.

    Yields:
        The router and the model.
    """
    prompts = PromptLibrary(company_name=COMPANY_NAME, company_profile=COMPANY_PROFILE)
    embeddings = OpenAIEmbeddings(lambda: provider.api_key, base_url=provider.base_url)
    model = OpenAIChatModel(
        lambda: provider.api_key,
        model=provider.llm_model,
        temperature=ModelSettings.model_fields["llm_temperature"].default,
        base_url=provider.base_url,
    )
    with evaluation_database(folder) as (database, _):
        learned = LearnedRouting(
            PostgresRouterModelStore(database),
            embeddings(provider.embedding_model),
            examples(),
            Telemetry(),
            run=lambda work: work(),
        )
        sure_from = RouterSettings.from_environment().router_confidence
        yield DeskRouter(ModelRouter(prompts), learned, sure_from=sure_from), model
