"""What is typed as a parameter is what SAM deploys."""

import os
import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samcli.cli.types import CfnParameterOverridesType

from scripts.deploy import ROOT, ParameterError, declared_parameters, overrides

VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\\"))


def read_by_sam(written: list[str]) -> dict[str, str]:
    """Reads parameters as `sam deploy` does."""
    read: dict[str, str] = CfnParameterOverridesType().convert(tuple(written), None, None)
    return read


@pytest.mark.parametrize(
    "value",
    [
        "Acme Inc",
        "Bearer abc",
        "Mon-Fri 09:00-17:00, Sat 10:00-14:00",
        "*/urgent=on-call, billing=anna@example.com",
        "",
        "We sell \"widgets\" = O'Neil's",
        "gpt-x=1.25:10,gpt-y=2:8",
    ],
)
def test_sam_reads_the_whole_value(value: str) -> None:
    written = overrides([f"CompanyName={value}", "TimeZone=UTC"], {"CompanyName", "TimeZone"})

    assert read_by_sam(written) == {"CompanyName": value, "TimeZone": "UTC"}


@given(VALUES)
def test_sam_reads_any_value(value: str) -> None:
    assert read_by_sam(overrides([f"CompanyName={value}"], {"CompanyName"})) == {
        "CompanyName": value
    }


@pytest.mark.parametrize(
    ("parameter", "told"),
    [
        ("CompanyNam=Acme", "no parameter 'CompanyNam'"),
        ("Inc", "'Inc' is not Name=value"),
        ("OpenAiApiKey=sk\\-secret", "OpenAiApiKey has a backslash"),
    ],
)
def test_what_sam_would_pass_over_is_refused(parameter: str, told: str) -> None:
    with pytest.raises(ParameterError, match=told) as refused:
        overrides(["CompanyName=Acme", parameter], {"CompanyName", "OpenAiApiKey"})

    assert "secret" not in str(refused.value)


def test_the_templates_own_parameters_are_known() -> None:
    assert {"Environment", "Architecture", "CompanyName"} <= declared_parameters()


def test_make_passes_on_what_is_in_quotes() -> None:
    typed = "PARAMETERS=CompanyName=\"Acme Inc\" WebhookSecret='Bearer abc'"
    shown = subprocess.run(
        ["make", "--dry-run", "deploy", "CONFIG_ENV=prod", "ARCHITECTURE=x86_64", typed],
        cwd=ROOT,
        env=os.environ | {"MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.replace("\\\n", " ")

    (line,) = (line for line in shown.splitlines() if "scripts/deploy.py" in line)
    _, _, environment, *parameters = shlex.split(line)

    assert environment == "prod"
    assert read_by_sam(overrides(parameters, declared_parameters())) == {
        "Environment": "prod",
        "Architecture": "x86_64",
        "CompanyName": "Acme Inc",
        "WebhookSecret": "Bearer abc",
    }
