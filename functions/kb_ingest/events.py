"""What the queue delivers: S3's notifications, and the test event it sends when it is set up."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from frontdesk.domain.errors import MessageError

PREFIX = "knowledge/"
"""Where documents are dropped; everything else in the bucket is none of ours."""

SEQUENCER_LENGTH = 32
"""S3's sequencers differ in length; padded to the same one, they compare as text."""


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """Something happened to an object; what it is now is for S3 to say."""

    key: str
    sequencer: str


def changes(body: str) -> list[ObjectChange]:
    """Reads the changes of documents that a queue message tells of.

    Args:
        body: The message's body.

    Returns:
        The changes under `PREFIX`; none for S3's test event and for folders.

    Raises:
        MessageError: It is no notification of S3.
    """
    try:
        notification = json.loads(body)
        if notification.get("Event") == "s3:TestEvent":
            return []
        return [change for change in _read(notification["Records"]) if _is_document(change)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MessageError(f"not a notification of S3: {type(error).__name__}") from error


def _read(records: list[dict[str, Any]]) -> Iterator[ObjectChange]:
    for record in records:
        item = record["s3"]["object"]
        yield ObjectChange(
            key=unquote_plus(item["key"]),
            sequencer=item.get("sequencer", "").rjust(SEQUENCER_LENGTH, "0"),
        )


def _is_document(change: ObjectChange) -> bool:
    return change.key.startswith(PREFIX) and not change.key.endswith("/")
