"""The router is trained once, with the real store and the real adapter of embeddings."""

import pytest

from agent_worker.routing.examples import examples
from agent_worker.routing.learned import LearnedRouting
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.router_models import PostgresRouterModelStore
from tests.support.openai_server import ScriptedOpenAI
from tests.support.worker import API_KEY, RecordingTelemetry

pytestmark = pytest.mark.integration


def test_the_second_worker_reads_what_the_first_has_trained(
    agent_database: Database, openai_server: ScriptedOpenAI
) -> None:
    # given a worker that finds nothing trained
    openai_server.embeds = True
    embedder = OpenAIEmbeddings(lambda: API_KEY, base_url=openai_server.base_url)("small")
    telemetry = RecordingTelemetry()

    def a_worker() -> LearnedRouting:
        store = PostgresRouterModelStore(agent_database)
        few = examples()[::6]
        return LearnedRouting(store, embedder, few, telemetry, run=lambda work: work())

    # when two of them look, one after the other
    first, second = a_worker().classifier(), a_worker().classifier()

    # then it was trained once, and both are the same
    assert [name for name, _ in telemetry.events] == ["router.trained"]
    assert first is not None
    assert second is not None
    assert first.to_bytes() == second.to_bytes()
