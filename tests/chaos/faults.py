"""What goes wrong, how often, and when: everything by a seed."""

import random
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a fault happens, as a share.

    Attributes:
        kills: Of the worker's runs, those that die somewhere.
        ingest_kills: Of the requests, those whose function dies somewhere.
        stalls: Of the worker's runs, those that stand still for up to a minute.
        duplicates: Of the deliveries, those that come once more, at once or later.
        undeleted: Of the acknowledgements, those that do not reach the queue.
        model: Of the calls of the model.
        database: Of the transactions, those whose connection is cut.
        table: Of the calls of the table.
        queue: Of the calls of the queue.
        poison: Of the messages.
        people: Of the conversations, those that a person takes over for a while; no fault.
        failovers: Outages of Postgres in the run, of ten seconds each.
        demotions: Spells of ten seconds in which Postgres reads, and refuses to write.
    """

    kills: float = 0.05
    ingest_kills: float = 0.02
    stalls: float = 0.003
    duplicates: float = 0.05
    undeleted: float = 0.01
    model: float = 0.05
    database: float = 0.02
    table: float = 0.01
    queue: float = 0.01
    poison: float = 0.01
    people: float = 0.2
    failovers: int = 3
    demotions: int = 2


ROUGH = Rates()
"""What the fault test runs with."""

CALM = Rates(
    kills=0,
    ingest_kills=0,
    stalls=0,
    duplicates=0,
    undeleted=0,
    model=0,
    database=0,
    table=0,
    queue=0,
    poison=0,
    people=0,
    failovers=0,
    demotions=0,
)
"""Nothing goes wrong but what a test does itself."""


class CallFault(StrEnum):
    """What becomes of a call to AWS.

    ``LOST`` was carried out and is reported as failed; ``TWICE`` was carried out, its answer was
    lost, and the SDK asked again.
    """

    REFUSED = "refused"
    UNREACHED = "unreached"
    LOST = "lost"
    TWICE = "twice"
    CONFLICT = "conflict"


class ModelFault(StrEnum):
    """What becomes of a call to the model."""

    THROTTLED = "429"
    THROTTLED_FOR_SECONDS = "429 with Retry-After"
    QUOTA = "insufficient_quota"
    BROKEN = "5xx"
    TIMED_OUT = "time-out"
    CUT = "cut connection"
    REFUSED_CONNECTION = "refused connection"
    MALFORMED_CALL = "malformed tool call"
    UNKNOWN_TOOL = "unknown tool"
    NOT_JSON = "no completion"
    EMPTY = "empty answer"
    REFUSAL = "refusal"


class DatabaseFault(StrEnum):
    """When a connection to Postgres is cut: before or after the server did what it was told."""

    BEFORE = "before"
    AFTER = "after"
    TERMINATED = "terminated"


ROUND_TRIPS_A_TRANSACTION = 4
"""Begin, scope, one statement, commit."""


@dataclass
class Faults:
    """Draws faults.

    Attributes:
        rates: How often.
        is_active: False once the faults have stopped.
        happened: How often each kind was drawn.
    """

    rates: Rates
    seed: int
    is_active: bool = True
    happened: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # One source each, so that one kind's rate does not move all the others.
        self._random = {name: random.Random(f"{self.seed}/{name}") for name in Rates.__slots__}

    def source(self, name: str) -> random.Random:
        """Returns the source of chance of one kind of fault."""
        return self._random[name]

    def strikes(self, name: str, share: float = 1.0) -> bool:
        """Draws whether a fault happens; ``share`` of its rate."""
        rate = getattr(self.rates, name) * share
        struck = self._random[name].random() < rate
        if not (struck and self.is_active):
            return False
        self.count(name)
        return True

    def count(self, name: str) -> None:
        """Counts what was drawn."""
        self.happened[name] = self.happened.get(name, 0) + 1

    def database(self) -> DatabaseFault | None:
        """Draws what becomes of a round trip to Postgres."""
        return self._one_of("database", DatabaseFault, 1 / ROUND_TRIPS_A_TRANSACTION)

    def call(self, name: str, *, is_transaction: bool = False) -> CallFault | None:
        """Draws what becomes of a call to the ``table`` or the ``queue``."""
        fault = self._one_of(name, CallFault)
        if fault is CallFault.CONFLICT and not is_transaction:
            return CallFault.REFUSED
        return fault

    def model(self) -> ModelFault | None:
        """Draws what becomes of a call to the model."""
        return self._one_of("model", ModelFault)

    def _one_of[Kind: StrEnum](
        self, name: str, kinds: type[Kind], share: float = 1.0
    ) -> Kind | None:
        if not self.strikes(name, share):
            return None
        kind = self._random[name].choice(list(kinds))
        self.count(f"{name}: {kind}")
        return kind
