"""What the functions log stays out of a report, unless it is asked for."""

import pytest

from evals.provider import configured_provider
from frontdesk.observability import get_logger
from localstack.settings import Settings

A_SERVER = {"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in A_SERVER.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("POWERTOOLS_LOG_LEVEL", raising=False)
    get_logger().setLevel("INFO")
    return Settings.from_environment()


def test_functions_log_only_warnings_within_a_report(settings: Settings) -> None:
    with configured_provider(settings):
        assert get_logger().log_level == 30

    assert get_logger().log_level == 20


def test_what_is_asked_for_is_logged(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "INFO")

    with configured_provider(settings):
        assert get_logger().log_level == 20
