"""Entry point: a custom resource of CloudFormation, or ``{"action": "migrate"}`` by hand."""

import functools
from typing import Any

import boto3

from db_migrate import cloudformation
from db_migrate.owner import connect, owner_url
from db_migrate.roles import Role, SecretStore, let_log_in
from db_migrate.schema import MigrationError, load_migrations, migrate
from db_migrate.secrets_manager import SecretsManagerStore
from db_migrate.settings import MigrateSettings
from frontdesk.observability import get_logger

logger = get_logger()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Applies the schema.

    Args:
        event: A custom resource's request, which is answered at its URL, or
            ``{"action": "migrate"}``.

    Returns:
        The names of the migrations applied now.

    Raises:
        MigrationError: It failed (not for CloudFormation, which is told).
        ValueError: The event is neither of the two.
    """
    if cloudformation.is_request(event):
        return _for_cloudformation(event)
    if event.get("action") == "migrate":
        return {"applied": bring_up_to_date(build_settings(), build_secrets())}
    raise ValueError(f"unknown event: neither a custom resource nor an action: {sorted(event)!r}")


def bring_up_to_date(settings: MigrateSettings, secrets: SecretStore) -> list[str]:
    """Applies what is missing of the schema, and lets the functions' roles log in.

    Args:
        settings: Where the database is.
        secrets: Where the passwords are.

    Returns:
        The names of the migrations applied now.

    Raises:
        MigrationError: The database is out of reach, or the schema cannot be applied.
    """
    url = owner_url(settings, secrets)
    roles = (
        Role("frontdesk_agent", settings.agent_database_secret_arn),
        Role("frontdesk_desk", settings.desk_database_secret_arn),
    )
    with connect(url) as connection:
        applied = migrate(connection, load_migrations())
        for role in roles:
            let_log_in(connection, role, secrets, url)
    logger.info("schema is up to date", applied=applied)
    return applied


def _for_cloudformation(event: dict[str, Any]) -> dict[str, Any]:
    # A deletion keeps the data: whoever wants it gone deletes the database.
    if cloudformation.is_delete(event):
        cloudformation.answer(event)
        return {"applied": []}
    try:
        applied = bring_up_to_date(build_settings(), build_secrets())
    except Exception as error:
        # Whatever it was: a request without an answer holds the deploy up for a quarter of an hour.
        logger.exception("the schema could not be applied")
        told = str(error) if isinstance(error, MigrationError) else type(error).__name__
        cloudformation.answer(event, failure=told)
        return {"applied": []}
    cloudformation.answer(event)
    return {"applied": applied}


@functools.cache
def build_settings() -> MigrateSettings:
    """Reads the settings, once."""
    return MigrateSettings.from_environment()


@functools.cache
def build_secrets() -> SecretStore:
    """Makes the secret store, once."""
    return SecretsManagerStore(boto3.client("secretsmanager"))
