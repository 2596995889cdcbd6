"""db_migrate on a real Postgres of its own: it changes the passwords of the cluster's roles."""

import json
import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from db_migrate import schema
from db_migrate.app import bring_up_to_date
from db_migrate.owner import connect
from db_migrate.schema import Migration, MigrationError, load_migrations, migrate
from db_migrate.settings import MigrateSettings
from localstack.postgres import EmbeddedPostgres

pytestmark = pytest.mark.integration

PASSWORDS = {"agent": "agent's @/pass%word", "desk": 'desk "pass"'}


class InMemorySecrets:
    """Secrets that count what is written."""

    def __init__(self) -> None:
        self.texts = {
            name: json.dumps({"password": password}) for name, password in PASSWORDS.items()
        }
        self.writes = 0

    def read(self, arn: str) -> str:
        return self.texts[arn]

    def write(self, arn: str, text: str) -> None:
        self.writes += 1
        self.texts[arn] = text


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("migrate"), durable=False) as started:
        yield started


@pytest.fixture
def url(cluster: EmbeddedPostgres) -> Iterator[str]:
    """An empty database's owner."""
    name = sql.Identifier("empty")
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    yield cluster.url("empty")
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def settings(url: str) -> MigrateSettings:
    return MigrateSettings(
        database_url=url, agent_database_secret_arn="agent", desk_database_secret_arn="desk"
    )


def ledger(url: str) -> list[str]:
    with connect(url) as connection:
        rows = connection.execute("SELECT name FROM schema_migrations ORDER BY name").fetchall()
    return [name for (name,) in rows]


def test_an_empty_database_gets_schema_and_roles(settings: MigrateSettings, url: str) -> None:
    secrets = InMemorySecrets()

    applied = bring_up_to_date(settings, secrets)

    assert applied == ledger(url) == [migration.name for migration in load_migrations()]
    for name, role in (("agent", "frontdesk_agent"), ("desk", "frontdesk_desk")):
        content = json.loads(secrets.texts[name])
        assert content["username"] == role
        with psycopg.connect(content["url"]) as connection:
            row = connection.execute(
                "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        assert row == (role, False, False, False)


def test_a_second_call_changes_nothing(settings: MigrateSettings) -> None:
    secrets = InMemorySecrets()
    bring_up_to_date(settings, secrets)
    texts, writes = dict(secrets.texts), secrets.writes

    applied = bring_up_to_date(settings, secrets)

    assert applied == []
    assert (secrets.texts, secrets.writes) == (texts, writes)


def test_calls_at_the_same_moment_apply_each_migration_once(
    settings: MigrateSettings, url: str
) -> None:
    applied: list[str] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            applied.extend(bring_up_to_date(settings, InMemorySecrets()))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(applied) == ledger(url)


def test_a_failing_migration_is_undone_and_named(url: str) -> None:
    first = Migration("0001_first", b"CREATE TABLE kept (id int)")
    second = Migration("0002_second", b"CREATE TABLE undone (id int); SELECT 1/0;")

    with connect(url) as connection, pytest.raises(MigrationError) as caught:
        migrate(connection, [first, second])

    assert str(caught.value) == "0002_second failed: division by zero"
    assert ledger(url) == ["0001_first"]
    with connect(url) as connection:
        row = connection.execute("SELECT to_regclass('kept'), to_regclass('undone')").fetchone()
        assert row == ("kept", None)
        mended = Migration("0002_second", b"CREATE TABLE undone (id int)")
        assert migrate(connection, [first, mended]) == ["0002_second"]


def test_a_migration_that_was_changed_later_is_refused(url: str) -> None:
    with connect(url) as connection:
        migrate(connection, [Migration("0001_first", b"SELECT 1")])
        with pytest.raises(MigrationError, match="0001_first was changed"):
            migrate(connection, [Migration("0001_first", b"SELECT 2")])


def test_an_older_release_leaves_a_newer_schema_alone(url: str) -> None:
    first, second = Migration("0001_first", b"SELECT 1"), Migration("0002_second", b"SELECT 2")
    with connect(url) as connection:
        migrate(connection, [first, second])

        assert migrate(connection, [first]) == []


def test_a_migration_does_not_wait_for_long_behind_a_lock(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT", "50ms")
    with connect(url) as blocker, connect(url) as connection:
        blocker.execute("CREATE TABLE busy (id int)")
        with blocker.transaction():
            blocker.execute("LOCK TABLE busy")

            with pytest.raises(MigrationError, match="lock timeout"):
                migrate(connection, [Migration("0001_first", b"ALTER TABLE busy ADD x int")])


def test_passwords_reach_neither_server_log_nor_error(
    cluster: EmbeddedPostgres, settings: MigrateSettings
) -> None:
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")

    bring_up_to_date(settings, InMemorySecrets())

    log = cluster.log_path.read_text()
    assert "ALTER ROLE" in log
    assert not [password for password in PASSWORDS.values() if password in log]


def test_a_role_without_a_password_is_refused_without_quoting_its_secret(
    settings: MigrateSettings,
) -> None:
    secrets = InMemorySecrets()
    secrets.texts["desk"] = '{"passwort": "hidden"}'

    with pytest.raises(MigrationError) as caught:
        bring_up_to_date(settings, secrets)

    assert str(caught.value) == "the secret of 'frontdesk_desk' has no password"
