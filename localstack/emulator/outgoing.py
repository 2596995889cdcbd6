"""Keeps what would leave the machine: mails as files, domain events as lines.

Nothing here sends anything to anybody. Like `patches`, it leans on the inside of one version.
"""

# ruff: noqa: SLF001

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localstack.emulator import patches

SEND = "/v2/email/outbound-emails"


def keep(outbox: Path, events: Path) -> None:
    """Keeps mails and events from now on. To be called once, before the emulator serves.

    Args:
        outbox: The folder that gets a file for each mail.
        events: The file that gets a line for each event.
    """
    patches.check_version()
    keep_mails(outbox)
    keep_events(events)


def keep_mails(folder: Path) -> None:
    """Writes each mail that SES takes into a file of its own, as it was written.

    Args:
        folder: Where to.
    """
    from ministack.services import ses_v2

    original = ses_v2.handle_request

    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        answer = await original(method, path, headers, body, query)
        if method == "POST" and path.rstrip("/") == SEND and answer[0] == 200:
            raw = json.loads(body).get("Content", {}).get("Raw", {}).get("Data")
            if raw is not None:
                _write(folder, json.loads(answer[2])["MessageId"], base64.b64decode(raw))
        return answer

    ses_v2.handle_request = handle


def _write(folder: Path, message_id: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}-{message_id.partition('@')[0]}.eml"
    (folder / name).write_bytes(content)


def keep_events(file: Path) -> None:
    """Appends each event that EventBridge takes to a file, one JSON object a line.

    Those of AWS's own services are left out: nobody listens to them here.

    Args:
        file: Where to.
    """
    from ministack.services import eventbridge

    original = eventbridge._dispatch_event

    def dispatch(event: dict[str, Any], view: Any = None) -> None:
        if not event["Source"].startswith("aws."):
            _append(file, event)
        original(event, view)

    eventbridge._dispatch_event = dispatch


def _append(file: Path, event: dict[str, Any]) -> None:
    line = {
        "time": datetime.fromtimestamp(event["Time"], UTC).isoformat(),
        "source": event["Source"],
        "detail-type": event["DetailType"],
        "detail": json.loads(event["Detail"]),
    }
    with file.open("a") as lines:
        lines.write(json.dumps(line) + "\n")
