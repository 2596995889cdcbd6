import json

import pytest

from db_migrate.owner import connect, owner_url
from db_migrate.roles import role_url
from db_migrate.schema import MigrationError, load_migrations
from db_migrate.settings import MigrateSettings

ROLE_SECRETS = {"agent_database_secret_arn": "agent", "desk_database_secret_arn": "desk"}


class Secrets:
    """One secret."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self, arn: str) -> str:
        return self.text

    def write(self, arn: str, text: str) -> None:
        raise AssertionError("nothing is to be written")


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        ("postgresql://o:p@db:5432/desk", "postgresql://agent:p%40%2Fw@db:5432/desk"),
        ("postgres://db/desk?sslmode=require", "postgres://agent:p%40%2Fw@db/desk?sslmode=require"),
        ("postgresql://o:a%40b@[::1]:5432/d", "postgresql://agent:p%40%2Fw@[::1]:5432/d"),
    ],
)
def test_a_role_logs_in_where_the_owner_does(owner: str, expected: str) -> None:
    assert role_url(owner, "agent", "p@/w") == expected


def test_a_url_of_something_else_is_refused_without_being_quoted() -> None:
    with pytest.raises(MigrationError) as caught:
        role_url("host=db password=hidden", "agent", "x")

    assert "hidden" not in str(caught.value)


def test_an_owner_secret_of_rds_becomes_an_encrypted_connection() -> None:
    settings = MigrateSettings(
        **ROLE_SECRETS, database_secret_arn="owner", database_host="db.example", database_port=5433
    )
    secrets = Secrets(json.dumps({"username": "own", "password": "a:b/c"}))

    url = owner_url(settings, secrets)

    assert url == "postgresql://own:a%3Ab%2Fc@db.example:5433/frontdesk?sslmode=require"


def test_a_plain_url_wins() -> None:
    settings = MigrateSettings(**ROLE_SECRETS, database_url="postgresql://x/y")

    assert owner_url(settings, Secrets("unread")) == "postgresql://x/y"


@pytest.mark.parametrize("text", ["not json, but hidden", '{"hidden": 1}', '["hidden"]'])
def test_a_useless_secret_is_not_quoted(text: str) -> None:
    settings = MigrateSettings(**ROLE_SECRETS, database_secret_arn="owner")

    with pytest.raises(MigrationError) as caught:
        owner_url(settings, Secrets(text))

    assert "hidden" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_connection_error_does_not_quote_the_url() -> None:
    with pytest.raises(MigrationError) as caught:
        connect("not a url but hidden")

    assert "hidden" not in str(caught.value)


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = [int(migration.name.split("_")[0]) for migration in load_migrations()]

    assert numbers == list(range(1, len(numbers) + 1))
