import json
import urllib.error
import urllib.request
from contextlib import nullcontext
from typing import Any

import pytest

from db_migrate import app, cloudformation
from db_migrate.schema import MigrationError

REQUEST = {
    "RequestType": "Create",
    "ResponseURL": "https://cloudformation.example/answer?signature=x",
    "StackId": "stack-1",
    "RequestId": "request-1",
    "LogicalResourceId": "Migration",
    "ResourceType": "Custom::Migration",
    "ResourceProperties": {},
}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What CloudFormation was told."""
    told: list[dict[str, Any]] = []

    def urlopen(request: urllib.request.Request, timeout: float) -> nullcontext[None]:
        assert request.get_method() == "PUT"
        assert request.full_url == REQUEST["ResponseURL"]
        assert isinstance(request.data, bytes)
        told.append(json.loads(request.data))
        return nullcontext()

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(app, "build_settings", lambda: None)
    monkeypatch.setattr(app, "build_secrets", lambda: None)
    return told


def test_success_is_told(answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "bring_up_to_date", lambda *_: ["0001_foundation"])

    result = app.handler(REQUEST, None)

    assert result == {"applied": ["0001_foundation"]}
    assert answers == [
        {
            "Status": "SUCCESS",
            "Reason": "",
            "PhysicalResourceId": "frontdesk-schema",
            "StackId": "stack-1",
            "RequestId": "request-1",
            "LogicalResourceId": "Migration",
        }
    ]


def test_the_physical_id_is_kept(
    answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "bring_up_to_date", lambda *_: [])

    app.handler(REQUEST | {"RequestType": "Update", "PhysicalResourceId": "as-before"}, None)

    assert answers[0]["PhysicalResourceId"] == "as-before"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MigrationError("0002 failed: no such table"), "0002 failed: no such table"),
        # The text of an unexpected error may hold a password.
        (RuntimeError("postgresql://owner:secret@host"), "RuntimeError"),
        (MigrationError("x" * 5000), "x" * 900),
    ],
)
def test_failure_is_told(
    answers: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    reason: str,
) -> None:
    def fail(*_: object) -> list[str]:
        raise error

    monkeypatch.setattr(app, "bring_up_to_date", fail)

    app.handler(REQUEST, None)

    assert answers[0]["Status"] == "FAILED"
    assert answers[0]["Reason"] == reason


def test_a_deletion_touches_nothing(
    answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> list[str]:
        raise AssertionError("the schema was touched")

    monkeypatch.setattr(app, "bring_up_to_date", fail)

    app.handler(REQUEST | {"RequestType": "Delete", "PhysicalResourceId": "p"}, None)

    assert answers[0]["Status"] == "SUCCESS"


def test_a_lost_answer_is_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: list[Exception | None] = [urllib.error.URLError("reset"), None]

    def urlopen(request: urllib.request.Request, timeout: float) -> nullcontext[None]:
        outcome = outcomes.pop(0)
        if outcome:
            raise outcome
        return nullcontext()

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)

    cloudformation.answer(REQUEST)

    assert outcomes == []


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown event"):
        app.handler({"action": "drop"}, None)
