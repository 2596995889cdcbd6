"""A real Postgres for tests: one cluster a session, one migrated database a test."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from frontdesk.adapters.postgres.database import Database
from localstack.postgres import EmbeddedPostgres

MIGRATIONS = Path(__file__).parents[2] / "layers/common/frontdesk/adapters/postgres/migrations"
_ROLE_PASSWORD = "role-password"


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """A migrated database of a test's own, with its three URLs."""

    __test__ = False

    owner_url: str
    agent_url: str
    desk_url: str

    def owner(self) -> psycopg.Connection[tuple[object, ...]]:
        """Connects as the owner, who sees everything; the caller closes it."""
        return psycopg.connect(self.owner_url, autocommit=True)


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """An embedded Postgres for the session."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as cluster:
        yield cluster


def migrate(cluster: EmbeddedPostgres) -> str:
    """Makes a database with the whole schema, to be copied; returns its name."""
    name = "migrated"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(cluster.url(name), autocommit=True) as connection:
        for path in sorted(MIGRATIONS.glob("*.sql")):
            with connection.transaction():
                connection.execute(path.read_bytes())
        for role in ("frontdesk_agent", "frontdesk_desk"):
            connection.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(_ROLE_PASSWORD)
                )
            )
    return name


@contextmanager
def fresh_database(cluster: EmbeddedPostgres, template: str) -> Iterator[TestDatabase]:
    """A fresh copy of the migrated database; dropped afterwards, whoever is connected."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    owner_url = cluster.url(name)
    host = owner_url.split("@", 1)[1]
    yield TestDatabase(
        owner_url=owner_url,
        agent_url=f"postgresql://frontdesk_agent:{_ROLE_PASSWORD}@{host}",
        desk_url=f"postgresql://frontdesk_desk:{_ROLE_PASSWORD}@{host}",
    )
    # A connection that is still closing may only be ended by the superuser.
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def migrated_template(postgres_cluster: EmbeddedPostgres) -> str:
    """The name of a database with the whole schema, to be copied."""
    return migrate(postgres_cluster)


@pytest.fixture
def database(postgres_cluster: EmbeddedPostgres, migrated_template: str) -> Iterator[TestDatabase]:
    """A fresh copy of the migrated database."""
    with fresh_database(postgres_cluster, migrated_template) as opened:
        yield opened


@pytest.fixture
def agent_database(database: TestDatabase) -> Iterator[Database]:
    """The database as the worker's role sees it."""
    opened = Database(lambda: database.agent_url, application_name="test-agent")
    yield opened
    opened.close()


@pytest.fixture
def desk_database(database: TestDatabase) -> Iterator[Database]:
    """The database as the support API's role sees it."""
    opened = Database(lambda: database.desk_url, application_name="test-desk")
    yield opened
    opened.close()
