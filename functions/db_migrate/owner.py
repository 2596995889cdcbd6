"""The owner's way into the database."""

import json
from urllib.parse import quote

import psycopg
from psycopg.rows import TupleRow

from db_migrate.roles import SecretStore
from db_migrate.schema import MigrationError
from db_migrate.settings import MigrateSettings

CONNECT_TIMEOUT_SECONDS = 15
"""A database that was made a moment ago answers slowly at first."""


def owner_url(settings: MigrateSettings, secrets: SecretStore) -> str:
    """Returns the owner's URL, from a secret of either form.

    Args:
        settings: Name the secret: ``{"url"}``, or RDS's own ``{"username", "password"}``.
        secrets: Where it is.

    Raises:
        MigrationError: The secret has neither.
    """
    if settings.database_url:
        return settings.database_url
    try:
        secret: dict[str, str] = json.loads(secrets.read(settings.database_secret_arn))
        if "url" in secret:
            return secret["url"]
        user, password = quote(secret["username"], safe=""), quote(secret["password"], safe="")
    except (ValueError, KeyError, TypeError):
        # Without the cause, whose text may quote the secret.
        raise MigrationError("the owner's secret has neither a url nor a password") from None
    if not settings.database_host:
        raise MigrationError("the owner's secret has no url, and DATABASE_HOST is not set")
    place = f"{settings.database_host}:{settings.database_port}/{settings.database_name}"
    return f"postgresql://{user}:{password}@{place}?sslmode=require"


def connect(url: str) -> psycopg.Connection[TupleRow]:
    """Connects as the owner.

    Args:
        url: The owner's URL.

    Returns:
        A connection in autocommit mode; the caller closes it.

    Raises:
        MigrationError: The database is out of reach, or refuses.
    """
    try:
        return psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            application_name="frontdesk-db-migrate",
        )
    except psycopg.Error as error:
        # The text may quote the URL, and with it the password.
        raise MigrationError(f"no connection to the database: {type(error).__name__}") from None
