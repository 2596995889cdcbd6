"""Pages reach their bucket with their types, in an order in which none is ever half there."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from localstack.site import SCOPE
from operations import pages
from operations.target import OperationsError

DISCOVERY = {
    "authorization_endpoint": "https://sign-in.example/oauth2/authorize",
    "token_endpoint": "https://sign-in.example/oauth2/token",
}
OUTPUTS = {
    "ApiUrl": "https://api.example",
    "PagesUrl": "https://pages.example",
    "PagesBucketName": "pages",
    "PagesDistributionId": "E1",
}
PARAMETERS = {
    "OidcIssuer": "https://issuer.example/pool",
    "OidcAudience": "client-1",
    "SignInOrigin": "https://sign-in.example",
}


class Aws:
    """The clients of a session, with one stack."""

    def __init__(self, outputs: Mapping[str, str], parameters: Mapping[str, str]) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.invalidated: list[str] = []
        self._outputs = outputs
        self._parameters = parameters

    def client(self, _name: str) -> "Aws":
        return self

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - as AWS names it
        outputs = [{"OutputKey": k, "OutputValue": v} for k, v in self._outputs.items()]
        parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in self._parameters.items()]
        return {"Stacks": [{"Outputs": outputs, "Parameters": parameters}]}

    def put_object(self, **put: Any) -> None:
        self.objects[put["Key"]] = put

    def create_invalidation(self, **made: Any) -> None:
        self.invalidated.append(made["DistributionId"])


@pytest.fixture
def built(tmp_path: Path) -> Path:
    for name, text in {
        "index.html": '<script src="/widget.js" data-api="">',
        "console/index.html": "console",
        "widget.js": "widget",
        "assets/site-a1b2c3d4.css": "css",
        ".stamp": "digest",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def publish(built: Path, aws: Aws) -> str:
    session: Any = aws
    return pages.publish(session, "stack", built, discover=lambda _: DISCOVERY)


def test_pages_are_published_after_what_they_load(built: Path) -> None:
    aws = Aws(OUTPUTS, PARAMETERS)

    said = publish(built, aws)

    assert list(aws.objects) == [
        "assets/site-a1b2c3d4.css",
        "widget.js",
        "console/index.html",
        "index.html",
        "config.json",
    ]
    assert b'data-api="https://api.example"' in aws.objects["index.html"]["Body"]
    assert "https://pages.example/console/" in said
    assert aws.invalidated == ["E1"]


def test_each_file_is_kept_for_as_long_as_its_name_allows(built: Path) -> None:
    aws = Aws(OUTPUTS, PARAMETERS)
    publish(built, aws)

    kept = {name: put["CacheControl"] for name, put in aws.objects.items()}
    assert kept["assets/site-a1b2c3d4.css"] == pages.FOREVER
    assert kept["widget.js"] == pages.SHORTLY
    assert kept["index.html"] == kept["config.json"] == pages.ALWAYS_ASKED
    assert aws.objects["index.html"]["ContentType"] == "text/html; charset=utf-8"


def test_pages_learn_where_the_api_is_and_where_people_sign_in(built: Path) -> None:
    aws = Aws(OUTPUTS, PARAMETERS)
    publish(built, aws)

    config = json.loads(aws.objects["config.json"]["Body"])
    assert config["api"] == "https://api.example"
    assert config["oidc"] == DISCOVERY | {"client_id": "client-1", "scope": SCOPE}


def test_nobody_signs_in_where_no_origin_is_allowed(built: Path) -> None:
    aws = Aws(OUTPUTS, PARAMETERS | {"SignInOrigin": ""})
    publish(built, aws)

    assert json.loads(aws.objects["config.json"]["Body"])["oidc"] is None


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "https://sign-in.exam"])
def test_a_sign_in_that_the_pages_may_not_call_is_said(built: Path, origin: str) -> None:
    with pytest.raises(OperationsError, match="SignInOrigin"):
        publish(built, Aws(OUTPUTS, PARAMETERS | {"SignInOrigin": origin}))


def test_a_stack_without_pages_is_said(built: Path) -> None:
    with pytest.raises(OperationsError, match="serves no pages"):
        publish(built, Aws({"ApiUrl": "https://api.example"}, {}))


def test_pages_that_were_not_built_are_said(tmp_path: Path) -> None:
    with pytest.raises(OperationsError, match="make web"):
        publish(tmp_path, Aws(OUTPUTS, PARAMETERS))
