"""The worker's own parts, put together as its handler does, for evaluations."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent_worker.prompting import PromptLibrary
from agent_worker.routing.desk_router import DeskRouter
from agent_worker.routing.router import ModelRouter, Router
from evals.provider import Provider
from frontdesk.adapters.openai_chat import OpenAIChatModel
from frontdesk.config import ModelSettings
from frontdesk.ports import ChatModel

COMPANY_NAME = "our company"
COMPANY_PROFILE = ""


@contextmanager
def worker_router(provider: Provider) -> Iterator[tuple[Router, ChatModel]]:
    """Builds the worker's router, and the model that it asks where it is unsure.

    Args:
        provider: The configured provider.

    Yields:
        The router and the model.
    """
    prompts = PromptLibrary(company_name=COMPANY_NAME, company_profile=COMPANY_PROFILE)
    model = OpenAIChatModel(
        lambda: provider.api_key,
        model=provider.llm_model,
        temperature=ModelSettings.model_fields["llm_temperature"].default,
        base_url=provider.base_url,
    )
    yield DeskRouter(ModelRouter(prompts)), model
