"""The worker on a real Postgres, with the real adapters of model and embeddings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from frontdesk.adapters.openai_chat import OpenAIChatModel
from frontdesk.adapters.openai_embeddings import OpenAIEmbeddings
from frontdesk.adapters.postgres.accounts import PostgresAccountReader
from frontdesk.adapters.postgres.conversations import PostgresConversationStore
from frontdesk.adapters.postgres.database import Database
from frontdesk.adapters.postgres.knowledge import PostgresKnowledgeStore
from frontdesk.adapters.postgres.passage_index import PostgresPassageIndex
from frontdesk.domain.ids import derived_id
from frontdesk.domain.task import QueuedMessage
from frontdesk.knowledge.searching import HybridSearch
from tests.support.knowledge import publish
from tests.support.openai_server import ScriptedOpenAI, openai_server
from tests.support.postgres import TestDatabase
from tests.support.worker import API_KEY, Desk

__all__ = ["openai_server"]

EMBEDDING_MODEL = "text-embedding-3-small"

PROJECTS = """# How to create a new project

Log in to the dashboard, click **New Project** in the top right corner and choose a template.
"""
PLANS = """# Understanding our subscription plans

Free has 3 projects. Professional costs 49 a month and has unlimited projects.
"""

_SAMPLES = """
INSERT INTO customers (id, email, first_name, last_name) VALUES
    ('cus_john', 'john@startup.example', 'John', 'Smith'),
    ('cus_david', 'david@agency.example', 'David', 'Wilson');
INSERT INTO subscriptions (id, customer_id, plan, status, billing_cycle, price, seats, start_date)
VALUES ('sub_john', 'cus_john', 'professional', 'active', 'monthly', 49, 10, '2026-01-01'),
    ('sub_david', 'cus_david', 'enterprise', 'past_due', 'monthly', 990, 15, '2026-01-01');
INSERT INTO invoices (id, customer_id, invoice_number, status, amount, tax, total, due_date)
VALUES ('inv_john', 'cus_john', 'INV-2024-001', 'paid', 49, 4.41, 53.41, '2026-04-01'),
    ('inv_david', 'cus_david', 'INV-2024-005', 'overdue', 990, 89.10, 1079.10, '2026-04-01');
"""


@dataclass
class Office:
    """A worker on a real database, and a look at that database."""

    desk: Desk
    database: TestDatabase

    def count(self, table: str, where: str = "true") -> int:
        return int(str(self.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]))

    def rows(self, query: str) -> list[Any]:
        with self.database.owner() as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture
def fill(database: TestDatabase, openai_server: ScriptedOpenAI) -> Callable[[], None]:
    """Fills the database with two customers and two documents."""

    def run() -> None:
        with database.owner() as connection:
            connection.execute(_SAMPLES)
        openai_server.embeds = True
        store_database = Database(lambda: database.agent_url)
        store = PostgresKnowledgeStore(store_database)
        embeddings = OpenAIEmbeddings(lambda: API_KEY, base_url=openai_server.base_url)
        for title, content in (("Projects", PROJECTS), ("Plans", PLANS)):
            publish(store, embeddings, title, content, model=EMBEDDING_MODEL)
        store_database.close()

    return run


@pytest.fixture
def office(
    database: TestDatabase,
    agent_database: Database,
    openai_server: ScriptedOpenAI,
    fill: Callable[[], None],
) -> Office:
    """A worker with everything real but the queue and the tasks table."""
    fill()

    def accounts(message: QueuedMessage) -> PostgresAccountReader:
        return PostgresAccountReader(
            agent_database, email=message.account_email, subject=message.account_subject
        )

    embeddings = OpenAIEmbeddings(lambda: API_KEY, base_url=openai_server.base_url)
    model = OpenAIChatModel(
        lambda: API_KEY, model="gpt-4.1-mini", temperature=0.7, base_url=openai_server.base_url
    )
    return Office(
        Desk(
            model,
            store=PostgresConversationStore(agent_database),
            knowledge=HybridSearch(PostgresPassageIndex(agent_database), embeddings),
            accounts=accounts,
        ),
        database,
    )


def derived(kind: str, task_id: str) -> str:
    """The identifier of a task's effect."""
    return derived_id(kind, task_id, "ticket")
