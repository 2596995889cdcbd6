"""Settings, read from the environment once and checked at start.

Each function composes its own settings class from these mixins, so that it names what it needs
and gets no more. A field is read from the environment variable of its name in upper case. (A
settings library would do the same; the kept one takes longer to import than the light functions
take to start.)
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from frontdesk.domain.errors import FrontdeskError
from frontdesk.domain.ticket_policy import (
    BusinessHours,
    TicketPolicy,
    parse_assignments,
    parse_response_times,
)

type SecretReader = Callable[[str], str]
"""Reads a secret's text by its ARN."""


class SettingsError(FrontdeskError):
    """The environment lacks a setting, or has one that cannot be used."""


class Settings(BaseModel):
    """The base of every function's settings."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    environment: str = "local"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Reads the settings.

        Args:
            environ: Where to read from; the process's environment by default.

        Returns:
            The checked settings.

        Raises:
            SettingsError: A setting is missing or out of range; the text names it.
        """
        source = os.environ if environ is None else environ
        values = {
            name: source[name.upper()]
            for name, field in cls.model_fields.items()
            # An empty variable is how a template says «not set», unless empty is a value.
            if name.upper() in source and (source[name.upper()] != "" or field.default == "")
        }
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}"
                for item in error.errors()
            )
            raise SettingsError(wrong) from error


class TasksTableSettings(Settings):
    """Where tasks live."""

    tasks_table: str


class RequestRateSettings(Settings):
    """How many requests a caller may send.

    Attributes:
        requests_per_minute: Of a customer, or of a network address of guests: an office has one.
        trusted_requests_per_minute: Of a member of staff, or of a service, which speaks for many.
    """

    requests_per_minute: int = Field(default=300, ge=1)
    trusted_requests_per_minute: int = Field(default=6000, ge=1)


class TokenBudgetSettings(Settings):
    """What the model may be asked for within a day.

    Attributes:
        daily_tokens: Of a customer, or of a network address of guests: some hundred answers.
        daily_tokens_together: Of everybody: what a bad day may cost.
    """

    daily_tokens: int = Field(default=500_000, ge=1)
    daily_tokens_together: int = Field(default=20_000_000, ge=1)


class EventSettings(Settings):
    """The bus that domain events are published on."""

    event_bus_name: str


class TicketPolicySettings(Settings):
    """By when tickets are answered, and by whom; see `frontdesk.domain.ticket_policy`.

    Attributes:
        business_hours: When people work, such as ``Mon-Fri 09:00-17:00``; '' for around the clock.
        time_zone: Whose clock that is.
        response_hours: Hours until a person answers, by priority.
        assignment_rules: Who gets which tickets.
    """

    business_hours: str = ""
    time_zone: str = "UTC"
    response_hours: str = ""
    assignment_rules: str = ""

    @field_validator("response_hours")
    @classmethod
    def _check_response_hours(cls, value: str) -> str:
        parse_response_times(value)
        return value

    @field_validator("assignment_rules")
    @classmethod
    def _check_assignment_rules(cls, value: str) -> str:
        parse_assignments(value)
        return value

    @model_validator(mode="after")
    def _check_business_hours(self) -> Self:
        if self.business_hours:
            BusinessHours.parse(self.business_hours, self.time_zone)
        return self

    @property
    def ticket_policy(self) -> TicketPolicy:
        """What the settings mean."""
        hours = self.business_hours
        return TicketPolicy(
            response_times=parse_response_times(self.response_hours),
            business_hours=BusinessHours.parse(hours, self.time_zone) if hours else None,
            assignments=parse_assignments(self.assignment_rules),
        )


class DocumentsSettings(Settings):
    """The S3 drop.

    Attributes:
        documents_bucket: Its bucket.
        max_document_bytes: What is larger is refused before it is read into memory.
    """

    documents_bucket: str
    max_document_bytes: int = Field(default=25_000_000, ge=1)


class DatabaseSettings(Settings):
    """How to reach Postgres: a URL, or the secret that holds one under ``url``."""

    database_url: str = ""
    database_secret_arn: str = ""

    def read_database_url(self, read_secret: SecretReader) -> str:
        """Returns the URL of the function's own database role.

        Args:
            read_secret: Reads a secret's text.

        Returns:
            A ``postgresql://`` URL.

        Raises:
            SettingsError: Neither is set, or the secret has no ``url``.
        """
        return self.database_url or secret_field(self.database_secret_arn, "url", read_secret)


class EmbeddingSettings(Settings):
    """The OpenAI-compatible provider of embeddings."""

    openai_api_key: str = ""
    llm_secret_arn: str = ""
    openai_base_url: str = ""
    embedding_model: str = "text-embedding-3-small"

    def read_api_key(self, read_secret: SecretReader) -> str:
        """Returns the provider's key.

        Args:
            read_secret: Reads a secret's text.

        Returns:
            The key.

        Raises:
            SettingsError: Neither is set, or the secret has no ``api_key``.
        """
        return self.openai_api_key or secret_field(self.llm_secret_arn, "api_key", read_secret)


class MemorySettings(Settings):
    """How many messages of a conversation the agents remember."""

    context_window_size: int = Field(default=15, ge=1, le=200)


class ModelSettings(EmbeddingSettings, MemorySettings):
    """The OpenAI-compatible provider of the language model."""

    llm_model: str = "gpt-4.1-mini"
    llm_temperature: float = Field(default=0.7, ge=0, le=2)


class GuestTokenSettings(Settings):
    """The key that guests' tokens are signed with."""

    guest_token_key: str = ""
    guest_token_secret_arn: str = ""
    guest_token_days: int = Field(default=30, ge=1)

    def read_guest_token_key(self, read_secret: SecretReader) -> bytes:
        """Returns the signing key.

        Args:
            read_secret: Reads a secret's text.

        Returns:
            The key's bytes.

        Raises:
            SettingsError: Neither is set, or the secret has no ``key``.
        """
        key = self.guest_token_key or secret_field(self.guest_token_secret_arn, "key", read_secret)
        return key.encode()


def secret_field(arn: str, field: str, read_secret: SecretReader) -> str:
    """Reads one field of a JSON secret.

    Args:
        arn: The secret's ARN; '' where it is not set.
        field: The field's name.
        read_secret: Reads a secret's text.

    Returns:
        The field's value.

    Raises:
        SettingsError: There is no such secret or field.
    """
    if not arn:
        raise SettingsError(f"neither a value nor a secret is set for {field!r}")
    try:
        content: dict[str, Any] = json.loads(read_secret(arn))
        return str(content[field])
    except (ValueError, KeyError, TypeError):
        # The secret's text must not get into a traceback.
        raise SettingsError(f"the secret {arn!r} has no field {field!r}") from None
