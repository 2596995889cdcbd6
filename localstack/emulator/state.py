"""Saves the emulator's state while it runs; by itself it does so only at a clean stop."""

# ruff: noqa: SLF001 -- the emulator offers no other way to its state.

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SAVING_SHARE = 0.1
"""Which part of the time may be spent on saving."""

_ATTEMPTS = 5
_QUEUES_FIRST = "sqs"
"""Saved before the rest: a message whose task is younger than the snapshot cannot be answered,
while a task without its message is sent again."""

_READING = ("Get", "BatchGet", "TransactGet", "Query", "Scan", "Describe", "List", "Lookup")


class StateKeeper:
    """Writes what changed to the emulator's state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._written: dict[str, str] = {}
        self._changed = False

    def note_request(self, method: str, target: str) -> None:
        """Notes that a request may have changed something.

        Args:
            method: The HTTP method.
            target: The ``x-amz-target`` header, or nothing.
        """
        if method in ("GET", "HEAD") or target.rpartition(".")[2].startswith(_READING):
            return
        self._changed = True

    async def keep(self, seconds: float) -> None:
        """Saves again and again whatever changed, until cancelled.

        Args:
            seconds: How long to wait in between; longer where there is so much to save that it
                would slow requests down.
        """
        took = 0.0
        while True:
            await asyncio.sleep(max(seconds, took / SAVING_SHARE))
            if self._changed:
                began = time.monotonic()
                await asyncio.to_thread(self.save)
                took = time.monotonic() - began

    def save(self) -> None:
        """Saves now. A service whose state did not change is not written again."""
        from ministack import app

        with self._lock:
            self._changed = False
            services: dict[str, Callable[[], Any]] = app._build_persistence_save_dict()
            for name in sorted(services, key=lambda name: (name != _QUEUES_FIRST, name)):
                self._save_service(name, services[name])

    def _save_service(self, name: str, get_state: Callable[[], Any]) -> None:
        from ministack.core import persistence

        state = _snapshot(get_state)
        if state is None:
            return
        document = {
            "__ministack_format__": persistence._state_format_version(name),
            "payload": state,
        }
        text = json.dumps(document, default=persistence._json_default)
        if self._written.get(name) == text:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{name}.json.partial"
        partial.write_text(text)
        partial.replace(self._folder / f"{name}.json")
        self._written[name] = text


def _snapshot(get_state: Callable[[], Any]) -> Any:
    """Copies a service's state, which requests may be changing meanwhile."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return get_state()
        except RuntimeError:  # A dictionary changed its size while it was copied.
            continue
    return get_state()
