"""Gives the functions' database roles their passwords, and the functions the URLs to log in."""

import json
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from db_migrate.schema import MigrationError


class SecretStore(Protocol):
    """Reads and writes secrets."""

    def read(self, arn: str) -> str:
        """Returns a secret's text."""
        ...

    def write(self, arn: str, text: str) -> None:
        """Replaces a secret's text."""
        ...


@dataclass(frozen=True, slots=True)
class Role:
    """A database role and the secret with its password.

    Attributes:
        name: The role, made by the first migration.
        secret_arn: Holds ``password`` from the start, and ``username`` and ``url`` from here on.
    """

    name: str
    secret_arn: str


def let_log_in(
    connection: psycopg.Connection[TupleRow],
    role: Role,
    secrets: SecretStore,
    owner_url: str,
) -> None:
    """Lets a role log in with its secret's password, and completes the secret.

    Args:
        connection: The owner's.
        role: The role.
        secrets: Where its secret is.
        owner_url: The owner's URL, whose host, database and options the role's URL takes over.

    Raises:
        MigrationError: The secret holds no password, or the role cannot be changed.
    """
    stored = _content(role, secrets.read(role.secret_arn))
    # The server gets the hash: with the password itself, statement logs would keep it.
    verifier = connection.pgconn.encrypt_password(
        stored["password"].encode(), role.name.encode(), b"scram-sha-256"
    )
    try:
        connection.execute(
            sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(role.name), sql.Literal(verifier.decode())
            )
        )
    except psycopg.Error as error:
        reason = error.diag.message_primary or type(error).__name__
        raise MigrationError(f"the role {role.name!r} cannot log in: {reason}") from None
    complete = {
        "username": role.name,
        "password": stored["password"],
        "url": role_url(owner_url, role.name, stored["password"]),
    }
    if complete != stored:
        secrets.write(role.secret_arn, json.dumps(complete))


def role_url(owner_url: str, name: str, password: str) -> str:
    """Returns the owner's URL with another user.

    Args:
        owner_url: A ``postgresql://`` URL.
        name: The role.
        password: Its password.

    Raises:
        MigrationError: The owner's URL is none.
    """
    parts = urlsplit(owner_url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise MigrationError("the owner's secret has no postgresql:// URL")
    host = parts.netloc.rpartition("@")[2]
    credentials = f"{quote(name, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{credentials}@{host}"))


def _content(role: Role, text: str) -> dict[str, str]:
    try:
        content: dict[str, str] = json.loads(text)
        if content["password"]:
            return content
    except (ValueError, KeyError, TypeError):
        pass
    # Without the cause, whose text may quote the secret.
    raise MigrationError(f"the secret of {role.name!r} has no password")
