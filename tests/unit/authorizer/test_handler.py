"""The authorizer as the gateway calls it."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from authorizer import app, issuer_keys
from frontdesk.adapters.dynamodb_service_keys import DynamoDBServiceKeys, ServiceKey
from frontdesk.adapters.dynamodb_table import DynamoDBTable
from frontdesk.domain.errors import InfrastructureError
from frontdesk.guest_tokens import GuestTokens
from frontdesk.principal import Principal
from tests.support.oidc_issuer import AUDIENCE, URL, FakeIssuer, rsa_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

GUEST_KEY = "a key of more than sixteen bytes"
SERVICE_KEY = "fdk_a-random-service-key"
ISSUER = FakeIssuer({"k1": rsa_key()})


@pytest.fixture(autouse=True)
def client(monkeypatch: pytest.MonkeyPatch) -> "Iterator[DynamoDBClient]":
    """The function with its environment, its table, and its issuer within reach."""
    environment = {
        "TASKS_TABLE": "tasks",
        "GUEST_TOKEN_KEY": GUEST_KEY,
        "OIDC_ISSUER": URL,
        "OIDC_AUDIENCE": AUDIENCE,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(issuer_keys, "fetch_json", ISSUER.fetch)
    monkeypatch.setattr(ISSUER, "is_down", False)
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="tasks",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        table = DynamoDBTable(client, "tasks")
        DynamoDBServiceKeys(table).register(SERVICE_KEY, ServiceKey("k1", "billing"))
        monkeypatch.setattr(app, "dynamodb_client", lambda: client)
        app.build_authenticator.cache_clear()
        yield client
    app.build_authenticator.cache_clear()


def call(**headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    event = {"version": "2.0", "headers": named, "requestContext": {"requestId": "r"}}
    return app.handler(event, None)


def principal_of(answer: dict[str, Any]) -> Principal:
    assert answer["isAuthorized"] is True
    assert set(answer["context"]) == {"principal"}
    return Principal.model_validate_json(answer["context"]["principal"])


def test_a_guest_passes() -> None:
    assert principal_of(call()) == Principal.anonymous()
    assert principal_of(app.handler({"version": "2.0"}, None)) == Principal.anonymous()


def test_a_guest_with_a_token_is_known_again() -> None:
    tokens = GuestTokens(GUEST_KEY.encode, days=30)
    token = tokens.issue("task_1", datetime.now(UTC))
    principal = principal_of(call(Authorization=f"Bearer {token}"))
    assert principal.subject == tokens.subject("task_1")


def test_a_customer_passes() -> None:
    principal = principal_of(call(authorization=f"Bearer {ISSUER.token()}"))
    assert (principal.kind, principal.email) == ("customer", "john@example.com")


def test_a_service_passes() -> None:
    principal = principal_of(call(x_api_key=SERVICE_KEY))
    assert (principal.kind, principal.subject) == ("service", "service:k1")


def test_only_the_digest_of_a_service_key_is_stored(client: "DynamoDBClient") -> None:
    assert SERVICE_KEY not in json.dumps(client.scan(TableName="tasks")["Items"])


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer nonsense-token"},
        {"authorization": "Bearer fdg_" + "0" * 32 + ".1700000000." + "A" * 43},
        {"x_api_key": "nonsense-key"},
        {"x_api_key": SERVICE_KEY, "authorization": "Bearer another"},
    ],
)
def test_a_bad_credential_is_denied_and_not_logged(
    headers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(**headers) == {"isAuthorized": False}
    output = capsys.readouterr()
    for value in headers.values():
        assert value.removeprefix("Bearer ") not in output.out + output.err


def test_an_expired_customer_is_denied() -> None:
    token = ISSUER.token(exp=int(time.time()) - 3600)
    assert call(authorization=f"Bearer {token}") == {"isAuthorized": False}


def test_an_issuer_out_of_reach_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ISSUER, "is_down", True)
    with pytest.raises(InfrastructureError):
        call(authorization=f"Bearer {ISSUER.token()}")


def test_guests_and_services_pass_while_the_issuer_is_out_of_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ISSUER, "is_down", True)
    assert call()["isAuthorized"]
    assert call(x_api_key=SERVICE_KEY)["isAuthorized"]
