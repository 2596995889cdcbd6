"""What people see of the dead-letter queue, and what they can do about it."""

import io
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from operations import __main__ as operations
from operations.commands import age, discard, dlq, housekeeping, redrive, reindex
from operations.target import HOUSEKEEPING, OperationsError, Target, function_of

LETTER = {
    "message_id": "sqs-1",
    "task_id": "task_1",
    "conversation_id": "conv_1",
    "reason": "crashed its worker 3 times",
    "age_seconds": 7260,
}
ARN = "arn:aws:sts::123456789012:assumed-role/on-call/jane"
UNREADABLE = LETTER | {"message_id": "sqs-2", "task_id": None, "conversation_id": None}


class ScriptedFunction:
    def __init__(self, *answers: Any) -> None:
        self.asked: list[Mapping[str, Any]] = []
        self._answers = list(answers)

    def ask(self, event: Mapping[str, Any]) -> Any:
        self.asked.append(event)
        return self._answers.pop(0)


class ScriptedLambda:
    def __init__(self, payload: bytes, **fields: Any) -> None:
        self._answer = {"Payload": io.BytesIO(payload), **fields}
        self.invoked: list[dict[str, Any]] = []

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        self.invoked.append(arguments)
        return self._answer


class StubbedSession(boto3.Session):
    """Knows one stack with these outputs; none where they are None."""

    def __init__(self, outputs: list[dict[str, str]] | None) -> None:
        super().__init__("key", "secret", region_name="us-east-1")
        self._outputs = outputs

    def client(self, service_name: str, **_: Any) -> Any:  # type: ignore[override]
        client = super().client(service_name)  # type: ignore[call-overload]
        if service_name == "cloudformation":
            stubber = Stubber(client)
            if self._outputs is None:
                stubber.add_client_error("describe_stacks", "ValidationError")
            else:
                stack = {
                    "StackName": "desk",
                    "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
                    "StackStatus": "CREATE_COMPLETE",
                    "Outputs": self._outputs,
                }
                expected = {"StackName": "desk"}
                stubber.add_response("describe_stacks", {"Stacks": [stack]}, expected)
            stubber.activate()
        if service_name == "sts":
            stubber = Stubber(client)
            stubber.add_response("get_caller_identity", {"Arn": ARN}, {})
            stubber.activate()
        return client


def test_dead_letters_are_listed() -> None:
    target = ScriptedFunction({"letters": [LETTER, UNREADABLE], "more": 3})
    head, first, second, rest = dlq(target, {}).splitlines()
    assert head.split() == ["TASK", "CONVERSATION", "AGE", "REASON"]
    assert first.split("  ")[0] == "task_1"
    assert "conv_1" in first
    assert first.endswith("2 h 1 min  crashed its worker 3 times")
    assert second.startswith("(unreadable: sqs-2)")
    assert rest == "about 3 more wait behind these"
    assert target.asked == [{"action": "dlq"}]


def test_an_empty_queue_is_said_to_be_empty() -> None:
    nothing: dict[str, Any] = {"letters": [], "more": 0}
    assert dlq(ScriptedFunction(nothing), {}) == "the dead-letter queue is empty"
    assert "somebody else is looking at the 2" in dlq(ScriptedFunction(nothing | {"more": 2}), {})
    assert "the dead-letter queue is empty" in redrive(ScriptedFunction([]), {})
    assert "does not have task_1" in redrive(ScriptedFunction([]), {"TASK": "task_1"})


@pytest.mark.parametrize(
    ("environ", "task_id"), [({}, None), ({"TASK": ""}, None), ({"TASK": "task_1"}, "task_1")]
)
def test_all_or_one_is_redriven(environ: dict[str, str], task_id: str | None) -> None:
    done = [
        {"message_id": "sqs-1", "task_id": "task_1", "outcome": "sent"},
        {"message_id": "sqs-2", "task_id": None, "outcome": "unreadable, kept"},
    ]
    target = ScriptedFunction(done)
    lines = redrive(target, environ).splitlines()
    assert target.asked == [{"action": "redrive", "task_id": task_id}]
    assert [line.split()[0] for line in lines[1:3]] == ["task_1", "(sqs-2)"]
    assert lines[3] == "1 sent, 1 unreadable, kept"


