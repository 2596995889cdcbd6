"""One thing fails for a long time, under load, and nothing else does."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_worker.breaker import MAX_FAILURES, OPEN_FOR
from tests.chaos.check import check
from tests.chaos.customers import ENDED, QUESTIONS, Customer
from tests.chaos.faults import CALM
from tests.chaos.history import History
from tests.chaos.run import describe, finish
from tests.chaos.world import World
from tests.support.postgres import TestDatabase

OUTAGE_SECONDS = 900.0
"""A quarter of an hour."""

BEFORE_SECONDS = 60.0
AFTER_SECONDS = 120.0

MESSAGES_A_CUSTOMER = 3
PAUSE_SECONDS = 20.0
LOOKS_EVERY_SECONDS = 10.0
"""Who waits for a quarter of an hour does not look every second."""

TURN_SECONDS = 1.9
"""What a turn takes here: two calls of the model or three, and what is around them. The flood shows
it (`answered_a_second`)."""

BUSY_SHARE = 0.6
"""Of what can be answered: a day on which many ask, and that leaves room to catch up."""

FLOOD_SECONDS = 120.0
FLOOD_FACTOR = 10

DRAIN_FACTOR = 1.5
"""How much longer than computed the flood may take to be answered: a turn's time is a guess."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an outage takes place.

    Attributes:
        database: A fresh one.
        admin_url: A connection that may end others.
        path: Where the history is written.
        load: How busy it is: a share of what is meant; 1 is for a machine with time.
    """

    database: TestDatabase
    admin_url: str
    path: Path
    load: float = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledged message: when it was sent, acknowledged, and answered."""

    requested: float
    acknowledged: float
    ended: float
    degraded: bool


@dataclass
class Report:
    """What was seen.

    Attributes:
        answers: What became of each acknowledged message.
    """

    name: str
    figures: dict[str, Any] = field(default_factory=dict)
    verdict: dict[str, Any] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)

    @property
    def longest(self) -> float:
        """The longest that anybody waited, in seconds."""
        return max(answer.ended - answer.acknowledged for answer in self.answers)

    @property
    def degraded(self) -> list[Answer]:
        """The answers that were made without model or embeddings."""
        return [answer for answer in self.answers if answer.degraded]

    def last_answer(self, *, requested_until: float = float("inf")) -> float:
        """When the last of those was answered who had asked by a moment."""
        return max(one.ended for one in self.answers if one.requested <= requested_until)

    def summary(self) -> dict[str, Any]:
        """Returns it all, to be printed."""
        kept = ("verdict", "violations", "examples", "acknowledged", "ended", "dead_letters")
        return {"name": self.name, **{name: self.verdict[name] for name in kept}, **self.figures}


def postgres_down(place: Place) -> Report:
    """Postgres is out of reach for a quarter of an hour."""
    with _scene("Postgres down", place, busy=BUSY_SHARE) as (world, report):
        world.simulation.at(BEFORE_SECONDS, lambda: world.fail_over(OUTAGE_SECONDS))
    back = BEFORE_SECONDS + OUTAGE_SECONDS
    last = report.last_answer(requested_until=back)
    report.figures |= {
        "waited_longest_seconds": round(report.longest, 1),
        "seconds_to_last_answer": round(last - back, 1),
    }
    return report


def model_down(place: Place) -> Report:
    """The model does not answer for a quarter of an hour."""
    back = BEFORE_SECONDS + OUTAGE_SECONDS
    opened: list[tuple[float, int]] = []
    with _scene("model down", place, busy=BUSY_SHARE) as (world, report):

        def note_opening() -> None:
            circuit = world.items.items.get("BREAKER#model", {})
            if "open_until" in circuit and not opened:
                seconds = world.simulation.now - BEFORE_SECONDS
                opened.append((seconds, world.provider.asked_while_down))

        for moment in range(int(BEFORE_SECONDS), int(back)):
            world.simulation.at(moment, note_opening)
        _switch(world, BEFORE_SECONDS, lambda is_down: setattr(world.provider, "is_down", is_down))
    last_degraded = max((answer.ended for answer in report.degraded), default=0.0)
    opened_after, asked_until_open = opened[0] if opened else (None, None)
    report.figures |= {
        "longest_answer_seconds": round(report.longest, 1),
        "opened_after_seconds": opened_after,
        "calls_until_open": asked_until_open,
        # Ten are counted, and a worker has one in flight at most.
        "calls_at_most": MAX_FAILURES + world.queueing.concurrency,
        "calls_while_down": world.provider.asked_while_down,
        "tries_at_most": int(OUTAGE_SECONDS / OPEN_FOR.total_seconds()) + 1,
        "degraded": len(report.degraded),
        "recovered_after_seconds": round(last_degraded - back, 1),
    }
    return report


