"""The state of a circuit that opens while a service is out of reach."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BreakerState:
    """What all processes know of a circuit.

    Attributes:
        open_until: Until when nobody asks the service; past it, one process tries. None while
            the circuit is closed.
        pressure: What speaks for an outage: failures, less the answers that make up for them.
    """

    open_until: datetime | None = None
    pressure: int = 0


CLOSED = BreakerState()
