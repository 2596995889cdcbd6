"""One run: traffic and faults for a while, then peace, then everything that was committed."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.check import check
from tests.chaos.customers import Customer
from tests.chaos.faults import ROUGH, Rates
from tests.chaos.history import History
from tests.chaos.world import World
from tests.support.postgres import TestDatabase

PAUSE_SECONDS = 90.0
"""Between two messages of a customer, on average."""

UNSENT_SECONDS = 600
"""After how long housekeeping sends what ingest did not (`Patience.sending`)."""

PEACE_SECONDS = 1_800.0
"""How long what is left may take once the faults have stopped: more than the checker allows."""

LONGEST_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of.

    Attributes:
        pause: Seconds between two messages of a customer, on average.
        over_http: True to have the model behind the real SDK and adapters.
    """

    messages: int = 10_000
    conversations: int = 500
    seed: int = 1
    rates: Rates = ROUGH
    pause: float = PAUSE_SECONDS
    over_http: bool = False


def run(
    plan: Plan,
    database: TestDatabase,
    admin_url: str,
    path: Path,
    mutant: Callable[[World], AbstractContextManager[object]] = nullcontext,
) -> dict[str, Any]:
    """Runs, writes the history, and has it judged.

    Args:
        plan: What to run.
        database: A fresh database.
        admin_url: A connection that may end others.
        path: Where the history is written.
        mutant: Makes a mistake, to see whether it is caught.

    Returns:
        The checker's verdict, with the run's own figures.
    """
    began = time.monotonic()
    world = World(
        database,
        admin_url,
        lambda simulation: History(path, lambda: simulation.now),
        plan.rates,
        plan.seed,
    )
    with world.history, world.in_place(customers=plan.conversations, over_http=plan.over_http):
        describe(world, messages=plan.messages, conversations=plan.conversations)
        with mutant(world):
            _talk(world, plan)
            finish(world)
    return check(path) | {
        "seed": plan.seed,
        "messages": plan.messages,
        "conversations": plan.conversations,
        "simulated_seconds": round(world.simulation.now),
        "seconds": round(time.monotonic() - began, 1),
        "model_calls": world.provider.asked,
        "most_workers": world.most_running,
        "most_connections": world.gate.most,
        "faults": dict(sorted(world.faults.happened.items())),
    }


def describe(world: World, *, messages: int, conversations: int) -> None:
    """Begins the history: what the checker has to know."""
    world.history.note(
        "run",
        seed=world.faults.seed,
        messages=messages,
        conversations=conversations,
        unsent_seconds=UNSENT_SECONDS,
        sweep_seconds=world.queueing.sweep_seconds["tasks"],
        connections_cap=world.queueing.concurrency,
    )


def _talk(world: World, plan: Plan) -> None:
    """Lets everybody send everything, while things go wrong."""
    share, rest = divmod(plan.messages, plan.conversations)
    talking = set(range(plan.conversations))
    for number in range(plan.conversations):
        customer = Customer(world, number, share + (number < rest), plan.pause)

        def converse(customer: Customer = customer) -> None:
            customer.converse()
            talking.discard(customer.number)

        world.simulation.spawn(converse)
        if world.faults.strikes("people"):
            world.simulation.spawn(customer.meet_a_person)
    world.sweep_regularly()
    for number in range(plan.rates.failovers):
        moment = plan.pause * share * (number + 1) / (plan.rates.failovers + 1)
        world.simulation.at(moment, lambda: world.fail_over(10.0))
    for number in range(plan.rates.demotions):
        moment = plan.pause * share * (number + 0.5) / (plan.rates.demotions + 1)
        world.simulation.at(moment, lambda: world.demote(10.0))
    world.simulation.run(until=LONGEST_SECONDS, unless=lambda: not talking)
    assert not talking, "not everybody was heard"


def finish(world: World) -> None:
    """Waits in peace until all is done, and ends the history."""
    world.stop_faults()
    world.simulation.run(
        until=world.simulation.now + PEACE_SECONDS,
        unless=lambda: not world.unfinished and not world.untold,
    )
    most = world.gate.most.get("agent_worker", 0)
    world.history.note("connections", of="agent_worker", most=most)
    world.history.note("end")
