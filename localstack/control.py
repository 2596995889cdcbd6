"""What the supervisor asks of the emulator's process, over the emulator's own port."""

import json
import urllib.request

TIMEOUT_SECONDS = 30.0


class Control:
    """The emulator's process, as the supervisor sees it."""

    def __init__(self, endpoint_url: str) -> None:
        """Points to an emulator.

        Args:
            endpoint_url: Where it serves.
        """
        self.endpoint_url = endpoint_url

    def is_ready(self) -> bool:
        """Tells whether the emulator serves.

        Raises:
            OSError: It does not.
        """
        self._post("ready", {})
        return True

    def serve_api(self, api_id: str) -> None:
        """Has the gateway serve an HTTP API."""
        self._post("serve-api", {"api_id": api_id})

    def start_functions(self, names: list[str]) -> None:
        """Has a process of each function started ahead of its first event."""
        self._post("start-functions", {"names": names})

    def save(self) -> None:
        """Has the state saved, and waits for it."""
        self._post("save", {})

    def permissions(self) -> dict[str, list[list[str]]]:
        """Tells what functions are granted, what of it was used, and what they were refused."""
        told: dict[str, list[list[str]]] = json.loads(self._post("permissions", {}))
        return told

    def _post(self, action: str, body: dict[str, object]) -> bytes:
        request = urllib.request.Request(
            f"{self.endpoint_url}/_frontdesk/{action}", json.dumps(body).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            content: bytes = answer.read()
        return content
