"""S3's notifications, as the queue delivers them."""

import json

import pytest

from frontdesk.domain.errors import MessageError
from kb_ingest.events import ObjectChange, changes


def notification(*objects: dict[str, str]) -> str:
    return json.dumps({"Records": [{"s3": {"object": item}} for item in objects]})


def test_keys_are_decoded_and_sequencers_padded() -> None:
    body = notification({"key": "knowledge/Gr%C3%B6%C3%9Fe+1%2B1.md", "sequencer": "0A1"})
    assert changes(body) == [ObjectChange("knowledge/Größe 1+1.md", "0A1".rjust(32, "0"))]


def test_what_is_none_of_ours_is_left_out() -> None:
    body = notification({"key": "other/a.md"}, {"key": "knowledge/"}, {"key": "knowledge/sub/"})
    assert changes(body) == []


def test_test_event_is_ignored() -> None:
    assert changes('{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}') == []


@pytest.mark.parametrize("body", ["", "no json", "[]", "{}", '{"Records":[{}]}', '{"Records":1}'])
def test_anything_else_is_an_error(body: str) -> None:
    with pytest.raises(MessageError):
        changes(body)
