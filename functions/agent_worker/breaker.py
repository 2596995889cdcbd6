"""A circuit in front of the model: while it is out of reach, nobody waits to find that out.

::

    closed ── ten failures too many ──► open ── 15 s ──► one process tries
       ▲                                  ▲                   │
       └───────────── it answers ─────────┼───────────────────┤
                                          └── it fails ───────┘

A busy fleet sees ten failures a minute of a model that is well, so that their share has to count.
Each failure adds to a *pressure* that all processes share, and answers take from it. An answer is
not worth a write: a process remembers how many it had, and says so with its next failure, before
which they were. Of a model that fails now and then, nearly every failure comes with answers, and
the pressure stays low. Of one that is gone, a process has answers to tell of once, and from then on
failures only: ten of them, whoever's they are, open the circuit. docs/decisions/0014 has figures.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from frontdesk.domain.breaker import CLOSED, BreakerState
from frontdesk.domain.errors import InfrastructureError, ModelRefusedError, ModelUnavailableError
from frontdesk.domain.model import Completion, OutputSchema, PromptMessage, ToolSpec
from frontdesk.ports import ChatModel, Clock

MAX_FAILURES = 10
"""Of all processes, above what answers make up for: fewer are a provider's bad moment, which the
retry is for."""

FAILURE_WEIGHT = 2
"""How many answers make up for a failure: at shares that the retry copes with (of a quarter, it
leaves one call in sixteen unanswered) failures weigh less than the answers between them."""

MAX_ANSWERS = 4
"""How many answers a process tells of at most. The older ones may be from before an outage, which
they must not hide; the failures of a process that has more than these are rare enough."""

FORGOTTEN_AFTER = timedelta(minutes=1)
"""Without a failure: what is further apart says nothing about now."""

OPEN_FOR = timedelta(seconds=15)
"""Until the next try: customers get the model back within a minute of its return."""

CACHED_FOR = timedelta(seconds=2)
"""How long a process trusts what it knows: a reading a message would be in everybody's way."""


class BreakerStore(Protocol):
    """Where all processes share a circuit's state."""

    def load(self) -> BreakerState:
        """Reads the state."""
        ...

    def raise_pressure(self, by: int, *, after_relief: int, fresh_since: datetime) -> int:
        """Takes the relief from the pressure, down to nothing, and raises what is left.

        Args:
            by: By how much to raise it.
            after_relief: What to take off before.
            fresh_since: A pressure that was raised last before then counts as none.

        Returns:
            The pressure.
        """
        ...

    def open(self, until: datetime, *, instead_of: datetime | None) -> bool:
        """Opens the circuit; False where another process changed it first."""
        ...

    def close(self) -> None:
        """Closes the circuit and forgets the pressure."""
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
    _answers: int = field(default=0, init=False)
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
                self._note_failure()
            raise
        except ModelRefusedError:
            # It declined, so it is in reach.
            self._note_answer(is_try=is_try)
            raise
        self._note_answer(is_try=is_try)
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

    def _note_answer(self, *, is_try: bool) -> None:
        with self._lock:
            self._answers = min(self._answers + 1, MAX_ANSWERS)
        if is_try:
            self._close()

    def _note_failure(self) -> None:
        now = self.clock()
        with self._lock:
            try:
                pressure = self.store.raise_pressure(
                    FAILURE_WEIGHT, after_relief=self._answers, fresh_since=now - FORGOTTEN_AFTER
                )
            except InfrastructureError:
                return
            self._answers = 0
            is_too_high = pressure >= MAX_FAILURES * FAILURE_WEIGHT
            if is_too_high and self._open(now + OPEN_FOR, instead_of=None):
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