def embeddings_down(place: Place) -> Report:
    """Nothing can be embedded for five minutes."""
    with _scene("embeddings down", place, busy=BUSY_SHARE, seconds=300) as scene:
        world, report = scene

        def put(is_down: bool) -> None:
            world.provider.embeddings_are_down = is_down

        _switch(world, BEFORE_SECONDS, put, seconds=300)
    report.figures["longest_answer_seconds"] = round(report.longest, 1)
    report.figures["degraded"] = len(report.degraded)
    return report


def table_throttled(place: Place) -> Report:
    """DynamoDB refuses everything for five minutes."""
    with _scene("DynamoDB throttled", place, busy=BUSY_SHARE, seconds=300) as scene:
        world, report = scene

        def put(is_down: bool) -> None:
            world.table.is_down = is_down

        _switch(world, BEFORE_SECONDS, put, seconds=300)
    back = BEFORE_SECONDS + 300
    last = report.last_answer(requested_until=back)
    report.figures["seconds_to_last_answer"] = round(last - back, 1)
    return report


def flood(place: Place, *, concurrency: int | None = None) -> Report:
    """Ten times what can be answered, for two minutes: nobody waits for anybody's answer."""
    lasts = FLOOD_SECONDS * place.load
    drained = DRAIN_FACTOR * FLOOD_FACTOR * lasts
    with _scene(
        "ten times the load", place, busy=0, seconds=drained, concurrency=concurrency
    ) as scene:
        world, report = scene
        offered = FLOOD_FACTOR * _sustainable(world)
        for number in range(int(offered * lasts)):
            customer = Customer(
                world, 3 * number + 1, 1, pause=1.0, looks_every=30.0, intents=QUESTIONS
            )
            world.simulation.spawn(customer.converse, after=number / offered)
    report.figures |= {
        "offered_a_second": round(offered, 1),
        "waited_longest_seconds": round(report.longest, 1),
        "most_connections": world.gate.most.get("agent_worker", 0),
        "connections_cap": world.queueing.concurrency,
        "left_in_queue": len(world.queue.items()),
        "drained_after_seconds": round(report.last_answer() - lasts),
        "answered_a_second": round(len(report.answers) / report.last_answer(), 1),
    }
    return report


OUTAGES: tuple[Callable[[Place], Report], ...] = (
    postgres_down,
    model_down,
    embeddings_down,
    table_throttled,
    flood,
)


@contextmanager
def _scene(
    name: str,
    place: Place,
    *,
    busy: float,
    seconds: float = OUTAGE_SECONDS,
    concurrency: int | None = None,
) -> Iterator[tuple[World, Report]]:
    """Sets everything up; what is within the block adds the outage; then time passes."""
    world = World(
        place.database,
        place.admin_url,
        lambda simulation: History(place.path, lambda: simulation.now),
        CALM,
        1,
        concurrency=concurrency,
    )
    report = Report(name)
    seconds += BEFORE_SECONDS + AFTER_SECONDS
    with world.history, world.in_place(customers=1, over_http=False):
        describe(world, messages=0, conversations=0)
        _crowd(world, per_second=busy * place.load * _sustainable(world), seconds=seconds)
        yield world, report
        world.sweep_regularly()
        world.simulation.run(until=seconds)
        finish(world)
    report.verdict = check(place.path)
    report.answers = list(_answers(place.path))


def _sustainable(world: World) -> float:
    """How many messages a second all workers together can answer."""
    return world.queueing.concurrency / TURN_SECONDS


def _crowd(world: World, *, per_second: float, seconds: float) -> None:
    """Lets customers come evenly, each with a few messages."""
    customers = int(per_second * seconds / MESSAGES_A_CUSTOMER)
    for number in range(customers):
        # Not a guest, and one who waits for an answer before the next question.
        customer = Customer(
            world,
            3 * number + 1,
            MESSAGES_A_CUSTOMER,
            PAUSE_SECONDS,
            waits=True,
            looks_every=LOOKS_EVERY_SECONDS,
            intents=QUESTIONS,
        )
        world.simulation.spawn(customer.converse, after=seconds * number / customers)


def _switch(
    world: World, begins: float, put: Callable[[bool], None], *, seconds: float = OUTAGE_SECONDS
) -> None:
    world.simulation.at(begins, lambda: put(True))
    world.simulation.at(begins + seconds, lambda: put(False))


def _answers(path: Path) -> Iterator[Answer]:
    requested: dict[str, float] = {}
    acknowledged: dict[str, tuple[float, float]] = {}
    ended: dict[str, dict[str, Any]] = {}
    with path.open() as lines:
        for text in lines:
            line = json.loads(text)
            if line["kind"] == "request":
                requested[line["request"]] = line["at"]
            elif line["kind"] == "response" and line["status"] == 202:
                both = (requested[line["request"]], line["at"])
                acknowledged.setdefault(line["task_id"], both)
            elif line["kind"] == "task" and line["status"] in ENDED:
                ended[line["task_id"]] = line
    for task_id, (requested_at, acknowledged_at) in acknowledged.items():
        if task_id in ended:
            end = ended[task_id]
            yield Answer(requested_at, acknowledged_at, end["at"], end["degraded"])
