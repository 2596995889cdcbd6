"""What a message costs at which load, as one HTML page of plots.

On the left of each plot is little load, on the right much: CPU by process and waiting times as they
were measured on this machine, and dollars on AWS as `benchmarks.aws_model` computes them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.aws_model import STANDING_DOLLARS_A_MONTH, Message, Prices, need_of
from evals.report import Curves, Section, page

AWS_LOADS = (0.01, 0.1, 1, 10, 100, 1_000, 10_000)
"""Messages a second: those of `docs/operations/scaling.md`, what is between them, and a start."""

WAITS = ("submit_p50", "submit_p95", "submit_p99", "answer_p50", "answer_p95", "answer_p99")


def write(path: Path, loads: Sequence[Mapping[str, Any]]) -> Path:
    """Writes the page.

    Args:
        path: Where to.
        loads: What `benchmarks.answers.measure` returned, one for each number of clients.

    Returns:
        The path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sections = [_measured(loads), _computed()]
    path.write_text(page("What a message costs, by load", sections), encoding="utf-8")
    return path


def _measured(loads: Sequence[Mapping[str, Any]]) -> Section:
    ordered = sorted(loads, key=lambda load: load["messages_per_second"])
    # A process that was too small to be told of at one load was so small there.
    roles = list(dict.fromkeys(role for load in ordered for role in load["cpu_ms"]))
    cpu = {
        role: [(load["messages_per_second"], load["cpu_ms"].get(role, 0.0)) for load in ordered]
        for role in roles
    }
    waits = {
        name.replace("_", " "): [(load["messages_per_second"], load[name]) for load in ordered]
        for name in WAITS
    }
    return Section(
        "On this machine",
        "FAQ questions to a stack of its own with the offline model, asked by so many clients at "
        "once. The functions' CPU includes their libraries.",
        {},
        [
            Curves("CPU by process", "messages a second", "CPU milliseconds a message", cpu),
            Curves("Waiting", "messages a second", "milliseconds", waits),
        ],
        [
            ("Clients", *(str(load["clients"]) for load in ordered)),
            ("messages a second", *(str(load["messages_per_second"]) for load in ordered)),
            *((f"{name}, ms", *_heights(line)) for name, line in waits.items()),
            *((f"CPU of {role}, ms", *_heights(line)) for role, line in cpu.items()),
        ],
    )


def _heights(line: Sequence[tuple[float, float]]) -> list[str]:
    return [f"{height:g}" for _, height in line]


def _computed() -> Section:
    needs = [need_of(rate, Message(), Prices()) for rate in AWS_LOADS]
    parts = {
        need.rate: (
            *need.dollars_a_thousand,
            need.standing_dollars_a_thousand,
            sum(need.dollars_a_thousand) + need.standing_dollars_a_thousand,
        )
        for need in needs
    }
    names = ("AWS, as used", "model", "AWS, standing", "together")
    return Section(
        "On AWS",
        "Computed, not measured (docs/operations/scaling.md has what goes in). Standing is what a "
        f"stack costs that nobody asks, {STANDING_DOLLARS_A_MONTH} $ a month with its smallest "
        "database; a load that needs a larger one pays for that besides.",
        {},
        [
            Curves(
                "Dollars",
                "messages a second",
                "US dollars a thousand messages",
                {
                    name: [(rate, dollars[place]) for rate, dollars in parts.items()]
                    for place, name in enumerate(names)
                },
                is_log=True,
            )
        ],
        [
            ("Messages a second", *names),
            *(
                (f"{rate:,g}", *(f"{value:.3f}" for value in dollars))
                for rate, dollars in parts.items()
            ),
        ],
    )
