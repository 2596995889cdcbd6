"""The template and the functions' settings name the same variables."""

import importlib
import json

import pytest

from frontdesk.config import Settings
from tests.support.built import FUNCTIONS
from tests.support.template import ROOT, Template

# Read by libraries, not by settings of ours.
OF_LIBRARIES = {
    "AWS_ENDPOINT_URL",
    "POWERTOOLS_LOG_LEVEL",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
}
# For tests and one's own machine: plain values that stand in for secrets.
INSTEAD_OF_SECRETS = {"DATABASE_URL", "GUEST_TOKEN_KEY", "OPENAI_API_KEY"}


def read_variables(package: str) -> set[str]:
    """Lists the variables that a function's own settings classes read."""
    importlib.import_module(f"{package}.app")
    return {
        field.upper()
        for settings in all_subclasses(Settings)
        if settings.__module__.partition(".")[0] == package
        for field in settings.model_fields
    }


def all_subclasses(root: type[Settings]) -> set[type[Settings]]:
    direct = set(root.__subclasses__())
    return direct.union(*(all_subclasses(kind) for kind in direct))


def test_every_function_has_its_folder_and_build_target(template: Template) -> None:
    makefile = (ROOT / "functions" / "Makefile").read_text()

    packages = {template.package(name) for name in template.functions()}

    assert packages == set(FUNCTIONS)
    for name in template.functions():
        assert f"build-{name}: ; $(PACKAGE) {template.package(name)} " in makefile
        assert (ROOT / "functions" / template.package(name) / "app.py").exists()


@pytest.mark.parametrize("package", FUNCTIONS)
def test_a_function_gets_the_variables_it_reads_and_no_more(
    package: str, template: Template
) -> None:
    (name,) = (name for name in template.functions() if template.package(name) == package)

    given = set(template.environment(name)) - OF_LIBRARIES
    read = read_variables(package) - INSTEAD_OF_SECRETS

    assert given - read == set(), "given, but not read"
    assert read - given == set(), "read, but not given"


@pytest.mark.parametrize("package", FUNCTIONS)
def test_a_function_logs_under_its_own_name(package: str, template: Template) -> None:
    (name,) = (name for name in template.functions() if template.package(name) == package)

    assert template.environment(name)["POWERTOOLS_SERVICE_NAME"] == package


def test_the_env_file_overrides_what_the_template_declares(template: Template) -> None:
    overrides = json.loads((ROOT / "events" / "env.json").read_text())

    assert set(overrides) == set(template.functions())
    for name, variables in overrides.items():
        # `sam local` passes on nothing that is not declared.
        assert set(variables) <= set(template.environment(name)), name


def test_there_is_an_event_for_every_function() -> None:
    events = {path.stem for path in (ROOT / "events").glob("*.json")} - {"env"}

    assert events == set(FUNCTIONS)


def test_every_parameter_is_used(template: Template) -> None:
    text = json.dumps(
        {key: template.document[key] for key in ("Conditions", "Globals", "Resources")}
    )

    unused = {
        name
        for name in template.document["Parameters"]
        if f'{{"Ref": "{name}"}}' not in text and f"${{{name}}}" not in text
    }

    assert unused == set()
