from pathlib import Path

import pytest

from localstack.settings import GENEROUS_LIMITS, ROOT, LocalStackError, Settings


def settings(**environment: str) -> Settings:
    return Settings.from_environment({"UNRELATED": "1", **environment})


def test_nothing_set_is_the_offline_model_on_port_3000() -> None:
    found = settings()

    assert (found.port, found.data_dir) == (3000, (ROOT / ".local").resolve())
    assert found.is_offline
    assert found.openai_base_url == ""
    assert found.embedding_model == "all-minilm-l6-v2-int8"


def test_a_key_is_enough_to_use_openai() -> None:
    found = settings(OPENAI_API_KEY="sk-1")

    assert not found.is_offline
    assert (found.llm_model, found.embedding_model) == ("gpt-4.1-mini", "text-embedding-3-small")
    assert found.openai_api_key == "sk-1"


def test_an_empty_variable_is_not_set() -> None:
    found = settings(OPENAI_API_KEY="", PORT="", DATA_DIR="", DATABASE_URL=" ", LLM_MODEL="")

    assert found == settings()


def test_offline_can_be_asked_for_in_spite_of_a_key_which_then_goes_nowhere() -> None:
    found = settings(LLM_PROVIDER="offline", OPENAI_API_KEY="sk-1", OPENAI_BASE_URL="http://x/v1")

    assert found.is_offline
    assert found.openai_base_url == ""
    assert "sk-1" not in found.openai_api_key


def test_a_server_of_ones_own_needs_no_key() -> None:
    found = settings(LLM_PROVIDER="openai", OPENAI_BASE_URL="http://localhost:11434/v1")

    assert found.openai_base_url == "http://localhost:11434/v1"
    assert found.openai_api_key  # Clients refuse an empty one.


def test_the_offline_models_name_is_the_one_it_goes_by() -> None:
    embedding = pytest.importorskip("localstack.offline_model.embedding")

    assert settings().embedding_model == embedding.EMBEDDING_MODEL


def test_settings_of_the_template_are_passed_on_only_where_they_are_set() -> None:
    found = settings(LLM_TEMPERATURE="0.2", CONTEXT_WINDOW_SIZE="9")

    assert found.parameters == {
        "AllowedLinkHosts": "cloudflow.com",
        "Actions": "change_plan,cancel_renewal,request_refund,update_contact",
        **GENEROUS_LIMITS,
        "LlmTemperature": "0.2",
        "ContextWindowSize": "9",
    }


def test_a_relative_data_directory_is_below_the_repository() -> None:
    assert settings(DATA_DIR="other").data_dir == (ROOT / "other").resolve()
    assert settings(DATA_DIR="/somewhere/else").data_dir == Path("/somewhere/else")


@pytest.mark.parametrize(
    "environment",
    [
        {"PORT": "http"},
        {"PORT": "0"},
        {"PORT": "70000"},
        {"LLM_PROVIDER": "magic"},
        {"LLM_PROVIDER": "openai"},
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(environment: dict[str, str]) -> None:
    with pytest.raises(LocalStackError) as raised:
        settings(**environment)

    assert "\n" not in str(raised.value)
    assert next(iter(environment)) in str(raised.value)
