"""A circuit in front of the model: while it is out of reach, nobody waits to find that out.

::

    closed ── ten failures within a minute ──► open ── 15 s ──► one process tries
       ▲                                         ▲                   │
       └───────────── it answers ────────────────┼───────────────────┤
                                                 └── it fails ───────┘
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from frontdesk.domain.breaker import CLOSED, BreakerState
from frontdesk.domain.errors import InfrastructureError, ModelUnavailableError
from frontdesk.domain.model import Completion, OutputSchema, PromptMessage, ToolSpec
from frontdesk.ports import ChatModel, Clock

MAX_FAILURES = 10
"""Over all processes: fewer are a provider's bad moment, which the retry is for."""

WINDOW = timedelta(minutes=1)
"""What is further apart says nothing about now."""

OPEN_FOR = timedelta(seconds=15)
"""Until the next try: customers get the model back within a minute of its return."""

CACHED_FOR = timedelta(seconds=2)
"""How long a process trusts what it knows: a reading a message would be in everybody's way."""


class BreakerStore(Protocol):
    """Where all processes share a circuit's state."""

    def load(self) -> BreakerState:
        """Reads the state."""
        ...

    def add_failure(self, *, window_start: datetime) -> int:
        """Counts a failure; returns how many there were since ``window_start``."""
        ...

    def open(self, until: datetime, *, instead_of: datetime | None) -> bool:
        """Opens the circuit; False where another process changed it first."""
        ...

    def close(self) -> None:
        """Closes the circuit and forgets what was counted."""
        ...


@dataclass
class GuardedModel:
    """A chat model behind a circuit; implements `frontdesk.ports.ChatModel`.

    A store that is out of reach never keeps the model from being asked.

    Attributes:
        model: The model.
        store: Where all processes share the circuit's state.
        clock: Tells the time.
        report: Called with ``ModelCircuitOpened`` or ``ModelCircuitClosed``.
    """

    model: ChatModel
    store: BreakerStore
    clock: Clock
    report: Callable[[str], None]
    _state: BreakerState = field(default=CLOSED, init=False)
    _read_at: datetime | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def complete(
        self,
        messages: Sequence[PromptMessage],
        *,
        tools: Sequence[ToolSpec] = (),
        output: OutputSchema | None = None,
        timeout: float,
    ) -> Completion:
        """Asks the model once, where the circuit is closed or this is the try.

        Args:
            messages: The prompt.
            tools: Tools it may ask for.
            output: The JSON schema that its answer has to follow.
            timeout: Seconds to wait at most.

        Returns:
            The completion.

        Raises:
            ModelUnavailableError: Out of reach, or known to be.
            ModelRefusedError: It declined.
            ModelOutputError: The answer cannot be used.
        """
        is_try = self._enter()
        try:
            completion = self.model.complete(messages, tools=tools, output=output, timeout=timeout)
        except ModelUnavailableError:
            if not is_try:
                self._count_failure()
            raise
        if is_try:
            self._close()
        return completion

    def _enter(self) -> bool:
        """Lets a call pass; True where it is the one that tries whether the model is back."""
        with self._lock:
            open_until = self._known().open_until
            if open_until is None:
                return False
            now = self.clock()
            if now >= open_until and self._open(now + OPEN_FOR, instead_of=open_until):
                return True
        raise ModelUnavailableError("the circuit is open", retryable=False)

    def _known(self) -> BreakerState:
        now = self.clock()
        if self._read_at is None or now - self._read_at >= CACHED_FOR:
            try:
                self._state = self.store.load()
            except InfrastructureError:
                self._state = CLOSED
            self._read_at = now
        return self._state

    def _count_failure(self) -> None:
        now = self.clock()
        with self._lock:
            try:
                failures = self.store.add_failure(window_start=now - WINDOW)
            except InfrastructureError:
                return
            if failures >= MAX_FAILURES and self._open(now + OPEN_FOR, instead_of=None):
                self.report("ModelCircuitOpened")

    def _open(self, until: datetime, *, instead_of: datetime | None) -> bool:
        try:
            opened = self.store.open(until, instead_of=instead_of)
        except InfrastructureError:
            return False
        # Whoever changed it first knows better: look again.
        self._state, self._read_at = (
            (BreakerState(until), self.clock())
            if opened
            else (
                self._state,
                None,
            )
        )
        return opened

    def _close(self) -> None:
        with self._lock:
            self._state = CLOSED
            try:
                self.store.close()
            except InfrastructureError:
                return  # The next try closes it.
        self.report("ModelCircuitClosed")
