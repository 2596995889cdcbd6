"""A circuit in front of the model: while it is out of reach, nobody waits to find that out.

::

    closed ── ten failures too many ──► open ── 15 s ──► one process tries
       ▲                                  ▲                   │
       └───────────── it answers ─────────┼───────────────────┤
                                          └── it fails ───────┘

A busy fleet sees ten failures a minute of a model that is well, so that their share has to count.
Each failure adds to a *pressure* that all processes share, and answers take from it. While there is
none, a process only counts its answers, and forgets them when it reads again that there is none.
While there is some, it tells of them: those of the last moments with its reading, later ones at
once. So the answers of the whole fleet make up for failures that are scattered among them; of a
model that is gone nobody has answers to tell of, and ten failures, whoever's they are, open the
circuit. docs/decisions/0014 has figures.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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

FORGOTTEN_AFTER = timedelta(minutes=1)
"""Without a failure: what is further apart says nothing about now."""

OPEN_FOR = timedelta(seconds=15)
"""Until the next try: customers get the model back within a minute of its return."""

CACHED_FOR = timedelta(seconds=2)
"""How long a process trusts what it knows: a reading a message would be in everybody's way. Of
answers before that, it tells nobody: they may be from before an outage."""


class BreakerStore(Protocol):
    """Where all processes share a circuit's state."""

    def load(self, *, fresh_since: datetime) -> BreakerState:
        """Reads the state.

        Args:
            fresh_since: A pressure that was raised last before then counts as none.
        """
        ...

    def raise_pressure(self, by: int, *, fresh_since: datetime) -> int:
        """Raises the pressure; returns what it is then.

        Args:
            by: By how much.
            fresh_since: A pressure that was raised last before then counts as none.
        """
        ...

    def relieve_pressure(self, by: int) -> int:
        """Takes something off the pressure; returns what is left.

        Args:
            by: How much. Where there is less, others were faster: nothing is taken off, and what is
                left is as good as none.
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
        report: Called with ``ModelCircuitOpened``, also for each try that failed, or with
            ``ModelCircuitClosed``.
    """

    model: ChatModel
    store: BreakerStore
    clock: Clock
    report: Callable[[str], None]
    _state: BreakerState = field(default=CLOSED, init=False)
    _read_at: datetime | None = field(default=None, init=False)
    _answers: int = field(default=0, init=False)
    _answered_at: datetime | None = field(default=None, init=False)
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
            if is_try:
                # Told of at each try, or the alarm would end before the outage does.
                self.report("ModelCircuitOpened")
            else:
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
            is_try = self._is_try()
        if not is_try:
            self._tell_of_answers()
        return is_try

    def _is_try(self) -> bool:
        now = self.clock()
        if self._read_at is None or now - self._read_at >= CACHED_FOR:
            self._read(now)
        open_until = self._state.open_until
        if open_until is None:
            return False
        if now >= open_until and self._open(now + OPEN_FOR, instead_of=open_until):
            return True
        raise ModelUnavailableError("the circuit is open", retryable=False)

    def _read(self, now: datetime) -> None:
        try:
            self._state = self.store.load(fresh_since=now - FORGOTTEN_AFTER)
        except InfrastructureError:
            self._state = CLOSED
        self._read_at = now
        is_old = self._answered_at is None or now - self._answered_at > CACHED_FOR
        if is_old or self._state.pressure == 0:
            self._answers = 0

    def _tell_of_answers(self) -> None:
        """Takes from the pressure what was answered; not within the lock: others need not wait."""
        with self._lock:
            relief = min(self._answers, self._state.pressure)
            if relief == 0:
                return
            self._answers = 0
        try:
            left = self.store.relieve_pressure(relief)
        except InfrastructureError:
            return
        with self._lock:
            self._state = replace(self._state, pressure=left)

    def _note_answer(self, *, is_try: bool) -> None:
        with self._lock:
            self._answers += 1
            self._answered_at = self.clock()
        if is_try:
            self._close()
        else:
            self._tell_of_answers()

    def _note_failure(self) -> None:
        now = self.clock()
        with self._lock:
            # They were before the failure, and it is what speaks for an outage.
            self._answers = 0
            try:
                pressure = self.store.raise_pressure(
                    FAILURE_WEIGHT, fresh_since=now - FORGOTTEN_AFTER
                )
            except InfrastructureError:
                return
            self._state = replace(self._state, pressure=pressure)
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
