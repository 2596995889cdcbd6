"""CloudFormation's protocol for custom resources: the answer goes to a URL in the request."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

PHYSICAL_ID = "frontdesk-schema"
"""Always the same: a new one would make CloudFormation delete the former."""

REASON_CHARACTERS = 900
"""CloudFormation takes an answer of 4 KB at most, in which a character may take four bytes."""

ATTEMPTS = 3
"""An answer that gets lost leaves the deploy waiting for its time-out."""

TIMEOUT_SECONDS = 10


def is_request(event: Mapping[str, Any]) -> bool:
    """Tells whether an event is a custom resource's request."""
    return "RequestType" in event and "ResponseURL" in event


def is_delete(event: Mapping[str, Any]) -> bool:
    """Tells whether a request asks to delete the resource."""
    return bool(event["RequestType"] == "Delete")


def answer(event: Mapping[str, Any], *, failure: str | None = None) -> None:
    """Tells CloudFormation how it went.

    Args:
        event: Its request.
        failure: Why it failed; None where it did not.

    Raises:
        OSError: The answer could not be delivered.
    """
    body = {
        "Status": "SUCCESS" if failure is None else "FAILED",
        "Reason": (failure or "")[:REASON_CHARACTERS],
        "PhysicalResourceId": event.get("PhysicalResourceId", PHYSICAL_ID),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    request = urllib.request.Request(  # noqa: S310 -- CloudFormation's own presigned URL.
        event["ResponseURL"],
        data=json.dumps(body).encode(),
        method="PUT",
        # The signature covers an empty type.
        headers={"content-type": ""},
    )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
                return
        except urllib.error.URLError:
            if attempt == ATTEMPTS:
                raise