def test_one_is_removed_for_good() -> None:
    removed = {"message_id": "sqs-2", "task_id": None, "outcome": "discarded"}
    target = ScriptedFunction([removed], [])
    assert discard(target, {"TASK": "sqs-2"}) == "sqs-2: discarded"
    assert "does not have task_1" in discard(target, {"TASK": "task_1"})
    assert target.asked[0] == {"action": "discard", "task_id": "sqs-2"}
    with pytest.raises(OperationsError, match="TASK="):
        discard(target, {})


def test_the_schedules_work_can_be_asked_for() -> None:
    target = ScriptedFunction({"looked_at": 2}, {"compared": 3}, {"published": 4})
    said = housekeeping(target, {})
    assert said == "tasks: looked at 2\ndocuments: compared 3\nevents: published 4"


def test_a_model_is_changed_round_by_round(capsys: pytest.CaptureFixture[str]) -> None:
    # given a change that takes three calls
    target = ScriptedFunction(
        {"done": False, "embedded": 640, "left": 960},
        {"done": False, "embedded": 640, "left": 320},
        {"done": True, "embedded": 320, "left": 0},
    )

    # when it is asked for
    said = reindex(target, {"MODEL": "text-embedding-3-large"})

    # then each call is told of, and at last what is used
    assert target.asked == 3 * [
        {"action": "reindex", "model": "text-embedding-3-large", "seconds": 5}
    ]
    assert capsys.readouterr().err.splitlines() == [
        "640 of 1,600 passages are embedded",
        "1,280 of 1,600 passages are embedded",
    ]
    assert said.startswith("searches use text-embedding-3-large now; 1,600 passages were")


def test_a_change_of_the_model_names_it() -> None:
    with pytest.raises(OperationsError, match="MODEL="):
        reindex(ScriptedFunction(), {})


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3_661, "1 h 1 min"), (90_061, "1 d 1 h")],
)
def test_ages_are_said_in_two_units(seconds: int, said: str) -> None:
    assert age(seconds) == said


class TestTarget:
    def test_it_asks_the_function_and_reads_its_answer(self) -> None:
        client = ScriptedLambda(b'[{"a": 1}]')
        assert Target(client, "f").ask({"action": "dlq"}) == [{"a": 1}]  # type: ignore[arg-type]
        assert client.invoked == [{"FunctionName": "f", "Payload": b'{"action": "dlq"}'}]

    def test_a_failure_is_said(self) -> None:
        client = ScriptedLambda(b'{"errorMessage": "no database"}', FunctionError="Unhandled")
        with pytest.raises(OperationsError, match="f failed: no database"):
            Target(client, "f").ask({})  # type: ignore[arg-type]

    def test_a_stack_is_asked_for_its_housekeeping(self) -> None:
        outputs = [{"OutputKey": HOUSEKEEPING, "OutputValue": "desk-housekeeping"}]
        session = StubbedSession(outputs)
        found = function_of(session, "desk", HOUSEKEEPING)
        assert (found.function, found.operator) == ("desk-housekeeping", ARN)

    def test_it_says_who_asks(self) -> None:
        client = ScriptedLambda(b"[]")
        Target(client, "f", ARN).ask({"action": "redrive"})  # type: ignore[arg-type]
        payload = json.loads(client.invoked[0]["Payload"])
        assert payload == {"action": "redrive", "operator": ARN}

    def test_a_stack_without_housekeeping_is_said_to_have_none(self) -> None:
        with pytest.raises(OperationsError, match="'desk' has no output"):
            function_of(StubbedSession([]), "desk", HOUSEKEEPING)

    def test_an_unknown_stack_is_said_to_be_unknown(self) -> None:
        with pytest.raises(OperationsError, match="'desk' cannot be read"):
            function_of(StubbedSession(None), "desk", HOUSEKEEPING)


def test_without_a_running_system_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(sys, "argv", ["operations", "dlq"])
    monkeypatch.delenv("STACK", raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match="no stack runs on"):
        operations.main()
