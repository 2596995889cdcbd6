"""Settings are read once, and what is wrong with them is named."""

import json

import pytest

from frontdesk.config import (
    DatabaseSettings,
    GuestTokenSettings,
    ModelSettings,
    Settings,
    SettingsError,
    TasksTableSettings,
)


def test_reads_upper_case_names_and_defaults() -> None:
    settings = ModelSettings.from_environment({"LLM_MODEL": "gpt-5", "LLM_TEMPERATURE": "0.2"})
    assert (settings.llm_model, settings.llm_temperature) == ("gpt-5", 0.2)
    assert settings.context_window_size == 15


def test_empty_is_not_set() -> None:
    assert ModelSettings.from_environment({"LLM_TEMPERATURE": ""}).llm_temperature == 0.7


@pytest.mark.parametrize(
    ("settings", "environ", "named"),
    [
        (TasksTableSettings, {}, "TASKS_TABLE"),
        (GuestTokenSettings, {"GUEST_TOKEN_DAYS": "0"}, "GUEST_TOKEN_DAYS"),
    ],
)
def test_names_what_is_wrong(settings: type[Settings], environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        settings.from_environment(environ)


def test_url_in_the_environment_wins_over_the_secret() -> None:
    settings = DatabaseSettings(database_url="postgresql://x", database_secret_arn="arn:secret")
    assert settings.read_database_url(lambda _: pytest.fail("was read")) == "postgresql://x"


def test_reads_the_url_from_the_secret() -> None:
    settings = DatabaseSettings(database_secret_arn="arn:secret")
    assert settings.read_database_url(lambda arn: json.dumps({"url": arn})) == "arn:secret"


def test_a_bad_secret_does_not_show_itself() -> None:
    settings = DatabaseSettings(database_secret_arn="arn:secret")
    with pytest.raises(SettingsError) as caught:
        settings.read_database_url(lambda _: "hunter2")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
