import json
from pathlib import Path
from typing import Any

import pytest

from localstack.emulator import outgoing


def test_events_are_passed_on_and_ours_are_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from ministack.services import eventbridge

    # given an emulator that keeps events
    dispatched: list[Any] = []
    monkeypatch.setattr(eventbridge, "_dispatch_event", lambda event, _: dispatched.append(event))
    outgoing.keep_events(tmp_path / "events.jsonl")
    ours = {"Source": "frontdesk", "DetailType": "a", "Detail": "{}", "Time": 0.0}
    of_aws = {**ours, "Source": "aws.secretsmanager", "Time": "2026-11-23T12:00:00Z"}

    # when one of ours and one of its own services come
    for event in (ours, of_aws):
        eventbridge._dispatch_event(event)

    # then both go on, and ours is in the file
    assert dispatched == [ours, of_aws]
    (line,) = (tmp_path / "events.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00+00:00",
        "source": "frontdesk",
        "detail-type": "a",
        "detail": {},
    }
